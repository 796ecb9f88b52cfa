"""Files are moved to a bucket and back by a command that is killed again and again, while people download them."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from tests.support.buckets import BucketService, contents, settings_for
from tests.support.portal import PASSWORD, ROOT, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(1800)]

FILES, KILLS = (60, 25) if os.environ.get("CHAOS") else (16, 4)
MAKE = """
import os
from django.contrib.auth.models import User
from dubbing.models import Project, Result
from tests.support import rows
user, project = User.objects.get(username="owner"), Project.objects.first()
for _ in range({number}):
    made = rows.make_done(project, user)
    rows.make_result(made.version, content=os.urandom(1_500_000))
"""


def test_every_file_arrives_once_and_can_be_downloaded_at_any_moment(tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", "0")) or random.randrange(10**6)
    dice = random.Random(seed)
    with (
        ExitStack() as stack,
        BucketService() as service,
        SandboxProcess() as sandbox,
        Portal(tmp_path / "portal", sandbox, **settings_for(service, service.make_bucket())) as portal,
    ):
        bucket = portal.environment["S3_BUCKET"]
        portal.environment["STORAGE"] = "local"
        portal.manage("shell", "--no-imports", "--command", MAKE.format(number=FILES))
        known = dict(portal.ask("list(m.Result.objects.values_list('pk', 'sha256'))"))
        portal.start("web")
        here = files(portal)
        browser = stack.enter_context(closing(signed_in(portal)))
        for place in ("s3", "local"):
            portal.environment["STORAGE"] = place
            for _ in range(KILLS):
                kill_soon(portal, place, dice)
                for pk in dice.sample(sorted(known), 6):
                    assert sha256_of(browser, pk) == known[pk], f"SEED={seed}"
                # Each is somewhere, and none is only half there.
                assert here <= files(portal) | set(contents(service, bucket)), f"SEED={seed}"
            assert "Moved" in portal.manage("move_storage", "--to", place).stdout
            assert (files(portal), set(contents(service, bucket))) == (
                (set(), here) if place == "s3" else (here, set())
            )
            assert {pk: sha256_of(browser, pk) for pk in known} == known


def kill_soon(portal: Portal, place: str, dice: random.Random) -> None:
    """Start moving, and kill it once it moves files."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "move_storage", "--to", place],
        cwd=ROOT,
        env=portal.environment | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    assert process.stdout.readline().startswith(b"Moving")
    time.sleep(dice.uniform(0, 0.4))
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()


def files(portal: Portal) -> set[str]:
    """The keys of the files in the folder; what a killed process left is under temporary names."""
    root = Path(portal.environment["MEDIA_ROOT"])
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file() and path.suffix != ".part"}


def signed_in(portal: Portal) -> httpx.Client:
    browser = httpx.Client(base_url=portal.url, trust_env=False, follow_redirects=True)
    browser.get("/sign-in/")
    answer = browser.post(
        "/sign-in/",
        data={"username": "owner", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]},
    )
    assert "sessionid" in browser.cookies, answer.text
    return browser


def sha256_of(browser: httpx.Client, pk: int) -> str:
    answer = browser.get(f"/files/results/{pk}/download/")
    assert answer.status_code == 200
    return hashlib.sha256(answer.content).hexdigest()
