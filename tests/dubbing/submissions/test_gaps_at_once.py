"""Two people who fill the same gaps at the same moment: on a database in a file, or on a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("processes"), pytest.mark.timeout(540)]

SCRIPT = """
import html, json, re, threading, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Count
from django.test import Client
from dubbing.models import Dubbing, LedgerEntry, Project, Submission
from tests.support import rows
from tests.support.minutes import allow, contradictions

project, user = Project.objects.get(), User.objects.get(username="owner")
allow(project, 1000)
film = rows.make_upload(user, duration=60.0)
for number in range(5):
    rows.make_asset(project, user, name=f"Film {number}", status="completed", locales=["de-DE"], source=film,
                    auto_generate="no_lips")
address = f"/projects/{project.pk}/grid/send/"
clients = [Client(SERVER_NAME="localhost") for _ in range(4)]
for client in clients:
    client.force_login(user)
# Each has a page of its own open.
pages = [client.get(address, {"locale": ["fr-FR", "it-IT"]}).content.decode() for client in clients]
lines = [re.findall(r'name="line" value="([^"]+)"', html.unescape(page)) for page in pages]
gate = threading.Barrier(len(clients))

def press(number):
    gate.wait(80)
    try:
        # In another order each: whoever locked more than one video at a time would wait in a circle.
        chosen = lines[number][::-1] if number % 2 else lines[number]
        return clients[number].post(address, {"line": chosen}).content.decode()
    finally:
        connection.close()

with ThreadPoolExecutor(len(clients)) as pool:
    answers = list(pool.map(press, range(len(clients))))
twice = Dubbing.objects.values("asset", "locale").annotate(times=Count("pk")).filter(times__gt=1).count()
print("=>" + json.dumps({
    "lines": [len(each) for each in lines],
    "sent": sum(len(re.findall(r"</svg>\\s*Sent<", page)) for page in answers),
    "too late": sum(page.count("was sent after you opened the page") for page in answers),
    "languages": sum(len(one.locales) for one in Submission.objects.all()),
    "dubbings": Dubbing.objects.exclude(locale="de-DE").count(),
    "twice": twice,
    "reserved": LedgerEntry.objects.filter(kind="reserve").count(),
    "contradictions": len(contradictions()),
}))
"""


def test_people_filling_the_same_gaps_at_once_send_each_language_once(
    tmp_path: Path, sandbox_process: SandboxProcess
) -> None:
    with Portal(tmp_path / "portal", sandbox_process) as portal:
        found: dict[str, Any] = json.loads(portal.run_script(SCRIPT).partition("=>")[2])
    assert found == {
        "lines": [5, 5, 5, 5],
        "sent": 5,
        "too late": 15,
        "languages": 10,
        "dubbings": 10,
        "twice": 0,
        "reserved": 10,
        "contradictions": 0,
    }
