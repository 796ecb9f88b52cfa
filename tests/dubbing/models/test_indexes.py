"""What is asked all the time is found by an index: small data, and what the database says it would do."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dubbing import tasks
from dubbing.assets import details
from dubbing.minutes import settlement
from dubbing.minutes.settlement import close_due
from dubbing.models import Asset, Dubbing, Event, LedgerEntry, Project, Review, Submission, Upload, Version, text_search
from dubbing.uploads import reverification
from dubbing.web.shared import asset_lists, review_lists
from dubbing.web.work import page as work_page
from tests.support import rows
from tests.support.journey import touch
from tests.support.minutes import kinds, order

pytestmark = pytest.mark.django_db


def plan(asked: QuerySet[Any]) -> str:
    """How the database would look for it, if it had a reason to."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
    return asked.explain()


def test_languages_waiting_for_a_person_are_found_without_reading_every_row() -> None:
    waiting = Asset.objects.filter(waits_for_person=True)
    mine = waiting.filter(created_by=1, submitted_at__gte=timezone.now()).order_by("submitted_at", "pk")
    said = plan(mine.values("pk")[:500])
    assert "asset_waits_by_maker" in said or (connection.vendor == "postgresql" and "Index Cond" in said)
    assert not re.search(r"SCAN dubbing_\w+(?! USING)|Seq Scan|TEMP B-TREE", said), said


@pytest.mark.parametrize(
    ("asked", "index"),
    [
        (lambda: Version.objects.due_for_revise().order_by("next_revise_at")[:500], "version_to_be_revised"),
        (lambda: Upload.objects.due_for_preview().order_by("next_at")[:500], "upload_by_preview"),
        (lambda: Version.objects.due_for_keep().order_by("next_keep_at")[:500], "version_by_keep"),
        (lambda: Asset.objects.due_for_sync().order_by("next_poll_at")[:500], "asset_by_next_poll"),
        (lambda: Submission.objects.due().order_by("next_at")[:500], "submission_by_due"),
        (lambda: Upload.objects.due_for_examination().order_by("next_at")[:500], "upload_by_due"),
        (lambda: Upload.objects.filter(key__in=["a", "b"]), "upload_by_key"),
        (lambda: Event.objects.filter(kind="length_differs").order_by().values("asset"), "event_of_other_length"),
        (lambda: reverification._older().order_by("verification", "pk")[:500], "upload_by_verification"),
    ],
    ids=["revise", "preview", "keep", "sync", "submit", "examine", "keys", "lengths", "verify again"],
)
def test_nothing_due_is_known_without_reading_every_row(asked: Callable[[], QuerySet[Any]], index: str) -> None:
    said = plan(asked())
    # With a handful of rows PostgreSQL takes any index that there is.
    assert index in said or (connection.vendor == "postgresql" and "Index Cond" in said)
    assert not re.search(r"SCAN dubbing_\w+\b(?! USING)|Seq Scan", said), said


@pytest.mark.skipif(connection.vendor != "sqlite", reason="about SQLite's statistics")
@pytest.mark.parametrize("address", ["/", "/projects/", "/projects/{project}/", "/versions/{version}/"])
def test_no_page_reads_all_videos_row_by_row_after_the_tables_were_analyzed(
    project: Project, user: User, client: Client, address: str
) -> None:
    kept = rows.make_done(project, user).version
    many = [Asset(project=project, created_by=user, status="failed", submitted_at=timezone.now()) for _ in range(2000)]
    Asset.objects.bulk_create(many)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client.force_login(user)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address.format(project=project.pk, version=kept.pk)).status_code == 200
    for query in queries:
        if query["sql"].startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql'].replace('%', '%%')}")
                steps = {step: (under, detail) for step, under, _, detail in cursor.fetchall()}
            for under, detail in steps.values():
                around = steps.get(under, (0, ""))[1]
                lists_all = around.startswith("LIST SUBQUERY") and " W0 " in detail and "rowid=" not in detail
                scans_for_each = around.startswith(("CORRELATED", "CO-ROUTINE heads")) and detail in (
                    "SCAN U0",
                    "SCAN V0",
                )
                assert not lists_all, query["sql"]
                assert not scans_for_each, query["sql"]


