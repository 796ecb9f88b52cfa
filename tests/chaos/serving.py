"""Slow clients by the hundred and restarts under load: what others notice meanwhile."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import random
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx

from tests.bench import slow_clients
from tests.bench.film import make_large_film
from tests.bench.measuring import MIB, QUICK
from tests.bench.portal import signed_in
from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.siege import headers_of
from tests.support.tus import Sender

_PATHS = ("/", "/projects/", "/healthz", "/notices/")
_FILM = 64 * MIB
_PIECE = MIB // 2


def slow_clients_everywhere(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """The figures of the bench, each of which has its goal."""
    for figure in slow_clients.measure(dataclasses.replace(QUICK, visits=scale.visits)):
        with measured(figure.figure, figure.goal) as outcome:
            outcome.got = figure.goal if figure.met else f"{figure.ours:.4g} {figure.unit}"
            outcome.context = {"measured": f"{figure.ours:.4g} {figure.unit}"}
        yield outcome


def rolling_restarts(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Web is told to restart (SIGHUP) again and again, while people read pages and a file is uploaded."""
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        SandboxProcess() as sandbox,
        Portal(Path(folder), sandbox) as portal,
        closing(signed_in(portal.start("web"))) as browser,
    ):
        film = make_large_film(Path(folder) / "film.mp4", _FILM).read_bytes()
        wanted = {"failed_requests": 0, "upload": hashlib.sha256(film).hexdigest()}
        with measured("rolling restarts under load", wanted, restarts=scale.restarts) as outcome:
            cookies = headers_of(browser)
            with reading(portal.url, _PATHS, cookies) as answers, _uploading(portal, cookies, film) as upload:
                for _ in range(scale.restarts):
                    _restart(portal)
                upload.finish()
            outcome.context["requests"] = dict(answers)
            failed = sum(count for answer, count in answers.items() if answer != 200)
            outcome.got = {"failed_requests": failed, "upload": upload.sha256(portal)}
        yield outcome


def _restart(portal: Portal) -> None:
    """Ask for it, and wait until a new process answers."""
    log = portal.folder / "web.log"
    before = log.read_text().count("Booting worker")
    os.kill(portal.processes["web"].pid, signal.SIGHUP)
    deadline = time.monotonic() + 60
    while log.read_text().count("Booting worker") == before:
        assert time.monotonic() < deadline, "no new process within a minute"
        time.sleep(0.05)
    time.sleep(0.5)  # the one before takes no more connections from now on
    httpx.get(f"{portal.url}/healthz", timeout=60, trust_env=False).raise_for_status()


@contextmanager
def reading(url: str, paths: Sequence[str], headers: Mapping[str, str]) -> Iterator[Counter[object]]:
    """One person for each path, who opens it again and again on a new connection, until the block ends.

    Yields how often each answer came: a status, or the name of what went wrong.
    """
    answers: Counter[object] = Counter()
    ended = threading.Event()

    def read(path: str) -> None:
        while not ended.wait(0.05):
            try:
                status: object = httpx.get(url + path, headers=headers, timeout=30, trust_env=False).status_code
            except httpx.HTTPError as error:
                status = type(error).__name__
            answers[status] += 1

    with ExitStack() as stack:
        for path in paths:
            thread = threading.Thread(target=read, args=(path,))
            thread.start()
            stack.callback(thread.join)
        stack.callback(ended.set)
        yield answers


class _Upload:
    """One file in many pieces, as a browser sends it: after a broken piece it asks where to go on."""

    def __init__(self, portal: Portal, headers: dict[str, str], film: bytes) -> None:
        self._sender, self._film = Sender(portal.url, headers), film
        self._path = self._sender.create_upload(len(film), filename="film.mp4")
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def finish(self) -> None:
        """Wait for the last byte."""
        self._thread.join(120)
        assert not self._thread.is_alive(), "the upload does not end"

    def sha256(self, portal: Portal) -> str:
        """The hash of what arrived."""
        portal.manage("sweep", timeout=600)
        (found,) = portal.ask("list(m.Upload.objects.filter(name='film.mp4').values_list('sha256', flat=True))")
        return str(found)

    def _send(self) -> None:
        while (offset := self._offset()) < len(self._film):
            line = self._sender.line(timeout=30)
            with closing(line):
                try:
                    line.begin_patch(self._path, offset, min(_PIECE, len(self._film) - offset))
                    line.send(self._film[offset : offset + _PIECE])
                    line.answer()
                except OSError:
                    continue
            time.sleep(0.05)

    def _offset(self) -> int:
        while True:
            try:
                return self._sender.offset(self._path)
            except OSError:
                time.sleep(0.1)


@contextmanager
def _uploading(portal: Portal, headers: dict[str, str], film: bytes) -> Iterator[_Upload]:
    upload = _Upload(portal, headers, film)
    yield upload
    upload.finish()
