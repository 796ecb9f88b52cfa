"""The faults of ``make chaos``: each figure has a break of the code that it has to notice."""

from __future__ import annotations

import pytest

from tests.chaos.__main__ import FIGURES
from tests.chaos.breaks import BREAKS, Break
from tests.support.portal import ROOT


def test_every_figure_has_a_break() -> None:
    assert set(BREAKS) == set(FIGURES)


@pytest.mark.parametrize("broken", BREAKS.values(), ids=BREAKS)
def test_what_a_break_replaces_stands_in_the_code_once(broken: Break) -> None:
    assert (ROOT / broken.file).read_text().count(broken.old) == 1
