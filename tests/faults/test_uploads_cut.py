"""A file over the worst of lines, to a real server that is killed as well: what arrives is what was sent.

``UPLOAD_GB=5 pytest tests/faults/test_uploads_cut.py -s`` does it with a film of that size, and says what it took.
"""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.bench.film import make_large_film
from tests.bench.measuring import MIB
from tests.bench.portal import signed_in
from tests.support.bad_line import BadLine
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.tus import Line, Sender

GIGABYTES = float(os.environ.get("UPLOAD_GB", "0"))
SIZE = int(GIGABYTES * 1024 * MIB) or 20 * MIB
CUTS, KILLS = 100, 2
MEMORY_GOAL = 50  # MB

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(3600 if GIGABYTES else 360)]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    # Nothing is submitted, so nobody has to be there.
    with SandboxProcess() as sandbox, Portal(folder, sandbox) as running:
        yield running.start("web")


@pytest.fixture
def sender(portal: Portal) -> Sender:
    with closing(signed_in(portal)) as browser:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        return Sender(portal.url, {"Cookie": cookies, "X-CSRFToken": browser.headers["X-CSRFToken"]})


def test_a_file_that_is_cut_a_hundred_times_arrives_identical(portal: Portal, sender: Sender, tmp_path: Path) -> None:
    seed = int(os.environ.get("SEED", "0")) or random.randrange(10**6)
    print(f"SEED={seed}")
    film = make_large_film(tmp_path / "film.mp4", SIZE)
    began = time.monotonic()
    line = BadLine(portal, sender, film, random.Random(seed))
    line.bring()
    while b'"receiving"' in sender.ask("GET", line.path).body:
        assert time.monotonic() - began < 1800  # whoever wrote the last byte is waiting for the disk
        time.sleep(0.05)
    took = time.monotonic() - began
    portal.manage("sweep", timeout=600)
    [(status, sha256, key)] = portal.ask(
        "list(map(list, m.Upload.objects.filter(name='film.mp4').values_list('status', 'sha256', 'key')))"
    )
    assert status == "complete"
    with film.open("rb") as sent, Path(portal.environment["MEDIA_ROOT"], key).open("rb") as arrived:
        assert sha256 == hashlib.file_digest(sent, "sha256").hexdigest()
        assert sha256 == hashlib.file_digest(arrived, "sha256").hexdigest()
    print(f"{SIZE / 1e6:.0f} MB in {took:.1f} s, memory grew by at most {line.watching.worst:.1f} MB")
    assert 0 < line.watching.worst < MEMORY_GOAL


def test_two_lines_at_once_do_not_mix(portal: Portal, sender: Sender) -> None:
    content = os.urandom(4 * MIB)
    path = sender.create_upload(len(content), filename="two.mp4")
    lines = [sender.line() for _ in range(2)]
    for line in lines:
        line.begin_patch(path, 0, len(content))
        line.send(content[:1000])
    answers: list[int] = []

    def finish(line: Line) -> None:
        with suppress(OSError):
            for begin in range(1000, len(content), 64 * 1024):
                line.send(content[begin : begin + 64 * 1024])
                time.sleep(0.002)
        with suppress(OSError):  # the loser may be reset while it still sends
            answers.append(line.answer().status)

    threads = [threading.Thread(target=finish, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for line in lines:
        line.close()
    assert answers.count(204) == 1
    assert set(answers) <= {204, 409, 423}
    key = portal.ask("m.Upload.objects.get(name='two.mp4').key")
    assert Path(portal.environment["MEDIA_ROOT"], key).read_bytes() == content


def test_a_line_that_waited_behind_a_silent_one_is_not_taken_for_silent_itself(sender: Sender) -> None:
    path = sender.create_upload(MIB, filename="queue.mp4")
    silent, next_one, third = (sender.line() for _ in range(3))
    silent.begin_patch(path, 0, MIB)
    silent.send(b"x" * 1000)
    wait_for(sender, path, 1000)
    next_one.begin_patch(path, 1500, MIB - 1500)  # more than what is read before anybody looks
    time.sleep(0.3)
    silent.send(b"x" * 500)
    time.sleep(2.2)  # the silent one gives way to one that has waited for longer than it was silent
    third.begin_patch(path, 1500, MIB - 1500)  # and has time left to wait, however slow the machine is
    time.sleep(0.2)
    for line in (next_one, third):
        with suppress(OSError):  # one of them is refused
            line.send(b"x" * (MIB - 1500))
    assert sorted(line.answer().status for line in (next_one, third)) == [204, 409]
    assert sender.offset(path) == MIB
    for line in (silent, next_one, third):
        line.close()


def test_every_byte_that_came_is_on_disk_before_the_line_ends(sender: Sender) -> None:
    path = sender.create_upload(10 * MIB, filename="slow.mp4")
    line = sender.line()
    line.begin_patch(path, 0, 10 * MIB)
    for sent in (1_000, 70_000, 70_001):
        line.send(b"x" * (sent - (sender.offset(path))))
        wait_for(sender, path, sent)
    line.cut()
    assert sender.offset(path) == 70_001


def test_a_connection_is_used_for_one_piece_after_another(sender: Sender) -> None:
    content = os.urandom(300_000)
    path, line = sender.create_upload(len(content), filename="pieces.mp4"), sender.line()
    for begin in range(0, len(content), 100_000):
        line.begin_patch(path, begin, 100_000)
        line.send(content[begin : begin + 100_000])
        assert (line.answer().status, sender.offset(path)) == (204, begin + 100_000)
    line.close()


def test_a_request_that_is_refused_leaves_the_next_one_alone(sender: Sender) -> None:
    path, line = sender.create_upload(1000, filename="refused.mp4"), sender.line()
    line.begin_patch(path, 500, 100)
    line.send(b"x" * 100)
    assert line.answer().status == 409
    line.begin_patch(path, 0, 100)
    line.send(b"y" * 100)
    assert (line.answer().status, sender.offset(path)) == (204, 100)
    line.close()


def test_a_file_deleted_during_its_upload_is_gone(portal: Portal, sender: Sender) -> None:
    path = sender.create_upload(10 * MIB, filename="away.mp4")
    key = portal.ask("m.Upload.objects.get(name='away.mp4').key")
    line = sender.line()
    line.begin_patch(path, 0, 10 * MIB)
    line.send(b"x" * 100_000)
    wait_for(sender, path, 100_000)
    assert sender.ask("DELETE", path).status == 204
    assert sender.ask("HEAD", path).status == 404
    assert not Path(portal.environment["MEDIA_ROOT"], key).exists()
    line.close()


def test_a_worker_examines_what_arrived(portal: Portal, sender: Sender, tmp_path: Path) -> None:
    film = make_large_film(tmp_path / "woken.mp4", MIB)
    portal.start("worker")
    path, line = sender.create_upload(MIB, filename=film.name), sender.line()
    line.begin_patch(path, 0, MIB)
    line.send_file(film, 0, MIB)
    assert line.answer().status == 204
    line.close()
    deadline = time.monotonic() + 240
    while b'"complete"' not in sender.ask("GET", path).body:  # nobody sweeps: a worker was woken
        assert time.monotonic() < deadline, portal.logs()
        time.sleep(0.1)
    portal.kill("worker")  # the other tests look at files that nobody has examined


def wait_for(sender: Sender, path: str, offset: int) -> None:
    """Until the server has written that much."""
    deadline = time.monotonic() + 40
    while sender.offset(path) != offset:
        assert time.monotonic() < deadline, sender.offset(path)
        time.sleep(0.01)
