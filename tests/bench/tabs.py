"""500 open pages on which nothing moves, of as many people, each asking when it is told to: what web spends on them."""

from __future__ import annotations

import asyncio
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.measuring import Figure, Sizes, below, child_of, workplace
from tests.bench.portal import QuietSandbox, ask
from tests.support.portal import Portal

TABS, GOAL, NOTICED = 500, 0.1, 6.0
LONGEST_WARMING, SECONDS, FIXED = 120.0, 20.0, 3.0
ROWS = 1_000
TICK = os.sysconf("SC_CLK_TCK")


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Cores while nothing moves; and how late a change is seen by the one page of 500 that shows it."""
    with ExitStack() as stack:
        folder = stack.enter_context(workplace())
        sandbox = stack.enter_context(QuietSandbox(folder / "sandbox"))
        portal = stack.enter_context(Portal(folder / "portal", sandbox))
        ask(portal, "assets", ROWS)
        made = ask(portal, "pages_to_follow", TABS)
        portal.start("web")
        for name, paths, every in (
            ("one asset", made["asset"][:1], None),
            ("one asset, every 3 s", made["asset"][:1], FIXED),
            ("a batch of 200", made["batch"], None),
            ("500 assets", made["asset"], None),
        ):
            tabs = [
                _Tab(portal.url, paths[number % len(paths)], made["sessions"][number], every) for number in range(TABS)
            ]
            cores, looks, late = asyncio.run(_look(portal, tabs, changes=len(paths) == TABS))
            told: dict[str, object] = {"tabs": TABS, "looks_a_second": looks / SECONDS}
            yield below(GOAL, f"tabs: {name}", cores, "cores", **told, ms_each=cores * SECONDS / looks * 1000)
            if late is not None:
                yield below(NOTICED, "tabs: a change is seen after", late, "s", **told)


async def _look(portal: Portal, tabs: list[_Tab], *, changes: bool) -> tuple[float, int, float | None]:
    """Cores and looks while nothing moves; and the seconds until the first page has seen a change."""
    first: dict[str, str] = {}
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(tab.follow(first)) for tab in tabs]
        began = time.monotonic()
        while min(tab.looks for tab in tabs) < 2 and time.monotonic() < began + LONGEST_WARMING:
            await asyncio.sleep(0.2)
        web = child_of(portal.processes["web"].pid)
        before, looked, began = _processor(web), sum(tab.looks for tab in tabs), time.monotonic()
        await asyncio.sleep(SECONDS)
        cores = (_processor(web) - before) / (time.monotonic() - began)
        looks = sum(tab.looks for tab in tabs) - looked
        late = await _changed(portal, tabs[0]) if changes else None
        for task in tasks:
            task.cancel()
    return cores, looks, late


async def _changed(portal: Portal, tab: _Tab) -> float:
    tab.seen_at = 0.0
    await asyncio.to_thread(ask, portal, "change", tab.path)
    changed = time.monotonic()
    while not tab.seen_at and time.monotonic() < changed + 60:
        await asyncio.sleep(0.05)
    return max(0.0, (tab.seen_at or time.monotonic()) - changed)


def _processor(pid: int) -> float:
    """Seconds of the processor that the process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


@dataclass
class _Tab:
    """An open page, as static/js/polling/poll.js looks: the first look asks in full, those after it do not."""

    url: str
    path: str
    session: str
    every: float | None
    etag: str = ""
    looks: int = 0
    seen_at: float = 0.0

    async def follow(self, first: dict[str, str]) -> None:
        """For ever. ``first``: the ETag of each address, from whoever was there first: they show the same."""
        await asyncio.sleep(random.uniform(0, 4))
        address = urlsplit(self.url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        self.etag = first.get(self.path, "")
        try:
            while True:
                pause = await self._ask(reader, writer)
                first[self.path] = self.etag
                await asyncio.sleep(pause * random.uniform(0.9, 1.1))
        finally:
            writer.close()

    async def _ask(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> float:
        more = f"If-None-Match: {self.etag}\r\n" if self.etag else ""
        more += "X-Look: again\r\n" if self.looks else ""
        writer.write(
            f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={self.session}\r\n{more}\r\n".encode()
        )
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = int(head.split(" ", 2)[1])
        assert status in (200, 304), head
        if status == 200:
            await reader.readexactly(int(_header(head, "Content-Length")))
            self.etag, self.seen_at = _header(head, "ETag"), time.monotonic()
        self.looks += 1
        return self.every or float(_header(head, "Poll-After"))


def _header(head: str, name: str) -> str:
    found = re.search(rf"(?im)^{name}: (.*?)\r$", head)
    assert found, head
    return found[1]
