"""The coverage grid: one state a cell, totals that add up, and nothing of what is somebody else's."""

from __future__ import annotations

import csv
import html
import io
import itertools
import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from dubbing.assets import details
from dubbing.models import Asset, Project, Version
from dubbing.submissions import coverage
from dubbing.submissions.coverage import CellState
from dubbing.web.project import video_list
from tests.support import rows
from tests.support.people import People


@pytest.fixture(autouse=True)
def _always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a slow machine nor a look a moment ago keeps anything in mind."""
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    monkeypatch.setattr(coverage, "SLOW", 3600.0)


@pytest.fixture
def address(project: Project) -> str:
    return reverse("project-grid", args=[project.pk])


def text(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def cell(page: str, asset: Asset, locale: str) -> str:
    """The cell's words: "German (Germany): Done"."""
    return title(page, asset, locale).partition(", since")[0]


def title(page: str, asset: Asset, locale: str) -> str:
    """The same, with what is usual for what runs."""
    found = re.search(rf'id="cell-{asset.pk}-{locale}"[^>]*title="([^"]*)"', page)
    assert found, f"no cell of {asset} in {locale}"
    return found[1]


def link(page: str, asset: Asset, locale: str) -> str:
    """Where the cell leads."""
    found = re.search(rf'id="cell-{asset.pk}-{locale}"[^>]*>(?:<a href="([^"]*)")?', page)
    assert found
    return found[1] or ""


STATES = [
    ("completed", "completed", {}, "Done"),
    ("completed", "completed", {"warning": "shorter"}, "Done, check length"),
    ("partly_done", "failed", {}, "Failed"),
    ("ready", "ready", {}, "Ready to edit"),
    ("dubbing", "ready", {}, "Running"),  # its final video comes by itself
    ("dubbing", "generating", {}, "Generating"),
    ("dubbing", "keeping", {}, "Saving"),
    ("submitting", "pending", {}, "Sending"),
    ("held", "pending", {}, "On hold"),
    ("unconfirmed", "pending", {}, "Unconfirmed"),
    ("awaiting", "pending", {}, "Awaiting approval"),
    ("refused", "pending", {}, "Refused"),
]


@pytest.mark.parametrize(("status", "language", "fields", "word"), STATES)
def test_a_cell_shows_the_status_of_the_language(
    viewer: Client, project: Project, people: People, address: str, status: str, language: str, fields: Any, word: str
) -> None:
    asset = rows.make_asset(project, people.owner, status=status, locales=[])
    rows.make_dubbing(asset, "de-DE", status=language, **fields)
    assert cell(text(viewer, address), asset, "de-DE") == f"German (Germany): {word}"


def test_a_language_that_waits_for_a_person_says_so_while_others_run(
    viewer: Client, project: Project, people: People, address: str
) -> None:
    asset = rows.make_asset(project, people.owner, locales=["fr-FR"], waits_for_person=True)
    rows.make_dubbing(asset, "de-DE", status="ready")
    assert cell(text(viewer, address), asset, "de-DE") == "German (Germany): Ready to edit"
    counts = coverage.totals(project.pk).counts
    assert (counts[CellState.PERSON], counts[CellState.RUNNING]) == (1, 1)


def test_what_is_far_overdue_is_stuck(viewer: Client, project: Project, people: People, address: str) -> None:
    past = timezone.now() - timedelta(hours=1)
    asset = rows.make_asset(project, people.owner, locales=["de-DE"], late_at=past, stuck_at=past)
    assert cell(text(viewer, address), asset, "de-DE") == "German (Germany): Stuck"


def test_what_is_overdue_is_late(viewer: Client, project: Project, people: People, address: str) -> None:
    past = timezone.now() - timedelta(hours=1)
    asset = rows.make_asset(project, people.owner, locales=["de-DE", "fr-FR"], late_at=past)
    asset.dubbings.filter(locale="fr-FR").update(status="completed")
    page = text(viewer, address)
    assert (cell(page, asset, "de-DE"), cell(page, asset, "fr-FR")) == (
        "German (Germany): Late",
        "French (France): Done",
    )


def test_columns_are_sorted_by_name_and_the_source_is_not_a_gap(
    viewer: Client, project: Project, people: People, address: str
) -> None:
    german = rows.make_asset(project, people.owner, source_locale="de-DE", locales=["es-ES", "pl-PL"])
    rows.make_asset(project, people.owner, locales=["de-DE", "nl-NL"])
    page = text(viewer, address)
    assert re.findall(r'id="head-(\w\w-\w\w)"', page) == ["nl-NL", "de-DE", "pl-PL", "es-ES"]
    assert cell(page, german, "de-DE") == "German (Germany): Source language"
    assert cell(page, german, "nl-NL") == "Dutch (Netherlands): Missing"


