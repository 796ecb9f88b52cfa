"""Whatever happens in whichever order to languages that are sent again: each is followed, paid for and booked once."""

from __future__ import annotations

import os
import random
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.minutes.settlement import close_due
from dubbing.models import Asset, Dubbing, Hold, LedgerEntry, Project, Submission, Version
from dubbing.platform.errors import NotPossible
from dubbing.providers import base
from dubbing.submissions import reconciliation, sender, submit
from dubbing.sync import keep_result, sync_asset
from tests.support.journey import expire_lease, fresh, make_wish
from tests.support.minutes import allow, contradictions
from tests.support.provider import ScriptedProvider, ScriptedVersion
from tests.support.rows import make_upload

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800), pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
State = base.VersionState
SCHEDULES, STEPS = int(os.environ.get("SCHEDULES", "16")), 40
AFTER = {
    State.PREPARING: [State.READY, State.FAILED, State.FAILED],
    State.READY: [State.GENERATING],
    State.GENERATING: [State.COMPLETED, State.FAILED],
    State.COMPLETED: [State.READY],
    State.FAILED: [State.READY],
}


class Schedule:
    """One asset in three languages, and a dice that decides what happens next."""

    def __init__(self, seed: int, project: Project, user: User) -> None:
        self.dice, self.user, self.provider = random.Random(seed), user, ScriptedProvider()
        source = make_upload(user, duration=60.0)
        wish = make_wish(project, user, locales=["es-ES", "fr-FR", "it-IT"], source=source)
        self.asset = fresh(wish.asset)

    def play(self, clock: Any) -> None:
        """Let something happen, now and then in the middle of a call."""
        if self.dice.random() < 0.3:
            call = self.dice.choice(["fetch_asset", "fetch_version", "open_result", "create_asset", "list_assets"])
            self.provider.after[call] = [self.dice.choice([self.press, self.close, self.move, self.die])]
        clock.shift(self.dice.choice([1, 40, 3600, 40 * 3600]))
        self.dice.choice(
            [self.work, self.work, self.work, self.move, self.move, self.press, self.press, self.close, self.break_,
             self.fail, self.begin_anew]
        )()  # fmt: skip
        assert contradictions() == []
        still_open = LedgerEntry.objects.filter(asset=self.asset, kind="reserve", closed_by=None)
        open_by_locale = list(still_open.values_list("locale", flat=True))
        assert len(open_by_locale) == len(set(open_by_locale))

    def work(self) -> None:
        """Workers do what is due."""
        Hold.objects.all().delete()
        for submission in Submission.objects.filter(status__in=Submission.UNBOUND):
            sender.send(submission.pk, provider=self.provider)
            reconciliation.reconcile_submission(submission.pk, provider=self.provider)
        sync_asset(self.asset.pk, provider=self.provider, cause="schedule")
        for version in Version.objects.due_for_keep():
            keep_result(version.pk, provider=self.provider)

    def move(self) -> None:
        """The provider gets on with a version, of whichever attempt."""
        versions = self.versions()
        if versions:
            version = self.dice.choice(versions)
            version.state = self.dice.choice(AFTER[version.state])
            if version.state is State.COMPLETED:
                version.result += b"result"

    def versions(self) -> list[ScriptedVersion]:
        """All there are at the provider."""
        return [one for asset in self.provider.assets.values() for ones in asset.versions.values() for one in ones]

    def press(self) -> None:
        """A person sends again what failed, whatever the page says."""
        with suppress(NotPossible):
            submit.send_missing(fresh(self.asset), self.user)

    def close(self) -> None:
        """The sweep closes reservations."""
        close_due(self.dice.choice([None, self.asset.pk]))

    def die(self) -> None:
        """A worker is gone, and its lease runs out."""
        expire_lease(self.asset)
        for submission in self.asset.submissions.filter(status="sending"):
            expire_lease(submission)

    def break_(self) -> None:
        """A call fails, after the work or before."""
        call = self.dice.choice(["create_asset", "create_asset", "fetch_asset", "fetch_version", "list_assets"])
        errors = [base.AnswerLost("reset"), base.Rejected("no voice", status=400), base.NotSent("refused")]
        error = self.dice.choice(errors if call == "create_asset" else errors[:1])
        self.provider.fail(call, error, done=isinstance(error, base.AnswerLost) and self.dice.random() < 0.5)

    def fail(self) -> None:
        """An asset fails as a whole."""
        if self.provider.assets and self.dice.random() < 0.5:
            asset = self.dice.choice(list(self.provider.assets.values()))
            asset.failed, asset.error = True, base.RemoteError("empty_transcript", "")

    def begin_anew(self) -> None:
        """A language is begun once more in the studio, and spelled otherwise from then on."""
        if self.provider.assets:
            asset = self.dice.choice(list(self.provider.assets.values()))
            asset.versions = {code.replace("-", "_"): [*ones, self.provider.version()] for code, ones in
                              asset.versions.items()}  # fmt: skip

    def calm_down(self, clock: Any) -> None:
        """Nothing changes any more but that the provider finishes what is there."""
        self.provider.heal()
        for version in self.versions():
            if version.state in (State.PREPARING, State.GENERATING):
                version.state, version.result = State.COMPLETED, b"at last"
        for _ in range(14):
            clock.shift(timedelta(hours=25).total_seconds())
            self.work()
            close_due()


@pytest.mark.parametrize("part", range(4))
def test_whatever_happens_each_language_is_synced_paid_for_and_settled_once(
    project: Project, user: User, part: int
) -> None:
    allow(project, None)
    for seed in range(part * SCHEDULES // 4, (part + 1) * SCHEDULES // 4):
        with time_machine.travel(timezone.now(), tick=False) as clock:
            schedule = Schedule(seed, project, user)
            for _ in range(STEPS):
                schedule.play(clock)
            schedule.calm_down(clock)
        check(schedule, seed)


def check(schedule: Schedule, seed: int) -> None:
    """What has to be so in the end."""
    asset, provider = fresh(schedule.asset), schedule.provider
    assert contradictions() == []
    if asset.status == Asset.Status.REFUSED:  # the very first request was
        return
    assert sorted(one.locale for one in asset.dubbings.all()) == ["es-ES", "fr-FR", "it-IT"], seed
    taken = Submission.objects.filter(asset=asset, status__in=["accepted", "superseded"])
    bound = list(taken.values_list("remote_id", flat=True))
    assert sorted(bound) == sorted(set(bound)), seed
    assert set(bound) == set(provider.assets), (seed, [(s.status, s.remote_id) for s in asset.submissions.all()])
    asked = asset.submissions.filter(needs_person=True)
    with_a_person = {locale for submission in asked for locale in submission.locales}
    for dubbing in asset.dubbings.all():
        lines = list(LedgerEntry.objects.filter(asset=asset, locale=dubbing.locale).order_by("pk"))
        ends = [line.kind for line in lines if line.kind != "reserve"]
        assert dubbing.status != Dubbing.Status.PENDING or dubbing.locale in with_a_person, (seed, dubbing)
        if dubbing.status in Dubbing.FINAL:
            assert len(ends) * 2 == len(lines), (seed, dubbing, lines)
        if dubbing.status == Dubbing.Status.COMPLETED:
            assert ends[-1] == "settle", (seed, dubbing)
