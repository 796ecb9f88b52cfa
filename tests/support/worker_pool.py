"""Worker processes that start at once: forks of one that has loaded everything. For tests that kill dozens of them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.portal import ROOT, Portal

_FORKING = """
import os, signal, sys
import django
django.setup()
import celery.apps.worker, celery.bin.celery, celery.worker.components, celery.worker.consumer
import portal.urls  # a worker checks them, as every process does
from dubbing import tasks
from portal.celery import app
options = ["worker", "--pool", "threads", "--concurrency", os.environ.get("THREADS", "8"), "--loglevel", "WARNING"]
options += ["--without-gossip", "--without-mingle"]
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for log in map(str.strip, sys.stdin):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for output in (1, 2):
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), output)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        app.worker_main(options)
        os._exit(0)
    print(child, flush=True)
"""


class WorkerPool:
    """``with WorkerPool(portal) as pool``: at the end all of them are killed."""

    def __init__(self, portal: Portal) -> None:
        self._portal, self._number = portal, 0
        self._process = subprocess.Popen(
            [sys.executable, "-c", _FORKING],
            cwd=ROOT,
            env=portal.environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._process:
            os.killpg(self._process.pid, signal.SIGKILL)

    def start(self) -> int:
        """Start one more; its process id, once it works."""
        assert self._process.stdin
        assert self._process.stdout
        self._number += 1
        log = self._portal.folder / f"forked-{self._number}.log"
        self._process.stdin.write(f"{log}\n")
        self._process.stdin.flush()
        pid = int(self._process.stdout.readline())
        self._wait_for(log)
        return pid

    def kill(self, pid: int) -> None:
        """``kill -9``, without a chance to tidy up."""
        os.kill(pid, signal.SIGKILL)

    def _wait_for(self, log: Path) -> None:
        deadline = time.monotonic() + 120
        while not log.exists() or "ready." not in log.read_text():
            assert time.monotonic() < deadline, self._portal.logs()
            time.sleep(0.02)
