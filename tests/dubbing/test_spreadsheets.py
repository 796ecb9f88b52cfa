"""Tables that go to a spreadsheet and come back."""

from __future__ import annotations

import csv
import io

import pytest

from dubbing import spreadsheets


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =HYPERLINK()", "\u00a0=1", "\u3000@x"]
)
def test_a_cell_that_a_spreadsheet_would_run_becomes_a_text_and_comes_back_as_it_was(cell: str) -> None:
    assert spreadsheets.harmless(cell) == f"'{cell}"
    assert spreadsheets.as_typed(spreadsheets.harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Harbour", "a=b", "1-2", "'quoted'", "'", "’tis"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert spreadsheets.harmless(cell) == cell == spreadsheets.as_typed(cell)


def test_a_table_begins_with_the_mark_for_utf_8_and_is_read_back_as_it_was() -> None:
    rows = [["name", "note"], ["Käse, “alt”", 'two\nlines and a "'], ["-1.5", ""]]
    text = "".join(spreadsheets.written(rows))
    assert text.startswith(spreadsheets.BOM)
    assert list(csv.reader(io.StringIO(text.removeprefix(spreadsheets.BOM), newline=""))) == rows