def test_open_reservations_and_languages_to_settle_have_their_own_indexes(db: None) -> None:
    assert "ledger_reserved" in plan(LedgerEntry.objects.open_reservations().order_by("id").values("asset")[:500])
    done = Dubbing.objects.filter(status=Dubbing.Status.COMPLETED, booked=False).order_by("-id").values("pk")[:10]
    assert "dubbing_to_be_booked" in plan(done)


def test_closed_reservations_are_not_checked_again(project: Project, user: User) -> None:
    asset = order(project, user, "es-ES", seconds=60)
    assert list(LedgerEntry.objects.open_reservations().values_list("asset", flat=True)) == [asset.pk]
    asset.submissions.update(status=Submission.Status.ACCEPTED)
    asset.dubbings.update(status=Dubbing.Status.COMPLETED)
    assert close_due() == 1
    assert not LedgerEntry.objects.open_reservations().exists()
    assert not LedgerEntry.objects.filter(kind="reserve", closed=False).exists()
    assert not Dubbing.objects.filter(booked=False).exists()


def test_reservations_closed_elsewhere_are_marked(project: Project, user: User) -> None:
    asset = order(project, user, "es-ES", seconds=60)
    asset.dubbings.update(status=Dubbing.Status.COMPLETED)
    close_due()
    with connection.cursor() as cursor:  # as a restored copy, or rows from elsewhere, would have it
        cursor.execute("UPDATE dubbing_ledgerentry SET closed = %s", [False])
        cursor.execute("UPDATE dubbing_dubbing SET booked = %s", [False])
    assert close_due() == 0
    assert LedgerEntry.objects.get(kind="reserve").closed
    assert Dubbing.objects.get().booked


def test_what_succeeds_after_it_was_reserved_and_released_is_settled(project: Project, user: User) -> None:
    asset = order(project, user, "es-ES", seconds=60)
    asset.submissions.update(status=Submission.Status.ACCEPTED)
    for status, closed in (("failed", 1), ("completed", 1)):
        asset.dubbings.update(status=status)
        assert close_due() == closed
    assert [kind for _, kind, _ in kinds(asset)] == ["reserve", "release", "reserve", "settle"]
    assert close_due() == 0


def test_many_that_have_nothing_to_book_do_not_hide_one_that_has(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement, "_WINDOW", 3)
    asset = order(project, user, "es-ES", seconds=60)
    asset.submissions.update(status=Submission.Status.REFUSED)
    asset.dubbings.update(status=Dubbing.Status.FAILED)
    close_due()
    for _ in range(7):  # from before there was a ledger
        rows.make_asset(project, user, status="completed")
    asset.dubbings.update(status=Dubbing.Status.COMPLETED)
    assert sum(close_due() for _ in range(4)) == 1


def test_closing_takes_a_fixed_number_of_queries_when_nothing_is_due(project: Project, user: User) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            close_due()
        return len(queries)

    order(project, user, "es-ES", seconds=60)
    few = asked()
    for _ in range(5):
        order(project, user, "es-ES", "fr-FR", seconds=60)
    assert asked() == few < 6


# --- names


def named(project: Project, user: User, words: str, **more: Any) -> list[str]:
    chosen: dict[str, Any] = {"before": None, "statuses": None, "project": project.pk} | more
    page = asset_lists.page(Asset.objects.in_project(project.pk, user), query=words, **chosen)
    return [row.asset.name for row in page.rows]


@pytest.fixture
def films(project: Project, user: User) -> list[Asset]:
    names = ["Harbour tour", "Lighthouse", 'The "old" harbour', "100 % sea_side", "ÉTÉ à Paris", "x'; DROP TABLE"]
    return [rows.make_asset(project, user, name=name) for name in names]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("harbour", ['The "old" harbour', "Harbour tour"]),
        ("ARBO", ['The "old" harbour', "Harbour tour"]),
        ('"old"', ['The "old" harbour']),
        ("% sea_", ["100 % sea_side"]),
        ("aXs", []),
        ("r t", ["Harbour tour"]),
        ("été", ["ÉTÉ à Paris"]),
        ("'; DROP", ["x'; DROP TABLE"]),
        ("AND OR NOT", []),
        ("ht", ["Lighthouse"]),
        ("té", ["ÉTÉ à Paris"]),
        ("%", ["100 % sea_side"]),
    ],
)
def test_a_name_is_found_by_any_part_of_it(
    films: list[Asset], project: Project, user: User, words: str, expected: list[str]
) -> None:
    assert named(project, user, words) == expected


