"""Uploads over lines that break, and onto a disk that is full."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from pathlib import Path

from tests.bench.film import make_large_film
from tests.bench.measuring import MIB
from tests.bench.portal import signed_in
from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale
from tests.support.bad_line import BadLine
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.siege import headers_of
from tests.support.tus import Sender

_EACH = 100
"""Cuts of one file."""
_SIZE = 20 * MIB
_DISK = 24 * MIB
_KEYS = "list(m.Upload.objects.filter(status='complete').values_list('key', flat=True))"


def cut_uploads(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Files over a line that is cut a hundred times each, to a server that is killed twice."""
    with _portal() as portal, tempfile.TemporaryDirectory(prefix="chaos-film-") as folder:
        film = make_large_film(Path(folder) / "film.mp4", _SIZE)
        expected = hashlib.sha256(film.read_bytes()).hexdigest()
        files = max(1, scale.cuts // _EACH)
        with measured("uploads cut", [expected] * files, cuts=scale.cuts, bytes=_SIZE * files) as outcome:
            cuts = min(scale.cuts, _EACH)
            paths = [_sent_over_a_bad_line(portal, film, dice, cuts) for _ in range(files)]
            portal.manage("sweep", timeout=600)
            keys = portal.ask(
                "list(m.Upload.objects.filter(status='complete').order_by('pk').values_list('key', flat=True))"
            )
            outcome.got = [hashlib.sha256((_media(portal) / key).read_bytes()).hexdigest() for key in keys]
            outcome.context["uploads"] = len(paths)
        yield outcome


def full_disk(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """The disk fills up during an upload: refused with the reason, and the file arrives once there is room."""
    if os.getuid() != 0:
        return
    with _portal(on_small_disk=True) as portal, closing(signed_in(portal)) as browser:
        sender = Sender(portal.url, headers_of(browser))
        content, ballast = dice.randbytes(20 * MIB), _media(portal) / "ballast"
        wanted = {"refused_with": 507, "pages": 200, "kept_bytes": True, "afterwards": "complete"}
        with measured("disk full during an upload", wanted) as outcome:
            path = sender.create_upload(len(content), filename="film.mp4")
            ballast.write_bytes(bytes(12 * MIB))  # somebody else fills the disk meanwhile
            refused = _patch(sender, path, content, 0)
            pages = browser.get("/").status_code
            offset = sender.offset(path)
            ballast.unlink()
            finished = _patch(sender, path, content, offset)
            outcome.got = {
                "refused_with": refused,
                "pages": pages,
                "kept_bytes": 0 < offset < len(content),
                "afterwards": "complete" if finished == 204 and sender.offset(path) == len(content) else finished,
            }
        yield outcome


def _sent_over_a_bad_line(portal: Portal, film: Path, dice: random.Random, cuts: int) -> str:
    with closing(signed_in(portal)) as browser:
        line = BadLine(portal, Sender(portal.url, headers_of(browser)), film, dice, cuts=cuts)
        line.bring()
        began = time.monotonic()
        while b'"receiving"' in line.sender.ask("GET", line.path).body:
            assert time.monotonic() < began + 60, "the last byte is not on the disk"
            time.sleep(0.05)
    return line.path


def _patch(sender: Sender, path: str, content: bytes, offset: int) -> int:
    line = sender.line(timeout=60)
    line.begin_patch(path, offset, len(content) - offset)
    with closing(line):
        with suppress(OSError):  # refused while it was being sent: the answer says why
            line.send(content[offset:])
        return line.answer().status


def _media(portal: Portal) -> Path:
    return Path(portal.environment["MEDIA_ROOT"])


@contextmanager
def _portal(*, on_small_disk: bool = False) -> Iterator[Portal]:
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        SandboxProcess() as sandbox,
        Portal(Path(folder), sandbox) as portal,
        _disk(_media(portal)) if on_small_disk else nullcontext(),
    ):
        portal.start("web")
        yield portal
        portal.stop()


@contextmanager
def _disk(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "chaos", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