def test_totals_add_up_by_row_by_column_and_for_the_project(
    viewer: Client, project: Project, people: People, address: str
) -> None:
    rows.make_asset(project, people.owner, status="completed", locales=["de-DE", "fr-FR"])
    rows.make_asset(project, people.owner, status="dubbing", locales=["de-DE"])
    failed = rows.make_asset(project, people.owner, status="failed", locales=["fr-FR"], source_locale="de-DE")
    page = text(viewer, address)
    # Six cells, and one of them is the source of a film.
    assert "<strong>2 of 5</strong> done" in page
    assert 'title="German (Germany): 1 of 2 done"' in page
    assert 'title="French (France): 1 of 3 done"' in page
    assert f'id="done-{failed.pk}">0/1<' in page
    legend = re.findall(r'</span>([A-Z][\w ,]+) <span class="figure quiet">(\d+)<', page)
    assert legend == [("Done", "2"), ("Running", "1"), ("Failed", "1"), ("Missing", "1")]


def test_cells_lead_to_what_can_be_done(
    editor: Client, viewer: Client, project: Project, people: People, address: str
) -> None:
    result = rows.make_done(project, people.owner, locale="fr-FR")
    asset = result.version.dubbing.asset
    Asset.objects.filter(pk=asset.pk).update(status="partly_done")
    rows.make_dubbing(asset, "de-DE", status="failed")
    rows.make_dubbing(asset, "it-IT", status="preparing")
    page = text(editor, address)
    assert link(page, asset, "fr-FR") == reverse("version", args=[result.version_id])
    assert link(page, asset, "de-DE") == reverse("asset-missing", args=[asset.pk])
    assert link(page, asset, "it-IT") == reverse("asset", args=[asset.pk])
    assert link(text(viewer, address), asset, "de-DE") == reverse("asset", args=[asset.pk])


def test_an_earlier_attempt_is_not_what_is_played(
    viewer: Client, project: Project, people: People, address: str
) -> None:
    result = rows.make_done(project, people.owner, locale="fr-FR")
    Version.objects.filter(pk=result.version_id).update(superseded=True)
    asset = result.version.dubbing.asset
    assert link(text(viewer, address), asset, "fr-FR") == reverse("asset", args=[asset.pk])


def test_drafts_are_their_makers_alone(
    editor: Client, owner: Client, project: Project, people: People, address: str
) -> None:
    rows.make_asset(project, people.owner, status="completed", locales=["fr-FR"])
    draft = rows.make_asset(
        project, people.editor, status="draft", locales=[], name="Secret plans", typed={"targets": ["ja-JP", "fr-FR"]}
    )
    mine, theirs = text(editor, address), text(owner, address)
    assert cell(mine, draft, "ja-JP") == "Japanese (Japan): Draft"
    assert link(mine, draft, "fr-FR") == reverse("asset-edit", args=[draft.pk])
    for page in (theirs, text(owner, reverse("grid-csv", args=[project.pk]).replace(".csv", "/"), part="grid")):
        assert "Secret plans" not in page
        assert "ja-JP" not in page
    # A draft is in no total, not even in its maker's.
    assert "<strong>1 of 1</strong> done" in theirs
    assert "<strong>1 of 2</strong> done" in mine


@pytest.mark.parametrize("targets", [None, "de-DE", 5, {"de-DE": 1}, [5, None, ["x"]]])
def test_a_draft_with_odd_languages_is_shown_all_the_same(
    editor: Client, project: Project, people: People, address: str, targets: Any
) -> None:
    rows.make_asset(project, people.owner, status="completed", locales=["fr-FR"])
    draft = rows.make_asset(project, people.editor, status="draft", locales=[], typed={"targets": targets})
    assert cell(text(editor, address), draft, "fr-FR") == "French (France): Missing"


def test_an_empty_grid_teaches(editor: Client, viewer: Client, project: Project, people: People, address: str) -> None:
    assert "Add the first video" in text(editor, address)
    assert "Add the first video" not in text(viewer, address)
    rows.make_asset(project, people.editor, status="draft", locales=[])
    assert "Choose languages for a draft" in text(editor, address)


