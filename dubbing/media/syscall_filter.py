"""The system calls that decoding needs, as a filter for the kernel (seccomp). All others are refused to the child.

Unlisted calls answer "not permitted": no sockets, no programs, no processes, no files created, renamed or deleted, and
no access to other processes. The numbers are those of Linux on x86_64 and aarch64.
"""

import errno
import os
import struct

# (x86_64, aarch64); None if the architecture has no such call.
_ALLOWED: dict[str, tuple[int | None, int]] = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "fstat": (5, 80),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "pwrite64": (18, 68),
    "readv": (19, 65),
    "writev": (20, 66),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "uname": (63, 160),
    "ftruncate": (77, 46),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "gettid": (186, 178),
    "futex": (202, 98),
    "sched_getaffinity": (204, 123),
    "set_tid_address": (218, 96),
    "restart_syscall": (219, 128),
    "fadvise64": (221, 223),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "newfstatat": (262, 79),
    "set_robust_list": (273, 99),
    "getcpu": (309, 168),
    "getrandom": (318, 278),
    "membarrier": (324, 283),
    "statx": (332, 291),
    "rseq": (334, 293),
}
_OLD_STAT, _OLD_LSTAT = 4, 6  # only on x86_64
_OPEN, _OPENAT = (2, None), (257, 56)
_CLONE, _CLONE3 = (56, 220), (435, 435)
_FCNTL, _PRLIMIT = (72, 25), (302, 261)
# The kernel's number for each architecture, and its column above.
MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}

_LOAD, _EQUAL, _ABOVE, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x25, 0x45, 0x54, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_DENY, _NO_SUCH_CALL = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_NUMBER, _MACHINE = 0, 4
_CLONE_THREAD = 0x10000
_F_GETFL, _F_DUPFD_CLOEXEC = 3, 1030

_Step = tuple[int, int, int, int]


def program(machine: str, *, writes: bool) -> bytes:
    """The filter for an architecture of MACHINES, as the kernel takes it; `writes`: a file is to be written."""
    audit, column = MACHINES[machine]
    steps: list[_Step] = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, audit), _return(_KILL), (_LOAD, 0, 0, _NUMBER)]
    plain = [numbers[column] for numbers in _ALLOWED.values()]
    for number in [*plain, *([_OLD_STAT, _OLD_LSTAT] if column == 0 else [])]:
        steps += _when(number, [_return(_ALLOW)])
    steps += _when(_CLONE[column], _threads_only())
    # Its flags are in memory, where no filter sees them; the C library then falls back to the older call.
    steps += _when(_CLONE3[column], [_return(_NO_SUCH_CALL)])
    steps += _when(_OPEN[column], _opening(1, writes=writes))
    steps += _when(_OPENAT[column], _opening(2, writes=writes))
    steps += _when(_FCNTL[column], _descriptor_flags())
    steps += _when(_PRLIMIT[column], _own_limits())
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, _return(_DENY)])


def _when(number: int | None, steps: list[_Step]) -> list[_Step]:
    return [] if number is None else [(_EQUAL, 0, len(steps), number), *steps]


def _return(answer: int) -> _Step:
    return (_RETURN, 0, 0, answer)


def _argument(number: int) -> _Step:
    """The lower half of an argument, which comes first on both architectures."""
    return (_LOAD, 0, 0, 16 + 8 * number)


def _threads_only() -> list[_Step]:
    return [_argument(0), (_ANY_BIT, 0, 1, _CLONE_THREAD), _return(_ALLOW), _return(_DENY)]


def _opening(flags: int, *, writes: bool) -> list[_Step]:
    """Allow opening for reading only, unless a file is to be written; then Landlock decides which."""
    if writes:
        # Older Landlock does not notice that a file is emptied by opening it for reading.
        odd = [(_AND, 0, 0, os.O_ACCMODE | os.O_TRUNC), (_EQUAL, 0, 1, os.O_TRUNC)]
        return [_argument(flags), *odd, _return(_DENY), _return(_ALLOW)]
    changing = os.O_ACCMODE | os.O_TRUNC | os.O_CREAT
    return [_argument(flags), (_ANY_BIT, 0, 1, changing), _return(_DENY), _return(_ALLOW)]


def _descriptor_flags() -> list[_Step]:
    """Allow duplicating descriptors and their flags; no locks, signals or leases."""
    plain = [(_ABOVE, 1, 0, _F_GETFL), _return(_ALLOW), (_EQUAL, 0, 1, _F_DUPFD_CLOEXEC), _return(_ALLOW)]
    return [_argument(1), *plain, _return(_DENY)]


def _own_limits() -> list[_Step]:
    """Allow reading and lowering its own limits, not those of its parent."""
    return [_argument(0), (_EQUAL, 0, 1, 0), _return(_ALLOW), _return(_DENY)]
