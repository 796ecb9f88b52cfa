"""Python for commands and scripts of a portal under test, already started: a copy of it runs each of them.

Starting Python, and loading the libraries and the program, took most of the time of tests with processes. A first
process loads the libraries that the program imports. For each portal a copy of it loads the program, with the settings
of that portal, and each command is run by a copy of that one: as if it had just been started. What serves (web, worker,
beat) is always started by itself.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import re
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, NoReturn

import django

ROOT = Path(__file__).resolve().parents[2]
_IMPORTED = re.compile(r"^(?:from|import) ([\w.]+)", re.MULTILINE)
_LONGEST = 512 * 1024
_PREPARE = "prepare"


class ForkServer:
    """Runs Python programs with one environment, each in a process of its own."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Load the program with these environment variables."""
        self.environment = dict(environment)
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, open(os.devnull, "r+b") as nothing:
            _request(_libraries(), [_PREPARE], self.environment, [theirs, nothing, nothing, sys.stderr])

    def run(self, arguments: Sequence[str], *, timeout: float) -> subprocess.CompletedProcess[str]:
        """Run ``python ARGUMENTS`` (a script, or ``-c`` and code) to its end, as ``subprocess.run`` would.

        Raises TimeoutExpired after ``timeout`` seconds.
        """
        answers, theirs = socket.socketpair()
        with (
            answers,
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile("w+") as output,
            tempfile.TemporaryFile("w+") as errors,
        ):
            with theirs:
                _request(self._control, arguments, self.environment, [theirs, nothing, output, errors])
            status = _wait(answers, arguments, timeout)
            for file in (output, errors):
                file.seek(0)
            return subprocess.CompletedProcess(list(arguments), status, output.read(), errors.read())

    def close(self) -> None:
        """End it. Programs that are running go on."""
        self._control.close()


def _request(
    control: socket.socket, arguments: Sequence[str], environment: Mapping[str, str], files: Sequence[IO[Any] | Any]
) -> None:
    message = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
    assert len(message) <= _LONGEST
    control.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
    socket.send_fds(control, [message], [file.fileno() for file in files])


def _wait(answers: socket.socket, arguments: Sequence[str], timeout: float) -> int:
    """Read the process id, and at the end the status."""
    with answers.makefile("r") as lines:
        answers.settimeout(timeout)
        pid = lines.readline()
        assert pid, "Python could not be started"
        try:
            return int(lines.readline())
        except TimeoutError:
            os.kill(int(pid), signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(arguments), timeout) from None


_first: list[socket.socket] = []
_starting = threading.Lock()


def _libraries() -> socket.socket:
    """The first process, of which all others are copies: one for each process that runs tests."""
    with _starting:
        if not _first:
            _first.append(_start())
    return _first[0]


def _start() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())],
            cwd=ROOT, env=environment, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL,
        )  # fmt: skip
    atexit.register(_end, ours, process)
    return ours


def _end(control: socket.socket, process: subprocess.Popen[bytes]) -> None:
    control.close()
    process.wait()


# --- in the server


def _load_libraries() -> None:
    """Import what the program's modules import, as far as that wants no settings."""
    # Some look at every object there is, and find Django's settings, which are not there yet.
    sys.unraisablehook = lambda problem: None
    names: set[str] = set()
    for folder in ("dubbing", "portal"):
        for path in (ROOT / folder).rglob("*.py"):
            names.update(_IMPORTED.findall(path.read_text()))
    for name in sorted(names):
        if name.partition(".")[0] not in ("dubbing", "portal", "tests", "__future__"):
            with suppress(Exception):  # the program will load it
                importlib.import_module(name)
    gc.collect()
    sys.unraisablehook = sys.__unraisablehook__


def _load_program() -> None:
    django.setup()
    importlib.import_module("portal.urls")
    gc.collect()


def _serve(control: socket.socket) -> None:
    """Answer requests until nobody can ask any more."""
    # What is here stays: searching it for garbage would copy all of its memory.
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        message, files, _, _ = socket.recv_fds(control, _LONGEST, 4)
        if not message:
            return
        if not os.fork():
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked = json.loads(message)
            _end_with(lambda files=files, asked=asked: _carry_out(files, **asked))  # type: ignore[misc]
        for file in files:
            os.close(file)


def _carry_out(files: list[int], arguments: list[str], environment: dict[str, str]) -> None:
    answers = socket.socket(fileno=files[0])
    if arguments == [_PREPARE]:
        _take_over(files[1:], environment)
        _load_program()
        _serve(answers)
        return
    pid = os.fork()
    if not pid:
        answers.close()
        _take_over(files[1:], environment)
        _run(arguments)
        return
    # Of the two processes, one runs the program and the other tells its status.
    for file in files[1:]:
        os.close(file)
    answers.sendall(f"{pid}\n".encode())
    _, status = os.waitpid(pid, 0)
    with suppress(BrokenPipeError):
        answers.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _run(arguments: list[str]) -> None:
    sys.argv = arguments
    if arguments[0] != "-c":
        runpy.run_path(arguments[0], run_name="__main__")
        return
    sys.argv = ["-c", *arguments[2:]]
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    exec(compile(arguments[1], "<string>", "exec"), main.__dict__)


def _take_over(files: list[int], environment: dict[str, str]) -> None:
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)


def _end_with(task: Callable[[], None]) -> NoReturn:
    """Do it and end, as Python ends, but without taking down each of two thousand modules."""
    status = 0
    try:
        task()
    except SystemExit as end:
        if end.code is not None and not isinstance(end.code, int):
            print(end.code, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    _load_libraries()
    _serve(socket.socket(fileno=int(sys.argv[1])))
    os._exit(0)
