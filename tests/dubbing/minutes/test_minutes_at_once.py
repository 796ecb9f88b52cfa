"""Many who press, and many who close, at the same moment: on a database in a file, or on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("processes"), pytest.mark.timeout(180)]

SCRIPT = """
import json, threading, django
django.setup()
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection
from dubbing.models import Asset, LedgerEntry, MonthlyUse, Project, Submission, Upload
from dubbing.minutes import settlement as closing
from dubbing.platform.errors import NotEnoughMinutes
from dubbing.submissions.submit import submit
from tests.support.minutes import allow, contradictions, fields_of

project, user = Project.objects.get(), User.objects.get(username="owner")
found = Counter()
film = Upload.objects.create(owner=user, kind="video", status="complete", name="f.mp4", size=1, duration=60.0)
drafts = [Asset.objects.create(project=project, created_by=user).pk for _ in range(24)]
allow(project, 7)

def at_once(what, times):
    gate = threading.Barrier(times)
    def run(number):
        try:
            gate.wait(20)
            found[what(number)] += 1
        except NotEnoughMinutes:
            found["not enough"] += 1
        except Exception as error:
            found[f"{type(error).__name__}: {error}"] += 1
        finally:
            connection.close()
    with ThreadPoolExecutor(times) as pool:
        list(pool.map(run, range(times)))

def press(number):
    submit(Asset.objects.get(pk=drafts[number]), fields_of(film, "es-ES", "fr-FR"), user)
    return "sent"
# The month has no row yet: making it is part of the race.
at_once(press, 24)
found["taken"] = MonthlyUse.objects.get().milliseconds
found["contradictions"] = len(contradictions())

sent = list(Asset.objects.filter(status="submitting"))
Submission.objects.update(status="accepted")
Asset.objects.filter(pk__in=[one.pk for one in sent]).update(status="dubbing")
for one in sent:
    one.dubbings.filter(locale="es-ES").update(status="completed")
    one.dubbings.filter(locale="fr-FR").update(status="failed")
def close(number):
    closing.close_due(None if number % 2 else sent[number // 2 % len(sent)].pk)
    return "closed"
at_once(close, 12)
found["settled"] = LedgerEntry.objects.filter(kind="settle").count()
found["released"] = LedgerEntry.objects.filter(kind="release").count()
found["taken at the end"] = MonthlyUse.objects.get().milliseconds
found["contradictions"] += len(contradictions())
print("=>" + json.dumps(found))
"""


# Two projects without a limit of their own, under one of all; and projects that one person makes at the same moment.
TOGETHER = """
import json, threading, django
django.setup()
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection
from dubbing.models import Asset, MonthlyTotal, MonthlyUse, Project, Submission, Upload
from dubbing.minutes import settlement as closing
from dubbing.projects import projects
from dubbing.platform.errors import NotEnoughMinutes
from dubbing.submissions.submit import submit
from tests.support.minutes import allow, contradictions, fields_of

user = User.objects.get(username="owner")
found = Counter()

def at_once(what, times):
    gate = threading.Barrier(times)
    def run(number):
        try:
            gate.wait(20)
            found[what(number)] += 1
        except (NotEnoughMinutes, projects.TooManyProjects) as error:
            found[type(error).__name__] += 1
        except Exception as error:
            found[f"{type(error).__name__}: {error}"] += 1
        finally:
            connection.close()
    with ThreadPoolExecutor(times) as pool:
        list(pool.map(run, range(times)))

def make(number):
    projects.create_project(user, f"Film {number}")
    return "made"
at_once(make, 24)

both = list(Project.objects.filter(created_by=user))[:2]
for project in both:
    allow(project, None)
film = Upload.objects.create(owner=user, kind="video", status="complete", name="f.mp4", size=1, duration=60.0)
drafts = [Asset.objects.create(project=both[number % 2], created_by=user).pk for number in range(24)]
def press(number):
    submit(Asset.objects.get(pk=drafts[number]), fields_of(film, "es-ES"), user)
    return "sent"
# Neither month has a row yet, nor has that of all projects.
at_once(press, 24)
found["taken"] = MonthlyTotal.objects.get().milliseconds
found["contradictions"] = len(contradictions())

sent, others = list(Asset.objects.filter(status="submitting")), list(Asset.objects.filter(status="draft"))
Submission.objects.update(status="refused")
def close_and_press(number):
    closing.close_due(sent[number].pk)
    submit(others[number], fields_of(film, "es-ES"), user)
    return "closed"
at_once(close_and_press, len(sent))
found["taken at the end"] = MonthlyTotal.objects.get().milliseconds
found["contradictions"] += len(contradictions())
print("=>" + json.dumps(found))
"""


def outcome(portal: Portal, script: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(portal.run_script(script).partition("=>")[2])
    return found


def test_all_projects_together_stay_below_the_cap_and_one_person_below_the_pace(
    tmp_path: Path, sandbox_process: SandboxProcess
) -> None:
    with Portal(tmp_path / "portal", sandbox_process, ORGANISATION_MINUTES="7") as portal:
        found = outcome(portal, TOGETHER)
    closed, refused = found.pop("closed"), found.pop("NotEnoughMinutes")
    assert found == {
        "made": 10,
        "TooManyProjects": 14,
        "sent": 7,
        "taken": 420_000,
        "taken at the end": closed * 60_000,
        "contradictions": 0,
    }
    assert closed + refused == 17 + 7
    assert closed <= 7


def test_the_last_minutes_are_taken_once_and_every_reservation_is_closed_once(
    tmp_path: Path, sandbox_process: SandboxProcess
) -> None:
    with Portal(tmp_path / "portal", sandbox_process) as portal:
        found = outcome(portal, SCRIPT)
    assert found == {
        "sent": 3,
        "not enough": 21,
        "taken": 360_000,
        "closed": 12,
        "settled": 3,
        "released": 3,
        "taken at the end": 180_000,
        "contradictions": 0,
    }