def test_a_name_that_changes_is_found_by_the_new_one(films: list[Asset], project: Project, user: User) -> None:
    Asset.objects.filter(pk=films[0].pk).update(name="Airport")
    films[1].delete()
    assert named(project, user, "harbour") == ['The "old" harbour']
    assert named(project, user, "airport") == ["Airport"]
    assert named(project, user, "lighthouse") == []


def test_names_are_found_by_an_index(films: list[Asset], project: Project, user: User) -> None:
    if connection.vendor == "postgresql":
        # Alone: of a handful of rows every way is the shortest.
        assert "asset_by_name" in plan(Asset.objects.filter(name__icontains="lighthouse").order_by())
        return
    with CaptureQueriesContext(connection) as queries:
        named(project, user, "lighthouse")
    assert any("MATCH" in one["sql"] for one in queries)
    assert not any("LIKE" in one["sql"] for one in queries)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite's own index")
def test_a_migration_that_drops_the_triggers_does_not_leave_names_unfound(
    films: list[Asset], project: Project, user: User
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER dubbing_asset_renamed")
        cursor.execute("DROP TRIGGER dubbing_asset_renamed_in_project")
    Asset.objects.filter(pk=films[0].pk).update(name="Airport")
    call_command("migrate", verbosity=0)
    assert named(project, user, "airport") == ["Airport"]
    assert named(project, user, "harbour tour") == []


def test_a_search_shows_nobody_the_drafts_of_others(project: Project, user: User, people: Any) -> None:
    rows.make_asset(project, user, status="draft", name="Secret lighthouse")
    for words in ("lighthouse", "li"):
        assert named(project, user, words) == ["Secret lighthouse"]
        assert named(project, people.owner, words) == []


def test_a_search_stays_in_its_project(project: Project, people: Any) -> None:
    elsewhere = rows.make_project("Another", owner=people.outsider)
    rows.make_asset(elsewhere, people.outsider, name="Their lighthouse")
    for words in ("lighthouse", "li"):
        assert named(project, people.owner, words) == []


def test_pages_of_what_was_found_follow_one_another(project: Project, user: User) -> None:
    for number in range(7):
        rows.make_asset(project, user, name=f"Harbour {number}")
    for words in ("harbour", "ha"):
        seen: list[str] = []
        before: int | None = None
        while True:
            assets = Asset.objects.in_project(project.pk, user)
            page = asset_lists.page(assets, before=before, statuses=None, query=words, size=3)
            seen += [row.asset.name for row in page.rows]
            before = page.next_before
            if not before:
                break
        assert seen == [f"Harbour {number}" for number in reversed(range(7))]


def test_a_name_goes_with_its_asset_to_another_project(films: list[Asset], project: Project, user: User) -> None:
    other = rows.make_project("Another", owner=user)
    Asset.objects.filter(pk=films[0].pk).update(project=other)
    assert named(project, user, "harbour") == ['The "old" harbour']
    assert named(other, user, "harbour") == ["Harbour tour"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is told which index to use")
def test_a_word_that_only_other_projects_have_is_not_looked_for_in_every_name(project: Project, user: User) -> None:
    other = rows.make_project("Another", owner=user)
    Asset.objects.bulk_create(
        Asset(project=at, created_by=user, name=name)
        for at, name, many in ((project, "Old mill", 8000), (other, "Harbour tour", 1000))
        for _ in range(many)
    )
    with CaptureQueriesContext(connection) as queries:
        assert named(project, user, "harbour") == []
    search = next(one["sql"] for one in queries if "HARBOUR" in one["sql"].upper())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE dubbing_asset")
        cursor.execute(f"EXPLAIN (ANALYZE) {search}")
        found = "\n".join(line for (line,) in cursor.fetchall())
    assert "Bitmap Index Scan on asset_by_name_in_project" in found
    assert "Rows Removed" not in found


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL chooses among its indexes by itself")
def test_a_search_in_a_project_never_reads_names_of_other_projects(project: Project, user: User) -> None:
    rows.make_asset(project, user, name="Harbour tour")
    with CaptureQueriesContext(connection) as queries:
        assert named(project, user, "harbour") == ["Harbour tour"]
    search = next(one["sql"] for one in queries if "MATCH" in one["sql"])
    assert "dubbing_project_names" in search
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {search}")
        plans = [str(row[-1]) for row in cursor.fetchall()]
    # Words, and a number above and below: the index begins to read at the project's last and ends at its first.
    assert re.search(r"VIRTUAL TABLE INDEX \d+:[<>M]*M[<>M]*", plans[0]), plans
    assert {"<", ">"} <= set(plans[0]), plans


def test_of_words_in_one_status_no_page_is_empty_before_the_last(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_lists, "NEAR", 3)
    for name in ("Lighthouse 1", "Lighthouse 2", "Harbour", "Zebra", "Lighthouse 3", "Harbour", "Zebra"):
        rows.make_asset(project, user, name=name, status="failed")
        rows.make_asset(project, user, name="Lighthouse", status="completed")
    found: list[list[str]] = []
    before: int | None = None
    while before != 0:
        assets = Asset.objects.in_project(project.pk, user)
        chosen: dict[str, Any] = {"before": before, "statuses": ["failed", "refused"], "project": project.pk}
        page = asset_lists.page(assets, query="lighthouse", size=2, **chosen)
        found.append([row.asset.name for row in page.rows])
        before = page.next_before
    assert found == [["Lighthouse 3", "Lighthouse 2"], ["Lighthouse 1"]]


def test_words_in_a_status_with_few_assets_are_not_asked_of_every_name(project: Project, user: User) -> None:
    """Of a word that most names have, the index would be walked to its end to find that none is in that status."""
    rows.make_asset(project, user, name="Harbour", status="completed")
    with CaptureQueriesContext(connection) as queries:
        assert named(project, user, "harbour", statuses=["refused"]) == []
    assert not any("MATCH" in one["sql"] for one in queries)


def test_a_short_word_is_searched_a_few_thousand_names_at_a_time(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asset_lists, "NEAR", 3)
    rows.make_asset(project, user, name="Zebra")
    for number in range(4):
        rows.make_asset(project, user, name=f"Harbour {number}")
    assets = Asset.objects.in_project(project.pk, user)
    first = asset_lists.page(assets, before=None, statuses=None, query="ze")
    assert first.rows == []
    second = asset_lists.page(assets, before=first.next_before, statuses=None, query="ze")
    assert [row.asset.name for row in second.rows] == ["Zebra"]


@pytest.mark.parametrize("page", ["event", "dubbing", "callback"])
def test_the_filters_of_the_admin_do_not_gather_what_every_row_has(client: Client, page: str) -> None:
    client.force_login(User.objects.create_superuser("ops"), backend="dubbing.accounts.authentication.PersonBackend")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"/admin/dubbing/{page}/").status_code == 200
    assert not [one["sql"] for one in queries if "DISTINCT" in one["sql"] and "LIMIT" not in one["sql"]]


def test_what_was_sent_again_is_found_by_an_index(client: Client, project: Project, user: User) -> None:
    """SQLite, told that most assets are copies of none, made an index of its own for each status."""
    with CaptureQueriesContext(connection) as queries:
        work_page.build(user)
    assert not [one["sql"] for one in queries if 'LEFT OUTER JOIN "dubbing_asset"' in one["sql"]]


# --- words of subtitles, tags, reviews


def plans(asked: Callable[[], object], table: str) -> str:
    """How the database would look for what names this table."""
    with CaptureQueriesContext(connection) as queries:
        asked()
    begun = "EXPLAIN" if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        lines = []
        for query in queries:
            if table in query["sql"]:
                cursor.execute(f"{begun} {query['sql']}")
                lines += [str(row[-1]) for row in cursor.fetchall()]
    assert lines
    return "\n".join(lines)


@pytest.mark.parametrize("query", ["harbour", "harbour lighthouse"])
def test_words_of_subtitles_are_found_by_an_index_that_knows_the_project(
    project: Project, user: User, query: str
) -> None:
    for number in range(3):
        asset = rows.make_asset(project, user, source_srt=rows.SRT.replace("Hola", f"Harbour {number}"))
        text_search.refresh(asset.pk)
    if connection.vendor == "postgresql":
        said = plans(lambda: text_search.newest(project.pk, query, 10, before=10**6), "dubbing_words_of_part")
        assert "Bitmap Index Scan on subtitle_words_in_part" in said
        assert "Seq Scan" not in said
        assert "Filter: (dubbing_words_of_part" not in said
        return
    said = plans(lambda: text_search.newest(project.pk, query, 10, before=10**6), "MATCH")
    # Words, and a number above and below.
    assert re.search(r"VIRTUAL TABLE INDEX \d+:[<>M]*M[<>M]*", said), said
    assert {"<", ">"} <= set(said), said
    assert "TEMP B-TREE" not in said


@pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL has an index of parts")
def test_words_are_found_in_every_part_the_newest_first(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = rows.make_asset(project, user, source_srt=rows.SRT)
    last = Asset(pk=first.pk + (40 << text_search.PART_BITS), project=project, created_by=user, source_srt=rows.SRT)
    last.status = Asset.Status.COMPLETED
    last.save()
    for asset in (first, last):
        text_search.refresh(asset.pk)
    word = text_search.words_of(rows.SRT)[0]
    assert text_search.newest(project.pk, word, 10) == [last.pk, first.pk]
    assert text_search.newest(project.pk, word, 1) == [last.pk]
    assert text_search.newest(project.pk, word, 10, before=last.pk) == [first.pk]
    assert text_search.among(Asset.objects.filter(pk=first.pk), project.pk, word) == {first.pk}


def test_known_tags_are_those_of_what_somebody_sees_and_are_found_by_an_index(
    project: Project, user: User, people: Any
) -> None:
    details.add_tag(rows.make_asset(project, user), "Series", user)
    details.add_tag(rows.make_asset(project, user, status="draft", locales=[]), "Secret", user)
    details.add_tag(rows.make_asset(project, user, trashed_at=timezone.now()), "Old", user)
    assert details.known_tags(project.pk, user) == ["Secret", "Series"]
    assert details.known_tags(project.pk, people.owner) == ["Series"]
    if connection.vendor == "sqlite":  # a migration makes it, and these tables are made from models
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX tagged_asset_by_tag ON dubbing_asset_tags (tag_id, asset_id)")
    said = plans(lambda: details.known_tags(project.pk, people.owner), "dubbing_asset_tags")
    assert "tagged_asset_by_tag" in said
    assert not re.search(r"SCAN dubbing_(?!tag\b)\w+(?! USING)|Seq Scan on dubbing_asset", said), said


def test_reviews_that_wait_for_an_owner_are_found_by_an_index(user: User) -> None:
    waiting = Review.objects.filter(project__in=[1, 2], status="reviewed").order_by().values("pk")[:10]
    with connection.cursor() as cursor:  # SQLite would rather read all, once it knows how many a project has
        cursor.execute("ANALYZE dubbing_review")
    assert not re.search(r"SCAN dubbing_review(?! USING)|Seq Scan", plan(waiting))
    indexes = connection.introspection.get_constraints(connection.cursor(), "dubbing_review")
    assert "review_for_an_owner" in indexes


# --- the scheduler


def test_due_asks_once_for_each_kind_of_thing(project: Project, user: User) -> None:
    def asked() -> tuple[int, int]:
        with CaptureQueriesContext(connection) as queries:
            found = len(list(tasks.due()))
        return found, len(queries)

    nothing, few = asked()
    for _ in range(7):
        touch(rows.make_asset(project, user), next_poll_at=timezone.now() - timedelta(seconds=1))
    assert (nothing, *asked()) == (0, 7, few)
    assert few < 15


# --- reviews


def test_reviews_of_a_person_and_those_without_a_reviewer_are_walked_along_an_index(
    project: Project, user: User
) -> None:
    asked = {
        "review_by_reviewer": review_lists._mine(user).order_by("due_at", "pk").values("pk")[:500],
        "review_without_reviewer": review_lists._unassigned(user)
        .filter(project=project)
        .order_by("pk")
        .values("pk")[:9],
        "review_came_back": review_lists._returned(user).order_by("pk").values("pk")[:500],
        "review_by_status": Review.objects.filter(project=1, status="approved").order_by("-pk").values("pk")[:50],
        "review_by_project": Review.objects.filter(project=1).order_by("-pk").values("pk")[:50],
    }
    for index, queryset in asked.items():
        text = plan(queryset)
        assert index in text or (connection.vendor == "postgresql" and "Index" in text), text
        assert not re.search(r"SCAN dubbing_\w+(?! USING)|Seq Scan|TEMP B-TREE", text), text
