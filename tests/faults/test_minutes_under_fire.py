"""Everybody at once, in a portal of its own: tabs, owners, batches and workers; nothing is sent or booked twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1800)]

BEFORE = """
import json, os, signal, sys, threading, time, django
django.setup()
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection, transaction
from dubbing.web.batch.row_forms import check, checking, defaults
from dubbing.models import *
from dubbing.submissions import approvals
from dubbing.batches import batches
from dubbing.minutes import settlement as closing
from dubbing.drafts import saved_drafts
from dubbing.batches import manifests
from dubbing.submissions import pilots
from dubbing.submissions import submit
from dubbing.drafts.fields import TargetText
from dubbing.platform.errors import NotPossible, NotEnoughMinutes
from tests.support.minutes import allow, contradictions, fields_of, order
from tests.support.people import make_user

project, owner = Project.objects.get(), User.objects.get(username="owner")
project.provider = "panjaya"
found = Counter()
film = Upload.objects.create(owner=owner, kind="video", status="complete", name="f.mp4", size=1, duration=60.0)

def person(name, role):
    user = make_user(name)
    Membership.objects.create(project=project, user=user, role=role)
    return user

def at_once(*what):
    gate = threading.Barrier(len(what))
    def run(work):
        try:
            gate.wait(80)
            found[work() or "nothing"] += 1
        except NotEnoughMinutes:
            found["not enough"] += 1
        except NotPossible:
            found["no"] += 1
        except Exception as error:
            found[f"{type(error).__name__}: {str(error)[:300]}"] += 1
        finally:
            connection.close()
    with ThreadPoolExecutor(len(what)) as pool:
        list(pool.map(run, what))

def arrived(name, user=owner):
    return Upload.objects.create(owner=user, kind="video", status="complete", name=name, size=1, duration=60.0)
"""
AFTER = """
found["contradictions"] = len(contradictions())
print("=>" + json.dumps(found))
"""


def run(portal: Portal, script: str) -> dict[str, Any]:
    """What a script finds that runs beside the portal, with its environment."""
    printed = portal.run_script(f"{BEFORE}\n{script}\n{AFTER}")
    found: dict[str, Any] = json.loads(printed.partition("=>")[2])
    return found


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[Portal]:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        yield portal


def test_two_owners_two_tabs_and_the_person_who_asked_decide_once(portal: Portal) -> None:
    script = """
second, editor = person("second", "owner"), person("editor", "editor")
allow(project, None, approval_above=1)
for _ in range(12):
    asset = order(project, editor, "es-ES", "fr-FR")
    asked = approvals.question(asset).pk
    def yes(who):
        return approvals.approve(asset, who, asked=asked, milliseconds=120_000) and "sent"
    def back(who):
        return approvals.give_back(asset, who, asked=asked, reason="No.") or "back"
    at_once(lambda: yes(owner), lambda: yes(owner), lambda: yes(second), lambda: back(second),
            lambda: approvals.take_back(asset, editor) or "back", lambda: closing.close_due() and "closed")
found["submissions"] = Submission.objects.count()
found["lines"] = LedgerEntry.objects.count()
found["left waiting"] = Asset.objects.filter(status="awaiting").count()
"""
    found = run(portal, script)
    sent = found.pop("sent", 0)
    assert sent + found.pop("back", 0) == 12
    assert found == {
        "no": 48, "nothing": 12, "submissions": sent, "lines": 2 * sent, "left waiting": 0, "contradictions": 0,
    }  # fmt: skip


def test_the_last_minutes_go_to_a_draft_a_batch_an_addition_or_an_approval_and_never_to_two(portal: Portal) -> None:
    script = """