def make_many(project: Project, people: People, count: int) -> None:
    for number in range(count):
        rows.make_asset(project, people.owner, status="completed", locales=["de-DE", "fr-FR"], name=f"Film {number}")


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("query", ["", "?part=grid"])
def test_the_number_of_queries_does_not_grow(
    editor: Client, project: Project, people: People, address: str, query: str
) -> None:
    make_many(project, people, 3)
    few = queries(editor, address + query)
    make_many(project, people, 27)
    assert queries(editor, address + query) == few


def test_a_large_project_comes_in_pages(editor: Client, project: Project, people: People, address: str) -> None:
    make_many(project, people, coverage.PAGE + 2)
    page = text(editor, address)
    assert page.count('role="rowheader"') == coverage.PAGE
    assert "<strong>104 of 104</strong> done" in page
    older = re.search(r'href="([^"]*)" rel="next"', page)
    assert older
    last = text(editor, older[1])
    assert re.findall(r">(Film \d+)</a>", last) == ["Film 1", "Film 0"]
    assert 'rel="next"' not in last


@pytest.mark.parametrize("before", ["-1", "0", "x", "9" * 30, "1e5", "%00", "٣"])
def test_a_strange_page_is_the_first(
    editor: Client, project: Project, people: People, address: str, before: str
) -> None:
    make_many(project, people, 1)
    assert "Film 0" in text(editor, address, before=before)


def test_an_open_page_gets_only_changes(editor: Client, project: Project, people: People, address: str) -> None:
    asset = rows.make_asset(project, people.owner, locales=["de-DE"])

    def look(etag: str) -> Any:
        return editor.get(address, {"part": "grid"}, headers={"if-none-match": etag, "x-look": "again"})

    first = look("")
    assert first.status_code == 200
    assert look(first["ETag"]).status_code == 304
    asset.dubbings.update(status="failed")
    second = look(first["ETag"])
    assert (second.status_code, cell(second.content.decode(), asset, "de-DE")) == (200, "German (Germany): Failed")
    Asset.objects.filter(pk=asset.pk).update(name="Another name")
    assert look(second["ETag"]).status_code == 200


def test_opening_a_page_does_not_wait_for_slow_totals(
    editor: Client, project: Project, people: People, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "SLOW", -1.0)
    monkeypatch.setattr(coverage, "TIMES", 1e9)
    asset = rows.make_asset(project, people.owner, status="completed", locales=["de-DE"])
    assert "<strong>1 of 1</strong> done" in text(editor, address)
    asset.dubbings.update(status="failed")
    for query in ({}, {"part": "grid"}):
        page = text(editor, address, **query)
        assert "<strong>1 of 1</strong> done" in page
        assert cell(page, asset, "de-DE") == "German (Germany): Failed"  # the cells are always those of now
    monkeypatch.setattr(coverage, "TIMES", 0.0)  # a while later
    assert "<strong>1 of 1</strong> done" in text(editor, address)
    assert "<strong>0 of 1</strong> done" in text(editor, address, part="grid")
    assert "<strong>0 of 1</strong> done" in text(editor, address)


def test_the_grid_comes_as_csv_and_as_a_workbook(editor: Client, project: Project, people: People) -> None:
    rows.make_asset(project, people.owner, status="completed", locales=["de-DE"], name="=HYPERLINK(1)")
    rows.make_asset(project, people.owner, status="dubbing", locales=["fr-FR"], name="Zoë\x07")
    rows.make_asset(project, people.editor, status="draft", locales=[], name="Mine", typed={"targets": ["de-DE"]})
    rows.make_asset(project, people.owner, status="draft", locales=[], name="Not mine")
    head = ["Video", "Source language", "French (France) · fr-FR", "German (Germany) · de-DE", "Done", "Languages"]
    english = "English (United States)"
    expected = [
        ["Mine", english, "Missing", "Draft", "0", "2"],
        ["Zoë", english, "Dubbing", "Missing", "0", "2"],
        ["=HYPERLINK(1)", english, "Missing", "Done", "1", "2"],
    ]
    answer = editor.get(reverse("grid-csv", args=[project.pk]))
    assert answer["Content-Disposition"] == 'attachment; filename="grid-harbour.csv"'
    content = b"".join(answer).decode("utf-8-sig")
    assert [[cell.replace("\x07", "") for cell in row] for row in csv.reader(io.StringIO(content))] == [
        head, *expected[:2], ["'=HYPERLINK(1)", *expected[2][1:]]
    ]  # fmt: skip
    book = load_workbook(io.BytesIO(editor.get(reverse("grid-xlsx", args=[project.pk])).content))
    assert [[cell.value for cell in row] for row in book.active.iter_rows()] == [head, *expected]
    assert all(cell.data_type == "s" for row in book.active.iter_rows() for cell in row)


