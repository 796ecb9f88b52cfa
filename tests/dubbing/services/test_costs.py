"""What something costs: its own length, weighted, for each language; never less said than booked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from pytest_django import Settings

from dubbing import wording
from dubbing.models import Asset, Link, Project
from dubbing.services.costs import cost_of, used
from tests.support.minutes import fields_of
from tests.support.rows import make_asset, make_upload

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
def test_a_minute_counts_as_often_as_the_settings_say(
    user: User, settings: Settings, finish: str, lips: str, milliseconds: int
) -> None:
    settings.WEIGHT_REAL_FACE, settings.WEIGHT_REAL_FACE_TURBO = 2.0, 1.5
    fields = fields_of(make_upload(user, duration=60.0), auto_generate=finish, lips_model=lips)
    assert cost_of(fields).total == milliseconds


def test_the_weight_is_named_where_it_is_not_one(user: User, settings: Settings) -> None:
    film = make_upload(user, duration=60.0)
    assert cost_of(fields_of(film, "es-ES", "fr-FR")).words == "1 min × 2 languages"
    settings.WEIGHT_NO_LIPS = 2.0
    assert cost_of(fields_of(film, "es-ES", "fr-FR")).words == "1 min × 2 languages × 2"


def test_a_link_is_as_long_as_our_own_look_at_it_says(user: User) -> None:
    fields = fields_of(None, "es-ES", start=5.0)
    assert cost_of(fields, looked_by=[user.pk]).total is None
    Link.objects.create(owner=user, kind="video", url=fields.media_url, status="good", duration=65.0)
    assert cost_of(fields, looked_by=[user.pk]).total == 60_000


def test_somebody_elses_look_at_a_link_does_not_count(user: User, people_outside: User) -> None:
    fields = fields_of(None, "es-ES")
    Link.objects.create(owner=people_outside, kind="video", url=fields.media_url, status="good", duration=65.0)
    assert cost_of(fields, looked_by=[user.pk]).total is None


@pytest.fixture
def people_outside(people: object) -> User:
    return people.outsider  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("seconds", [0.001, 0.9, 5.9999, 6.0, 6.001, 8.5, 9.0, 59.95, 61.2, 599.9, 600.1, 12_345.678])
@pytest.mark.parametrize("languages", [1, 3, 7])
def test_what_is_said_is_never_less_than_what_is_booked(user: User, seconds: float, languages: int) -> None:
    codes = [f"x{number}" for number in range(languages)]
    total = cost_of(fields_of(make_upload(user, duration=seconds), *codes)).total
    assert total is not None
    said = float(wording.minutes(total / 1000).removesuffix(" min").replace(",", ""))
    assert said * 60_000 >= total
    assert said * 60_000 < total + 6_000


@pytest.mark.parametrize(
    ("told", "start", "end", "milliseconds"),
    [
        (None, None, None, 60_000),  # the provider does not say: as planned
        (58.0, None, None, 58_000),
        (58.0, 10.0, None, 48_000),
        (61.0, 10.0, 20.0, 10_000),  # of the whole film
        (10.2, 10.0, 20.0, 10_200),  # of the trim alone
        (15.0, 10.0, 40.0, 5_000),  # the film ends before the trim does
        (5.0, 10.0, 40.0, 30_000),  # makes no sense: as planned
    ],
)
def test_what_was_used_is_what_the_provider_measured(
    project: Project, user: User, told: float | None, start: float | None, end: float | None, milliseconds: int
) -> None:
    asset = make_asset(project, user, with_source=True, duration=told, start=start, end=end, auto_generate="no_lips")
    assert used(asset, None) == milliseconds


def test_a_length_that_nobody_knew_is_that_of_what_came_out(project: Project, user: User) -> None:
    asset = make_asset(project, user, auto_generate=Asset.AutoGenerate.NO_LIPS)
    assert (used(asset, 33.0), used(asset, None)) == (33_000, None)
