"""Two owners choose a default preset at the same moment: one of them counts, and nobody meets a lock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(540)]

SCRIPT = """
import json, threading, django
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.contrib.auth.models import User
from django.db import connection
from dubbing.models import Asset, Preset, Project
from dubbing.drafts import presets
from dubbing.drafts.creation import create_draft

project, user = Project.objects.get(), User.objects.get(username="owner")
values = {"targets": ["es-MX"]}
made = [Preset.objects.create(project=project, name=str(at), values=values, created_by=user) for at in range(4)]
gate, failed = threading.Barrier(12), []

def choose(number):
    try:
        if number < 12:
            gate.wait(40)
        presets.choose_default(project, made[number % 4])
        create_draft(project, user)
    except Exception as error:
        failed.append(f"{type(error).__name__}: {error}")
    finally:
        connection.close()

with ThreadPoolExecutor(12) as pool:
    list(pool.map(choose, range(60)))
print("=>" + json.dumps([Preset.objects.filter(is_default=True).count(), failed]))
"""


def test_sixty_choices_leave_one_default(tmp_path: Path) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox) as portal:
        assert json.loads(portal.run_script(SCRIPT).partition("=>")[2]) == [1, []]
