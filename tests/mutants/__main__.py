"""Tries the breaks of ``tests/mutants/breaks.py``, two at a time. Exit status: how many went unnoticed.

Each is made in a copy of the tree, where only the tests that it names are run. They pass without a break, and one
of them has to fail with it. Arguments choose breaks by a part of their file or words. Breaks that only PostgreSQL can
show are tried where SERVICES_DATABASE_URL names a server.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutants.breaks import BREAKS, Break

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 180
AT_ONCE = 2
SERVER = os.environ.get("SERVICES_DATABASE_URL")


def main(wanted: list[str]) -> int:
    """Tries the breaks that have one of ``wanted`` in them (all if none is), and says what became of each."""
    chosen = [one for one in BREAKS if not wanted or any(part in f"{one.file} {one.what}" for part in wanted)]
    if SERVER is None and (left := [one for one in chosen if one.on_postgresql]):
        chosen = [one for one in chosen if not one.on_postgresql]
        print(f"{len(left)} not tried: SERVICES_DATABASE_URL names no PostgreSQL server")
    for server in (False, True):
        unbroken = {name for one in chosen if one.on_postgresql is server for name in one.tests}
        if not _passes(ROOT, tuple(sorted(unbroken)), server=server):
            print("these tests fail without any break: " + " ".join(sorted(unbroken)))
            return 1
    with ThreadPoolExecutor(AT_ONCE) as pool:
        noticed = list(pool.map(_notices, chosen))
    missed = noticed.count(False)
    print(f"{len(chosen)} breaks, {len(chosen) - missed} noticed, {missed} not")
    return min(missed, 100)


def _notices(one: Break) -> bool:
    with tempfile.TemporaryDirectory(prefix="mutant-") as folder:
        copy = Path(folder) / "tree"
        copy_tree(copy)
        path = copy / one.file
        text = path.read_text()
        if text.count(one.old) != 1:
            raise SystemExit(f"{one.file} does not have this exactly once any more: {one.old!r}")
        path.write_text(text.replace(one.old, one.new))
        noticed = not _passes(copy, one.tests, server=one.on_postgresql)
    print(f"{'noticed' if noticed else 'MISSED '}  {one.file}: {one.what}", flush=True)
    return noticed


def copy_tree(target: Path) -> None:
    """Copy the working tree, without what git does not know."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, target / name)


def _passes(folder: Path, tests: tuple[str, ...], *, server: bool) -> bool:
    if not tests:
        return True
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:randomly", *tests]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    if server and SERVER:
        environment["DATABASE_URL"] = SERVER
    try:
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=SECONDS * len(tests))
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
