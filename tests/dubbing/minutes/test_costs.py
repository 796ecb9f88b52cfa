"""What something costs: its own length, weighted, for each language; never less said than booked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from dubbing.minutes.costs import cost_of, used_milliseconds
from dubbing.models import Asset, Link, Project
from dubbing.platform import formatting
from tests.support.minutes import fields_of
from tests.support.rows import make_asset, make_result, make_upload, make_version

pytestmark = pytest.mark.django_db


def test_each_language_costs_the_trimmed_length(user: User) -> None:
    film = make_upload(user, duration=90.0)
    cost = cost_of(fields_of(film, "es-ES", "fr-FR", "de-DE", start=10.0, end=40.5))
    assert (cost.each, cost.total) == (30_500, 91_500)
    assert cost_of(fields_of(film, "es-ES")).total == 90_000
    assert cost_of(fields_of(film, "es-ES", start=80.0)).total == 10_000


@pytest.mark.parametrize(
    ("finish", "lips", "milliseconds"),
    [("with_lips", "real_face", 120_000), ("with_lips", "real_face_turbo", 90_000), ("no_lips", "real_face", 60_000)],
)
def test_a_minute_has_the_weight_from_the_settings(
    user: User, settings: Settings, finish: str, lips: str, milliseconds: int
) -> None:
    settings.WEIGHT_REAL_FACE, settings.WEIGHT_REAL_FACE_TURBO = 2.0, 1.5
    fields = fields_of(make_upload(user, duration=60.0), auto_generate=finish, lips_model=lips)
    assert cost_of(fields).total == milliseconds


def test_the_weight_is_named_where_it_is_not_one(user: User, settings: Settings) -> None:
    film = make_upload(user, duration=60.0)
    assert cost_of(fields_of(film, "es-ES", "fr-FR")).text == "1 min × 2 languages"
    settings.WEIGHT_NO_LIPS = 2.0
    assert cost_of(fields_of(film, "es-ES", "fr-FR")).text == "1 min × 2 languages × 2"


def test_the_length_of_a_link_is_that_of_our_own_check(user: User) -> None:
    fields = fields_of(None, "es-ES", start=5.0)
    assert cost_of(fields, looked_by=[user.pk]).total is None
    Link.objects.create(owner=user, kind="video", url=fields.media_url, status="good", duration=65.0)
    assert cost_of(fields, looked_by=[user.pk]).total == 60_000


def test_somebody_elses_check_of_a_link_does_not_count(user: User, people_outside: User) -> None:
    fields = fields_of(None, "es-ES")
    Link.objects.create(owner=people_outside, kind="video", url=fields.media_url, status="good", duration=65.0)
    assert cost_of(fields, looked_by=[user.pk]).total is None


@pytest.fixture
def people_outside(people: object) -> User:
    return people.outsider  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("seconds", [0.001, 0.9, 5.9999, 6.0, 6.001, 8.5, 9.0, 59.95, 61.2, 599.9, 600.1, 12_345.678])
@pytest.mark.parametrize("languages", [1, 3, 7])
def test_the_stated_amount_is_never_less_than_the_settled_one(user: User, seconds: float, languages: int) -> None:
    codes = [f"x{number}" for number in range(languages)]
    total = cost_of(fields_of(make_upload(user, duration=seconds), *codes)).total
    assert total is not None
    said = float(formatting.minutes(total / 1000).removesuffix(" min").replace(",", ""))
    assert said * 60_000 >= total
    assert said * 60_000 < total + 6_000


@pytest.mark.parametrize("claimed", [None, 0.0, 0.5, 58.0, 61.0, 10.2, 86_400.0, 1e12, -3.0])
@pytest.mark.parametrize("made", [None, 12.0, 300.0])
@pytest.mark.parametrize(
    ("start", "end", "milliseconds"), [(None, None, 60_000), (10.0, None, 50_000), (10.0, 20.0, 10_000)]
)
def test_what_was_used_is_what_we_have_measured_whatever_the_provider_says(
    project: Project,
    user: User,
    claimed: float | None,
    made: float | None,
    start: float,
    end: float,
    milliseconds: int,
) -> None:
    asset = make_asset(project, user, with_source=True, duration=claimed, start=start, end=end, auto_generate="no_lips")
    assert used_milliseconds(asset, made) == milliseconds
    assert cost_of(asset, languages=2).total == 2 * milliseconds


@pytest.mark.parametrize("claimed", [None, 0.0, 86_400.0])
def test_the_video_behind_a_link_has_the_length_of_our_check(
    project: Project, user: User, claimed: float | None
) -> None:
    asset = make_asset(project, user, duration=claimed, auto_generate="no_lips")
    Link.objects.create(owner=user, kind="video", url=asset.media_url, status="good", duration=12.0)
    assert (used_milliseconds(asset, 33.0), cost_of(asset, languages=1).each) == (12_000, 12_000)


@pytest.mark.parametrize("claimed", [None, 0.0, 86_400.0])
def test_an_unmeasured_length_is_that_of_the_result(project: Project, user: User, claimed: float | None) -> None:
    asset = make_asset(project, user, duration=claimed, auto_generate=Asset.AutoGenerate.NO_LIPS)
    assert (used_milliseconds(asset, 33.0), used_milliseconds(asset, None)) == (33_000, None)
    assert cost_of(asset, languages=1).total is None
    make_result(make_version(asset.dubbings.get()), duration=31.5)
    assert cost_of(asset, languages=2).total == 63_000