editor = person("editor", "editor")
for turn in range(10):
    allow(project, None)
    known = order(project, owner, "es-ES", seconds=1, name=f"Known {turn}")
    known.submissions.update(status="accepted")
    Asset.objects.filter(pk=known.pk).update(status="dubbing")
    batch = batches.start(project, owner, shared={})
    row = batches.add_rows(batch, owner, [({"file": "f.mp4"}, {})])[0]
    batch.rows.update(status="good")
    draft = Asset.objects.create(project=project, created_by=owner)
    other = Asset.objects.create(project=project, created_by=owner)
    allow(project, None, approval_above=0)
    waits = order(project, editor, "es-ES")
    asked = approvals.question(waits).pk
    taken = MonthlyUse.objects.get().milliseconds
    allow(project, -(-taken // 60_000) + 1)
    def whole(asset):
        return submit.submit(Asset.objects.get(pk=asset.pk), fields_of(film), owner) and "sent"
    at_once(
        lambda: whole(draft), lambda: whole(draft), lambda: whole(other),
        lambda: list(batches.send(batch, owner, lambda asset, user: batches.Checked(fields_of(film)))) and "sent",
        lambda: approvals.approve(waits, owner, asked=asked, milliseconds=60_000) and "sent",
        lambda: pilots.send(draft, fields_of(film), owner)[1] and "sent",
        lambda: submit.add_locales(known, [TargetText("fr-FR")], owner) and "sent",
    )
    assert MonthlyUse.objects.get().milliseconds <= Project.objects.get().monthly_minutes * 60_000
"""
    found = run(portal, script)
    # An addition to the second of film is so short that it may fit beside one of the others.
    assert found.pop("sent") in range(10, 21)
    assert set(found) <= {"no", "not enough", "nothing", "contradictions"}, found
    assert found["contradictions"] == 0


def test_a_batch_is_sent_changed_polled_and_filled_at_the_same_time(portal: Portal) -> None:
    """Whoever holds a row and whoever holds its draft must not wait for one another."""
    script = """
settings_ = {"source_locale": "en-US", "targets": ["es-ES", "fr-FR"], "auto_generate": "no_lips"}
for turn in range(6):
    batch = batches.start(project, owner, shared=defaults(project, owner) | settings_, name=str(turn))
    names = [f"{turn}-{number}.mp4" for number in range(8)]
    brought = batches.add_files(batch, owner, [(name, 1) for name in names])
    films = [arrived(name) for name in names]
    for one, film_ in zip(brought, films):
        BatchRow.objects.filter(pk=one.row.pk).update(waits_for=film_, stale=True)
    rows = [one.row for one in brought]
    def poll():
        for _ in range(6):
            batches.refresh(batch, owner, checking(project), seconds=5)
    def press():
        time.sleep(0.05)
        for _ in range(3):
            for _ in batches.send(batch, owner, check):
                found["submissions"] += 1
    def change(turn):
        def run_():
            for number in range(4):
                batches.share(batch, owner, {"consent": f"Contract {turn} {number}"})
        return run_
    def arrive():
        for row, film_ in zip(rows, films):
            try:
                saved_drafts.attach(row.asset, film_, owner)
            except NotPossible:
                pass
    def rename():
        for row in reversed(rows):
            try:
                saved_drafts.keep_typed(row.asset, {"notes": "x"}, owner)
            except NotPossible:
                pass
    def table():
        for number in range(4):
            fresh = list(batch.rows.select_related("asset"))
            said = {"consent": "x"}
            wanted = [manifests.PlannedRow({"name": f"{row.pk} {number}"}, said, row=row) for row in reversed(fresh)]
            try:
                manifests.make(project, owner, wanted, batch=batch)
            except NotPossible:
                pass
    at_once(poll, poll, press, press, change(1), change(2), arrive, rename, table)
    batches.refresh(batch, owner, checking(project), seconds=60)
    for _ in batches.send(batch, owner, check):
        found["submissions"] += 1
found["rows"] = BatchRow.objects.filter(status="sent").count()
found["in the table"] = Submission.objects.count()
"""
    found = run(portal, script)
    assert found == {"nothing": 54, "submissions": 48, "in the table": 48, "rows": 48, "contradictions": 0}


def test_pilots_promotions_and_farewells_at_the_same_moment(portal: Portal) -> None:
    script = """
for turn in range(8):
    draft = Asset.objects.create(project=project, created_by=owner)
    def pilot():
        return pilots.send(Asset.objects.get(pk=draft.pk), fields_of(film, end=30.0), owner) and "pilot"
    def whole():
        return pilots.promote(Asset.objects.get(pk=draft.pk), fields_of(film, "es-ES", "fr-FR"), owner) and "whole"
    def leave():
        saved_drafts.discard(draft, owner)
        return "left"
    at_once(pilot, pilot, pilot)
    at_once(whole, whole, pilot, leave)
    found["assets"] = Asset.objects.filter(submissions__isnull=False).distinct().count()
found["submissions"] = Submission.objects.count()
"""
    found = run(portal, script)
    whole, left = found.pop("whole", 0), found.pop("left", 0)
    gone = sum(found.pop(key) for key in list(found) if key.startswith("DoesNotExist"))
    assert whole + left == 8
    assert found.pop("no") + gone == 2 * 8 + 4 * 8 - 8
    assert found == {"pilot": 8, "assets": 8 + whole, "submissions": 8 + whole, "contradictions": 0}


def test_failed_and_missing_languages_that_many_send_at_once_are_sent_and_reserved_once(portal: Portal) -> None:
    script = """
from dubbing.models import Dubbing
from dubbing.submissions import gaps
found["sent"] = 0
for turn in range(8):
    allow(project, None)
    known = order(project, owner, "es-ES", "fr-FR", name=f"Known {turn}")
    known.submissions.update(status="accepted", remote_id=f"remote-{turn}")
    Dubbing.objects.filter(asset=known).update(status="failed", error_code="failed")
    Asset.objects.filter(pk=known.pk).update(status="failed", remote_id=f"remote-{turn}")
    before = Submission.objects.count()
    again = gaps.plan(project, [gaps.Wish(known.pk, ("es-ES", "fr-FR"), is_retry=True)], owner).lines[0]
    promise = gaps.Promise(gaps.Wish(known.pk, ("es-ES", "fr-FR"), is_retry=True), again.milliseconds, again.last)
    def press():
        return submit.send_missing(Asset.objects.get(pk=known.pk), owner) and "sent"
    def fill():
        return gaps.keep(project, promise, owner) and "sent"
    at_once(press, press, fill, fill)
    found["requests"] += Submission.objects.count() - before
    Asset.objects.filter(pk=known.pk).update(status="dubbing")
    known.submissions.filter(status="ready").update(status="accepted")
    Dubbing.objects.filter(asset=known).update(status="completed", error_code="")
    missing = gaps.plan(project, [gaps.Wish(known.pk, ("de-DE",), is_retry=False)], owner).lines[0]
    promise = gaps.Promise(gaps.Wish(known.pk, ("de-DE",), is_retry=False), missing.milliseconds, missing.last)
    def add():
        return submit.add_locales(Asset.objects.get(pk=known.pk), [TargetText("de-DE")], owner) and "added"
    def fill_gap():
        return gaps.keep(project, promise, owner) and "added"
    at_once(add, add, fill_gap, fill_gap)
    found["additions"] += known.submissions.filter(kind="add_locales").count()
"""
    found = run(portal, script)
    requests = found.pop("requests")
    assert requests in {8, 16}  # one for all failed languages, or one for each
    assert found == {"sent": 8, "added": 8, "additions": 8, "no": 48, "contradictions": 0}


def test_rows_that_are_removed_while_they_are_filled_and_sent(portal: Portal) -> None:
    script = """
settings_ = {"source_locale": "en-US", "targets": ["es-ES"], "auto_generate": "no_lips"}
for turn in range(6):
    batch = batches.start(project, owner, shared=defaults(project, owner) | settings_, name=str(turn))
    names = [f"{turn}-{number}.mp4" for number in range(8)]
    rows = [one.row for one in batches.add_files(batch, owner, [(name, 1) for name in names])]
    films = [arrived(name) for name in names]
    def poll():
        for _ in range(5):
            batches.refresh(batch, owner, checking(project), seconds=5)
    def arrive():
        for row, film_ in zip(rows, films):
            try:
                saved_drafts.attach(row.asset, film_, owner)
            except (NotPossible, Asset.DoesNotExist):
                pass
    def press():
        for _ in range(4):
            for _ in batches.send(batch, owner, check):
                found["submissions"] += 1
    def remove():
        for row in rows[::2]:
            try:
                batches.remove(BatchRow.objects.select_related("asset").get(pk=row.pk), owner)
                found["removed"] += 1
            except NotPossible:
                pass
    at_once(poll, arrive, press, press, remove)
    batches.refresh(batch, owner, checking(project), seconds=60)
    for _ in batches.send(batch, owner, check):
        found["submissions"] += 1
    found["rows"] += batch.rows.filter(status="sent").count()
found["in the table"] = Submission.objects.count()
"""
    found = run(portal, script)
    assert found.pop("removed", 0) + found["submissions"] == 48
    assert found.pop("submissions") == found["in the table"] == found["rows"]
    del found["in the table"], found["rows"]
    assert found == {"nothing": 30, "contradictions": 0}


KILLED = """
editor = User.objects.filter(username="editor").first() or person("editor", "editor")
what, at = sys.argv[-2], int(sys.argv[-1])
allow(project, None, approval_above=5)
if what == "submit":
    draft = Asset.objects.create(project=project, created_by=editor)
    work = lambda: submit.submit(draft, fields_of(film, "es-ES", "fr-FR"), editor)
elif what == "approve":
    waits = order(project, editor, "es-ES", "fr-FR", seconds=300)
    asked = approvals.question(waits).pk
    work = lambda: approvals.approve(waits, owner, asked=asked, milliseconds=600_000)
elif what == "promote":
    draft = Asset.objects.create(project=project, created_by=owner)
    work = lambda: (pilots.send(draft, fields_of(film, end=9.0), owner), pilots.promote(draft, fields_of(film), owner))
elif what == "batch":
    batch = batches.start(project, owner, shared={})
    batches.add_rows(batch, owner, [({"file": str(n)}, {}) for n in range(3)])
    batch.rows.update(status="good")
    work = lambda: list(batches.send(batch, owner, lambda asset, user: batches.Checked(fields_of(film))))
else:
    known = order(project, owner, "es-ES", "fr-FR")
    known.submissions.update(status="accepted")
    Asset.objects.filter(pk=known.pk).update(status="dubbing")
    known.dubbings.filter(locale="es-ES").update(status="completed")
    known.dubbings.filter(locale="fr-FR").update(status="failed")
    known.refresh_from_db()
    work = lambda: (closing.close_due(known.pk), submit.add_locales(known, [TargetText("it-IT")], owner))
writes = 0
def count(execute, sql, *rest):
    global writes
    writes += sql.startswith(("INSERT", "UPDATE", "DELETE"))
    if writes == at:
        os.kill(os.getpid(), signal.SIGKILL)
    return execute(sql, *rest)
with connection.execute_wrapper(count):
    work()
"""


def test_a_kill_at_any_write_leaves_all_of_it_or_nothing(portal: Portal) -> None:
    killed = 0
    for what in ("submit", "approve", "promote", "batch", "add"):
        for at in (1, 3, 5, 8, 11, 14):
            done = portal.run_python("-c", BEFORE + KILLED, what, str(at))
            assert done.returncode in (0, -9), done.stderr
            killed += done.returncode == -9
    assert killed >= 24
    finish = """
from dubbing.management.commands.sweep import sweep_once
for asset in Asset.objects.filter(status="submitting"):
    asked = {locale for one in asset.submissions.all() for locale in one.locales}
    booked = set(asset.ledger.filter(kind="reserve").values_list("locale", flat=True))
    found["half"] += not asked == booked == set(asset.dubbings.values_list("locale", flat=True))
found["half"] += Asset.objects.filter(status__in=["draft", "awaiting"], submissions__isnull=False).count()
closing.close_due()
still = LedgerEntry.objects.filter(kind="reserve", closed_by=None, asset__status="dubbing")
found["open"] = still.filter(locale__in=["es-ES", "fr-FR"]).count()
batch = Batch.objects.last()
for _ in range(2):
    list(batches.send(batch, owner, lambda asset, user: batches.Checked(fields_of(film))))
found["rows"] = batch.rows.filter(status="sent").count()
found["of rows"] = Submission.objects.filter(asset__batch_row__batch=batch).count()
"""
    assert run(portal, finish) == {"half": 0, "open": 0, "rows": 3, "of rows": 3, "contradictions": 0}
