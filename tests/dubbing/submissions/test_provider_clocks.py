"""The provider's clock is hours off, or jumps, and an answer is lost: what was made is found and not sent twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dubbing.models import Asset, Submission
from dubbing.providers import base
from dubbing.providers.panjaya import PanjayaProvider
from tests.support.journey import fresh, make_wish, reconcile, reconcile_for_good, send, touch
from tests.support.people import People
from tests.support.provider import ScriptedProvider

pytestmark = pytest.mark.django_db
PAGE = 2
SKEWS = [-30.0, -12.0, -1.5, -0.02, 0.0, 0.02, 1.5, 12.0, 30.0]


class Panjaya(PanjayaProvider):
    """The real reader of lists before a provider in memory, whose clock is off by so many hours for each asset."""

    def __init__(self, scripted: ScriptedProvider, skews: list[float]) -> None:
        super().__init__("https://api.example.com", "key")
        self.scripted, self.skews = scripted, skews

    def create_asset(self, order: base.AssetOrder, **more: Any) -> base.RemoteAsset:
        """Made, as the provider in memory says."""
        return self.scripted.create_asset(order, **more)

    def _page(self, query: Any) -> Any:
        names = [asset.name for asset in reversed(self.scripted.assets.values())]
        start = (int(query.get("page", 1)) - 1) * PAGE
        items = [{"asset_id": f"a{number}", "name": names[number], "created_at": self._date(number)}
                 for number in range(len(names))][start : start + PAGE]  # fmt: skip
        return {"items": items}

    def _date(self, number: int) -> str:
        at = datetime.now(UTC) + timedelta(hours=self.skews[number % len(self.skews)], minutes=-number)
        return at.isoformat()


def lost(people: People, scripted: ScriptedProvider, provider: base.Provider) -> Submission:
    """A request that was carried out, and whose answer was lost; behind it come newer assets of others."""
    scripted.fail("create_asset", base.AnswerLost("timeout"), done=True)
    submission = send(make_wish(people.project, people.editor), provider)
    assert submission.status == Submission.Status.UNKNOWN
    for number in range(7):
        scripted.add(f"of somebody else {number}")
    return submission


@pytest.mark.parametrize("skews", [[hours] for hours in SKEWS] + [SKEWS, SKEWS[::-1], [30.0, -30.0]], ids=str)
def test_what_was_made_is_found_whatever_its_date_says(
    people: People, provider: ScriptedProvider, skews: list[float]
) -> None:
    panjaya = Panjaya(provider, skews)
    submission = lost(people, provider, panjaya)
    for _ in range(3):
        if reconcile(submission, panjaya).status == Submission.Status.UNKNOWN:
            touch(submission, lost_at=timezone.now() - timedelta(hours=2))
    assert fresh(submission).status == Submission.Status.ACCEPTED
    assert (provider.asked("create_asset"), Submission.objects.count()) == (1, 1)
    assert Asset.objects.get().status == Asset.Status.DUBBING


@pytest.mark.parametrize("skews", [[-30.0], [30.0], SKEWS], ids=str)
def test_what_was_never_made_is_sent_again_once(people: People, provider: ScriptedProvider, skews: list[float]) -> None:
    panjaya = Panjaya(provider, skews)
    submission = lost(people, provider, panjaya)
    del provider.assets[next(iter(provider.assets))]
    assert reconcile_for_good(submission, panjaya).status == Submission.Status.ABANDONED
    again = Submission.objects.exclude(pk=submission.pk).get()
    assert send(again, panjaya).status == Submission.Status.ACCEPTED
    assert provider.asked("create_asset") == 2
