"""Excel workbooks as tables: read as text, never run, and no larger than is good for the portal."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.datastructures import MultiValueDict
from openpyxl import Workbook

from dubbing.batches import manifests
from dubbing.platform import tables, workbooks
from dubbing.web.project.settings_forms import TermsForm


def workbook(rows: Iterable[Iterable[object]]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(list(row))
    book.create_sheet("second").append(["not read"])
    book.save(file)
    return file.getvalue()


def read(data: bytes) -> list[tuple[int, list[str]]]:
    return list(tables.rows(workbooks.as_csv(data), columns=["name", "targets"]))


def test_cells_are_read_as_people_see_them() -> None:
    data = workbook([["name", "targets"], ["Tour, long", 3.0], [], [date(2026, 5, 1), True], ['said "no"', 1.5]])
    assert workbooks.is_workbook(data)
    assert read(data) == [
        (1, ["name", "targets"]),
        (2, ["Tour, long", "3"]),
        (4, ["2026-05-01", "true"]),
        (5, ['said "no"', "1.5"]),
    ]


def test_a_formula_is_not_run_and_a_text_that_looks_like_one_stays_a_text() -> None:
    data = workbook([["name", "targets"], ['=HYPERLINK("https://example.com")', "'=1+1"], ["-5", "@home"]])
    rows = read(data)
    assert "HYPERLINK" not in str(rows)
    assert rows[-1] == (3, ["-5", "@home"])


def test_a_manifest_may_be_a_workbook() -> None:
    text = manifests.template()
    cells = csv.reader(io.StringIO(text.lstrip(tables.BOM)))
    from_text, from_workbook = manifests.read(text), manifests.read(workbook(cells))
    assert from_workbook.columns == from_text.columns
    assert not from_workbook.problems
    assert len(from_workbook.lines) == len(from_text.lines) == 1


def terms_form(content: bytes) -> TermsForm:
    file: UploadedFile[bytes] = SimpleUploadedFile("terms.xlsx", content)
    return TermsForm({}, MultiValueDict({"file": [file]}))


def test_a_list_of_terms_may_be_a_workbook() -> None:
    form = terms_form(workbook([["harbour", "puerto", "es-ES", ""]]))
    assert form.is_valid(), form.errors
    assert "harbour,puerto,es-ES" in form.cleaned_data["lines"]
    broken = terms_form(b"PK\x03\x04 and no more")
    said = "We could not read this workbook. Save it again as XLSX or CSV, without a password."
    assert broken.errors["file"] == [said]


def archive(**parts: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name.replace("__", "/"), content)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"PK\x03\x04",
        archive(word__document=b"<document/>"),
        archive(**{"xl__workbook.xml": b"<workbook"}),
        workbook([["name"]])[:-40],
    ],
    ids=["cut at once", "a letter", "broken inside", "cut at the end"],
)
def test_what_cannot_be_read_is_a_problem_in_a_sentence(data: bytes) -> None:
    with pytest.raises(workbooks.WorkbookProblem, match="could not read this workbook"):
        workbooks.as_csv(data)
    assert manifests.read(data).problems == [
        "We could not read this workbook. Save it again as XLSX or CSV, without a password."
    ]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = archive(**{"xl__workbook.xml": b"<workbook/>", "xl__sheet.xml": bytes(workbooks.MOST_UNPACKED)})
    assert len(bomb) < 1_000_000
    with pytest.raises(workbooks.WorkbookProblem, match="too large"):
        workbooks.as_csv(bomb)


def test_rows_and_text_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_ROWS", 3)
    monkeypatch.setattr(workbooks, "MOST_CHARACTERS", 50)
    assert len(read(workbook([["name"]] * 3))) == 3
    with pytest.raises(workbooks.WorkbookProblem, match="more than 3 rows"):
        workbooks.as_csv(workbook([["name"]] * 4))
    with pytest.raises(workbooks.WorkbookProblem, match="too much text"):
        workbooks.as_csv(workbook([["name", "x" * 50]]))
