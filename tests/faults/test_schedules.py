"""Whatever changes when, and whichever callbacks come: in the end our rows say what the provider says."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from dubbing.models import Asset, Result, Submission, Version
from dubbing.platform import storage
from dubbing.providers import base
from dubbing.sync import keep_result, sync_asset
from tests.support.journey import expire_lease, fresh, look_and_keep, make_sent
from tests.support.people import People
from tests.support.provider import ScriptedProvider, ScriptedVersion
from tests.support.signing import Signer

pytestmark = [pytest.mark.long, pytest.mark.django_db]
State = base.VersionState
SCHEDULES, STEPS = int(os.environ.get("SCHEDULES", "90")), 25
AFTER = {
    State.PREPARING: [State.READY, State.FAILED],
    State.READY: [State.GENERATING],
    State.GENERATING: [State.COMPLETED, State.FAILED, State.READY],
    State.COMPLETED: [State.READY],
    State.FAILED: [State.READY],
}
EVENTS = {
    (State.PREPARING, State.READY): "version_ready",
    (State.PREPARING, State.FAILED): "version_failed",
    (State.READY, State.GENERATING): "version_generating",
    (State.GENERATING, State.COMPLETED): "version_generated",
    (State.GENERATING, State.FAILED): "version_generate_failed",
    (State.GENERATING, State.READY): "version_generate_failed",
}


class Schedule:
    """One asset, and a dice that decides what happens next."""

    def __init__(self, seed: int, people: People, signer: Signer) -> None:
        self.dice = random.Random(seed)
        self.provider, self.signer = ScriptedProvider(), signer
        self.asset = make_sent(people.project, people.editor, self.provider, locales=["es-ES", "fr-FR"])
        order = self.provider.only.order
        assert order
        self.token = (order.callback_url or "").split("/")[-2]
        self.outbox: list[bytes] = []
        self.sent: list[bytes] = []
        self.rounds = 0

    def play(self, steps: int) -> None:
        """Let things happen, in the middle of calls as well."""
        for _ in range(steps):
            self.happen()()
            if self.dice.random() < 0.3:
                call = self.dice.choice(["fetch_asset", "fetch_version", "open_result"])
                self.provider.after[call] = [self.happen()]

    def happen(self) -> Callable[[], None]:
        """Something that may happen now."""
        return self.dice.choice(
            [
                self.move,
                self.move,
                self.deliver,
                self.deliver,
                self.replay,
                self.drop,
                self.sync,
                self.keep,
                self.break_,
            ]
        )

    def move(self) -> None:
        """The provider gets on with a version, and mostly says so."""
        versions = [one for ones in self.provider.only.versions.values() for one in ones]
        version = self.dice.choice(versions)
        before, version.state = version.state, self.dice.choice(AFTER[version.state])
        if version.state is State.COMPLETED:
            self.rounds += 1
            version.result = b"result" * self.rounds
        event = EVENTS.get((before, version.state))
        if event:
            self.outbox.append(self.body(event, version))

    def body(self, event: str, version: ScriptedVersion) -> bytes:
        """What the provider says."""
        told = {"event": event, "asset_id": self.asset.remote_id, "version_id": version.remote_id}
        return json.dumps(told).encode()

    def deliver(self) -> None:
        """A callback arrives, in any order."""
        if self.outbox:
            self.post(self.outbox.pop(self.dice.randrange(len(self.outbox))))

    def replay(self) -> None:
        """An old one arrives once more."""
        if self.sent:
            self.post(self.dice.choice(self.sent))

    def drop(self) -> None:
        """One is never delivered."""
        if self.outbox:
            self.outbox.pop()

    def post(self, body: bytes) -> None:
        """Deliver it."""
        assert self.signer.post(self.token, body).status_code == 204
        self.sent.append(body)

    def sync(self) -> None:
        """A worker looks."""
        sync_asset(self.asset.pk, provider=self.provider, cause="schedule")

    def keep(self) -> None:
        """A worker keeps what there is."""
        for version in Version.objects.due_for_keep().filter(dubbing__asset=self.asset):
            keep_result(version.pk, provider=self.provider)

    def break_(self) -> None:
        """A worker dies, or a call fails."""
        if self.dice.random() < 0.5:
            expire_lease(self.asset)
        else:
            call = self.dice.choice(["fetch_asset", "fetch_version", "open_result"])
            self.provider.fail(call, base.AnswerLost("reset"))

    def calm_down(self) -> Asset:
        """Nothing changes any more. No callback comes; only the sweep goes on."""
        self.provider.heal()
        with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False) as clock:
            for _ in range(4):
                self.sync()
                self.keep()
                clock.shift(timedelta(hours=25))
        return fresh(self.asset)


def expected(provider: ScriptedProvider) -> dict[str, tuple[str, str]]:
    """Where each version stands at the provider, and whether we should have its result."""
    every = [one for ones in provider.only.versions.values() for one in ones]
    return {one.remote_id: (one.state.value, "kept" if one.state is State.COMPLETED else "none") for one in every}


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize("part", range(3))
def test_the_portal_says_what_the_provider_says_after_any_schedule(
    people: People, settings: Settings, part: int
) -> None:
    signer = Signer()
    settings.PANJAYA_PUBLIC_KEY = signer.public_pem
    for seed in range(part * SCHEDULES // 3, (part + 1) * SCHEDULES // 3):
        schedule = Schedule(seed, people, signer)
        schedule.play(STEPS)
        schedule.calm_down()
        ours = Version.objects.filter(dubbing__asset=schedule.asset).values_list("remote_id", "status", "keep")
        assert {one: (status, keep) for one, status, keep in ours} == expected(schedule.provider), f"seed {seed}"
        for version in Version.objects.filter(dubbing__asset=schedule.asset, keep="kept"):
            newest = Result.objects.filter(version=version).order_by("checked_at").last()
            assert newest
            assert storage.path(newest.key).read_bytes() == schedule.provider._version(version.remote_id).result


@pytest.mark.usefixtures("trusting")
def test_only_the_last_answer_counts_when_looks_overlap(people: People) -> None:
    """Trusting whoever writes last would end in the past."""
    provider = ScriptedProvider()
    asset = make_sent(people.project, people.editor, provider)

    def meanwhile() -> None:
        expire_lease(asset)
        provider.only.first.complete(b"result")
        look_and_keep(asset, provider)

    provider.then("fetch_version", meanwhile)
    Asset.objects.mark(asset.pk)
    sync_asset(asset.pk, provider=provider, cause="old")
    assert fresh(asset).status == Asset.Status.COMPLETED
    assert Submission.objects.get().status == Submission.Status.ACCEPTED
