"""Start the child: forked from a prepared process, or on its own if that is not available."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

_ROOT = Path(__file__).resolve().parents[2]
# Our own folder comes last, so that nothing in it can replace a module of the standard library.
_START = "import sys; sys.path.append(sys.argv.pop(1)); from dubbing.media.{} import main; sys.exit(main())"
# Other systems have no process handle that cannot come to mean another process.
_FORKS = sys.platform == "linux" and hasattr(os, "pidfd_open")
_ENDS_WITHIN_S = 5.0


@contextmanager
def started(*arguments: str, within: float) -> Iterator[int]:
    """Start a child and yield the descriptor it answers on, which ends when it does. In the end the child is killed.

    Raises TimeoutError if none has started within ``within`` seconds, and OSError.
    """
    forked = _forker.fork(arguments, within) if _FORKS else None
    if forked is None:
        with _spawned("child", *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as alone:
            assert alone.stdout
            try:
                yield alone.stdout.fileno()
            finally:
                alone.kill()
        return
    answers, process = forked
    with answers:
        try:
            yield answers.fileno()
        finally:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(process, signal.SIGKILL)
            is_readable(process, _ENDS_WITHIN_S)
            os.close(process)


def is_readable(descriptor: int, seconds: float) -> bool:
    """Whether there is something to read, or the end, within this many seconds; for a process: whether it has ended."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(max(0, round(seconds * 1000))))


def _spawned(what: str, *arguments: str, stdin: int, stdout: int) -> "subprocess.Popen[bytes]":
    # Isolated: neither the working directory nor the environment decides what is imported, and no secret of ours is
    # in the environment of a decoder that was taken over.
    return subprocess.Popen(  # noqa: S603
        [sys.executable, "-IB", "-c", _START.format(what), str(_ROOT), *arguments],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8"},
        cwd="/",
        start_new_session=True,
    )


class _Forker:
    """The process that children are forked from, started when first needed, and again when it has ended.

    It notices the end of this process by that of the socket between them, so nobody else may hold our end of it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None
        self._python = ""
        self._answered = False

    def fork(self, arguments: tuple[str, ...], within: float) -> tuple[socket.socket, int] | None:
        """Fork a child: the socket on which it answers, and its handle. None if that is not possible.

        Raises TimeoutError.
        """
        until = time.monotonic() + within
        for _ in range(2):
            answers, theirs = socket.socketpair()
            answers.settimeout(max(0.001, until - time.monotonic()))
            try:
                with theirs:
                    process = self._asked(json.dumps(arguments).encode(), theirs)
                _, files, _, _ = socket.recv_fds(answers, 1, 1, socket.MSG_CMSG_CLOEXEC)
                if files:
                    self._answered = True
                    answers.settimeout(None)
                    return answers, files[0]
            except TimeoutError:
                answers.close()
                if not self._answered:
                    self.end(process)
                raise
            except OSError:
                process = None
            answers.close()
            self.end(process)
        return None

    def _asked(self, request: bytes, answers: socket.socket) -> "subprocess.Popen[bytes] | None":
        """Send a request to the server, starting it if needed. Raises OSError."""
        with self._lock:
            if self._python != sys.executable:
                self._end()
            if self._requests is None:
                self._requests, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
                with theirs:
                    self._process = _spawned("fork_server", stdin=theirs.fileno(), stdout=subprocess.DEVNULL)
                self._python, self._answered = sys.executable, False
            socket.send_fds(self._requests, [request], [answers.fileno()])
            return self._process

    def end(self, process: "subprocess.Popen[bytes] | None") -> None:
        """End this process unless another one has taken its place; None: end the current one."""
        with self._lock:
            if process in (None, self._process):
                self._end()

    def leave(self) -> None:
        """Forget the server, which belongs to another process: neither talk to it nor wait for it."""
        if self._requests:
            self._requests.close()
        if self._process:
            self._process.returncode = 0

    def _end(self) -> None:
        if self._requests:
            self._requests.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._process = self._requests = None


def _begin_anew() -> None:
    """Reset the state in a forked copy of this process: the server belongs to the original alone."""
    global _forker
    _forker.leave()
    _forker = _Forker()


_forker = _Forker()
if _FORKS:
    os.register_at_fork(after_in_child=_begin_anew)