def test_a_file_reads_few_rows_at_a_time(
    editor: Client, project: Project, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "CHUNK", 2)
    make_many(project, people, 5)
    content = b"".join(editor.get(reverse("grid-csv", args=[project.pk]))).decode()
    assert re.findall(r"Film \d", content) == [f"Film {number}" for number in (4, 3, 2, 1, 0)]


def test_every_page_of_a_project_has_the_same_navigation(editor: Client, viewer: Client, project: Project) -> None:
    names = [
        "project-grid", "project", "batch-new", "project-reviews", "quality", "deliveries", "terms", "members",
        "usage", "project-settings",
    ]  # fmt: skip
    addresses = [reverse(name, args=[project.pk]) for name in names]
    for address in addresses:
        page = text(editor, address)
        tabs = re.findall(r'<a class="tab" href="([^"]*)" (aria-current="page")?>', page)
        assert tabs == [(other, 'aria-current="page"' if other == address else "") for other in addresses]
    assert addresses[2] not in text(viewer, addresses[0])
    assert '<span id="project-members-count"><span class="tab-count">3</span></span>' in text(viewer, addresses[0])


def test_what_runs_says_since_when_and_how_long_comparable_videos_took(
    editor: Client, people: People, project: Project, address: str
) -> None:
    cache.clear()
    noon = datetime(2026, 6, 10, 12, tzinfo=UTC)
    fields: dict[str, Any] = {"duration": 60.0, "submitted_at": noon}
    running = rows.make_asset(project, people.owner, locales=["de-DE"], **fields)
    done = rows.make_asset(project, people.owner, status="completed", locales=["fr-FR"], **fields)
    with time_machine.travel(noon + timedelta(minutes=3), tick=False):
        editor.force_login(people.editor)
        assert title(text(editor, address), running, "de-DE") == "German (Germany): Dubbing, since today 12:00"
        for took in (240, 240, 300, 300, 420):
            finished = noon - timedelta(hours=1)
            sent = finished - timedelta(seconds=took)
            past: dict[str, Any] = {"submitted_at": sent, "finished_at": finished, "duration": 60.0}
            rows.make_asset(project, people.owner, status="completed", locales=["de-DE"], **past)
        cache.clear()
        page = text(editor, address)
    assert title(page, running, "de-DE") == "German (Germany): Dubbing, since today 12:00, usually 5–7 min"
    assert title(page, done, "fr-FR") == "French (France): Done"


def in_order(text: str) -> list[str]:
    """The videos of a page of the grid."""
    return re.findall(r'<a href="/assets/\d+/(?:edit/)?" title="([^"]+)"', html.unescape(text))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Dock", "Cargo", "Buoy", "Anchor"]),
        ("sort=name", ["Anchor", "Buoy", "Cargo", "Dock"]),
        ("sort=due", ["Cargo", "Anchor", "Dock", "Buoy"]),
        ("sort=attention", ["Cargo", "Dock", "Buoy", "Anchor"]),
        ("status=problems", ["Cargo"]),
        ("tag=Spring", ["Buoy", "Anchor"]),
        ("tag=Spring&sort=name", ["Anchor", "Buoy"]),
        ("q=anch", ["Anchor"]),
        ("q=nothing", []),
    ],
)
@pytest.mark.parametrize("size", [2, 50])
def test_the_grid_and_its_files_are_filtered_and_sorted_as_the_address_says(
    editor: Client, people: People, monkeypatch: pytest.MonkeyPatch, size: int, query: str, expected: list[str]
) -> None:
    monkeypatch.setattr(coverage, "PAGE", size)
    monkeypatch.setattr(coverage, "CHUNK", size)
    for name, status, due, tag in (
        ("Anchor", "completed", date(2026, 3, 1), "Spring"),
        ("Buoy", "dubbing", None, "Spring"),
        ("Cargo", "failed", date(2026, 2, 1), ""),
        ("Dock", "completed", None, ""),
    ):
        asset = rows.make_asset(people.project, people.owner, name=name, status=status, due_on=due)
        if tag:
            details.add_tag(asset, tag, people.owner)
    address = reverse("project-grid", args=[people.project.pk])
    names, next_page = [], f"{address}?{query}"
    while next_page:
        text = editor.get(next_page).content.decode()
        names += in_order(text)
        older = re.search(r'href="([^"]*)" rel="next"', html.unescape(text))
        next_page = older[1] if older else ""
        assert not older or all(part in older[1] for part in query.split("&"))
    assert names == expected
    table = b"".join(editor.get(f"{reverse('grid-csv', args=[people.project.pk])}?{query}")).decode()
    assert [line.split(",")[0] for line in table.splitlines()[1:]] == expected


