"""What a neighbour on the same machine, with the same user, learns about the processes of the portal: no secret."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(540)]
# Root reads everything; without the rights of root, root is a user like others.
WITHOUT_RIGHTS = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.getuid() == 0 else []


def may_read(path: str) -> bool:
    return not subprocess.run([*WITHOUT_RIGHTS, "cat", path], capture_output=True, check=False).returncode


def of_group(leader: int) -> Iterator[int]:
    """Every process of a session, its first one included."""
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == leader:
                yield int(entry.name)
        except ProcessLookupError:
            continue


def test_no_neighbour_reads_the_environment_of_any_process_of_the_portal(tmp_path: Path) -> None:
    with subprocess.Popen([*WITHOUT_RIGHTS, "sleep", "60"]) as plain:
        environment = f"/proc/{plain.pid}/environ"
        # It is root's until it has given its rights away.
        deadline = time.monotonic() + 80
        while not may_read(environment) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert may_read(environment), "the test could not tell"
        plain.kill()
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, WORKERS="2") as portal:
        portal.started_by = WITHOUT_RIGHTS
        portal.start()
        # A process that becomes another program closes itself anew. Both give signs of life when all is loaded.
        portal.wait_until("{*m.Process.objects.values_list('kind', flat=True)} == {'worker', 'beat'}")
        found = {pid for process in portal.processes.values() for pid in of_group(process.pid)}
        assert len(found) >= 5  # gunicorn's first process and two more, worker and beat
        assert [pid for pid in found if may_read(f"/proc/{pid}/environ")] == []
        assert [pid for pid in found if may_read(f"/proc/{pid}/maps")] == []
