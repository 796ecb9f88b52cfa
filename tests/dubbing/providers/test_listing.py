from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dubbing.providers import base, dates
from dubbing.providers.base import Listing, Sought
from dubbing.providers.panjaya import PanjayaProvider, listing
from tests.support.http_server import Request, Server


def assets(*numbers: int) -> list[dict[str, Any]]:
    return [{"asset_id": f"a{n}", "created_at": f"2026-11-21T10:{n:02}:00Z", "status": "Ready"} for n in numbers]


def ids(found: Listing) -> list[str]:
    return [asset.remote_id for asset in found.assets]


def paged(*pages: Any) -> Any:
    """A server's answer by page number; a ProviderError is raised; beyond the last page there is nothing."""

    def fetch(query: listing.Query) -> Any:
        number = int(query["page"])
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

    def fetch(query: listing.Query) -> Any:
        asked.append(int(query["page"]))
        return assets(3, 2, 1)

    found = listing.read(fetch)
    assert asked == [1, 2]
    assert len(found.assets) == 3
    assert not found.complete


def test_a_server_that_ignores_the_page_but_counts_is_believed() -> None:
    assert listing.read(lambda query: {"items": assets(2, 1), "total": 2}).complete
    assert not listing.read(lambda query: {"items": assets(2, 1), "total": 3}).complete


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
    found = listing.read(lambda query: assets(60 - int(query["page"])))
    assert len(found.assets) == 10
    assert not found.complete


def test_a_list_that_takes_too_long_is_cut_and_incomplete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SECONDS", -1.0)
    assert not listing.read(lambda query: assets(int(query["page"]))).complete


def test_assets_come_newest_first_whatever_the_order() -> None:
    assert ids(listing.read(paged(assets(1, 5, 3), []))) == ["a5", "a3", "a1"]


def test_reading_stops_beyond_since_only_in_a_list_from_new_to_old() -> None:
    since = "2026-11-21T10:05:00Z"
    found = listing.read(paged(assets(9, 8), assets(6, 4), assets(3), []), since=since)
    assert ids(found) == ["a9", "a8", "a6", "a4"]
    unsorted = listing.read(paged(assets(4, 8), assets(2, 9), []), since=since)
    assert ids(unsorted) == ["a9", "a8", "a4", "a2"]
    undated = listing.read(paged([{"asset_id": "x"}], assets(9), []), since=since)
    assert ids(undated) == ["a9", "x"]


@pytest.mark.parametrize("first", [assets(9, 8), assets(6, 4), assets(3, 2)], ids=["newer", "across", "older"])
def test_dates_of_theirs_never_make_a_list_complete(first: list[dict[str, Any]]) -> None:
    cut = listing.read(paged(first, base.AnswerLost("")), since="2026-11-21T10:05:00Z")
    assert not cut.complete
    whole = listing.read(paged(first, assets(1), []))
    assert (len(whole.assets), whole.complete) == (3, True)


def test_pages_are_asked_for_by_number(server: Server, panjaya: PanjayaProvider) -> None:
    def script(request: Request) -> None:
        page = int(parse_qs(urlsplit(request.path).query)["page"][0])
        request.answer(200, {"items": assets(50 - page) if page < 4 else [], "total": 3})

    server.script = script
    found = panjaya.find(Sought(references=("DUB-A",), since="2026-11-21T10:00:00Z"))
    assert (ids(found), found.complete) == ([], True)
    assert [request.path for request in server.requests][:2] == [
        "/v1/assets/?page=1&page_size=100",
        "/v1/assets/?page=2&page_size=100",
    ]


def cursors(parameter: str, *, refuse: bool = False, **envelope: Any) -> Any:
    """A server that pages by a cursor named ``parameter``; what it does not know it ignores, or refuses."""
    size, count = 2, 6

    def fetch(query: listing.Query) -> Any:
        unknown = set(query) - {parameter, "page_size"}
        if refuse and unknown - {"page"}:
            raise base.Rejected("unknown parameter", status=422)
        start = int(query.get(parameter, "c0").removeprefix("c"))
        page = assets(*range(count, 0, -1))[start : start + size]
        more = f"c{start + size}" if start + size < count else None
        return {"items": page, **{name: wrap(more) if more else None for name, wrap in envelope.items()}}

    return fetch


