"""The provider's figure is compared with what we measured; what cannot be is shown to ops, and never booked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dubbing.minutes import settlement
from dubbing.minutes.settlement import close_due
from dubbing.models import Asset, Event, Link, Result, Upload
from dubbing.web.asset import timeline
from tests.support.journey import fresh, look, look_and_keep, only_version
from tests.support.media import make_film
from tests.support.minutes import contradictions, kinds
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_upload

pytestmark = pytest.mark.django_db
Sent = Callable[..., Asset]


@pytest.fixture
def measured(user: User) -> Upload:
    """A film of a minute."""
    return make_upload(user, duration=60.0)


def odd(asset: Asset) -> list[tuple[float, float]]:
    """What ops see: the provider's figure and ours."""
    found = Event.objects.filter(asset=asset, kind="length_differs").order_by("id")
    return [(event.data["told"], event.data["ours"]) for event in found]


@pytest.mark.parametrize(
    ("reported", "shown"),
    [
        (60.0, True),
        (60.9, True),
        (58.3, True),  # within 3 %
        (10.0, True),  # of the trim alone
        (10.9, True),
        (86_400.0, False),
        (12.0, False),
        (57.0, False),
        (0.0, False),
        (-1.0, False),
    ],
)
def test_a_length_may_be_of_the_video_or_of_its_trim(
    sent: Sent, provider: ScriptedProvider, measured: Upload, reported: float, shown: bool
) -> None:
    asset = sent(source=measured, start=5.0, end=15.0)
    provider.only.duration = reported
    look(asset, provider)
    assert (fresh(asset).duration, odd(asset)) == ((reported, []) if shown else (None, [(reported, 10.0)]))


@pytest.mark.usefixtures("trusting")
def test_a_stated_day_for_a_link_of_twelve_seconds_is_not_settled(
    sent: Sent, provider: ScriptedProvider, user: User
) -> None:
    asset = sent(locales=["es-ES", "fr-FR"])
    Link.objects.create(owner=user, kind="video", url=asset.media_url, status="good", duration=12.0)
    provider.only.duration = 86_400.0
    for versions in provider.only.versions.values():
        versions[0].complete(b"result of " + versions[0].remote_id.encode())
    look_and_keep(asset, provider)
    close_due(asset.pk)
    assert [line for line in kinds(asset) if line[1] == "settle"] == [
        ("es-ES", "settle", 12_000),
        ("fr-FR", "settle", 12_000),
    ]
    assert odd(asset) == [(86_400.0, 12.0)]
    assert contradictions() == []


def test_where_nobody_could_measure_the_source_the_result_counts(
    sent: Sent, provider: ScriptedProvider, film: Path
) -> None:
    """The film has 2 s. What the provider says can be compared only once its result is here."""
    asset = sent(auto_generate="no_lips")
    provider.only.duration = 86_400.0
    look(asset, provider)
    assert (fresh(asset).duration, odd(asset)) == (86_400.0, [])
    provider.only.first.complete(film.read_bytes())
    for _ in range(3):
        look_and_keep(asset, provider)
        type(only_version(asset)).objects.update(next_keep_at="2020-01-01T00:00Z")
    assert Result.objects.count() == 1
    settlement.close_due(asset.pk)
    (_, settled) = kinds(asset)
    assert settled[1] == "settle"
    assert settled[2] == pytest.approx(2000, abs=150)
    assert [told for told, _ in odd(asset)] == [86_400.0]
    assert fresh(asset).duration is None
    look(asset, provider)
    assert (fresh(asset).duration, len(odd(asset))) == (None, 1)


@pytest.mark.usefixtures("trusting")
def test_a_length_that_drops_to_zero_changes_no_settlement(
    sent: Sent, provider: ScriptedProvider, measured: Upload
) -> None:
    asset = sent(source=measured, auto_generate="no_lips")
    for told in (60.0, 0.0, 60.0, 0.0):
        provider.only.duration = told
        look(asset, provider)
    assert (fresh(asset).duration, odd(asset)) == (60.0, [(0.0, 60.0)])
    provider.only.first.complete(b"the result")
    look_and_keep(asset, provider)
    close_due(asset.pk)
    assert [(kind, amount) for _, kind, amount in kinds(asset)] == [("reserve", 60_000), ("settle", 0)]


def test_a_length_that_keeps_changing_does_not_fill_the_timeline(
    sent: Sent, provider: ScriptedProvider, measured: Upload
) -> None:
    asset = sent(source=measured)
    for number in range(20):
        provider.only.duration = 1000.0 + 100 * number
        look(asset, provider)
    assert len(odd(asset)) == 5


@pytest.mark.parametrize("reported", [0.0, -3.0])
def test_a_length_close_to_zero_is_not_a_length(sent: Sent, provider: ScriptedProvider, reported: float) -> None:
    asset = sent()
    provider.only.duration = reported
    look(asset, provider)
    assert (fresh(asset).duration, odd(asset)) == (None, [])


def test_a_trim_only_shows_that_the_video_is_not_shorter(sent: Sent, provider: ScriptedProvider) -> None:
    asset = sent(start=10.0, end=20.0)
    for told in (20.0, 600.0):
        provider.only.duration = told
        look(asset, provider)
    assert (fresh(asset).duration, odd(asset)) == (600.0, [])


def test_a_trim_without_a_length_is_what_a_result_is_measured_by(
    sent: Sent, provider: ScriptedProvider, tmp_path: Path
) -> None:
    """The provider's figure would excuse a result of the whole film."""
    asset = sent(start=1.0, end=2.0)
    provider.only.duration = 6.0
    look(asset, provider)
    provider.only.first.complete(make_film(tmp_path / "long.mp4", seconds=6).read_bytes())
    look_and_keep(asset, provider)
    assert "longer" in only_version(asset).keep_problem


# --- where ops see it


def test_ops_find_it_in_the_admin_and_people_in_the_timeline(
    sent: Sent, provider: ScriptedProvider, measured: Upload, admin_client: Client
) -> None:
    asset, other = sent(source=measured), sent(name="Another one")
    provider.assets[asset.remote_id].duration = 86_400.0
    look(asset, provider)
    listed = admin_client.get(reverse("admin:dubbing_asset_changelist")).content.decode()
    assert (listed.count("icon-no.svg"), listed.count("icon-yes.svg")) == (1, 1)
    found = admin_client.get(reverse("admin:dubbing_asset_changelist"), {"length": "differs"}).content.decode()
    assert f"/asset/{asset.pk}/change/" in found
    assert f"/asset/{other.pk}/change/" not in found
    (moment,) = [one for one in timeline.of_asset(asset, "Panjaya") if "measured" in one.text]
    assert moment.text == "Panjaya reports a length of 24 h. We measured 1 min, which is what counts."