def test_a_filtered_grid_is_sent_again_only_when_something_moved(
    editor: Client, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    asset = rows.make_asset(people.project, people.owner, name="Anchor", status="dubbing")
    part = f"{reverse('project-grid', args=[people.project.pk])}?sort=name&part=grid"
    etag = editor.get(part)["ETag"]
    assert editor.get(part, headers={"If-None-Match": etag}).status_code == 304
    asset.dubbings.update(status="failed")
    answer = editor.get(part, headers={"If-None-Match": etag})
    assert answer.status_code == 200
    assert "is-failed" in answer.content.decode()


@pytest.mark.parametrize("query", ["", "sort=name&"])
def test_the_counts_beside_the_filters_follow_the_grid(
    editor: Client, people: People, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)
    rows.make_asset(people.project, people.owner, locales=["es-ES"], status="dubbing")
    part = f"{reverse('project-grid', args=[people.project.pk])}?{query}part=grid"
    first = editor.get(part)
    assert "es-ES (1)" in first.content.decode()
    other = rows.make_asset(people.project, people.owner, locales=["es-ES"], status="dubbing")
    rows.make_event(other, "created")
    answer = editor.get(part, headers={"If-None-Match": first["ETag"]})
    assert "es-ES (2)" in answer.content.decode()
    assert 'id="grid-filters" data-typed' in answer.content.decode()


def test_a_machine_that_stalls_while_it_counts_a_small_project_keeps_no_old_totals(
    editor: Client, people: People, project: Project, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coverage, "SLOW", 0.05)
    rows.make_asset(project, people.owner, status="completed", locales=["de-DE"])
    moments = itertools.count(step=60.0)
    monkeypatch.setattr("dubbing.submissions.coverage.time.monotonic", lambda: next(moments))
    assert "<strong>1 of 1</strong> done" in text(editor, address)
    rows.make_asset(project, people.owner, status="completed", locales=["de-DE"])
    assert "<strong>2 of 2</strong> done" in text(editor, address)


# --- reviews


@pytest.mark.parametrize(
    ("status", "label"),
    [
        ("to_review", "To review"),
        ("changes_requested", "Changes requested"),
        ("reviewed", "Waiting for an owner"),
        ("approved", "Approved"),
        ("out_of_date", "Out of date"),
        ("waiting", "Done"),
    ],
)
def test_a_cell_shows_the_review_status_of_a_final_video(
    viewer: Client, people: People, project: Project, address: str, status: str, label: str
) -> None:
    asset = rows.make_asset(project, people.editor, status="completed", locales=["de-DE", "fr-FR"])
    rows.make_review(asset.dubbings.get(locale="de-DE"), status=status)
    page = text(viewer, address)
    assert cell(page, asset, "de-DE") == f"German (Germany): {label}"
    assert cell(page, asset, "fr-FR") == "French (France): Done"
    assert "<strong>2 of 2</strong> done" in page
    assert ("<strong>1</strong> approved" in page) == (status == "approved")
    exported = b"".join(viewer.get(reverse("grid-csv", args=[project.pk]))).decode("utf-8-sig")
    assert label in exported.splitlines()[1]


def test_a_doubtful_length_takes_precedence_over_a_review_until_approval(
    viewer: Client, people: People, project: Project, address: str
) -> None:
    asset = rows.make_asset(project, people.editor, status="completed", locales=[])
    review = rows.make_review(rows.make_dubbing(asset, "de-DE", status="completed", warning="shorter"))
    assert cell(text(viewer, address), asset, "de-DE").endswith("Done, check length")
    review.status, review.result_sha256 = "approved", "a" * 64
    review.save()
    assert cell(text(viewer, address), asset, "de-DE").endswith("Approved")


def test_what_is_made_again_is_not_shown_as_approved(
    viewer: Client, people: People, project: Project, address: str
) -> None:
    asset = rows.make_asset(project, people.editor, status="dubbing", locales=[])
    rows.make_review(rows.make_dubbing(asset, "de-DE", status="generating"), status="approved")
    assert not cell(text(viewer, address), asset, "de-DE").endswith("Approved")


def test_a_decision_is_seen_by_an_open_grid(viewer: Client, people: People, project: Project, address: str) -> None:
    asset = rows.make_asset(project, people.editor, status="completed", locales=["de-DE"])
    review = rows.make_review(asset.dubbings.get())
    first = viewer.get(address, {"part": "grid"})
    assert viewer.get(address, {"part": "grid"}, headers={"if-none-match": first["ETag"]}).status_code == 304
    review.status, review.result_sha256 = "approved", "a" * 64
    review.save()
    again = viewer.get(address, {"part": "grid"}, headers={"if-none-match": first["ETag"]})
    assert "German (Germany): Approved" in again.content.decode()


def offered(page: str, name: str) -> list[str]:
    """What a filter of the grid offers, with its counts."""
    select = re.search(rf'<select[^>]* name="{name}".*?</select>', html.unescape(page), re.DOTALL)
    assert select
    return re.findall(r"<option[^>]*>([^<]*)</option>", select[0])


def reviewed_films(project: Project, people: People) -> None:
    """Three videos whose reviews stand in different places."""
    for name, german, french in (
        ("Anchor", "to_review", "approved"),
        ("Buoy", "to_review", "changes_requested"),
        ("Cargo", "out_of_date", "to_review"),
    ):
        asset = rows.make_asset(project, people.owner, name=name, status="completed", locales=["de-DE", "fr-FR"])
        for code, status in (("de-DE", german), ("fr-FR", french)):
            rows.make_review(asset.dubbings.get(locale=code), status=status)
    made_again = rows.make_asset(project, people.owner, name="Dock", status="dubbing", locales=[])
    rows.make_review(rows.make_dubbing(made_again, "de-DE", status="generating"), status="approved")


@pytest.mark.parametrize("size", ["small", "large", "more than a look"])
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"review": "to_review"}, ["Cargo", "Buoy", "Anchor"]),
        ({"review": "to_review", "language": "de-DE"}, ["Buoy", "Anchor"]),
        ({"review": "to_review", "language": "fr-FR", "sort": "name"}, ["Cargo"]),
        ({"review": "changes_requested"}, ["Buoy"]),
        ({"review": "approved"}, ["Anchor"]),
        ({"review": "out_of_date"}, ["Cargo"]),
        ({"review": "reviewed"}, []),
        ({"review": "nonsense"}, ["Dock", "Cargo", "Buoy", "Anchor"]),
    ],
    ids=str,
)
def test_the_grid_filters_videos_by_review_status(
    viewer: Client,
    people: People,
    project: Project,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    size: str,
    query: dict[str, str],
    expected: list[str],
) -> None:
    reviewed_films(project, people)
    if size != "small":
        monkeypatch.setattr(video_list, "FACETED", 1)
        monkeypatch.setattr(video_list, "RECENT", 1)
    if size == "more than a look":
        monkeypatch.setattr(video_list, "_reviewed", lambda *_: None)
    assert in_order(text(viewer, address, **query)) == expected


