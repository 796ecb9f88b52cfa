"""The breaks that ``make mutants`` tries still fit the code."""

from pathlib import Path

import pytest

from tests.mutants.breaks import BREAKS, Break

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("one", BREAKS, ids=lambda one: one.what)
def test_a_break_can_be_made(one: Break) -> None:
    assert (ROOT / one.file).read_text().count(one.old) == 1
    assert one.old != one.new
    assert all((ROOT / name).is_file() for name in one.tests)
