"""The parts of the pages' scripts that need no page, by node's own runner: ``tests/js``."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "js").glob("*.test.js"))
NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.name))
def test_scripts_do_what_their_tests_say(file: Path) -> None:
    assert NODE
    run = subprocess.run([NODE, "--test", str(file)], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout[-8000:] + run.stderr[-2000:]


def test_there_are_such_tests() -> None:
    assert [file.name for file in FILES]
