"""Slow clients, hundreds at once, at the portal as it runs in production and by itself: nobody else waits."""

from __future__ import annotations

import hashlib
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.bench.measuring import MIB, Memory, child_of
from tests.bench.portal import signed_in
from tests.support.nginx import SETTINGS, Nginx, find_nginx
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.siege import Counts, headers_of, put_result, siege
from tests.support.slow_clients import seconds_for
from tests.support.tus import Sender

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("faults"), pytest.mark.timeout(540)]
PATIENCE = 15  # seconds for what takes a moment: on the slowest of machines, and far from what a hang takes
SIZE = 30 * MIB
MEMORY_GOAL = 100  # MB


@pytest.fixture(scope="module")
def content() -> bytes:
    return random.Random(1).randbytes(SIZE)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProcess]:
    with SandboxProcess() as running:
        yield running


class Besieged:
    """A portal that others press upon, and the member who wants to work."""

    def __init__(self, portal: Portal, url: str, file: str, content: bytes) -> None:
        self.portal, self.url, self.file, self.content = portal, url, file, content
        self.browser = signed_in(portal, "member", url=url)
        assert self.browser.get(file, headers={"Range": "bytes=0-0"}).content == content[:1]
        self.headers = headers_of(self.browser)

    def close(self) -> None:
        """Leave."""
        self.browser.close()

    def pages_come(self) -> None:
        """Again and again."""
        for path in ("/healthz", "/sign-in/") * 10:
            assert seconds_for(self.url, path, at_most=PATIENCE) < PATIENCE
        assert self.browser.get("/").status_code == 200

    def an_upload_arrives(self) -> None:
        """In one go, as fast as it can be sent."""
        film = os.urandom(8 * MIB)
        sender = Sender(self.url, self.headers)
        path, line, began = sender.create_upload(len(film)), sender.line(), time.monotonic()
        line.begin_patch(path, 0, len(film))
        line.send(film)
        assert line.answer().status == 204
        line.close()
        assert time.monotonic() - began < PATIENCE

    def downloads_are_true(self) -> None:
        """The whole of it, and parts."""
        whole = self.browser.get(self.file)
        assert (whole.status_code, len(whole.content)) == (200, SIZE)
        assert hashlib.sha256(whole.content).digest() == hashlib.sha256(self.content).digest()
        for said, part in (("bytes=0-0", slice(0, 1)), ("bytes=1000000-2999999", slice(1_000_000, 3_000_000))):
            for condition in ({}, {"If-Range": whole.headers["ETag"]}):
                answer = self.browser.get(self.file, headers={"Range": said, **condition})
                assert (answer.status_code, answer.content) == (206, self.content[part])
        assert self.browser.get(self.file, headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304


def test_in_production_hundreds_of_slow_clients_keep_nobody_waiting(
    tmp_path: Path, sandbox: SandboxProcess, content: bytes
) -> None:
    if not find_nginx():
        pytest.skip("there is no nginx on this machine")
    with Portal(tmp_path / "portal", sandbox, **SETTINGS) as portal:
        file = put_result(portal, content)
        portal.start("web")
        with (
            Nginx(tmp_path / "nginx", portal.url, portal.environment["MEDIA_ROOT"]) as nginx,
            closing(Besieged(portal, nginx.url, file, content)) as member,
        ):
            memory = Memory(child_of(portal.processes["web"].pid))
            with siege(portal, nginx.url, file, Counts(paused=200, half_heads=200, slow_forms=200, drips=64)):
                member.pages_come()
                member.an_upload_arrives()
                member.downloads_are_true()
                member.pages_come()
            assert memory.growth() < MEMORY_GOAL
            _both_ways_are_the_same(portal, member)


def test_without_a_proxy_the_portal_copes_with_many_players_and_slow_uploads(
    tmp_path: Path, sandbox: SandboxProcess, content: bytes
) -> None:
    with Portal(tmp_path / "portal", sandbox) as portal:
        file = put_result(portal, content)
        portal.start("web")
        memory = Memory(child_of(portal.processes["web"].pid))
        with (
            closing(Besieged(portal, portal.url, file, content)) as member,
            siege(portal, portal.url, file, Counts(paused=64, half_heads=64, slow_forms=64, drips=64)),
        ):
            member.pages_come()
            member.an_upload_arrives()
            member.downloads_are_true()
            member.pages_come()
        assert memory.growth() < MEMORY_GOAL


ASKED: list[dict[str, str]] = [
    {},
    {"Range": "bytes=0-99"},
    {"Range": "bytes=-100"},
    {"Range": "bytes=100-"},
    {"Range": "bytes=100-99"},
    {"Range": "bytes=0-1,5-6"},
    {"Range": "bytes=999999999-"},
    {"Range": "bytes=-0"},
    {"Range": "pages=1-2"},
    {"Range": "bytes=0-99", "If-Range": '"another"'},
    {"Range": "bytes=0-99", "If-Range": "Wed, 21 Oct 2015 07:28:00 GMT"},
    {"If-None-Match": '"another"'},
    {"If-None-Match": "*"},
    {"If-Modified-Since": "Wed, 21 Oct 2055 07:28:00 GMT"},
]
# nginx does not repeat in a part that it knows of parts.
NOT_COMPARED = {"server", "date", "connection", "transfer-encoding", "accept-ranges"}


def _both_ways_are_the_same(portal: Portal, member: Besieged) -> None:
    """With nginx sending the files, and with web sending them itself."""
    paths = (member.file, f"{member.file}download/")
    by_nginx = [_facts(member.browser, path, asked) for path in paths for asked in ASKED]
    portal.kill("web")
    portal.environment["X_ACCEL_PREFIX"] = ""
    portal.start("web")
    by_web = [_facts(member.browser, path, asked) for path in paths for asked in ASKED]
    for ours, theirs in zip(by_nginx, by_web, strict=True):
        assert ours == theirs


def _facts(browser: httpx.Client, path: str, asked: dict[str, str]) -> tuple[object, ...]:
    answers = [browser.request(method, path, headers=asked) for method in ("GET", "HEAD")]
    # The policy's directives come in any order.
    headers = [
        {n: sorted(v.split("; ")) for n, v in answer.headers.items() if n not in NOT_COMPARED} for answer in answers
    ]
    return asked, [answer.status_code for answer in answers], headers, hashlib.sha256(answers[0].content).hexdigest()
