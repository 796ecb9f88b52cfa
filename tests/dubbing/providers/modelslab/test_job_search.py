from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dubbing.providers import base, dates
from dubbing.providers.base import Listing, Sought
from dubbing.providers.modelslab import ModelsLabProvider, job_search
from tests.dubbing.providers.modelslab.conftest import KEY, paths, sent, success
from tests.support.http_server import Request, Server

OURS = "DUB-ABCDEFGH23"
LONG_AGO = (datetime.now(UTC) - timedelta(days=2)).isoformat()


def item(number: int, prefix: str = "spanish_dub", **changes: Any) -> dict[str, Any]:
    return {"id": number, "output": [f"https://r2.example.com/x/dubbed_video_{number}_{prefix}.mp4"], **changes}


def page(*items: Any, number: int = 1, last: int = 1, total: int | None = None) -> dict[str, Any]:
    pagination = {"current_page": number, "per_page": 30, "last_page": last}
    return {"data": list(items), "pagination": pagination if total is None else {**pagination, "total": total}}


def look(*pages: Any, since: str = LONG_AGO, references: tuple[str, ...] = (OURS,), conclusive: bool = True) -> Listing:
    """What is found in ``pages``; a ProviderError is raised; beyond the last page there is nothing."""

    def fetch(number: int) -> Any:
        answer = pages[number - 1] if number <= len(pages) else {"data": []}
        if isinstance(answer, base.ProviderError):
            raise answer
        return answer

    return job_search.read(fetch, Sought(references=references, since=since, conclusive=conclusive))


def ids(found: Listing) -> list[str]:
    return [asset.remote_id for asset in found.assets]


def test_our_job_is_found_by_its_prefix_and_named_after_our_reference() -> None:
    found = look(page(item(3), item(2, "dub-abcdefgh23"), item(1)))
    assert [(asset.remote_id, asset.name, asset.failed) for asset in found.assets] == [("2", OURS, False)]
    assert found.assets[0].dubbings[0].version_ids == ("2",)
    assert found.complete


@pytest.mark.parametrize(
    "name", ["dub-abcdefgh23", "dub_abcdefgh23", "DUB-ABCDEFGH23", "dub-abcdefgh23_0", "dub-abcdefgh23-final"]
)
def test_a_prefix_is_recognised_however_they_write_it(name: str) -> None:
    assert ids(look(page(item(2, name)))) == ["2"]


@pytest.mark.parametrize("name", ["dub-abcdefgh234", "xdub-abcdefgh23", "dub-abcdefgh2", "dub"])
def test_a_prefix_is_not_found_inside_another(name: str) -> None:
    found = look(page(item(2, name)))
    assert (ids(found), found.complete) == ([], True)


def test_every_reference_is_searched_on_every_page() -> None:
    pages = [page(item(4), item(3, "dub-b"), last=2, total=4), page(item(2, "dub-a"), item(1), last=2, total=4)]
    found = look(*pages, references=("DUB-A", "DUB-B", "DUB-C", ""))
    assert (ids(found), found.complete) == (["3", "2"], True)


def test_a_list_without_page_numbers_is_read_to_the_empty_page() -> None:
    found = look({"data": [item(3)]}, {"data": [item(2)]}, {"data": []}, base.AnswerLost(""))
    assert found.complete


@pytest.mark.parametrize(
    "pages",
    [
        [page(item(4), last=2), base.AnswerLost("")],
        [page(item(4), last=2), {"status": "error", "message": "no"}],
        [page(item(4), last=2), page(last=2)],
        [page(item(4), last=3), page(item(4), last=3)],
        [page(item(4), last=1, total=2)],
        [page(item(4), last=2, total=3), page(item(3), last=2, total=2)],
        [page(item(4), {"id": 5, "output": ""})],
        [page(item(4), {"id": 5, "output": []})],
        [page(item(4), {"output": ["https://r2.example.com/x.mp4"]})],
        [page(item(4), None)],
    ],
)
def test_a_list_that_may_hide_our_job_is_not_complete(pages: list[Any]) -> None:
    found = look(*pages)
    assert (ids(found), found.complete) == ([], False)


def test_a_job_that_disappears_from_the_list_makes_it_incomplete_or_is_found_later() -> None:
    jobs = {4: item(4), 3: item(3), 2: item(2, "dub-abcdefgh23"), 1: item(1)}
    asked: list[int] = []

    def fetch(number: int) -> Any:
        asked.append(number)
        answer = {"data": list(jobs.values())[2 * number - 2 : 2 * number]}
        jobs.pop(4, None)  # those behind it move up: the second is on no page that is read
        return answer

    sought = Sought(references=(OURS,), since=LONG_AGO, conclusive=True)
    assert ids(job_search.read(fetch, sought)) == ["2"]
    jobs = {4: item(4), 3: item(3), 1: item(1)}
    found = job_search.read(fetch, sought)
    assert (found.assets, found.complete) == ((), False)
    asked.clear()
    assert job_search.read(fetch, sought).complete  # nothing goes away any more
    assert asked == [1, 2, 1, 2]
    asked.clear()
    assert job_search.read(fetch, replace(sought, conclusive=False)).complete
    assert asked == [1, 2]


def test_a_list_without_end_is_cut_and_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_search, "PAGES", 10)
    assert not look(*(page(item(99 - n), last=99) for n in range(50))).complete
    monkeypatch.setattr(job_search, "SECONDS", -1.0)
    assert not look(page(item(2), last=2), page(item(1), last=2)).complete


def test_an_empty_search_proves_nothing_while_the_job_may_still_be_running() -> None:
    for hours, complete in ((0, False), (5, False), (7, True)):
        since = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
        assert look(page(item(1)), since=since).complete is complete
    assert not look(page(item(1)), since="").complete


