"""Close the memory and the environment of this process to other processes.

Every process of the portal imports `portal`, which imports this first; gunicorn's master process is configured to
(`run`).
"""

import ctypes
import sys

_PR_SET_DUMPABLE = 4


def close_process() -> None:
    """Nobody without special rights reads our environment or memory under /proc, or traces us; no core is dumped."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))
