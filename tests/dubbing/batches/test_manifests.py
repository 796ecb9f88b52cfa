"""Manifests: what a table says, cell by cell, from any spreadsheet; and what is made of it."""

from __future__ import annotations

import csv
import io
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from dubbing import tasks
from dubbing.batches import batches, manifests
from dubbing.models import Asset, Batch, Link, Preset, Project, Submission, Upload
from dubbing.platform import tables
from dubbing.uploads import links
from dubbing.web.batch.row_forms import DryRun, check, check_with_links, examine
from tests.support.drafts import a_person, a_row

pytestmark = pytest.mark.django_db

HEADER = "name,file,media_url,source_locale,targets,start,end"
GOOD = "Pier,pier.mp4,,en-US,es-ES fr-FR,0:05,1:00"


def table(*rows: str, header: str = HEADER) -> str:
    return "\n".join([header, *rows])


def messages_of(run: DryRun, row: int = 0) -> dict[str, str]:
    """By column, what is said of a row."""
    return dict(run.rows[row].messages)


def test_the_template_can_be_uploaded_unchanged(project: Project, user: User) -> None:
    run = examine(manifests.template(), project, user)
    assert not run.manifest.problems
    assert [row.good for row in run.rows] == [True]
    assert list(run.manifest.columns) == list(manifests.TEMPLATE)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_any_spreadsheet_will_do(project: Project, user: User, separator: str, encoding: str) -> None:
    text = table(GOOD.replace("Pier", "Überfahrt né à Zoë")).replace(",", separator).replace("\n", "\r\n")
    run = examine(text.encode(encoding), project, user)
    assert run.manifest.problems == []
    assert run.rows[0].line.called == "Überfahrt né à Zoë"
    assert run.rows[0].good


def test_a_separator_stated_in_the_first_line_is_used(project: Project, user: User) -> None:
    run = examine("sep=;\n" + table(GOOD).replace(",", ";"), project, user)
    assert run.rows[0].good


def test_a_quoted_cell_may_contain_the_separator(project: Project, user: User) -> None:
    run = examine(table('"Pier, at night",pier.mp4,,en-US,"es-ES, fr-FR",,'), project, user)
    assert run.rows[0].line.called == "Pier, at night"
    assert run.rows[0].typed["targets"] == ["es-ES", "fr-FR"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("\n \n", "empty"),
        ("hello", "must name the columns"),
        ("name,file,target\nA,a.mp4,es-ES", "Did you mean “targets”?"),
        ("name,file,colour\nA,a.mp4,red", "The column “colour” is unknown"),
        ("name,targets\nA,es-ES", "There is no column for the videos"),
        ("name,file,file\nA,a,b", "appears 2 times"),
        ("name,,file\nA,x,b", "has no name"),
        ("name,file", "has a header but no rows"),
        ('name,file\n"A,a.mp4', "quotation mark"),
        (b"\x00\x01\x02\x03" * 50, "not a text file"),
    ],
)
def test_anything_but_a_manifest_is_explained(project: Project, user: User, text: Any, expected: str) -> None:
    run = examine(text, project, user)
    assert run.rows == []
    assert expected in " ".join(run.manifest.problems)


def test_more_than_fits_is_refused_with_the_figures(project: Project, user: User) -> None:
    run = examine(table(*[f"A{n},a{n}.mp4,,en-US,es-ES,," for n in range(501)]), project, user)
    assert "This manifest has 501 rows and the limit is 500" in run.manifest.problems[0]
    run = examine(b"name,file\n" + b"x" * 1_000_000, project, user)
    assert "MB and the limit is 1 MB" in run.manifest.problems[0]


@pytest.mark.parametrize(
    ("row", "column", "expected"),
    [
        ("A,a.mp4,,xx-XX,es-ES,,", "source_locale", "not a supported source language"),
        ("A,a.mp4,,en-US,es-ES xx,,", "targets", "“xx” is not a supported target language"),
        ("A,a.mp4,,en-US,en-US,,", "targets", "already the source language"),
        ("A,a.mp4,,en-US,es-ES es-ES,,", "targets", "more than once"),
        ("A,a.mp4,,en-US,,,", "targets", "Choose at least one language"),
        ("A,a.mp4,,en-US,es-ES,soon,", "start", "is not a time"),
        ("A,a.mp4,,en-US,es-ES,0:30,0:10", "end", "after the start"),
        ("A,,,en-US,es-ES,,", "file", "Enter a file name"),
        ("A,a.mp4,https://example.com/a.mp4,en-US,es-ES,,", "file", "a file and a link"),
        ("A,,ftp://example.com/a.mp4,en-US,es-ES,,", "media_url", "Enter a link to a file on the web"),
        ("A,,https://127.0.0.1/a.mp4,en-US,es-ES,,", "media_url", "public"),
    ],
)
def test_an_error_is_shown_beside_its_cell(project: Project, user: User, row: str, column: str, expected: str) -> None:
    run = examine(table(GOOD, row), project, user)
    assert run.rows[0].good
    assert not run.rows[1].good
    assert expected in messages_of(run, 1)[column]
    cell = next(one for one in run.rows[1].shown if one.column == column)
    assert expected in " ".join(cell.messages)


