"""Tests in processes are grouped, so that few portals run at once. A pytest that ignores groups would not say so."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

TESTS = """
import pytest

@pytest.mark.xdist_group("processes")
@pytest.mark.parametrize("number", range(4))
def test_nothing(number: int) -> None:
    pass
"""


def test_one_process_runs_all_tests_of_a_group(tmp_path: Path) -> None:
    (tmp_path / "test_nothing.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadgroup", "-v", "-p", "no:django"]
    done = subprocess.run([*command, "."], cwd=tmp_path, capture_output=True, text=True, check=True)
    workers = re.findall(r"\[(gw\d)\] .* PASSED", done.stdout)
    assert (len(workers), len(set(workers))) == (4, 1)
