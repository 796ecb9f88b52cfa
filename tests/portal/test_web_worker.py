"""The web server's worker: whatever clients do, or leave undone, there is a thread for the next one."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support import slow_clients
from tests.support.plain_app import FILE
from tests.support.portal import ROOT
from tests.support.sandbox import free_port
from tests.support.slow_clients import answer, connect, how_it_ends, many, paused_download, request, seconds_for

THREADS, MANY = 4, 24
SIZE = 20 * 1024**2
LIVES = int(os.environ.get("LIVES", "150"))
# What takes a minute in production.
SHORT = (
    "client_connection.SILENCE, client_connection.BEHIND, client_connection.STALLED, "
    "web_worker.HEAD_SECONDS, web_worker.WAITING = {limits}"
)
LONG_LIMITS, SHORT_LIMITS = (60.0, 60.0, 60.0, 60.0, 64), (0.7, 0.7, 0.7, 0.7, 64)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "file"
    path.write_bytes(random.Random(1).randbytes(SIZE))
    return path


class Server:
    """gunicorn with our worker and an application of a few lines."""

    def __init__(self, file: Path, limits: tuple[float, ...]) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        begin = f"from portal import client_connection, web_worker; {SHORT.format(limits=limits)}; "
        command = [
            *(sys.executable, "-c", begin + "from gunicorn.app.wsgiapp import run; run()"),
            *("tests.support.plain_app", "--bind", f"127.0.0.1:{port}", "--threads", str(THREADS)),
            *("--worker-class", "portal.web_worker.WebWorker", "--no-control-socket", "--graceful-timeout", "60"),
        ]
        environment = os.environ | {FILE: str(file), "PYTHONDONTWRITEBYTECODE": "1"}
        self.log = file.with_name(f"{port}.log")
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 120
        while True:
            with suppress(OSError):
                seconds_for(self.url, "/")
                return
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def open_files(self) -> int:
        """Of the process that serves."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return len(os.listdir(f"/proc/{children[0]}/fd"))

    def stop(self) -> None:
        """And wait for its end."""
        self.process.terminate()
        try:
            self.process.wait(120)
        finally:
            self.process.kill()


@contextmanager
def running(file: Path, limits: tuple[float, ...]) -> Iterator[Server]:
    server = Server(file, limits)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def patient(file: Path) -> Iterator[Server]:
    """It would wait for a minute: whatever goes on at once does not go on because somebody was hung up on."""
    with running(file, LONG_LIMITS) as server:
        yield server


@pytest.fixture(scope="module")
def strict(file: Path) -> Iterator[Server]:
    with running(file, SHORT_LIMITS) as server:
        yield server


# --- nobody waits for somebody else


SLOW: dict[str, Any] = {
    "a paused download": lambda url: paused_download(url, "/file"),
    "half a header": slow_clients.half_head,
    "nothing at all": connect,
    "a form that does not come": lambda url: slow_clients.slow_body(url, "/read", 1000),
}


@pytest.mark.parametrize("kind", SLOW)
def test_slow_clients_leave_the_threads_to_others(patient: Server, kind: str) -> None:
    with many(MANY, lambda: SLOW[kind](patient.url)) as socks:
        for _ in range(2 * THREADS):
            assert seconds_for(patient.url, "/") < 20
        for sock in socks:
            sock.settimeout(0.01)
            assert kind == "a paused download" or how_it_ends(sock) == "open"


def test_refused_bodies_leave_the_threads_to_others(patient: Server) -> None:
    """The senders go on and on, and do not read."""
    with many(MANY, lambda: slow_clients.slow_body(patient.url, "/refuse", 10**9)) as socks:
        for _ in range(2 * THREADS):
            assert seconds_for(patient.url, "/") < 20
        for sock in socks:
            assert answer(sock)[0] == 413