def test_unknown_options_are_named_with_the_existing_ones(project: Project, user: User) -> None:
    header = "file,source_locale,targets,auto_generate,lips_model,speakers,voice_anonymization,preset"
    run = examine(table("a.mp4,en-US,es-ES,maybe,,many,7,Winter", header=header), project, user)
    said = messages_of(run)
    assert "with_lips, no_lips, off" in said["auto_generate"]
    assert "whole number" in said["speakers"]
    assert "from 0 to 1" in said["voice_anonymization"]
    assert "no preset “Winter”" in said["preset"]


def test_a_row_with_more_cells_than_columns_is_not_guessed_at(project: Project, user: User) -> None:
    run = examine(table("A,a.mp4,,en-US,es-ES,,,surplus"), project, user)
    assert "8 cells, but there are 7 columns" in run.rows[0].remarks[0]


def test_duplicates_are_reported_once_with_the_row_they_repeat(project: Project, user: User) -> None:
    run = examine(table(GOOD, GOOD, GOOD.replace("pier.mp4", "b.mp4"), GOOD.replace("Pier", "Other")), project, user)
    assert run.rows[0].good
    assert "the same as row 1" in messages_of(run, 1)[""]
    assert "Row 1 has the same name" in messages_of(run, 2)["name"]
    assert "Row 1 names the same file" in messages_of(run, 3)["file"]


def test_a_preset_fills_what_the_row_leaves_open(project: Project, user: User) -> None:
    values = {"source_locale": "en-US", "targets": ["it-IT", "de-DE"], "auto_generate": "no_lips"}
    Preset.objects.create(project=project, name="Latin", values=values, created_by=user)
    run = examine(
        table("a.mp4,latin,,", "b.mp4,Latin,,es-ES", header="file,preset,source_locale,targets"), project, user
    )
    assert [row.good for row in run.rows] == [True, True]
    assert run.rows[0].typed["targets"] == ["it-IT", "de-DE"]
    assert run.rows[1].typed["targets"] == ["es-ES"]
    assert run.rows[1].typed["auto_generate"] == "no_lips"


def test_checking_creates_nothing(project: Project, user: User) -> None:
    examine(table(GOOD), project, user)
    assert not Asset.objects.exists()
    assert not Batch.objects.exists()


def test_two_hundred_rows_are_checked_without_a_query_for_each(project: Project, user: User) -> None:
    def rows(count: int) -> str:
        return table(*[f"Film {n},film-{n}.mp4,,en-US,es-ES fr-FR,0,{n + 20}" for n in range(count)])

    for n in range(20):
        a_row(user, name=f"film-{n}.mp4", seconds=600)
    with CaptureQueriesContext(
        connection,
    ) as few:
        examine(rows(5), project, user)
    with CaptureQueriesContext(connection) as many:
        run = examine(rows(200), project, user)
    assert len(run.good) == 200
    assert len(many) <= len(few) + 2, [query["sql"][:120] for query in many][:12]


# --- files ----------------------------------------------------------------------------------------------------------


def test_an_uploaded_file_is_used_and_its_length_counts(project: Project, user: User) -> None:
    upload = a_row(user, name="pier.mp4", seconds=30)
    run = examine(table(GOOD), project, user)
    assert "30 s long" in messages_of(run)["end"]
    run = examine(table(GOOD.replace("1:00", "")), project, user)
    batch = manifests.make(project, user, run.wanted(also_bad=False), batch=None)
    asset = batch.rows.get().asset
    assert asset
    assert asset.source == upload
    batches.refresh(batch, user, check)
    assert batch.rows.get().status == "good"
    assert batch.rows.get().milliseconds == 25_000 * 2


