"""Children are forked from a process that has FFmpeg loaded: fast, alone with their file, and gone with who asked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dubbing import media
from tests.support.media import make_film
from tests.support.taken_over import python_taken_over

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="children are started alone elsewhere")
NAMES = "def ATTACK():\n    REACHED.extend(map(str, (os.getppid(), os.getpid())))"
# Told from others by its name.
SLEEPS_IF_LATE = """
def ATTACK():
    if FILE.endswith("late.mp4"):
        __import__("time").sleep(600)
    REACHED.extend(map(str, (os.getppid(), os.getpid())))
"""
TELLS = "open({file!r}, 'w').write(str(os.getpid()))"
ASKS = """
import os, sys, threading, time
sys.executable, film, ended = sys.argv[1:]
from dubbing import media
threading.Thread(target=media.probe, args=(film,)).start()
time.sleep(0 if ended == "at once" else 1)
pid = 0 if ended == "at once" else os.fork()
if pid == 0 and ended != "at once":
    time.sleep(600)
print(pid, flush=True)
time.sleep(600)
"""
ASKS_TWICE = """
import os, sys
sys.executable, film = sys.argv[1:]
from dubbing import media
def look():
    print(media.probe(film).audio_tracks[0]["title"], flush=True)
look()
if (pid := os.fork()) == 0:
    look()
    os._exit(0)
os.waitpid(pid, 0)
look()
"""


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "film.mp4")


def names(film: Path) -> tuple[int, int]:
    """Of a look: who forked its child, and the child."""
    forker, child = (int(track["title"]) for track in media.probe(film).audio_tracks)
    return forker, child


def until(done: Callable[[], Any]) -> Any:
    """Wait for it."""
    deadline = time.monotonic() + 240
    while not (answer := done()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return answer


def is_there(pid: int) -> bool:
    """Whether it runs; what nobody has waited for yet has ended too."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def test_each_file_has_a_child_of_its_own_and_python_is_started_once(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_taken_over(tmp_path, NAMES))
    looks = [names(film) for _ in range(3)]
    assert len({forker for forker, _ in looks}) == 1
    assert len({child for _, child in looks}) == 3
    assert os.getpid() not in {pid for look in looks for pid in look}


def test_many_probes_at_once_each_get_their_own_answer(tmp_path: Path) -> None:
    films = [make_film(tmp_path / f"{seconds}.mp4", seconds=seconds) for seconds in (1, 3)] * 6
    with ThreadPoolExecutor(len(films)) as pool:
        lengths = [round(info.duration) for info in pool.map(media.probe, films)]
    assert lengths == [1, 3] * 6


def test_children_that_have_ended_leave_nothing_behind(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_taken_over(tmp_path, NAMES))
    forker, _ = names(film)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        names(film)
    until(lambda: not children_of(forker))
    assert len(os.listdir("/proc/self/fd")) == before


def test_when_the_process_that_forks_was_killed_another_one_takes_its_place(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_taken_over(tmp_path, NAMES))
    first, _ = names(film)
    os.kill(first, signal.SIGKILL)
    second, _ = names(film)
    assert first != second


def test_a_child_that_takes_too_long_is_ended_and_nobody_else_is(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", python_taken_over(tmp_path, SLEEPS_IF_LATE))
    forker, _ = names(film)
    with pytest.raises(media.MediaRefused):
        media.probe(make_film(tmp_path / "late.mp4"), seconds=1)
    until(lambda: not children_of(forker))
    assert names(film)[0] == forker


@pytest.mark.parametrize("ended", ["at once", "after a copy of it was forked"])
def test_when_the_requester_is_killed_everything_ends(film: Path, tmp_path: Path, ended: str) -> None:
    """A copy of the process (a pool of workers that forks) holds nothing of the original's, and has its own."""
    told = tmp_path / "forker"
    python = python_taken_over(
        tmp_path, "def ATTACK():\n    __import__('time').sleep(600)", before=TELLS.format(file=str(told))
    )
    with subprocess.Popen(
        [sys.executable, "-c", ASKS, python, str(film), ended], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as asker:
        assert asker.stdout
        forker = int(until(lambda: told.exists() and told.read_text()))
        child = until(lambda: children_of(forker))[0]
        copy = int(asker.stdout.readline())
        try:
            asker.kill()
            until(lambda: not is_there(child) and not is_there(forker))
            assert not copy or is_there(copy)
        finally:
            if copy:
                os.kill(copy, signal.SIGKILL)


def test_a_forked_copy_of_the_requester_starts_its_own_server(film: Path, tmp_path: Path) -> None:
    run = [sys.executable, "-c", ASKS_TWICE, python_taken_over(tmp_path, NAMES), str(film)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, check=True, text=True)
    first, copy, again = done.stdout.split()
    assert first == again != copy
