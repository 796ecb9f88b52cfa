"""Many do the same at the same moment, on a database in a file or on a server: one wins, and nobody meets a lock."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.conservation import violations
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(540)]

SCRIPT = """
import json, threading, django
django.setup()
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection
from dubbing import tasks
from dubbing.models import Asset, Event, Project, Submission
from dubbing.providers import open_provider
from dubbing.submissions import sender as sending
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.platform.errors import NotPossible
from dubbing.submissions.submit import submit
from tests.support.journey import make_wish

project, user = Project.objects.get(), User.objects.get(username="owner")
fields = AssetFields(name="Film", source_locale="en-US", targets=(TargetText("es-ES"),), media_url="http://127.0.0.1:9/x")
found = Counter()
gate = threading.Barrier(16)

def at_once(what, times):
    def run(number):
        try:
            if number < 16:
                gate.wait(40)
            found[what(number)] += 1
        except NotPossible:
            found["refused"] += 1
        except Exception as error:
            found[f"{type(error).__name__}: {error}"] += 1
        finally:
            connection.close()
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(run, range(times)))

asset = Asset.objects.create(project=project, created_by=user)
def click(number):
    submit(Asset.objects.get(pk=asset.pk), fields, user)
    return "submitted"
at_once(click, 100)

submission = Submission.objects.get()
provider = open_provider("panjaya")
at_once(lambda number: "sent" if sending.send(submission.pk, provider=provider) else "not sent", 32)

def write(number):
    for _ in range(5):
        Asset.objects.mark(asset.pk)
        tasks.sync.run(asset.pk)
        Event.objects.record(asset, "ops")
    return "written"
at_once(write, 32)
found["marks"] = Asset.objects.get().dirty_seq
print("=>" + json.dumps(found))
"""


def test_a_hundred_clicks_are_one_request(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        found: dict[str, Any] = json.loads(portal.run_script(SCRIPT).partition("=>")[2])
        assert found == {"submitted": 1, "refused": 99, "sent": 1, "not sent": 31, "written": 32, "marks": 160}
        assert (len(sandbox.ledger()), violations(portal, sandbox)) == (1, [])
