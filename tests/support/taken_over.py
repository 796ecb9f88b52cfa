"""A decoder that was taken over: an attacker's code, run in the child in the place of FFmpeg's first look."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

# Everything the attacker could want is loaded before; what he brings needs no file.
_PROGRAM = '''#!{python}
import ctypes, json, os, resource, shutil, signal, socket, subprocess, sys, urllib.request
START, *ARGUMENTS = sys.argv[3:]
sys.argv = ["-c", *ARGUMENTS]
sys.path.append(ARGUMENTS[0])
WANTED = json.loads({wanted!r})
PARENT = os.getppid()
LIBC = ctypes.CDLL(None, use_errno=True)
REACHED = []

def attempt(name, act):
    try:
        if act() is not False:
            REACHED.append(name)
    except BaseException:
        pass

def raw(number, *arguments):
    """A system call past every library."""
    if LIBC.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno())

def described():
    tracks = [dict(language="", title=name, channels=1, codec="") for name in REACHED[:16]]
    info = dict.fromkeys(("size", "width", "height", "audio_streams", "rotation", "bit_rate", "bits"), 0)
    info |= dict.fromkeys(("container", "video_codec", "audio_codec"), "") | dict(audio_tracks=tracks)
    info |= dict.fromkeys(("has_video", "has_audio", "variable_fps", "hdr", "playable"), True)
    return info | dict(duration=1.0, fps=1.0)

def attacked(*arguments, **options):
    global FILE
    FILE = str(arguments[0]) if arguments else ""
    ATTACK()
    if WANTED.get("report"):
        with open(WANTED["report"], "w") as file:
            file.write(json.dumps(REACHED))
    os.write(1, json.dumps(dict(info=described())).encode())
    os._exit(0)

def ATTACK():
    pass

{attack}

import av
import dubbing.media.child
{before}
if WANTED["confined"]:
    if WANTED["attacks"]:
        av.open = attacked
    exec(START)
else:
    attacked()
'''


def python_taken_over(
    place: Path, attack: str = "", *, before: str = "", confined: bool = True, **wanted: object
) -> str:
    """The path of a stand-in for Python that runs the same child, with `attack` (defining ATTACK) at the first file.

    `before` runs just before the child begins. Without `confined` the attack is free, to show that it is one.
    """
    # Never the path of an earlier test, whose folder is gone: a server that is there already would go on.
    program = place / f"python-{secrets.token_hex(4)}"
    facts = json.dumps(wanted | {"confined": confined, "attacks": bool(attack)})
    program.write_text(_PROGRAM.format(python=sys.executable, wanted=facts, attack=attack, before=before))
    program.chmod(0o755)
    return str(program)


def refuse_calls(calls: dict[int, int]) -> str:
    """Code for `before`: a kernel that answers these system calls of x86_64 with these error numbers."""
    steps = [(0x20, 0, 0, 0)]
    for number, error in calls.items():
        steps += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | error)]
    steps.append((0x06, 0, 0, 0x7FFF0000))
    return f"""
import struct
steps = b"".join(struct.pack("=HBBI", *step) for step in {steps!r})
class Filter(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.c_char_p))
ours = Filter(len(steps) // 8, steps)
LIBC.prctl(38, 1, 0, 0, 0)
assert LIBC.prctl(22, 2, ctypes.byref(ours), 0, 0) == 0
"""
