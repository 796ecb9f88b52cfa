from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from dubbing.providers import base, unknown_statuses
from dubbing.providers.base import AssetOrder, ProviderError, RemoteVersion, VersionState
from dubbing.providers.panjaya import PanjayaProvider, objects
from dubbing.providers.unknown_statuses import UnknownStatuses
from tests.support.http_server import Request, Server

MakeOrder = Callable[..., AssetOrder]
ASSET = {
    "asset_id": "65f0c0ffee65f0c0ffee65f0",
    "name": "Film",
    "locale": "en-US",
    "created_at": "2026-11-21T10:00:00Z",
    "status": "Dubbing",
    "languages": [
        {"dubbing_id": None, "locale": "es-ES", "versions": []},
        {"dubbing_id": "d2", "locale": "fr-FR", "versions": [{"version_id": "v1", "new": 1}, "v2", 3, None, "../x"]},
        {"locale": "de-DE", "versions": None},
        "nonsense",
    ],
}


def test_an_asset_is_read(server: Server, panjaya: PanjayaProvider) -> None:
    server.answers((200, ASSET))
    asset = panjaya.fetch_asset("65f0c0ffee65f0c0ffee65f0")
    assert (asset.name, asset.status, asset.failed, asset.duration) == ("Film", "Dubbing", False, None)
    assert asset.created_at == "2026-11-21T10:00:00Z"
    assert [(each.locale, each.remote_id, each.version_ids) for each in asset.dubbings] == [
        ("es-ES", None, ()),
        ("fr-FR", "d2", ("v1", "v2", "3")),
        ("de-DE", None, ()),
    ]


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        ({"code": "empty_transcript", "message": "no speech"}, "empty_transcript", "no speech"),
        ({"error_code": "e", "detail": "d"}, "e", "d"),
        ({"type": "t", "description": "d"}, "t", "d"),
        ({"code": 5, "message": None}, "", ""),
        ("bare", "", "bare"),
        ({"message": "https://x.example.com/?sig=1"}, "", "https://x.example.com/"),
    ],
)
def test_a_failure_is_read_in_every_form(error: Any, code: str, message: str) -> None:
    asset = objects.asset({"asset_id": "a", "status": "Failed", "error": error}, "")
    assert asset.failed
    assert asset.error == base.RemoteError(code, message)


@pytest.mark.parametrize("error", [None, "", {}, [], 5])
def test_no_failure_is_read_where_there_is_none(error: Any) -> None:
    assert objects.asset({"asset_id": "a", "error": error}, "").error is None


@pytest.mark.parametrize(
    "changes",
    [
        {"duration": None, "languages": None},
        {"duration": "x", "languages": {"a": 1}},
        {"duration": float("nan"), "languages": [None, 5, {}, {"locale": 7}]},
        {"duration": 10**400, "name": None, "status": None, "created_at": 5, "languages": "es-ES"},
        {"duration": True, "languages": [{"locale": "es-ES", "dubbing_id": {}, "versions": {"a": 1}}]},
    ],
)
def test_members_of_the_wrong_type_count_as_missing(changes: dict[str, Any]) -> None:
    asset = objects.asset({**ASSET, **changes}, "")
    assert asset.duration is None
    assert all(each.version_ids == () for each in asset.dubbings)


@pytest.mark.parametrize("answer", [[], "x", 5, {}, {"asset_id": None}, {"asset_id": "../x"}, {"asset_id": ["a"]}])
def test_a_created_asset_without_a_usable_id_is_a_bad_answer(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, answer: Any
) -> None:
    server.answers((201, answer))
    with pytest.raises(base.BadAnswer) as caught:
        panjaya.create_asset(make_order())
    assert caught.value.outcome_unknown


def test_an_answer_about_something_else_is_bad(server: Server, panjaya: PanjayaProvider) -> None:
    server.answers((200, {"asset_id": "other", "version_id": "other", "status": "Completed"}))
    with pytest.raises(base.BadAnswer):
        panjaya.fetch_asset("a")
    with pytest.raises(base.BadAnswer):
        panjaya.fetch_version("v")


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("NotReady", VersionState.PREPARING),
        ("ReadyToEdit", VersionState.READY),
        ("Generating", VersionState.GENERATING),
        ("Completed", VersionState.COMPLETED),
        ("Failed", VersionState.FAILED),
        ("completed", None),
        ("Paused", None),
    ],
)
def test_a_version_is_read_in_our_terms(
    server: Server, panjaya: PanjayaProvider, word: str, state: VersionState | None
) -> None:
    server.answers((200, {"status": word, "progress": 40, "studio_url": "https://studio.panjaya.ai/v/1"}))
    version = panjaya.fetch_version("v1")
    assert (version.status, version.state, version.progress) == (word, state, 40.0)
    assert version.studio_url == "https://studio.panjaya.ai/v/1"
    assert version.result_url is None