def test_every_filter_of_the_grid_says_how_many_there_are_under_all_the_others(
    viewer: Client, people: People, project: Project, address: str
) -> None:
    reviewed_films(project, people)
    page = text(viewer, address)
    counts = ["To review (3)", "Changes requested (1)", "Waiting for an owner (0)", "Approved (1)", "Out of date (1)"]
    assert offered(page, "review") == ["Any review", *counts]
    assert offered(page, "language") == ["Any language", "French (France) · fr-FR (3)", "German (Germany) · de-DE (4)"]
    assert "Done (3)" in offered(page, "status")
    german = text(viewer, address, review="to_review", language="de-DE")
    assert offered(german, "review")[1:3] == ["To review (2)", "Changes requested (0)"]
    # Each language counts its own reviews: what is to review in French is not in German.
    assert offered(german, "language")[1:] == ["French (France) · fr-FR (1)", "German (Germany) · de-DE (2)"]
    assert "Done (2)" in offered(german, "status")


def test_strangers_drafts_are_in_no_count_of_the_grid(
    viewer: Client, people: People, project: Project, address: str
) -> None:
    rows.make_asset(project, people.owner, status="completed", locales=["de-DE"])
    rows.make_asset(project, people.editor, status="draft", locales=["fr-FR"])
    page = text(viewer, address)
    assert offered(page, "language") == ["Any language", "German (Germany) · de-DE (1)"]
