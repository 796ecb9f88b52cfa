"""The process whose copies read files. It has already loaded FFmpeg, which takes ten times as long as most checks.

It reads no file itself, holds no secret, has one thread, and ends when the process that started it is gone; its
children end with it. Each request contains the socket that the answer goes to, and gets a child of its own, which then
does the same as one that was started alone (`child`). All children share the memory layout, and nothing else.
"""

import gc
import json
import os
import signal
import socket
from typing import Any

from dubbing.media import child
from dubbing.media.confinement import hide

LONGEST_REQUEST = 16 * 1024
IDLE_S = 600.0


def main() -> None:
    """Fork a child for each request on standard input, until that ends or no request comes for a while."""
    hide()
    gc.freeze()  # memory that children only read stays shared
    signal.signal(signal.SIGCHLD, _reap)
    with socket.socket(fileno=0) as requests:
        requests.settimeout(IDLE_S)
        while True:
            try:
                request, files, _, _ = socket.recv_fds(requests, LONGEST_REQUEST, 1)
            except TimeoutError:
                if _has_children():
                    continue
                return
            if not files:
                return
            if os.fork() == 0:
                _look(json.loads(request), files[0])
            os.close(files[0])


def _look(arguments: list[str], answers: int) -> None:
    """Become a child with its own session, and no descriptor but the one for the answer. Does not return."""
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        with socket.socket(fileno=answers) as asker:
            # With this handle it can be ended in time, even if its number has been reused.
            socket.send_fds(asker, [b"\n"], [os.pidfd_open(os.getpid())])
            os.dup2(asker.fileno(), 1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        child.main(arguments)
    finally:
        os._exit(0)


def _reap(*_: Any) -> None:
    while _has_children() and os.waitpid(-1, os.WNOHANG)[0]:
        pass


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True