def test_somebody_elses_file_does_not_exist(project: Project, user: User) -> None:
    upload = a_row(a_person("mallory", project), name="pier.mp4")
    run = examine(table(GOOD), project, user)
    assert run.rows[0].upload is None
    batch = manifests.make(project, user, run.wanted(also_bad=False), batch=None)
    asset = batch.rows.get().asset
    assert asset
    assert asset.source is None
    assert str(upload.pk) not in str(asset.typed)


def test_an_id_in_a_cell_names_nothing(project: Project, user: User) -> None:
    theirs = a_row(a_person("mallory", project), name="secret.mp4")
    mine = a_row(user, name="mine.mp4")
    for pk in (theirs.pk, mine.pk):
        run = examine(table(f"A,{pk},,en-US,es-ES,,"), project, user)
        assert run.rows[0].upload is None
    assert "is unknown" in examine("file,source\na.mp4," + str(theirs.pk), project, user).manifest.problems[0]


def test_a_file_of_another_asset_stays_there(project: Project, user: User) -> None:
    upload = a_row(user, name="pier.mp4")
    other = Asset.objects.create(project=project, created_by=user, source=upload)
    run = examine(table(GOOD), project, user)
    assert run.rows[0].upload is None
    other.refresh_from_db()
    assert other.source == upload


def test_files_uploaded_later_go_to_the_rows_that_name_them(project: Project, user: User) -> None:
    run = examine(table(GOOD, "Quay,Quay.MP4,,en-US,es-ES,,"), project, user)
    batch = manifests.make(project, user, run.wanted(also_bad=False), batch=None)
    brought = batches.add_files(batch, user, [("quay.mp4", 10), ("stranger.mp4", 10)])
    assert brought[0].row
    assert brought[0].row.number == 2
    assert "No row of this manifest names “stranger.mp4”" in brought[1].message
    assert batch.rows.count() == 2


# --- making ---------------------------------------------------------------------------------------------------------


def test_drafts_are_made_of_the_good_rows_or_of_all(project: Project, user: User) -> None:
    text = table(GOOD, "Quay,quay.mp4,,en-US,xx-XX,,", GOOD)
    run = examine(text, project, user)
    batch = manifests.make(project, user, run.wanted(also_bad=False), batch=None)
    assert [row.given["name"] for row in batch.rows.all()] == ["Pier"]
    again = examine(text, project, user, batch=batch)
    assert again.rows[0].is_unchanged
    assert "the same as row" in messages_of(again, 2)[""]
    manifests.make(project, user, again.wanted(also_bad=True), batch=batch)
    assert [row.given["name"] for row in batch.rows.all()] == ["Pier", "Quay"]
    assert not Submission.objects.exists()


def test_a_double_click_makes_them_once(project: Project, user: User) -> None:
    wanted = examine(table(GOOD), project, user).wanted(also_bad=False)
    first = manifests.make(project, user, wanted, batch=None)
    assert manifests.make(project, user, wanted, batch=None) == first
    assert Asset.objects.count() == 1


def test_a_corrected_manifest_corrects_the_drafts_that_are_there(project: Project, user: User) -> None:
    run = examine(table(GOOD, "Quay,quay.mp4,,en-US,xx-XX,0:10,"), project, user)
    batch = manifests.make(project, user, run.wanted(also_bad=True), batch=None)
    corrected = examine(table(GOOD, "Quay,quay.mp4,,en-US,de-DE,,"), project, user, batch=batch)
    assert [row.is_unchanged for row in corrected.rows] == [True, False]
    assert corrected.rows[1].row is not None
    manifests.make(project, user, corrected.wanted(also_bad=False), batch=batch)
    assert Asset.objects.count() == 2
    asset = batch.rows.get(number=2).asset
    assert asset
    assert asset.typed["targets"] == ["de-DE"]
    assert asset.typed["start"] == ""


def test_a_row_that_was_sent_is_not_corrected_any_more(project: Project, user: User) -> None:
    batch = manifests.make(project, user, examine(table(GOOD), project, user).wanted(also_bad=False), batch=None)
    batch.rows.update(status="sent")
    run = examine(table(GOOD.replace("fr-FR", "de-DE")), project, user, batch=batch)
    assert "already sent" in messages_of(run)["name"]
    assert run.wanted(also_bad=True) == []