@pytest.mark.parametrize("refuse", [False, True], ids=["ignores", "refuses"])
@pytest.mark.parametrize("parameter", ["cursor", "next", "page_token", "after", "token"])
def test_a_list_by_cursor_is_read_to_its_end(parameter: str, refuse: bool) -> None:
    found = listing.read(cursors(parameter, refuse=refuse, next=str))
    assert (ids(found), found.complete) == (["a6", "a5", "a4", "a3", "a2", "a1"], True)


@pytest.mark.parametrize("name", ["next_cursor", "next_page_token", "pagination", "meta"])
def test_a_cursor_is_found_wherever_it_is(name: str) -> None:
    envelope: dict[str, Any] = {name: str if name.startswith("next") else lambda cursor: {"next": cursor}}
    assert len(listing.read(cursors("cursor", **envelope)).assets) == 6


def test_a_link_to_the_next_page_is_followed_by_its_query_alone() -> None:
    asked: list[listing.Query] = []
    pages = cursors("at", next=lambda cursor: f"https://elsewhere.example/v9/other?at={cursor}&page_size=2")

    def fetch(query: listing.Query) -> Any:
        asked.append(query)
        return pages(query)

    assert listing.read(fetch).complete
    assert asked[1:] == [{"at": "c2", "page_size": "2"}, {"at": "c4", "page_size": "2"}]


def test_a_next_page_by_its_number_is_asked_for() -> None:
    found = listing.read(paged({"items": assets(3), "next": 2}, {"items": assets(2), "next": 3}, {"items": assets(1)}))
    assert (ids(found), found.complete) == (["a3", "a2", "a1"], True)


def test_a_cursor_that_leads_nowhere_is_incomplete() -> None:
    assert not listing.read(cursors("unheard_of", next=str)).complete
    assert not listing.read(cursors("unheard_of", refuse=True, next=str)).complete


def test_cursors_that_lead_round_in_a_circle_are_incomplete() -> None:
    number = iter(range(60, 0, -1))
    found = listing.read(lambda query: {"items": assets(next(number)), "next": "same"})
    assert not found.complete
    assert len(found.assets) < 5


def test_a_last_page_that_is_empty_completes_a_list_by_cursor() -> None:
    pages = {"": {"items": assets(2), "next": "c1"}, "c1": {"items": [], "next": None}}
    assert listing.read(lambda query: pages[query.get("cursor", "")]).complete


def test_a_cut_behind_a_cursor_is_incomplete() -> None:
    def fetch(query: listing.Query) -> Any:
        if "cursor" in query:
            raise base.AnswerLost("")
        return {"items": assets(2), "next": "c1"}

    assert not listing.read(fetch).complete


@pytest.mark.parametrize("last", [{"has_more": False}, {"pagination": {"has_next": False}}, {"next": None}])
def test_a_list_that_says_it_is_at_its_end_is_not_asked_for_more(last: dict[str, Any]) -> None:
    assert listing.read(paged({"items": assets(1), **last}, base.AnswerLost(""))).complete


class Account:
    """Assets on a server, newest first and two on a page, that change while somebody reads them."""

    def __init__(self, *numbers: int, count: bool = False) -> None:
        self.numbers, self.count = list(numbers), count
        self.asked: list[str] = []
        self.changes: dict[int, Callable[[], None]] = {}
        """What happens after so many pages were read."""

    def page(self, query: listing.Query) -> dict[str, Any]:
        self.asked.append(query["page"])
        start = 2 * (int(query["page"]) - 1)
        total = {"total": len(self.numbers)} if self.count else {}
        page = {"items": assets(*self.numbers[start : start + 2]), **total}
        self.changes.get(len(self.asked), lambda: None)()
        return page

    def replace(self, gone: int, new: int) -> None:
        """The last one in the list is new: a list may as well begin with the oldest."""
        self.numbers.remove(gone)
        self.numbers.append(new)

    def look(self, *wanted: int, every: bool = False) -> Listing:
        names = [f"a{number}" for number in wanted]
        return listing.read_twice(self.page, is_wanted=lambda asset: asset.remote_id in names, every=every)


