"""A delivery of two hundred final videos over a bad line, from a real server: it comes whole, and costs no memory.

``ARCHIVE_GB=200 pytest tests/faults/test_archives_cut.py -s`` does it with that much, and says what it took.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.bench.measuring import MIB, Memory, child_of
from tests.bench.portal import ask, signed_in
from tests.support.nginx import SETTINGS, Nginx, find_nginx
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.siege import headers_of

GIGABYTES = float(os.environ.get("ARCHIVE_GB", "0"))
FILES, CUTS, SLOW, THREADS = 200, 10, 40, 8
SIZE = int(GIGABYTES * 1e9 / FILES) or 2 * MIB
MEMORY_GOAL = 50  # MB
BEGIN_GOAL = 1.0  # seconds
BLOCK = 4 * MIB

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(7200 if GIGABYTES else 540)]


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder, settings = tmp_path_factory.mktemp("portal"), SETTINGS | {"WEB_THREADS": str(THREADS)}
    with SandboxProcess() as sandbox, Portal(folder, sandbox, **settings) as running:
        yield running.start("web")


@pytest.fixture(params=["web", "nginx"])
def door(request: pytest.FixtureRequest, portal: Portal, tmp_path: Path) -> Iterator[str]:
    """Where people come in: web itself, or nginx in front of it."""
    if request.param == "web":
        yield portal.url
        return
    if not find_nginx():
        pytest.skip("there is no nginx on this machine")
    with Nginx(tmp_path / "nginx", portal.url, portal.environment["MEDIA_ROOT"]) as nginx:
        yield nginx.url


class Download:
    """Somebody's browser, or what they use in its place."""

    def __init__(self, portal: Portal, delivery: int, door: str = "", *, name: str = "owner") -> None:
        with closing(signed_in(portal, name)) as browser:
            self.headers = headers_of(browser)
        self.address, self.path = urlsplit(door or portal.url), f"/deliveries/{delivery}/zip/"
        self.etag, self.size = "", 0

    def begin(self, first: int = 0) -> tuple[HTTPConnection, HTTPResponse]:
        """From there on, as long as it is the same archive."""
        line = HTTPConnection(str(self.address.hostname), self.address.port or 80, timeout=60)
        again = {"Range": f"bytes={first}-", "If-Range": self.etag} if first else {}
        line.request("GET", self.path, headers=self.headers | again)
        answer = line.getresponse()
        assert answer.status == (206 if first else 200)
        self.etag = answer.headers["ETag"]
        self.size = self.size or int(answer.headers["Content-Length"])
        return line, answer

    def cut(self, times: int, to: Path | None = None) -> str:
        """The hash of all that came, on lines that broke in the middle so many times."""
        sums, came, dice = hashlib.sha256(), 0, random.Random(7)
        self.begin()[0].close()
        ends = [*sorted(dice.randrange(1, self.size) for _ in range(times)), self.size]
        with (to or Path(os.devnull)).open("wb") as out:
            for end in ends:
                line, answer = self.begin(came)
                while came < end and (block := answer.read(min(BLOCK, end - came))):
                    sums.update(block)
                    out.write(block)
                    came += len(block)
                line.close()
        assert came == self.size
        return sums.hexdigest()


def test_it_begins_at_once_comes_whole_over_a_bad_line_and_costs_no_memory(portal: Portal, tmp_path: Path) -> None:
    delivery = ask(portal, "delivery", FILES, SIZE)
    download = Download(portal, delivery)
    memory = Memory(child_of(portal.processes["web"].pid))
    began = time.monotonic()
    line, answer = download.begin()
    assert answer.read(4) == b"PK\3\4"
    waited = time.monotonic() - began
    line.close()
    began = time.monotonic()
    whole = tmp_path / "whole.zip"
    cut = download.cut(CUTS, None if GIGABYTES else whole)
    taken = time.monotonic() - began
    print(
        f"{download.size / 1e9:.1f} GB: first byte {waited:.3f} s, {CUTS} cuts, {download.size / 1e6 / taken:.0f} MB/s"
    )
    print(f"memory grew by {memory.growth():.1f} MB")
    assert cut == download.cut(0)
    assert waited < BEGIN_GOAL
    assert memory.growth() < MEMORY_GOAL
    if not GIGABYTES:
        opened_by_every_tool(whole)


def opened_by_every_tool(whole: Path) -> None:
    with zipfile.ZipFile(whole) as opened:
        assert opened.testzip() is None
        assert len(opened.namelist()) == FILES + 2
    for command in (["unzip", "-tqq"], ["bsdtar", "-xOf"], ["7z", "t", "-bso0"]):
        if shutil.which(command[0]):
            read = subprocess.run([*command, str(whole)], stdout=subprocess.DEVNULL, check=False)
            assert read.returncode == 0, command[0]


def test_people_who_pause_a_download_keep_no_thread_and_hardly_a_file(portal: Portal, door: str) -> None:
    """nginx cannot put an archive together, so it comes from web all the same, as slowly as it is taken."""
    download = Download(portal, ask(portal, "delivery", FILES, SIZE), door)
    server = Path("/proc", str(child_of(portal.processes["web"].pid)), "fd")
    before = len(list(server.iterdir()))
    with ExitStack() as lines:
        for _ in range(SLOW):
            line, answer = download.begin()
            lines.callback(line.close)
            lines.callback(answer.close)
            answer.read(1)
        # One socket each, and at most one of the two hundred files.
        assert len(list(server.iterdir())) - before <= 2 * SLOW + 10
        # There are not as many threads as that; whoever comes then gets all of it, in one piece or in two.
        assert download.cut(1) == download.cut(0)
