"""``make demo`` as a person runs it: at a terminal, stopped with Ctrl-C."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.sandbox import free_port

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("processes"), pytest.mark.timeout(540)]
ROOT = Path(__file__).resolve().parents[2]
READY = "Ctrl-C stops everything."


class Terminal:
    """The demo on a terminal of its own, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port, self.sandbox_port = folder, free_port(), free_port()
        self.output = ""
        self.screen: int | None = None

    def start(self) -> None:
        ours, theirs = pty.openpty()
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"VAR_DIR": str(self.folder / "var"), "ENV_FILE": str(self.folder / ".env")}
        environment |= {"PORT": str(self.port), "SANDBOX_PORT": str(self.sandbox_port)}
        self.process = subprocess.Popen(
            # The terminal is the one Ctrl-C comes from, as in a person's shell.
            ["setsid", "--ctty", "--wait", "make", "--silent", "demo", f"PYTHON={sys.executable}"],
            cwd=ROOT,
            env=environment,
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.set_blocking(ours, False)
        self.screen, self.output = ours, ""

    def interrupt(self) -> None:
        """Ctrl-C."""
        assert self.screen is not None
        os.write(self.screen, b"\x03")

    def wait_for(self, text: str, *, seconds: float = 360) -> None:
        assert self.screen is not None
        deadline = time.monotonic() + seconds
        while text not in self.output:
            assert time.monotonic() < deadline, self.output
            try:
                self.output += os.read(self.screen, 65536).decode()
            except BlockingIOError:
                time.sleep(0.05)
            except OSError:  # the other end is closed: it has ended
                break
        assert text in self.output, self.output

    def status(self) -> int:
        try:
            return self.process.wait(120)
        finally:
            self.close()

    def close(self) -> None:
        """Hang up, and wait for the end of the program that was started last."""
        if self.screen is not None:
            os.close(self.screen)
            self.screen = None
            self.process.wait(120)

    def pids(self) -> list[int]:
        """Everything that was started in our folder and is still alive."""
        mark = f"VAR_DIR={self.folder / 'var'}\0".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                alive = entry.name.isdigit() and "\nState:\tZ" not in (entry / "status").read_text()
                if alive and mark in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
        return found


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    for pid in terminal.pids():
        os.kill(pid, signal.SIGKILL)
    # Where the test failed before its end: what is left open would make the next test fail, too.
    terminal.close()


def test_it_starts_stops_and_starts_again_with_everything_still_there(terminal: Terminal) -> None:
    terminal.start()
    terminal.wait_for(READY)
    assert f"http://localhost:{terminal.port}" in terminal.output
    assert {"owner", "member", "outsider"} <= set(re.findall(r"\w+", terminal.output))
    assert httpx.get(f"http://localhost:{terminal.port}/sign-in/", trust_env=False).status_code == 200
    terminal.interrupt()
    assert terminal.status() == 0
    assert terminal.pids() == []
    terminal.start()
    terminal.wait_for(READY)
    assert "Dubbing the sample" not in terminal.output
    assets = httpx.get(f"http://127.0.0.1:{terminal.sandbox_port}/_sandbox/ledger", trust_env=False).json()
    assert len(assets["entries"]) == 1
    terminal.interrupt()
    assert terminal.status() == 0
    assert terminal.pids() == []


def test_it_names_the_port_that_is_taken(terminal: Terminal) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", terminal.port))
        other.listen()
        terminal.start()
        terminal.wait_for(f"Port {terminal.port} is used by another program")
        assert terminal.status() != 0


def test_it_says_which_process_died(terminal: Terminal) -> None:
    terminal.start()
    terminal.wait_for(READY)
    (worker,) = [pid for pid in terminal.pids() if b"\0worker\0" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(worker, signal.SIGKILL)
    terminal.wait_for("worker stopped with status -9", seconds=15)
    assert terminal.status() != 0
    assert terminal.pids() == []
