from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dubbing.providers import base
from dubbing.providers.base import Listing
from dubbing.providers.panjaya import PanjayaProvider, listing
from tests.support.http_server import Request, Server


def assets(*numbers: int) -> list[dict[str, Any]]:
    return [{"asset_id": f"a{n}", "created_at": f"2026-11-21T10:{n:02}:00Z", "status": "Ready"} for n in numbers]


def ids(found: Listing) -> list[str]:
    return [asset.remote_id for asset in found.assets]


def paged(*pages: Any) -> Any:
    """A server's answer by page number; a ProviderError is raised; beyond the last page there is nothing."""

    def fetch(number: int) -> Any:
        page = pages[number - 1] if number <= len(pages) else []
        if isinstance(page, base.ProviderError):
            raise page
        return page

    return fetch


@pytest.mark.parametrize("envelope", [None, "items", "assets", "results", "data"])
def test_every_envelope_is_read_to_the_empty_page(envelope: str | None) -> None:
    pages = [assets(9, 8), assets(7), []]
    found = listing.read(paged(*(pages if envelope is None else [{envelope: page} for page in pages])))
    assert ids(found) == ["a9", "a8", "a7"]
    assert found.complete


def test_a_server_with_its_own_page_size_is_read_to_the_end() -> None:
    found = listing.read(paged(*(assets(n) for n in range(30, 0, -1))))
    assert len(found.assets) == 30
    assert found.complete


def test_an_empty_account_is_complete() -> None:
    assert listing.read(paged()) == Listing((), complete=True)
    assert listing.read(paged({"items": [], "total": 0})).complete


def test_a_server_that_ignores_the_page_is_noticed() -> None:
    asked: list[int] = []

    def fetch(number: int) -> Any:
        asked.append(number)
        return assets(3, 2, 1)

    found = listing.read(fetch)
    assert asked == [1, 2]
    assert len(found.assets) == 3
    assert not found.complete


def test_a_server_that_ignores_the_page_but_counts_is_believed() -> None:
    assert listing.read(lambda number: {"items": assets(2, 1), "total": 2}).complete
    assert not listing.read(lambda number: {"items": assets(2, 1), "total": 3}).complete


def test_no_further_page_is_asked_for_when_there_is_no_next() -> None:
    found = listing.read(paged({"items": assets(2, 1), "next": None}, base.AnswerLost("")))
    assert found.complete
    more = listing.read(paged({"items": assets(2), "next": "http://evil/"}, {"items": assets(1), "next": None}))
    assert ids(more) == ["a2", "a1"]


def test_an_asset_seen_twice_is_listed_once() -> None:
    found = listing.read(paged(assets(4, 3), assets(3, 2), []))
    assert ids(found) == ["a4", "a3", "a2"]
    assert found.complete


def test_a_page_that_vanished_makes_it_incomplete() -> None:
    pages = [{"items": assets(4, 3), "total": 4}, {"items": [], "total": 4}]
    assert not listing.read(paged(*pages)).complete


def test_a_total_that_shrinks_makes_it_incomplete() -> None:
    pages = [{"items": assets(4, 3), "total": 4}, {"items": assets(1), "total": 3}, {"items": [], "total": 3}]
    assert not listing.read(paged(*pages)).complete


@pytest.mark.parametrize("page", [base.AnswerLost(""), base.Throttled(""), base.BadAnswer(""), {"detail": "x"}, "x"])
def test_a_later_page_that_fails_makes_it_incomplete(page: Any) -> None:
    found = listing.read(paged(assets(4, 3), page, assets(2)))
    assert ids(found) == ["a4", "a3"]
    assert not found.complete


@pytest.mark.parametrize("error", [base.KeyRejected(""), base.NotSent(""), base.AnswerLost("")])
def test_a_first_page_that_fails_is_an_error(error: base.ProviderError) -> None:
    with pytest.raises(type(error)):
        listing.read(paged(error))


@pytest.mark.parametrize("item", [None, 5, {}, {"asset_id": "../x"}])
def test_an_unreadable_item_makes_it_incomplete(item: Any) -> None:
    found = listing.read(paged([item, *assets(1)], []))
    assert ids(found) == ["a1"]
    assert not found.complete


def test_a_list_without_end_is_cut_and_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGES", 10)
    found = listing.read(lambda number: assets(60 - number))
    assert len(found.assets) == 10
    assert not found.complete


def test_a_list_that_takes_too_long_is_cut_and_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SECONDS", -1.0)
    assert not listing.read(lambda number: assets(number)).complete


def test_assets_come_newest_first_whatever_the_order() -> None:
    assert ids(listing.read(paged(assets(1, 5, 3), []))) == ["a5", "a3", "a1"]


def test_reading_stops_beyond_since_only_in_a_list_from_new_to_old() -> None:
    since = "2026-11-21T10:05:00Z"
    found = listing.read(paged(assets(9, 8), assets(6, 4), base.AnswerLost("")), since=since)
    assert (ids(found), found.complete) == (["a9", "a8", "a6", "a4"], True)
    unsorted = listing.read(paged(assets(4, 8), assets(2, 9), []), since=since)
    assert ids(unsorted) == ["a9", "a8", "a4", "a2"]
    undated = listing.read(paged([{"asset_id": "x"}], assets(9), []), since=since)
    assert ids(undated) == ["a9", "x"]


def test_pages_are_asked_for_by_number(server: Server, panjaya: PanjayaProvider) -> None:
    def script(request: Request) -> None:
        page = int(parse_qs(urlsplit(request.path).query)["page"][0])
        request.answer(200, {"items": assets(50 - page) if page < 4 else [], "total": 3})

    server.script = script
    assert ids(panjaya.list_assets()) == ["a49", "a48", "a47"]
    assert [request.path for request in server.requests][:2] == [
        "/v1/assets/?page=1&page_size=100",
        "/v1/assets/?page=2&page_size=100",
    ]