def test_an_unknown_word_is_logged_once(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_unknown", UnknownStatuses("Panjaya"))
    with caplog.at_level(logging.WARNING):
        for word in ("Odd", "Odd", "Odder"):
            assert objects.version_state(word) is None
    assert len(caplog.records) == 2


def test_unknown_words_of_a_megabyte_are_neither_kept_nor_logged_at_length(
    caplog: pytest.LogCaptureFixture,
) -> None:
    statuses = UnknownStatuses("Panjaya")
    tracemalloc.start()
    for number in range(300):
        statuses.note(f"{number:03}{'x' * 2**20}")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 2**20
    assert len(caplog.records) == unknown_statuses.MOST
    assert max(len(record.getMessage()) for record in caplog.records) < 200


def test_what_is_kept_of_a_version_has_no_signature() -> None:
    result = "https://cdn.example.com/r.mp4?X-Amz-Signature=abc"
    data = {"version_id": "v", "status": "Completed", "result_url": result, "studio_url": "https://s.example.com/?t=1"}
    version = objects.version(data, "", expected="v", near="https://api.panjaya.ai")
    assert version.result_url == result
    assert version.raw["result_url"] == "https://cdn.example.com/r.mp4"
    assert version.raw["studio_url"] == "https://s.example.com/"
    assert "abc" not in repr(version)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "http://studio.panjaya.ai/", "https://10.0.0.1/", 5, ""])
def test_a_studio_link_that_nobody_should_click_is_dropped(url: Any) -> None:
    data = {"status": "ReadyToEdit", "studio_url": url}
    assert objects.version(data, "", expected="v", near="https://api.panjaya.ai").studio_url is None


@pytest.mark.parametrize("answer", [[], "x", None, {}, {"status": 5}])
def test_a_version_without_a_status_is_a_bad_answer(server: Server, panjaya: PanjayaProvider, answer: Any) -> None:
    server.answers((200, answer))
    with pytest.raises(base.BadAnswer):
        panjaya.fetch_version("v1")


def test_a_version_without_a_result_has_no_link_to_open(panjaya: PanjayaProvider) -> None:
    version = RemoteVersion(remote_id="v", status="Completed", state=VersionState.COMPLETED)
    with pytest.raises(base.LinkExpired), panjaya.open_result(version):
        pass


def test_no_bytes_make_it_fail_in_any_other_way(server: Server, panjaya: PanjayaProvider) -> None:
    bodies = [b"[[]]", b'{"asset_id":{}}', b'"\\ud800"', b'{"languages":[[[]]]}', b"\x00", b"1e999", b'{"items":[1]}']
    server.script = lambda request: request.answer(200, bodies[len(server.requests) % len(bodies)])
    for _ in bodies:
        with pytest.raises(ProviderError):
            panjaya.fetch_asset("a")
        with pytest.raises(ProviderError):
            panjaya.fetch_version("a")


@pytest.mark.parametrize(
    "languages",
    [
        [{"locale": f"aa-{number}"} for number in range(301)],
        [{"locale": "es-ES", "versions": [f"v{number}" for number in range(1001)]}],
    ],
    ids=["languages", "versions"],
)
def test_more_than_an_asset_can_have_is_a_bad_answer(languages: list[dict[str, Any]]) -> None:
    with pytest.raises(base.BadAnswer, match="more languages or versions"):
        objects.asset({**ASSET, "languages": languages}, "")
    fewer = [{**languages[0], "versions": languages[0].get("versions", [])[1:]}, *languages[2:]]
    assert objects.asset({**ASSET, "languages": fewer}, "").dubbings


def test_a_surrogate_in_a_name_does_no_harm(server: Server, panjaya: PanjayaProvider) -> None:
    server.script = lambda request: Request.answer(request, 200, b'{"asset_id": "a", "name": "\\ud800x"}')
    assert panjaya.fetch_asset("a").name == "?x"
