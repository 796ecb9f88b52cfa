"""What the child gives up before it reads a file made by a stranger.

It keeps access to that file (to both where two are compared, and to all of which one is assembled), and to the file
that it writes. There are several barriers, one behind the other, all enforced by the kernel: an empty network
namespace, Landlock for files, no capabilities, few tasks and descriptors, and a filter of system calls. A decoder that
was taken over finds no environment, no other file, no network, no program and no other process. Barriers that this
kernel or container does not offer are reported to the caller.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress

from dubbing.media.syscall_filter import MACHINES, program

_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 4, 22, 38
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
# The same numbers on every architecture.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_TELL_VERSION, _PATH_BENEATH = 1, 1
_WRITE_FILE, _READ_FILE, _TRUNCATE = 1 << 1, 1 << 2, 1 << 14
# How many file rights each version of Landlock knows; the fourth knows TCP, the sixth signals and sockets.
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP_RIGHTS, _SCOPES = 0b11, 0b11
_CAPABILITIES_V3 = 0x20080522
_DAC_OVERRIDE, _DAC_READ_SEARCH = 1 << 1, 1 << 2
_FILTER_MODE = 2
# Filters and encoders start a thread for each processor, up to sixteen in each of several places. Without a user
# namespace of its own, everything that this user runs on the machine is counted with them.
_TASKS, _TASKS_OF_ALL, _DESCRIPTORS = 128, 4096, 32


class _Filter(ctypes.Structure):
    """struct sock_fprog"""

    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))


def confine(reads: Sequence[str], writes: str | None) -> list[str]:
    """Give up access to everything but the files to read, and perhaps one to write, for good.

    Returns what could not be closed: `files`, `calls`, `network`.

    Raises OSError if a file does not exist or cannot be created.
    """
    if sys.platform != "linux":
        return ["files", "calls", "network"]
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)
    if writes is not None:
        open(writes, "ab").close()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # A user namespace gives the right to create a network namespace, where we do not have it anyway.
    network = libc.unshare(_NEW_NETWORK) == 0
    alone = not network and libc.unshare(_NEW_USER | _NEW_NETWORK) == 0
    _limit_tasks(_TASKS if alone else _TASKS_OF_ALL, descriptors=_DESCRIPTORS + len(reads))
    files = _allow_files(libc, reads, writes)
    # An administrator can check files of other users as long as nothing but the file is within reach.
    _drop_capabilities(libc, kept=_DAC_OVERRIDE | _DAC_READ_SEARCH if files else 0)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    if writes is None:
        # A child that writes first has to discard its output if its parent is gone.
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    calls = _filter_calls(libc, writes=writes is not None)
    return [name for name, closed in (("files", files), ("calls", calls), ("network", network or alone)) if not closed]


def hide() -> None:
    """Prevent other processes of this user from reading or changing this one."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, *(ctypes.c_ulong(0) for _ in range(4)))


def landlock_version() -> int:
    """The version of Landlock that this kernel offers; 0 if none."""
    if sys.platform != "linux":
        return 0
    version = ctypes.CDLL(None).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _TELL_VERSION)
    return max(0, int(version))


def _limit_tasks(most: int, *, descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))
    soft, hard = resource.getrlimit(resource.RLIMIT_NPROC)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(resource.RLIMIT_NPROC, (most, hard))
    probe = threading.Thread(target=int)
    try:
        probe.start()
        probe.join()
    except RuntimeError:
        # This user already runs more than that.
        resource.setrlimit(resource.RLIMIT_NPROC, (soft, hard))
    else:
        resource.setrlimit(resource.RLIMIT_NPROC, (most, most))


def _allow_files(libc: ctypes.CDLL, reads: Sequence[str], writes: str | None) -> bool:
    """Restrict files with Landlock. Returns False if it is not available."""
    version = landlock_version()
    if version < 1:
        return False
    handled = (1 << _FILE_RIGHTS.get(version, max(_FILE_RIGHTS.values()))) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", _TCP_RIGHTS)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPES)
    rules = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if rules < 0:
        return False
    try:
        # What is written of a video is read again to move its index to the front.
        both = (_READ_FILE | _WRITE_FILE | _TRUNCATE) & handled
        done = all(_add_rule(libc, rules, path, _READ_FILE) for path in reads)
        done = done and (writes is None or _add_rule(libc, rules, writes, both))
        return done and libc.syscall(_RESTRICT_SELF, rules, 0) == 0
    finally:
        os.close(rules)


def _add_rule(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> bool:
    file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", rights, file)
        return bool(libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0) == 0)
    finally:
        os.close(file)


def _drop_capabilities(libc: ctypes.CDLL, *, kept: int) -> None:
    """Drop the privileges of root."""
    header = struct.pack("=Ii", _CAPABILITIES_V3, 0)
    held = ctypes.create_string_buffer(24)
    with suppress(AttributeError):  # a C library without these functions
        if libc.capget(header, held) == 0:
            effective, permitted = struct.unpack_from("=II", held.raw)
            libc.capset(header, struct.pack("=6I", effective & kept, permitted & kept, 0, 0, 0, 0))


def _filter_calls(libc: ctypes.CDLL, *, writes: bool) -> bool:
    machine = platform.machine()
    if machine not in MACHINES or sys.maxsize < 2**32:
        return False
    steps = program(machine, writes=writes)
    ours = _Filter(len(steps) // 8, steps)
    return bool(libc.prctl(_PR_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(ours), 0, 0) == 0)
