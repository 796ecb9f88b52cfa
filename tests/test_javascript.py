"""The parts of the pages' scripts that need no page, by node's own runner: ``tests/js``."""

from __future__ import annotations

import re
import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "js").glob("*.test.js"))
NODE = shutil.which("node")
ROOT = Path(__file__).resolve().parent.parent
SCRIPTS = ROOT / "static" / "js"
IMPORT = re.compile(r"""\b(?:from|import) "(\.\.?/[^"]+)";""")
MODULES = {
    path: {(path.parent / name).resolve() for name in IMPORT.findall(path.read_text())}
    for path in SCRIPTS.rglob("*.js")
}


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_scripts_do_what_their_tests_say(file: Path) -> None:
    assert NODE
    run = subprocess.run([NODE, "--test", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]


def test_there_are_javascript_tests() -> None:
    assert [file.name for file in FILES]


def test_modules_import_existing_files_and_have_no_import_cycles() -> None:
    assert set().union(*MODULES.values()) <= set(MODULES)
    assert len(list(TopologicalSorter(MODULES).static_order())) == len(MODULES)


def test_each_page_has_one_entry_and_nothing_is_left_that_no_page_loads() -> None:
    text = {path: path.read_text() for path in (ROOT / "templates").rglob("*.html")}
    tags = {path: re.findall(r"{% static 'js/([^']+)' %}", template) for path, template in text.items()}
    for path, names in tags.items():
        assert len([name for name in names if name.startswith("pages/")]) <= 1, path
    needed = {SCRIPTS / name for names in tags.values() for name in names}
    for module in reversed(list(TopologicalSorter(MODULES).static_order())):
        if module in needed:
            needed |= MODULES[module]
    assert needed == set(MODULES)
