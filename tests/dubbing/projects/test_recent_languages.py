"""Which languages a project uses, and where it mixes two regions of one."""

from __future__ import annotations

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from dubbing import providers
from dubbing.models import Asset, Dubbing, Project
from dubbing.projects import recent_languages
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db
TABLE = providers.locale_table("panjaya")


def a_draft(people: People) -> Asset:
    return rows.make_asset(people.project, people.editor, status="draft", locales=[])


def test_recent_languages_come_with_the_most_used_first(people: People) -> None:
    for codes in (["fr-FR", "es-MX"], ["es-MX"], ["de-DE", "es-MX"]):
        rows.make_asset(people.project, people.editor, locales=codes)
    rows.make_asset(people.project, people.editor, status="draft", locales=["it-IT"])
    rows.make_asset(Project.objects.get(name="Elsewhere"), people.outsider, locales=["ja-JP"])
    assert recent_languages.list_recent(people.project.pk) == ["es-MX", "de-DE", "fr-FR"]


def test_a_project_with_the_other_spanish_is_told_so_with_the_asset(people: People) -> None:
    earlier = rows.make_asset(people.project, people.editor, locales=["es-MX", "fr-FR"], name="Harbour tour")
    found = recent_languages.mixed(a_draft(people), ["es-ES", "fr-FR"], TABLE)
    assert found == [recent_languages.Mixed("es-ES", "es-MX", earlier.pk, "Harbour tour")]


@pytest.mark.parametrize("chosen", [["es-MX"], ["es-ES", "es-MX"], ["de-DE"], []])
def test_nothing_is_reported_if_no_regions_are_mixed(people: People, chosen: list[str]) -> None:
    rows.make_asset(people.project, people.editor, locales=["es-MX", "fr-FR"])
    rows.make_asset(people.project, people.editor, status="draft", locales=["es-ES"])  # not sent: may still change
    assert recent_languages.mixed(a_draft(people), chosen, TABLE) == []


def test_regions_that_the_provider_does_not_have_are_no_alternative() -> None:
    assert recent_languages.regions(["pt-PT", "zh-CN", "en-US"], TABLE) == {"pt-PT": ["pt-BR"]}
    assert "zh-TW" in recent_languages.regions(["zh-CN"], providers.locale_table("modelslab")).get("zh-CN", ["zh-TW"])


def test_a_long_history_costs_no_more_than_a_short_one(
    people: People, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    one = rows.make_asset(people.project, people.editor, locales=[])
    many = [
        Asset(project=people.project, created_by=people.editor, status="dubbing", submitted_at=timezone.now())
        for _ in range(300)
    ]
    for at, asset in enumerate(many):
        asset.remote_id, asset.media_url = f"{one.pk}-{at}", "https://media.example.com/film.mp4"
    Asset.objects.bulk_create(many)
    Dubbing.objects.bulk_create(Dubbing(asset=asset, locale="es-MX") for asset in Asset.objects.exclude(pk=one.pk))
    draft = a_draft(people)
    with django_assert_num_queries(2):
        assert recent_languages.list_recent(people.project.pk) == ["es-MX"]
        assert len(recent_languages.mixed(draft, ["es-ES"], TABLE)) == 1
