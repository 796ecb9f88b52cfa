"""A decoder that was taken over by the file it looks at reaches nothing: no file, network, program, process, secret."""

from __future__ import annotations

import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dubbing import media
from dubbing.media import parent
from dubbing.media.syscall_filter import MACHINES, program
from tests.support.media import make_film
from tests.support.odd_films import make_odd_film
from tests.support.taken_over import python_taken_over, refuse_calls

ROOT = Path(__file__).resolve().parents[3]
X86_64 = platform.machine() == "x86_64"

ATTACK = """
def is_open(descriptor):
    try:
        return bool(os.fstat(descriptor))
    except OSError:
        return False

def ATTACK():
    folder, film = WANTED["folder"], WANTED["film"]
    attempt("a secret in its own environment", lambda: "PANJAYA_API_KEY" in os.environ)
    attempt("the environment of the parent", lambda: open(f"/proc/{PARENT}/environ", "rb").read(1) != b"")
    attempt("the memory of the parent", lambda: open(f"/proc/{PARENT}/mem", "r+b"))
    attempt("the descriptors of the parent", lambda: os.listdir(f"/proc/{PARENT}/fd"))
    attempt("tracing the parent", lambda: LIBC.ptrace(0x4206, PARENT, None, None) == 0)
    attempt("a signal to the parent", lambda: os.kill(PARENT, 0))
    attempt("the limits of the parent", lambda: resource.prlimit(PARENT, resource.RLIMIT_CORE))
    attempt("the memory of who started it", lambda: open(f"/proc/{os.getppid()}/mem", "r+b"))
    attempt("a signal to who started it", lambda: os.kill(os.getppid(), 0))
    attempt("descriptors of others", lambda: any(map(is_open, range(3, 32))))
    attempt("the .env file", lambda: open(folder + "/.env").read())
    attempt("the database", lambda: open(folder + "/portal.sqlite3", "rb").read())
    attempt("the database, to write", lambda: open(folder + "/portal.sqlite3", "r+b"))
    attempt("somebody else's film", lambda: open(folder + "/other.mp4", "rb").read())
    attempt("users", lambda: open("/etc/passwd").read())
    attempt("what there is", lambda: os.listdir(folder))
    attempt("a new file", lambda: open(folder + "/new", "w"))
    attempt("a new folder", lambda: os.mkdir(folder + "/made"))
    attempt("a link", lambda: os.symlink("/etc/passwd", folder + "/link"))
    attempt("another name", lambda: os.rename(folder + "/renamed", folder + "/renamed2"))
    attempt("deleting", lambda: os.unlink(folder + "/other.mp4"))
    attempt("rights", lambda: os.chmod(folder + "/.env", 0o666))
    attempt("times", lambda: os.utime(folder + "/.env", (1, 1)))
    attempt("cutting", lambda: os.truncate(folder + "/.env", 0))
    attempt("emptying by reading", lambda: os.open(folder + "/portal.sqlite3", os.O_RDONLY | os.O_TRUNC))
    attempt("writing to the film", lambda: open(film, "r+b"))
    attempt("emptying the film by reading", lambda: os.open(film, os.O_RDONLY | os.O_TRUNC))
    attempt("deleting the film", lambda: os.unlink(film))
    attempt("the network", lambda: socket.create_connection(("127.0.0.1", WANTED["port"]), 2))
    attempt("the network, without a connection", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    attempt("a socket of this machine", lambda: socket.socketpair())
    attempt("names of hosts", lambda: socket.getaddrinfo(b"localhost", 1, family=socket.AF_INET))
    attempt("a child", lambda: os.fork() or os._exit(0))
    attempt("a program", lambda: subprocess.run(["/bin/true"], check=True))
    attempt("a program, at once", lambda: os.posix_spawn("/bin/true", ["true"], {}))
    attempt("a program in memory", lambda: os.memfd_create("program"))
    attempt("more descriptors", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (4096, 4096)))
    attempt("more memory", lambda: resource.setrlimit(resource.RLIMIT_AS, (-1, -1)))
    attempt("another clock", lambda: signal.alarm(0) == 0)
"""
FREE = {line.split('"')[1] for line in ATTACK.splitlines() if "attempt(" in line} - {
    # The child is given no secret to begin with, whatever confines it.
    "a secret in its own environment",
    "descriptors of others",
}
# Without special rights none of these is possible between processes of the portal either (`portal.hardening`).
OF_ROOT = {
    "the environment of the parent",
    "the memory of the parent",
    "the descriptors of the parent",
    "tracing the parent",
    "the memory of who started it",
    "more descriptors",
    "the limits of the parent",
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A place that anybody may write to, with all that there is to steal and to spoil."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o777)
    for name in (".env", "portal.sqlite3", "other.mp4", "renamed"):
        (place / name).write_text("secret")
        (place / name).chmod(0o666)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def film(folder: Path) -> Path:
    path = make_film(folder / "film.mp4")
    path.chmod(0o666)
    return path


@pytest.fixture
def port() -> Iterator[int]:
    """Something on this machine that could be talked to."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PANJAYA_API_KEY", "secret")


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if path.name in {".env", "other.mp4", "renamed"}}


def reached(path: Path) -> set[str]:
    return {track["title"] for track in media.probe(path).audio_tracks}


AS_NOBODY = "os.setgroups([]); os.setgid(65534); os.setuid(65534)"
USERS = ["", pytest.param(AS_NOBODY, marks=pytest.mark.skipif(os.getuid() != 0, reason="only root becomes nobody"))]


@pytest.mark.parametrize("user", USERS, ids=["as it is", "nobody"])
def test_a_decoder_that_was_taken_over_reaches_nothing(
    folder: Path, film: Path, port: int, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts: dict[str, Any] = {"folder": str(folder), "film": str(film), "port": port}
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, ATTACK, before=user, **facts))
    size = film.stat().st_size
    assert reached(film) == set()
    assert film.stat().st_size == size
    assert contents(folder) == {".env": "secret", "other.mp4": "secret", "renamed": "secret"}


@pytest.mark.parametrize("user", USERS, ids=["as it is", "nobody"])
def test_a_decoder_that_may_write_a_copy_writes_nothing_else(
    folder: Path, film: Path, port: int, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = folder / "out"
    facts: dict[str, Any] = {"folder": str(folder), "film": str(film), "port": port, "report": str(out)}
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, ATTACK, before=user, **facts))
    assert not media.browser_copy(film, out, duration=2)
    assert json.loads(out.read_text()) == []
    assert contents(folder) == {".env": "secret", "other.mp4": "secret", "renamed": "secret"}


def test_a_decoder_that_compares_two_videos_reads_nothing_else(
    folder: Path, film: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_film(folder / "source.mp4")
    both = 'def ATTACK_TOO():\n    attempt("the source", lambda: open(WANTED["source"], "rb").read(1))\n'
    attack = both + ATTACK.replace("def ATTACK():\n", "def ATTACK():\n    ATTACK_TOO()\n")
    facts: dict[str, Any] = {"folder": str(folder), "film": str(film), "port": port, "source": str(source)}
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, attack, **facts))
    answer = parent._ask("measure", str(film), str(source), "[null, null]", "[]", "60")
    assert [track["title"] for track in answer["info"]["audio_tracks"]] == ["the source"]
    assert contents(folder) == {".env": "secret", "other.mp4": "secret", "renamed": "secret"}


def test_the_same_attack_reaches_everything_where_nothing_confines_it(folder: Path, film: Path, port: int) -> None:
    report = folder / "report"
    facts: dict[str, Any] = {"folder": str(folder), "film": str(film), "port": port, "report": str(report)}
    free = python_taken_over(folder, ATTACK, confined=False, **facts)
    subprocess.run([free, "-IB", "-c", "", str(ROOT)], env={}, check=True, capture_output=True)
    assert set(json.loads(report.read_text())) >= (FREE if os.getuid() == 0 else FREE - OF_ROOT)


@pytest.mark.skipif(os.getuid() != 0, reason="only root becomes nobody")
def test_an_unprivileged_user_probes_draws_and_copies_as_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_odd_film(folder / "film.mkv")
    path.chmod(0o644)
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, before=AS_NOBODY))
    assert media.probe(path).duration == pytest.approx(3.0, abs=0.2)
    assert media.peaks(path).peaks
    assert media.poster(path, folder / "poster.jpg", at=1)
    assert media.browser_copy(path, folder / "copy.mp4", duration=3)
    assert media.sounds_like(path, path)
    assert media.measure(path, path, duration=3).comparison
    assert (folder / "copy.mp4").stat().st_uid == 65534


NO_LANDLOCK = {444: 38}
LIKE_A_CONTAINER = {272: 1}
PROGRAM = """
import logging, sys
logging.basicConfig(format="%(levelname)s %(message)s")
sys.executable, film = sys.argv[1:]
from dubbing import media
for look in range(2):
    print(*(track["title"] for track in media.probe(film).audio_tracks), sep=";")
"""


@pytest.mark.skipif(not X86_64, reason="the numbers of the calls are those of x86_64")
@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        ({}, []),
        (LIKE_A_CONTAINER, ["network namespace"]),
        (NO_LANDLOCK, ["Landlock"]),
        (LIKE_A_CONTAINER | NO_LANDLOCK, ["Landlock", "network namespace"]),
    ],
    ids=["everything", "no namespaces", "no Landlock", "neither"],
)
def test_missing_barriers_are_logged_once_and_the_rest_still_hold(
    folder: Path, film: Path, port: int, missing: dict[int, int], expected: list[str]
) -> None:
    facts: dict[str, Any] = {"folder": str(folder), "film": str(film), "port": port}
    before = refuse_calls(missing) + AS_NOBODY * (os.getuid() == 0)
    run = [sys.executable, "-c", PROGRAM, python_taken_over(folder, ATTACK, before=before, **facts), str(film)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, check=True, text=True)
    warnings = [line for line in done.stderr.splitlines() if line.startswith("WARNING")]
    assert len(warnings) == len(expected)
    assert all(word in line for word, line in zip(expected, warnings, strict=True))
    readable = {"the .env file", "the database", "somebody else's film", "users", "names of hosts"}
    left = readable if "Landlock" in expected else set()
    for look in done.stdout.splitlines():
        assert set(filter(None, look.split(";"))) == left
    assert contents(folder) == {".env": "secret", "other.mp4": "secret", "renamed": "secret"}


@pytest.mark.skipif(not X86_64, reason="the numbers of the calls are those of x86_64")
def test_a_kernel_that_filters_nothing_is_named(folder: Path, film: Path) -> None:
    """prctl(PR_SET_SECCOMP) answers that there is no such thing."""
    before = "import dubbing.media.confinement as confining; confining.MACHINES = {}"
    run = [sys.executable, "-c", PROGRAM, python_taken_over(folder, before=before), str(film)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, check=True, text=True)
    assert "seccomp" in done.stderr
    assert done.stderr.count("WARNING") == 1


# Of the filter's steps, in the kernel's words.
ALLOW, KILL, EPERM, ENOSYS = 0x7FFF0000, 0x80000000, 0x50001, 0x50026


def decision(steps: bytes, audit: int, number: int, *arguments: int) -> int:
    """What the kernel would do with a system call."""
    fields = {0: number, 4: audit} | {16 + 8 * at: value & 0xFFFFFFFF for at, value in enumerate(arguments)}
    at, held = 0, 0
    while True:
        code, yes, no, operand = (
            int.from_bytes(steps[at * 8 : at * 8 + 2], "little"),
            steps[at * 8 + 2],
            steps[at * 8 + 3],
            int.from_bytes(steps[at * 8 + 4 : at * 8 + 8], "little"),
        )
        at += 1
        match code:
            case 0x20:
                held = fields.get(operand, 0)
            case 0x54:
                held &= operand
            case 0x15:
                at += yes if held == operand else no
            case 0x25:
                at += yes if held > operand else no
            case 0x45:
                at += yes if held & operand else no
            case 0x06:
                return operand
            case _:
                raise AssertionError(f"no such step: {code:#x}")


# (x86_64, aarch64) and arguments: from the tables of the kernel.
THREAD = 0x3D0F00
CASES = [
    ((0, 63), (), ALLOW),  # read
    ((56, 220), (THREAD,), ALLOW),
    ((56, 220), (17,), EPERM),  # fork
    ((435, 435), (), ENOSYS),  # clone3
    ((257, 56), (0, 0, os.O_RDONLY), ALLOW),
    ((257, 56), (0, 0, os.O_RDONLY | os.O_CLOEXEC), ALLOW),
    ((257, 56), (0, 0, os.O_WRONLY), EPERM),
    ((257, 56), (0, 0, os.O_RDWR), EPERM),
    ((257, 56), (0, 0, os.O_RDONLY | os.O_TRUNC), EPERM),
    ((257, 56), (0, 0, os.O_RDONLY | os.O_CREAT), EPERM),
    ((437, 437), (), EPERM),  # openat2
    ((72, 25), (0, 2), ALLOW),  # F_SETFD
    ((72, 25), (0, 4), EPERM),  # F_SETFL
    ((72, 25), (0, 8), EPERM),  # F_SETOWN
    ((72, 25), (0, 1030), ALLOW),  # F_DUPFD_CLOEXEC
    ((302, 261), (0,), ALLOW),  # prlimit64 of itself
    ((302, 261), (4711,), EPERM),
    ((41, 198), (), EPERM),  # socket
    ((42, 203), (), EPERM),  # connect
    ((59, 221), (), EPERM),  # execve
    ((322, 281), (), EPERM),  # execveat
    ((101, 117), (), EPERM),  # ptrace
    ((310, 270), (), EPERM),  # process_vm_readv
    ((263, 35), (), EPERM),  # unlinkat
    ((264, 38), (), EPERM),  # renameat
    ((316, 276), (), EPERM),  # renameat2
    ((268, 53), (), EPERM),  # fchmodat
    ((62, 129), (), EPERM),  # kill
    ((234, 131), (), EPERM),  # tgkill
    ((165, 40), (), EPERM),  # mount
    ((272, 97), (), EPERM),  # unshare
    ((425, 425), (), EPERM),  # io_uring_setup
    ((321, 280), (), EPERM),  # bpf
    ((16, 29), (), EPERM),  # ioctl
    ((319, 279), (), EPERM),  # memfd_create
]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize(("numbers", "arguments", "expected"), CASES)
def test_the_filter_decides_alike_on_every_machine(
    machine: str, numbers: tuple[int, int], arguments: tuple[int, ...], expected: int
) -> None:
    audit, column = MACHINES[machine]
    assert decision(program(machine, writes=False), audit, numbers[column], *arguments) == expected


@pytest.mark.parametrize("machine", MACHINES)
def test_a_file_may_be_opened_for_writing_if_one_is_to_be_written(machine: str) -> None:
    audit, column = MACHINES[machine]
    steps, number = program(machine, writes=True), (257, 56)[column]
    assert decision(steps, audit, number, 0, 0, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) == ALLOW
    assert decision(steps, audit, number, 0, 0, os.O_RDONLY | os.O_TRUNC) == EPERM


def test_calls_of_another_machine_end_the_child() -> None:
    assert decision(program("x86_64", writes=False), 0x40000003, 1) == KILL  # the numbers of 32 bits


@pytest.mark.parametrize(
    "lie",
    [
        {"duration": "1"},
        {"duration": float("nan")},
        {"duration": -1.0},
        {"duration": 1e300},
        {"width": True},
        {"size": -1},
        {"has_video": 1},
        {"container": 7},
        {"audio_tracks": [7]},
        {"audio_tracks": [{"language": "", "title": "", "channels": 1, "codec": ""}] * 17},
        {"audio_tracks": [{"language": "", "title": "", "channels": "2", "codec": ""}]},
        {"bits": None},
    ],
    ids=str,
)
def test_a_child_that_lies_about_a_file_is_not_believed(
    folder: Path, film: Path, lie: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = f"truth = described\ndef described():\n    return truth() | {lie!r}".replace("nan", "float('nan')")
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, attack))
    with pytest.raises(media.MediaRefused) as caught:
        media.probe(film)
    assert caught.value.code == "unreadable"


def test_a_deeply_nested_answer_is_not_believed(folder: Path, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    attack = "def ATTACK():\n    os.write(1, b'[' * 60_000); os._exit(0)"
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, attack))
    with pytest.raises(media.MediaRefused):
        media.probe(film)


def test_titles_are_kept_without_what_no_database_stores(
    folder: Path, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attack = "def ATTACK():\n    REACHED.append('A\\0b\\ud800c\\u202ed')"
    monkeypatch.setattr(sys, "executable", python_taken_over(folder, attack))
    assert [track["title"] for track in media.probe(film).audio_tracks] == ["Abcd"]