def test_an_asset_that_disappears_from_a_list_without_a_count_makes_it_incomplete() -> None:
    account = Account(6, 5, 4, 3, 2, 1)
    account.changes[1] = lambda: account.numbers.remove(6)  # 4 moves up to the page that was read
    found = account.look(9)
    assert (found.assets, found.complete) == ((), False)


def test_an_asset_that_moved_to_a_page_already_read_is_found_by_the_second_reading() -> None:
    account = Account(6, 5, 4, 3, 2, 1)
    account.changes[1] = lambda: account.numbers.remove(6)
    assert ids(account.look(4)) == ["a4"]


def test_a_count_that_stays_the_same_hides_nothing() -> None:
    account = Account(6, 5, 4, 3, count=True)
    account.changes[1] = lambda: account.replace(6, 7)
    assert not account.look(9).complete
    account = Account(6, 5, 4, 3, count=True)
    account.changes[1] = lambda: account.replace(6, 7)
    assert ids(account.look(4)) == ["a4"]


def test_new_assets_during_both_readings_leave_the_list_complete() -> None:
    account = Account(4, 3, 2, 1)
    account.changes = {1: lambda: account.numbers.insert(0, 5), 4: lambda: account.numbers.insert(0, 6)}
    found = account.look(9)
    assert (found.assets, found.complete) == ((), True)


def test_a_second_reading_is_only_made_where_the_first_one_could_mislead() -> None:
    found_at_once, on_one_page = Account(4, 3, 2, 1), Account()
    assert ids(found_at_once.look(3)) == ["a3"]
    assert on_one_page.look(3).complete
    assert (found_at_once.asked, on_one_page.asked) == (["1", "2", "3"], ["1"])


def test_all_that_carry_a_reference_are_found_only_by_two_readings() -> None:
    account = Account(4, 3, 2, 1)
    assert ids(account.look(3, 1, every=True)) == ["a3", "a1"]
    assert len(account.asked) == 6
    account = Account(6, 5, 4, 3, 2, 1)
    account.changes[1] = lambda: account.numbers.remove(6)  # 4 moves up to the page that was read
    found = account.look(5, 4, every=True)
    assert (ids(found), found.complete) == (["a5", "a4"], False)


def test_only_a_conclusive_search_reads_the_list_twice(server: Server, panjaya: PanjayaProvider) -> None:
    account = Account(4, 3, 2, 1)

    def script(request: Request) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}
        request.answer(200, account.page(query))

    server.script = script
    for conclusive, pages in ((False, 3), (True, 6)):
        account.asked.clear()
        assert panjaya.find(Sought(references=("DUB-A",), since="2026-01-01", conclusive=conclusive)).complete
        assert len(account.asked) == pages


def test_each_date_is_read_once_however_many_pages_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []

    def moment(text: Any) -> datetime | None:
        read.append(text)
        return dates.moment(text)

    monkeypatch.setattr(listing, "moment", moment)
    pages = [[{"asset_id": f"a{n}", "created_at": f"2026-11-{31 - n // 2:02}T10:00:00Z"}] for n in range(2, 60)]
    listing.read(paged(*pages), since="2026-01-01T00:00:00Z")
    assert len(read) <= 2 * 58 + 1  # once in passing, and once to put them in order at the end


@pytest.mark.parametrize("date", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "soon", 7, None])
def test_an_impossible_date_is_ignored(date: Any) -> None:
    assert dates.moment(date) is None
    found = listing.read(paged([{"asset_id": "a1", "created_at": date}]), since="2026-11-21T10:00:00Z")
    assert ids(found) == ["a1"]
