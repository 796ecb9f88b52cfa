"""Polls of open pages at which nothing moved: answered before anybody is asked who looks."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from dubbing.models import Asset, Batch, BatchRow
from portal import page_polling
from tests.support import rows
from tests.support.people import People, client_of


@pytest.fixture(autouse=True)
def _always_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No text is good for the next look as well, unless a test says so."""
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 0.0)


@pytest.fixture
def asset(people: People) -> Asset:
    return rows.make_asset(people.project, people.owner)


def look(client: Client, asset: Asset, etag: str = "", *, again: bool = True) -> Any:
    headers = {"if-none-match": etag} | ({"x-look": "again"} if again else {})
    return client.get(reverse("asset-status", args=[asset.pk]), headers=headers)


def queries(client: Client, asset: Asset, etag: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert look(client, asset, etag).status_code == 304
    return len(asked)


def test_a_routine_poll_takes_one_query(viewer: Client, asset: Asset) -> None:
    etag = look(viewer, asset)["ETag"]
    assert queries(viewer, asset, etag) == 1


def test_many_polls_at_one_moment_share_one_query(
    viewer: Client, editor: Client, asset: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.page_polling.FRESH_SECONDS", 60.0)
    etag = look(viewer, asset)["ETag"]
    assert queries(viewer, asset, etag) == 0


def test_a_change_is_seen_by_the_next_poll(viewer: Client, asset: Asset) -> None:
    first = look(viewer, asset)
    Asset.objects.filter(pk=asset.pk).update(status="ready")
    second = look(viewer, asset, first["ETag"])
    assert second.status_code == 200
    assert "Ready to edit" in second.content.decode()
    assert queries(viewer, asset, second["ETag"]) == 1


def test_the_short_answer_says_what_the_long_one_says(viewer: Client, asset: Asset) -> None:
    etag = look(viewer, asset)["ETag"]
    long, short = look(viewer, asset, etag, again=False), look(viewer, asset, etag)
    names = ("ETag", "Poll-After", "Cache-Control")
    assert [short[name] for name in names] == [long[name] for name in names]
    # A browser goes on with the other headers of the answer that it keeps, and this one has nothing they could guard.
    assert (short.content, "Content-Security-Policy" in long) == (b"", True)


@pytest.mark.parametrize("etag", ["", '"another"', "W/nonsense"])
def test_a_page_that_shows_something_else_gets_the_full_answer(viewer: Client, asset: Asset, etag: str) -> None:
    look(viewer, asset)
    assert look(viewer, asset, etag).status_code == 200


def test_people_who_come_back_are_identified_again(asset: Asset, people: People) -> None:
    former = client_of(people.editor)
    etag = look(former, asset)["ETag"]
    people.project.memberships.filter(user=people.editor).delete()
    assert look(former, asset, etag).status_code == 304
    assert look(former, asset, etag, again=False).status_code == 404


def test_after_a_while_everybody_is_identified_again(
    asset: Asset, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.page_polling.KNOWN_SECONDS", 0.0)
    former = client_of(people.editor)
    etag = look(former, asset)["ETag"]
    people.project.memberships.filter(user=people.editor).delete()
    assert look(former, asset, etag).status_code == 404


def test_nobody_has_the_answer_of_another_session(viewer: Client, asset: Asset, people: People) -> None:
    etag = look(viewer, asset)["ETag"]
    assert look(client_of(people.outsider), asset, etag).status_code == 404
    assert look(Client(), asset, etag).status_code == 302
    viewer.logout()
    assert look(viewer, asset, etag).status_code == 302


def test_a_former_member_does_not_learn_what_changed(asset: Asset, people: People) -> None:
    former = client_of(people.editor)
    etag = look(former, asset)["ETag"]
    people.project.memberships.filter(user=people.editor).delete()
    Asset.objects.filter(pk=asset.pk).update(status="ready")
    assert look(former, asset, etag).status_code == 404


def test_rows_that_wait_for_a_check_are_checked_by_the_next_poll(editor: Client, people: People) -> None:
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    draft = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    row = BatchRow.objects.create(batch=batch, number=1, asset=draft, stale=False)
    path = reverse("batch-status", args=[batch.pk])
    etag = editor.get(path)["ETag"]
    BatchRow.objects.filter(pk=row.pk).update(stale=True)
    editor.get(path, headers={"if-none-match": etag, "x-look": "again"})
    row.refresh_from_db()
    assert (row.stale, row.checks) == (False, 1)


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_polls_are_answered_like_this(viewer: Client, asset: Asset, method: str) -> None:
    etag = look(viewer, asset)["ETag"]
    path = reverse("asset-status", args=[asset.pk])
    answer = getattr(viewer, method)(path, headers={"if-none-match": etag, "x-look": "again"})
    assert answer.status_code == 405


def test_addresses_as_long_as_a_header_can_be_take_little_memory(viewer: Client, asset: Asset) -> None:
    etag = look(viewer, asset)["ETag"]
    for number in range(3):
        address = f"{reverse('asset-status', args=[asset.pk])}?{number}={'x' * 5000}"
        for headers in ({"if-none-match": etag}, {"if-none-match": etag, "x-look": "again"}):
            assert viewer.get(address, headers=headers).status_code == 304
    with CaptureQueriesContext(connection) as asked:
        viewer.get(address, headers={"if-none-match": etag, "x-look": "again"})
    assert len(asked) == 1
    assert max(len(known) for _session, known in page_polling._known._held) <= page_polling.LONGEST