def test_of_too_many_silent_connections_the_oldest_is_closed(patient: Server) -> None:
    with many(64 + MANY, lambda: slow_clients.half_head(patient.url)) as socks:
        for sock in socks[:MANY]:
            assert how_it_ends(sock) in ("end", "reset")
        socks[-1].sendall(b" whole\r\n\r\n")
        assert answer(socks[-1])[0] == 200


# --- the connection, truthfully


def test_a_refused_body_that_has_not_arrived_ends_the_connection_with_a_header(patient: Server) -> None:
    with many(1, lambda: slow_clients.slow_body(patient.url, "/refuse", 10**9)) as [sock]:
        status, headers, _ = answer(sock)
        assert (status, headers["connection"]) == (413, "close")
        assert how_it_ends(sock) in ("end", "reset")


def test_a_refusal_reaches_a_client_that_is_still_sending(patient: Server) -> None:
    with many(1, lambda: slow_clients.slow_body(patient.url, "/refuse", 10**9)) as [sock]:
        sock.sendall(bytes(2 * 1024**2))
        assert answer(sock)[0] == 413


def test_a_refused_body_that_has_arrived_keeps_the_connection(patient: Server) -> None:
    with many(1, lambda: connect(patient.url)) as [sock]:
        for _ in range(3):
            sock.sendall(request("POST", "/refuse", {"Content-Length": 10}) + b"x" * 4)
            time.sleep(0.05)
            sock.sendall(b"x" * 6)
            status, headers, _ = answer(sock)
            assert (status, headers["connection"]) == (413, "keep-alive")


def test_requests_that_come_together_are_answered_in_turn(patient: Server) -> None:
    with many(1, lambda: connect(patient.url)) as [sock]:
        body = request("POST", "/read", {"Content-Length": 5}) + b"12345"
        sock.sendall(body + request("GET", "/") + request("POST", "/read", {"Content-Length": 3}))
        told = b""
        while b"hello" not in told:
            told += sock.recv(65536)
        assert told.index(b"\r\n\r\n5") < told.index(b"hello")
        sock.sendall(b"123" + request("GET", "/", {"Connection": "close"}))
        rest = b""
        while piece := sock.recv(65536):
            rest += piece
        assert rest.index(b"\r\n\r\n3") < rest.index(b"hello")


@pytest.mark.parametrize("length", [0, 1, 65_536, 65_537, 3_000_000])
def test_a_body_of_any_size_arrives(patient: Server, length: int) -> None:
    with many(1, lambda: connect(patient.url)) as [sock]:
        for _ in range(2):
            sock.sendall(request("POST", "/read", {"Content-Length": length}) + bytes(length))
            status, headers, body = answer(sock)
            assert (status, headers["connection"], body) == (200, "keep-alive", str(length).encode())


def test_a_client_that_expects_100_is_told_to_continue(patient: Server) -> None:
    with many(1, lambda: connect(patient.url)) as [sock]:
        sock.sendall(request("POST", "/read", {"Content-Length": 5, "Expect": "100-continue"}))
        assert answer(sock)[0] == 100
        sock.sendall(b"12345")
        assert answer(sock)[2] == b"5"


def test_an_endless_header_is_refused(patient: Server) -> None:
    with many(1, lambda: connect(patient.url)) as [sock]:
        with suppress(OSError):
            sock.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * 1_000_000)
        assert answer(sock)[0] == 431


def test_a_file_arrives_to_the_byte_however_it_is_requested(patient: Server, file: Path) -> None:
    with many(1, lambda: paused_download(patient.url, "/file")) as [sock]:
        assert seconds_for(patient.url, "/") < 20
    with many(1, lambda: connect(patient.url, small_window=True)) as [sock]:
        for _ in range(2):  # over one connection
            sock.sendall(request("GET", "/file"))
            _, headers, body = answer(sock)
            digest, left = hashlib.sha256(body), int(headers["content-length"]) - len(body)
            while left:
                time.sleep(0.0005)
                piece = sock.recv(min(left, 200_000))
                digest.update(piece)
                left -= len(piece)
            assert digest.digest() == hashlib.sha256(file.read_bytes()).digest()