# --- the outcome ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("evil", ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", " =1+1"])
def test_no_cell_of_the_outcome_is_a_formula(project: Project, user: User, evil: str) -> None:
    cells = {"name": evil, "file": "pier.mp4"}
    batch = manifests.make(project, user, [manifests.PlannedRow(cells, {"name": evil})], batch=None)
    batch.rows.update(status="refused", problems=[("", evil)])
    rows = list(csv.reader(io.StringIO(manifests.outcome(batch, "https://portal/assets/{}/").lstrip("\ufeff"))))
    assert rows[0] == ["row", "name", "asset id", "link", "state", "reason"]
    assert not any(cell.strip().startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert rows[1][1].startswith("'")


def test_the_outcome_names_each_row_with_its_link_and_its_reason(project: Project, user: User) -> None:
    batch = manifests.make(project, user, examine(table(GOOD), project, user).wanted(also_bad=False), batch=None)
    batches.refresh(batch, user, check)
    rows = list(csv.reader(io.StringIO(manifests.outcome(batch, "https://portal/assets/{}/").lstrip("\ufeff"))))
    asset = batch.rows.get().asset
    assert asset
    assert rows[1][:5] == ["1", "Pier", str(asset.pk), f"https://portal/assets/{asset.pk}/", "Needs fixing"]
    assert "Choose a video file" in rows[1][5]
    assert Upload.objects.count() == 0


# --- links ----------------------------------------------------------------------------------------------------------

LINKED = "Pier,,https://media.example.com/pier.mp4,en-US,es-ES,,"


def test_a_checked_link_has_its_length_or_its_refusal(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = manifests.make(project, user, examine(table(LINKED), project, user).wanted(also_bad=False), batch=None)
    row = batch.rows.get()
    assert batches.with_links(batch) == [row.asset_id]
    monkeypatch.setattr(links, "look", lambda *_: links.LinkOutcome(duration=120.0))
    tasks.check_row_links.run(row.asset_id)
    assert batches.refresh(batch, user, check)
    row.refresh_from_db()
    assert (row.status, row.milliseconds) == ("good", 120_000)
    assert batches.with_links(batch) == []
    refused = {"code": "page", "message": "This is a web page, not a file.", "remedy": "Give another link."}
    Link.objects.update(status="refused", refusal=refused)
    run = examine(table(LINKED), project, user)
    assert "This is a web page" in messages_of(run)["media_url"]


def test_an_unchecked_link_is_checked_before_it_is_sent(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = manifests.make(project, user, examine(table(LINKED), project, user).wanted(also_bad=False), batch=None)
    batches.refresh(batch, user, check)
    assert batch.rows.get().status == "good"
    refused = {"code": "status 404", "message": "There is no file at this address.", "remedy": ""}
    monkeypatch.setattr(links, "look", lambda *_: links.LinkOutcome(refusal=refused))
    assert list(batches.send(batch, user, check_with_links)) == []
    row = batch.rows.get()
    assert row.status == "problem"
    assert "There is no file at this address" in row.problems[0][1]
    assert not Submission.objects.exists()


def test_two_hundred_links_are_checked_without_a_query_for_each(project: Project, user: User) -> None:
    def rows(count: int) -> str:
        return table(*[f"Film {n},,https://media.example.com/{n}.mp4,en-US,es-ES,," for n in range(count)])

    with CaptureQueriesContext(connection) as few:
        examine(rows(5), project, user)
    with CaptureQueriesContext(connection) as many:
        examine(rows(200), project, user)
    assert len(many) <= len(few)


# --- names of files ---------------------------------------------------------------------------------------------------

SAME_FILE = [
    "C:\\films\\Münster.mp4",
    "films/Münster.mp4",
    "./MÜNSTER.MP4",
    "Mu\u0308nster.mp4",
    "//server/x/münster.mp4",
]


@pytest.mark.parametrize("cell", SAME_FILE)
def test_a_file_is_found_however_its_name_is_written(project: Project, user: User, cell: str) -> None:
    run = examine(table(f"A,{cell},,en-US,es-ES,,"), project, user)
    batch = manifests.make(project, user, run.wanted(also_bad=False), batch=None)
    brought = batches.add_files(batch, user, [("Münster.mp4", 10)])
    assert (brought[0].message, brought[0].row) == ("", batch.rows.get())
    upload = a_row(user, name="Münster.mp4")
    assert examine(table(f"B,{cell},,en-US,es-ES,,"), project, user).rows[0].upload == upload


@pytest.mark.parametrize("cell", ["C:\\films\\pier.mp4", "films/pier.mp4"])
def test_a_row_without_a_name_is_called_by_its_file_and_not_by_its_folder(
    project: Project, user: User, cell: str
) -> None:
    assert examine(table(f",{cell},,en-US,es-ES,,"), project, user).rows[0].line.called == "pier"


@pytest.mark.parametrize(("one", "other"), [("a/pier.mp4", "b/pier.mp4"), ("pier.mp4", "Pier.MP4")])
def test_two_indistinguishable_files_are_a_question(project: Project, user: User, one: str, other: str) -> None:
    run = examine(table(f"A,{one},,en-US,es-ES,,", f"B,{other},,en-US,es-ES,,"), project, user)
    assert [row.good for row in run.rows] == [True, False]
    assert "differs only in its folder or in upper and lower case" in messages_of(run, 1)["file"]
    batch = manifests.make(project, user, run.wanted(also_bad=True), batch=None)
    second = examine(table(f"C,{other},,en-US,es-ES,,"), project, user, batch=batch)
    manifests.make(project, user, second.wanted(also_bad=True), batch=batch)
    brought = batches.add_files(batch, user, [("PIER.mp4", 10)])
    assert brought[0].row is None
    assert "matches several rows: 1 (“" in brought[0].message


def test_an_exact_name_takes_precedence_over_another_spelling(project: Project, user: User) -> None:
    exact, _ = (
        a_row(user, name="pier.mp4", size=7, sha256="a" * 64),
        a_row(user, name="Pier.mp4", size=8, sha256="b" * 64),
    )
    assert examine(table(GOOD.replace("1:00", "")), project, user).rows[0].upload == exact


def test_of_two_different_videos_with_one_name_neither_is_guessed(project: Project, user: User) -> None:
    for size in (7_000_000, 8_000_000):
        a_row(user, name="pier.mp4", size=size, sha256=str(size).zfill(64))
    run = examine(table(GOOD.replace("1:00", "")), project, user)
    assert run.rows[0].upload is None
    assert "2 videos with this name: “pier.mp4” (8.0 MB), “pier.mp4” (7.0 MB)" in messages_of(run)["file"]


def test_the_same_video_uploaded_twice_is_one(project: Project, user: User) -> None:
    uploads = [a_row(user, name="pier.mp4", sha256="a" * 64) for _ in range(2)]
    assert examine(table(GOOD.replace("1:00", "")), project, user).rows[0].upload == uploads[1]


# --- what there is no end to ------------------------------------------------------------------------------------------


def test_too_many_languages_in_a_cell_are_counted_and_not_read(project: Project, user: User) -> None:
    codes = " ".join(f"{a}{b}" for a in "abcdefghijklmnopqrstuvwxyz" for b in "abcdefghijklmnopqrstuvw")[:1990]
    run = examine(table(*(f"N{n},n{n}.mp4,,en-US,{codes},," for n in range(200))), project, user)
    said = [text for place, text in run.rows[0].messages if place == "targets"]
    assert said[0] == "This cell has 598 languages and the limit is 100. Remove some."
    assert len(said) == 12
    assert not run.correctable
    assert len(run.rows[0].typed["targets"]) == 100


def test_more_columns_than_a_manifest_has_are_counted_and_not_read(project: Project, user: User) -> None:
    run = examine(",".join(f"column{n}" for n in range(50_000)) + "\nx", project, user)
    assert run.manifest.problems == ["This manifest has 50000 columns and the limit is 14. Start with the template."]


def test_an_unclosed_cell_is_reported(project: Project, user: User) -> None:
    assert (
        "more than 100,000 characters" in examine('file\n"' + "x" * 200_000 + '"', project, user).manifest.problems[0]
    )


# --- there and back ---------------------------------------------------------------------------------------------------

TYPED = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], include_characters="\t\n"), max_size=12)


@hypothesis.settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.fixed_dictionaries(dict.fromkeys(manifests.COLUMNS, TYPED | st.text("'=-@\";,|\n ab"))),
        min_size=1,
        max_size=3,
    )
)
def test_any_table_that_is_written_comes_back_the_same(cells: list[dict[str, str]]) -> None:
    wanted = [{name: text.strip() for name, text in row.items() if text.strip()} for row in cells]
    lines = [[tables.harmless(row.get(name, "")) for name in manifests.COLUMNS] for row in wanted]
    found = manifests.read("".join(tables.written([manifests.COLUMNS, *lines])))
    assert [line.cells for line in found.lines] == [row for row in wanted if row]
