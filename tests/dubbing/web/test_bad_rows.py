"""Rows that hold what no version of the portal has written: pages survive them, and what is usable is used."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Asset, Preset
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db

WRONG: tuple[Any, ...] = (1, "a", [1], [[]], {"x": {}}, None, True)


def pages_of(asset: Asset) -> list[str]:
    slot = [asset.pk, "es-ES"]
    project = [asset.project_id]
    return [
        reverse("asset-edit", args=[asset.pk]),
        reverse("asset", args=[asset.pk]),
        reverse("subtitles-edit", args=slot),
        reverse("subtitles-cues", args=slot),
        reverse("project", args=project),
        reverse("project-grid", args=project),
        reverse("project-settings", args=project),
        reverse("work"),
    ]


def assert_pages_answer(browser: Client, asset: Asset) -> None:
    answers = {address: browser.get(address).status_code for address in pages_of(asset)}
    assert {address: code for address, code in answers.items() if code not in {200, 302, 404}} == {}


@pytest.mark.parametrize("value", [value for value in WRONG if value is not None], ids=repr)
@pytest.mark.parametrize("column", ["typed", "options"])
def test_pages_survive_a_draft_of_the_wrong_form(editor: Client, people: People, column: str, value: Any) -> None:
    for status in ("draft", "refused"):
        asset = rows.make_asset(people.project, people.editor, status=status)
        Asset.objects.filter(pk=asset.pk).update(**{column: value})
        assert_pages_answer(editor, asset)


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize(
    "name", ["targets", "files", "aside", "before_preset", "dropped", "undo", "tab", "checked", "source", "start"]
)
def test_pages_survive_a_part_of_a_draft_of_the_wrong_form(
    editor: Client, people: People, name: str, value: Any
) -> None:
    asset = rows.make_asset(people.project, people.editor, status="draft", typed={"name": "Harbour", name: value})
    assert_pages_answer(editor, asset)


@pytest.mark.parametrize("value", [value for value in WRONG if value is not None], ids=repr)
def test_pages_survive_a_preset_of_the_wrong_form(editor: Client, people: People, value: Any) -> None:
    preset = Preset.objects.create(project=people.project, name="Usual", created_by=people.owner)
    Preset.objects.filter(pk=preset.pk).update(values=value)
    assert_pages_answer(editor, rows.make_asset(people.project, people.editor, status="draft"))
