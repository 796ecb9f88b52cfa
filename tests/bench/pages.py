"""The pages of bringing and configuring among 10,000 assets: server time of each, and what the first one weighs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import brotli
import django_htmx

from tests.bench.lists import Visitor
from tests.bench.measuring import Figure, Sizes, below, p95, workplace
from tests.bench.portal import QuietSandbox, ask
from tests.support.portal import ROOT

GOAL_MS, GOAL_KB = 100, 150
ASSETS, WARMING = 10_000, 3
PAGES = {
    "new asset": "/assets/{draft}/edit/",
    "autosave": "POST /assets/{draft}/autosave/",
    "subtitle editor, 1,500 cues": "/assets/{draft}/subtitles/es-ES/edit/",
    "several videos, 200 rows": "/batches/{batch}/",
    "several videos, new": "/projects/{project}/batches/new/",
    "usage, 10,000 lines": "/projects/{project}/usage/",
    "settings": "/projects/{project}/settings/",
}


def measure(sizes: Sizes) -> Iterator[Figure]:
    """p95 of many visits to each page, by a signed-in person, in one process."""
    with ExitStack() as stack:
        folder = stack.enter_context(workplace())
        sandbox = stack.enter_context(QuietSandbox(folder / "sandbox"))
        visitor = stack.enter_context(Visitor(folder / "portal", sandbox, ASSETS))
        made = ask(visitor.portal, "configured")
        for name, path in PAGES.items():
            visits = [visitor.ask("time", path.format(**made)) * 1000 for _ in range(sizes.visits + WARMING)]
            times = visits[WARMING:]
            yield below(GOAL_MS, f"pages: {name}", p95(times), "ms, p95", assets=ASSETS, visits=sizes.visits)
        page = visitor.text(PAGES["new asset"].format(**made))
    yield _weight(page)


def _weight(page: str) -> Figure:
    """Scripts and styles that the page names itself, compressed as WhiteNoise does; the waveform's come later."""
    names = _with_imports(re.findall(r'(?:src|href)="/static/([^"?]+\.(?:js|css))"', page))
    kilobytes = sum(len(brotli.compress(_content(name))) for name in names) / 1000
    return below(GOAL_KB, "pages: scripts and styles of the new-asset page", kilobytes, "kB", files=len(names))


def _with_imports(names: list[str]) -> list[str]:
    """These files, and the modules that they import, each once."""
    known = dict.fromkeys(names)
    waiting = [name for name in names if name.startswith("js/")]
    while waiting:
        path = ROOT / "static" / waiting.pop()
        imports = re.findall(r"""(?:from|import) "(\.\.?/[^"]+)";""", path.read_text())
        found = [(path.parent / name).resolve().relative_to(ROOT / "static").as_posix() for name in imports]
        fresh = [name for name in dict.fromkeys(found) if name not in known]
        known |= dict.fromkeys(fresh)
        waiting += fresh
    return list(known)


def _content(name: str) -> bytes:
    found = ROOT / "static" / name
    return (found if found.exists() else _of_a_package(name)).read_bytes()


def _of_a_package(name: str) -> Path:
    return Path(django_htmx.__file__).parent / "static" / name
