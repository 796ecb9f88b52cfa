"""Pages with lists of assets, in a small and in a large portal: the time that the server takes, and the queries."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.bench.measuring import Figure, Sizes, at_most, below, interleaved, p95, workplace
from tests.bench.portal import INSIDE, QuietSandbox, ask
from tests.support.portal import ROOT, Portal

GOAL = 1.5
SLOWEST_MS = 100
FURTHER_QUERIES = 8
TABS = 500
FLAT_MB = 10
# As ``million`` makes them: two thirds of all assets, the other third, and a few.
PROJECTS = {"project": 1, "mills": 2, "few": 3}
SELECTED = "work/selected/"  # as in dubbing/web/work/urls.py
PAGES = {
    "project page": "/projects/{project}/",
    "project page, filtered": "/projects/{project}/?status=problems",
    "grid": "/projects/{project}/grid/",
    "project page, by language": "/projects/{project}/?language=es-ES",
    "project page, several filters": "/projects/{project}/?language=es-ES&provider=panjaya&from=2026-01-01",
    "project page, by tag": "/projects/{project}/?tag=Spring",
    "project page, by a tag of half": "/projects/{project}/?tag=Series",
    "project page, by a tag of a few": "/projects/{project}/?tag=Pilot",
    "project page, added this week": "/projects/{project}/?added=week",
    "project page, archived": "/projects/{project}/?status=archived",
    "project page, by due date": "/projects/{project}/?sort=due",
    "project page, what needs attention first": "/projects/{project}/?sort=attention",
    "project page, all at once": "/projects/{project}/?q=morning&status=done&language=es-ES&tag=Spring&sort=due",
    "texts, said in all": "/projects/{project}/?q=morning",
    "texts, said in some": "/projects/{project}/?q=lantern",
    "texts, said in one": "/projects/{project}/?q=compass",
    "texts, said elsewhere alone": "/projects/{project}/?q=anchor",
    "texts, two words": "/projects/{project}/?q=morning+lantern",
    "texts, said in some, filtered": "/projects/{project}/?q=lantern&status=done",
    "texts, said in some, by tag": "/projects/{project}/?q=lantern&tag=Series",
    "texts, said in one, filtered": "/projects/{project}/?q=compass&status=problems",
    "texts, said in some, by name": "/projects/{project}/?q=lantern&sort=name",
    "texts of a small project, said in all": "/projects/{few}/?q=morning",
    "texts of a small project, said elsewhere alone": "/projects/{few}/?q=anchor",
    "grid, by name": "/projects/{project}/grid/?sort=name",
    "grid, by due date": "/projects/{project}/grid/?sort=due",
    "grid, what needs attention first": "/projects/{project}/grid/?sort=attention",
    "grid, most overdue first": "/projects/{project}/grid/?sort=late",
    "grid, in a status": "/projects/{project}/grid/?status=problems",
    "grid, by tag": "/projects/{project}/grid/?tag=Spring",
    "grid, searched": "/projects/{project}/grid/?q=lantern",
    "grid, by review": "/projects/{project}/grid/?review=to_review",
    "grid, by review of nearly all": "/projects/{project}/grid/?review=approved",
    "grid, by review in a language": "/projects/{project}/grid/?review=to_review&language=es-ES",
    "grid, by review, most overdue first": "/projects/{project}/grid/?review=changes_requested&sort=late",
    "project page, by review": "/projects/{project}/?review=to_review",
    "reviews": "/reviews/",
    "reviews, without a reviewer": "/reviews/?show=unassigned",
    "reviews of a project": "/projects/{project}/reviews/",
    "reviews of a project, filtered": "/projects/{project}/reviews/?status=approved&language=fr-FR",
    "quality": "/projects/{project}/quality/",
    "quality, filtered": "/projects/{project}/quality/?by=kind&language=es-ES",
    "review room, 2,000 comments": "/versions/1/",
    "review room, its comments alone": "/versions/1/comments/",
    "review room, its time bar": "/versions/1/marks/",
    "my work, recently completed": "/?show=done",
    "project page, by name": "/projects/{project}/?sort=name",
    "project page, most overdue first": "/projects/{project}/?sort=late",
    "project page, what is late": "/projects/{project}/?status=late",
    "search, a language": "/projects/{project}/?q=spanish",
    "search, a reference": "/projects/{project}/?q=DUB-0000000000",
    "projects": "/projects/",
    "my work": "/",
    "my work, what failed": "/?show=failed",
    "search, found often": "/projects/{project}/?q=harbour",
    "search, found seldom": "/projects/{project}/?q=lighthouse",
    "search, found never": "/projects/{project}/?q=submarine",
    "search, found often elsewhere": "/projects/{mills}/?q=harbour",
    "search, a short word": "/projects/{project}/?q=li",
    "search, filtered": "/projects/{project}/?q=harbour&status=done",
    "search, filtered, found seldom": "/projects/{project}/?q=lighthouse&status=done",
    "search, filtered, in no such status": "/projects/{project}/?q=harbour&status=edit",
    "search in a small project, found often": "/projects/{few}/?q=mill",
    "search in a small project, found often elsewhere": "/projects/{few}/?q=harbour",
    "search in a small project, a short word": "/projects/{few}/?q=ha",
    "admin, all assets": "/admin/dubbing/asset/",
    "admin, a name": "/admin/dubbing/asset/?q=lighthouse",
    "admin, a common name": "/admin/dubbing/asset/?q=harbour",
    "admin, an id": "/admin/dubbing/asset/?q=r7",
    "admin, events of a name": "/admin/dubbing/event/?q=lighthouse",
    "admin, a file": "/admin/dubbing/upload/?q=film+7",
    "admin, a file's asset": "/admin/dubbing/upload/?q=harbour",
    "admin, results of a name": "/admin/dubbing/result/?q=lighthouse",
    "admin, results of a common name": "/admin/dubbing/result/?q=harbour",
    "admin, ledger of a common name": "/admin/dubbing/ledgerentry/?q=harbour",
    "admin, a person": "/admin/dubbing/asset/?q=owner",
}

# Pages that ask about up to 10,000 videos at once.
BULK_PAGES = {
    "tag all that match": "/projects/{project}/videos/?do=tag&all=1&status=problems",
    "move all that match": "/projects/{project}/videos/?do=move&all=1&tag=Spring",
    "archive all that match": "/projects/{project}/videos/?do=archive&all=1&q=morning",
    "trash all that match": "/projects/{project}/videos/?do=trash&all=1",
    "archive all that failed": f"/{SELECTED}?do=archive&all=1&show=failed",
}


def measure(sizes: Sizes) -> Iterator[Figure]:
    """p95 of many visits to the large one against the small one, in turns; the number of queries does not grow."""
    with ExitStack() as stack:
        folder = stack.enter_context(workplace())
        sandbox = stack.enter_context(QuietSandbox(folder / "sandbox"))
        small, large = (stack.enter_context(Visitor(folder / str(size), sandbox, size)) for size in _sizes(sizes))
        for name, path in PAGES.items():
            yield _compared(name, path, small, large, sizes.visits)
        for name, path in BULK_PAGES.items():
            took = [large.ask("time", path) for _ in range(sizes.visits // 4)]
            yield below(1.0, f"lists: {name}", p95(took), "s, p95", assets=large.size)
        for what, name, limit in (("due", "nothing due", 0.02), ("closing", "closing, nothing due", 0.1)):
            large.ask("due", what)
            took = [large.ask("due", what) for _ in range(5)]
            yield below(limit, f"lists: {name}", max(took), "s", assets=large.size)
        yield _files(large, sizes.files)
        for what in ("asset", "batch"):
            yield _tabs(what, large)


def _files(large: Visitor, number: int) -> Figure:
    """Memory for finding files without a row, among so many and as many rows as there are."""
    for some in (number // 100, number):
        ask(large.portal, "files", some)
        growth, seconds = large.asked("sweep", "files")
    return below(
        FLAT_MB, "files without a row: memory", growth, "MB", files=number, rows=2 * large.size, seconds=seconds
    )


def _tabs(what: str, large: Visitor) -> Figure:
    """Share of a core for so many open pages of it on which nothing moves, each asking when it is told to."""
    large.asked("poll", what)
    processor, pause = large.asked("poll", what)
    told = {"tabs": TABS, "ms_each": processor * 1000, "pause": pause, "cores_at_3_s": TABS * processor / 3}
    return below(0.1, f"tabs: {what}", TABS * processor / pause, "cores", **told)


def _sizes(sizes: Sizes) -> tuple[int, int]:
    """Of the small and of the large portal: a file as a database is for fewer."""
    small, large = sizes.assets
    return small, large if os.environ.get("DATABASE_URL", "").startswith("postgres") else large * 3 // 10


def _compared(name: str, path: str, small: Visitor, large: Visitor, visits: int) -> Figure:
    queries = [int(each.ask("count", path)) for each in (large, small)]
    sides = (lambda: large.ask("time", path) * 1000), (lambda: small.ask("time", path) * 1000)
    ours, theirs = interleaved(visits, *sides)
    told: dict[str, Any] = {"assets": [large.size, small.size], "queries": queries, "visits": visits}
    told["least"] = [min(ours), min(theirs)]  # what it takes where nobody disturbs it
    figure = at_most(GOAL, f"lists: {name}", p95(ours), p95(theirs), "ms, p95", **told)
    # Large projects are counted and searched in a few steps more, however many assets there are.
    fast = p95(ours) < SLOWEST_MS and queries[0] <= queries[1] + FURTHER_QUERIES
    return replace(figure, goal=f"{figure.goal}, < {SLOWEST_MS} ms", met=bool(figure.met) and fast)


class Visitor:
    """A process with a portal of so many assets, that visits pages on request."""

    def __init__(self, folder: Path, sandbox: QuietSandbox, size: int) -> None:
        self.size, self.portal = size, Portal(folder, sandbox)
        ask(self.portal, "assets", size)

    def __enter__(self) -> Visitor:
        with (self.portal.folder / "visitor.log").open("w") as log:
            self.process = subprocess.Popen(
                [*INSIDE, "visitor"],
                cwd=ROOT,
                env=self.portal.environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()
        self.portal.stop()

    def ask(self, what: str, path: str) -> float:
        """``time``: seconds for the page; ``count``: how many queries it took. ``POST /path`` is a post."""
        return float(self._answer(what, path))

    def asked(self, what: str, path: str) -> list[float]:
        """Several figures at once."""
        return [float(each) for each in self._answer(what, path)]

    def text(self, path: str) -> str:
        """The page itself."""
        return str(self._answer("text", path))

    def _answer(self, what: str, path: str) -> Any:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{what} {path.format(**PROJECTS)}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())
