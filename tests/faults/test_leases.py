"""A lease is short, and lives as long as its worker: who is slow keeps a row, who is killed soon frees it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(900)]
# With its file: the provider may take minutes to answer, because it stores what it got.
WISH = """
import django
django.setup()
from django.contrib.auth.models import User
from dubbing.models import Project
from tests.support.journey import make_wish
from tests.support.rows import make_upload
project, user = Project.objects.get(), User.objects.get(username="owner")
make_wish(project, user, source=make_upload(user), auto_generate="no_lips")
"""
# Shorter than in production, so that nobody waits for this; long enough for a machine that is busy to renew it.
LEASE = 8.0
SLOW = 2.5 * LEASE
# It is killed meanwhile, however long it takes to see that it is sending.
FOR_GOOD = 240.0
# Far under the silence of minutes that the worker was allowed, and above all that it may take to notice.
SOON = LEASE + 45.0


def make_a_wish(portal: Portal) -> None:
    portal.run_script(WISH)


def test_a_slow_answer_is_waited_for_beyond_the_lease_and_a_killed_worker_is_noticed_soon_after_it(
    tmp_path: Path,
) -> None:
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, LEASE_SECONDS=str(LEASE)) as portal:
        sandbox.fault("upload", "delay", seconds=SLOW, times=1)
        portal.start("worker")
        portal.start_scheduler(every=0.5)
        make_a_wish(portal)
        portal.wait_until("m.Submission.objects.filter(status='accepted').exists()", seconds=SLOW + 60)
        assert portal.ask("list(m.Submission.objects.values_list('tries', flat=True))") == [1]
        assert not portal.ask("m.Event.objects.filter(kind='answer_lost').exists()")
        sandbox.fault("upload", "delay", seconds=FOR_GOOD, times=1)
        make_a_wish(portal)
        portal.wait_until("m.Submission.objects.filter(status='sending').exists()")
        portal.kill("worker")
        killed = time.monotonic()
        portal.start("worker")
        portal.wait_until("not m.Submission.objects.filter(status='sending').exists()", seconds=SOON)
        assert time.monotonic() - killed > LEASE / 3  # while it could still have been alive, nobody touched its row
        assert portal.ask("m.Event.objects.filter(kind='answer_lost').exists()")
