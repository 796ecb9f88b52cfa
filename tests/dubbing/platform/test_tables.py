"""Tables that go to a spreadsheet and come back."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dubbing.platform import tables

CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
ODD = st.text("'=+-@\t\r\n\";,| a\ufeff\u00a0", max_size=8)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =HYPERLINK()", "\u00a0=1", "\u3000@x"]
)
def test_a_cell_that_a_spreadsheet_would_run_becomes_a_text_and_comes_back_as_it_was(cell: str) -> None:
    assert tables.harmless(cell) == f"'{cell}"
    assert tables.as_typed(tables.harmless(cell)) == cell


@pytest.mark.parametrize("cell", ["", "Harbour", "a=b", "1-2", "'quoted'", "'", "’tis"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert tables.harmless(cell) == cell == tables.as_typed(cell)


def test_a_table_begins_with_the_mark_for_utf_8_and_is_read_back_as_it_was() -> None:
    rows = [["name", "note"], ["Käse, “alt”", 'two\nlines and a "'], ["-1.5", ""]]
    text = "".join(tables.written(rows))
    assert text.startswith(tables.BOM)
    assert list(csv.reader(io.StringIO(text.removeprefix(tables.BOM), newline=""))) == rows


@given(st.one_of(CELL, ODD))
@example("'=1")
@example("''=1")
@example("' =1")
def test_every_cell_that_somebody_types_comes_back_as_it_was(cell: str) -> None:
    safe = tables.harmless(cell)
    assert tables.as_typed(safe) == cell
    assert not safe.lstrip().startswith(("=", "+", "-", "@"))


@given(st.lists(st.lists(st.one_of(CELL, ODD), min_size=2, max_size=4), min_size=1, max_size=4))
def test_what_is_written_is_read_back_as_it_was(table: list[list[str]]) -> None:
    stripped = [[cell.strip() for cell in row] for row in table]
    text = "".join(tables.written([["name", "file"], *([tables.harmless(cell) for cell in row] for row in stripped)]))
    found = [cells for _, cells in tables.rows(text, columns=("name", "file"))]
    assert found == [["name", "file"], *(row for row in stripped if any(row))]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("sep=;\r\nname;file\r\na,b;c.mp4\r\n", ["a,b", "c.mp4"]),
        ('"sep=\t"\nname\tfile\na;b\tc.mp4', ["a;b", "c.mp4"]),
        ("\ufeffSEP=|\nname|file\na;b|c.mp4", ["a;b", "c.mp4"]),
        ("sep=\nname;file\na,b;c.mp4", ["a,b", "c.mp4"]),
        ('\ufeff"name";"file"\n"a\nb";c.mp4', ["a\nb", "c.mp4"]),
        ("name\tfile\n'=a\tb,c;d", ["=a", "b,c;d"]),
    ],
)
def test_whatever_spreadsheets_put_between_and_before_the_cells_is_understood(text: str, cells: list[str]) -> None:
    assert [row for _, row in tables.rows(text, columns=("name", "file"))][1] == cells


def test_rows_know_the_line_they_begin_on() -> None:
    text = 'sep=,\nname,file\n"a\nb",c\n\nd,e'
    assert [number for number, _ in tables.rows(text, columns=("name", "file"))] == [2, 3, 6]