def test_a_long_answer_that_is_made_on_the_way_arrives(patient: Server) -> None:
    with many(1, lambda: paused_download(patient.url, "/long")) as [sock]:
        time.sleep(0.1)
        taken = 0
        while taken < 20 * 2**20 - 1024:
            taken += len(sock.recv(2**20))


# --- whose time is over


def test_half_a_header_is_disconnected(strict: Server) -> None:
    with many(1, lambda: slow_clients.half_head(strict.url)) as [sock]:
        assert how_it_ends(sock) == "end"


@pytest.mark.long
def test_an_answer_that_nobody_reads_ends_with_a_reset(strict: Server) -> None:
    for path in ("/file", "/long"):
        with many(1, lambda path=path: paused_download(strict.url, path)) as [sock]:  # type: ignore[misc]
            time.sleep(2.2)
            assert how_it_ends(sock) == "reset"


def test_a_body_that_falls_silent_is_not_waited_for(strict: Server) -> None:
    with many(1, lambda: slow_clients.slow_body(strict.url, "/read", 100_000)) as [sock]:
        status, headers, _ = answer(sock)
        assert (status, headers["connection"]) == (400, "close")
        assert how_it_ends(sock) in ("end", "reset")


def test_a_body_that_only_trickles_is_not_waited_for(strict: Server) -> None:
    with (
        many(1, lambda: slow_clients.slow_body(strict.url, "/read", 100_000)) as socks,
        slow_clients.dripping(socks, every=0.2),
    ):
        assert answer(socks[0])[0] == 400


def test_a_body_that_comes_slowly_and_steadily_is_waited_for(strict: Server) -> None:
    with many(1, lambda: slow_clients.slow_body(strict.url, "/read", 70_001)) as [sock]:
        for _ in range(10):
            time.sleep(0.15)
            sock.sendall(b"x" * 7_000)
        assert answer(sock)[2] == b"70001"


# --- nothing is left


@pytest.mark.long
def test_many_short_connections_leave_nothing_behind(file: Path) -> None:
    """``LIVES=3000`` makes it thousands."""
    with running(file, SHORT_LIMITS) as server:
        seconds_for(server.url, "/")
        before = server.open_files()
        threads = [threading.Thread(target=_live_and_die, args=(server.url, random.Random(seed))) for seed in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        deadline = time.monotonic() + 120
        while server.open_files() > before + 1:
            assert time.monotonic() < deadline, server.open_files()
            time.sleep(0.1)
        with many(1, lambda: connect(server.url)) as [sock]:
            sock.sendall(request("GET", "/"))
            assert answer(sock)[2] == b"hello"
        assert "Traceback" not in server.log.read_text()


def _live_and_die(url: str, dice: random.Random) -> None:
    for _ in range(LIVES):
        with suppress(OSError), connect(url, small_window=dice.random() < 0.5, timeout=0.05) as sock:
            whole = request(dice.choice(["GET", "POST"]), dice.choice(["/", "/file", "/read", "/refuse", "/long"]))
            whole = whole.replace(b"\r\n\r\n", b"\r\nContent-Length: 70000\r\n\r\n") if dice.random() < 0.3 else whole
            sock.sendall(whole[: dice.choice([0, 10, len(whole), len(whole), len(whole)])])
            if dice.random() < 0.5:
                sock.recv(dice.choice([1, 100_000]))
            if dice.random() < 0.5:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")


@pytest.mark.long
def test_a_server_that_ends_lets_a_download_finish(file: Path) -> None:
    with (
        running(file, LONG_LIMITS) as server,
        many(1, lambda: paused_download(server.url, "/file")) as [sock],
        connect(server.url) as idle,
    ):
        server.process.send_signal(signal.SIGTERM)
        assert how_it_ends(idle) in ("end", "reset")
        taken = 0
        while piece := sock.recv(2**20):
            taken += len(piece)
        assert taken > SIZE - 2048
        assert server.process.wait(20) == 0