@pytest.mark.parametrize("first", [base.Throttled(""), base.AnswerLost(""), {"data": None}, []])
def test_a_first_page_that_fails_is_an_error(first: Any) -> None:
    with pytest.raises(base.ProviderError):
        look(first)


def test_looking_stops_well_beyond_the_time_of_the_request_and_concludes_nothing_from_their_dates() -> None:
    def dated(number: int, days: float, **changes: Any) -> dict[str, Any]:
        moment = datetime.now(UTC) - timedelta(days=days)
        return item(number, created_at=moment.strftime("%Y-%m-%d %H:%M:%S"), **changes)

    def numbers(*pages: Any, conclusive: bool = False) -> tuple[list[str], bool]:
        found = look(*pages, conclusive=conclusive)
        return ids(found), found.complete

    ours = page(item(1, "dub-abcdefgh23"), number=2, last=2)
    old = page(dated(9, 1), dated(8, 3.5), last=2)
    assert numbers(old, ours) == ([], False)
    assert numbers(old, ours, conclusive=True) == (["1"], True)
    assert numbers(page(dated(9, 1), dated(8, 2.5), last=2), ours) == (["1"], True)
    assert numbers(page(dated(9, 3.5), dated(8, 1), dated(7, 4), last=2), ours) == (["1"], True)


def test_pages_are_asked_for_at_the_site_with_the_key_in_the_body(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, page(item(2), last=2)), (200, page(item(1, "dub-abcdefgh23"), last=2)))
    found = modelslab.find(Sought(references=(OURS,), since=LONG_AGO))
    assert (ids(found), found.complete) == (["1"], True)
    assert paths(server) == ["/api/assets_generated"] * 2
    assert [sent(server, number) for number in (0, 1)] == [
        {"key": KEY, "type": "voice", "page": number, "per_page": 30} for number in (1, 2)
    ]


def test_the_other_address_on_their_page_is_tried_when_there_is_nothing_at_the_first(
    server: Server, modelslab: ModelsLabProvider
) -> None:
    def script(request: Request) -> None:
        there = request.path == "/api/v6/assets_generated"
        request.answer(*((200, page(item(1, "dub-abcdefgh23"))) if there else (404, b"")))

    server.script = script
    assert ids(modelslab.find(Sought(references=(OURS,), since=LONG_AGO))) == ["1"]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404])
def test_a_key_without_the_list_gets_a_permanent_error(
    server: Server, modelslab: ModelsLabProvider, status: int
) -> None:
    server.answers(*[(status, {"status": "error", "message": "needs an enterprise plan"})] * 2)
    with pytest.raises(base.Rejected, match=r"does not list the jobs of this key \(needs an enterprise plan\)"):
        modelslab.find(Sought(references=(OURS,), since=LONG_AGO))


@pytest.mark.parametrize("status", [429, 500])
def test_a_list_that_is_not_there_right_now_is_asked_for_again(
    server: Server, modelslab: ModelsLabProvider, status: int
) -> None:
    server.answers((status, {"status": "error", "message": "busy"}))
    with pytest.raises(base.ProviderError) as raised:
        modelslab.find(Sought(references=(OURS,), since=LONG_AGO))
    assert not raised.value.permanent


@pytest.mark.parametrize("status", [200, 401, 404, 500])
def test_a_missing_candidate_is_missing_without_a_list_too(
    server: Server, modelslab: ModelsLabProvider, status: int
) -> None:
    def script(request: Request) -> None:
        listed = request.path.endswith("/assets_generated")
        request.answer(status if listed else 404, {"status": "error", "message": "needs an enterprise plan"})

    server.script = script
    found = modelslab.find(Sought(references=(OURS,), since=LONG_AGO, candidate_id="5"))
    assert found == Listing((), complete=False)


def test_a_candidate_is_asked_for_first(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, success("https://r2.example.com/dubbed_video_1_dub-abcdefgh23.mp4")))
    found = modelslab.find(Sought(references=(OURS,), since=LONG_AGO, candidate_id="334166"))
    assert [(asset.remote_id, asset.name) for asset in found.assets] == [("334166", "dub-abcdefgh23")]
    assert paths(server) == ["/api/v6/voice/fetch/334166"]


def test_a_candidate_that_failed_is_ours_if_it_names_itself(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, {"status": "failed", "id": 334166, "message": "no speech"}))
    found = modelslab.find(Sought(references=(OURS,), since=LONG_AGO, candidate_id="334166"))
    assert [asset.failed for asset in found.assets] == [True]


@pytest.mark.parametrize("candidate", ["../x", "5"])
@pytest.mark.parametrize("answer", [(404, b""), (200, {"status": "error", "message": "Something went wrong"})])
def test_a_missing_candidate_leaves_the_list_to_search(
    server: Server, modelslab: ModelsLabProvider, candidate: str, answer: tuple[int, Any]
) -> None:
    def script(request: Request) -> None:
        listed = request.path == "/api/assets_generated"
        request.answer(*((200, page(item(1, "dub-abcdefgh23"))) if listed else answer))

    server.script = script
    assert ids(modelslab.find(Sought(references=(OURS,), since=LONG_AGO, candidate_id=candidate))) == ["1"]


def test_each_date_is_read_once_however_many_pages_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Any] = []

    def moment(text: Any) -> datetime | None:
        read.append(text)
        return dates.moment(text)

    monkeypatch.setattr(job_search, "moment", moment)
    now = datetime.now(UTC)
    pages = [
        page(item(n, created_at=(now - timedelta(minutes=n)).isoformat()), number=n, last=50) for n in range(1, 51)
    ]
    look(*pages, since=now.isoformat(), conclusive=False)
    assert len(read) <= 50 + 1
