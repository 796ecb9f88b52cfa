"""Many who press, and many who close, at the same moment: on a database in a file, or on a server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.portal import ROOT, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.xdist_group("processes"), pytest.mark.timeout(180)]

SCRIPT = """
import json, threading, django
django.setup()
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection
from dubbing.models import Asset, LedgerEntry, MonthlyUse, Project, Submission, Upload
from dubbing.services import closing
from dubbing.services.asking import NotEnoughMinutes
from dubbing.services.submit import submit
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


def test_the_last_minutes_are_taken_once_and_every_reservation_is_closed_once(
    tmp_path: Path, sandbox_process: SandboxProcess
) -> None:
    with Portal(tmp_path / "portal", sandbox_process) as portal:
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env=portal.environment,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.partition("=>")[2])
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
