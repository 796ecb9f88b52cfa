from __future__ import annotations

import logging
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import RemoteDubbing, RemoteError, RemoteVersion, VersionState
from dubbing.providers.modelslab import ModelsLabProvider, jobs
from dubbing.providers.modelslab.jobs import Job, Site
from tests.dubbing.providers.modelslab.conftest import KEY, paths, processing, sent, success
from tests.support.http_server import Request, Server

LINK = "https://r2.example.com/dubbed_video_1_dub-abc.mp4"
MIRROR = "https://cdn.example.com/dubbed_video_1_dub-abc.mp4"
NOT_YET = {"status": "processing", "message": "Request is processing, try again later", "output": "", "tip": "x"}
HOSTILE = ["", ".", "..", "../../x", "a/b", "a?b", "a#b", "a%2fb", "http://evil.example.com/", "a b", "a\n", "é"]
HOSTILE += ["~", "~~", "a~..~b", "a~", "a~b~.", "a" * 129, "a\x00", "@evil", "a:b", "\\", "*", "1~" + "a" * 130]


def test_a_job_is_asked_for_by_its_id_with_nothing_but_the_key(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, NOT_YET))
    version = modelslab.fetch_version("334166")
    assert (server.requests[0].method, paths(server)) == ("POST", ["/api/v6/voice/fetch/334166"])
    assert sent(server) == {"key": KEY}
    assert (version.remote_id, version.status, version.state) == ("334166", "processing", VersionState.GENERATING)


def test_what_is_done_has_its_link_and_its_mirror(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, success(LINK, LINK, proxy_links=[MIRROR, LINK])))
    version = modelslab.fetch_version("334166")
    assert version.state is VersionState.COMPLETED
    assert (version.result_url, version.mirror_urls) == (LINK, (MIRROR,))
    assert LINK not in repr(version)


@pytest.mark.parametrize(
    "output", ["", [], None, [""], ["/relative.mp4"], ["http://r2.example.com/x.mp4"], ["https://10.0.0.1@evil/"], {}]
)
def test_success_without_a_link_that_may_be_opened_is_not_done_yet(
    modelslab: ModelsLabProvider, server: Server, output: Any
) -> None:
    server.answers((200, success(output=output, proxy_links=[MIRROR], future_links=[LINK])))
    version = modelslab.fetch_version("334166")
    assert (version.state, version.status) == (VersionState.GENERATING, "success")
    assert (version.result_url, version.mirror_urls) == (None, ())


def test_success_without_output_at_all_is_not_done_yet(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, {"status": "success"}))
    assert modelslab.fetch_version("334166").state is VersionState.GENERATING


def test_links_given_early_are_not_results(server: Server, modelslab: ModelsLabProvider, base_url: str) -> None:
    server.answers((200, processing(base_url, output=[LINK])))
    version = modelslab.fetch_version("334166")
    assert version.state is VersionState.GENERATING
    assert (version.result_url, version.mirror_urls) == (None, ())


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("word", ["error", "failed"])
@pytest.mark.parametrize("spelling", ["message", "messege"])
def test_a_failed_job_says_why(
    server: Server, modelslab: ModelsLabProvider, status: int, word: str, spelling: str
) -> None:
    server.answers((status, {"status": word, spelling: "No speech found in the video"}))
    version, asset = modelslab.fetch_version("334166"), modelslab.fetch_asset("334166")
    assert (version.state, version.status) == (VersionState.FAILED, word)
    assert version.error == RemoteError("processing_failed", "No speech found in the video")
    assert (asset.failed, asset.error) == (True, version.error)


@pytest.mark.timeout(60)
def test_a_reason_full_of_numbers_is_read_at_once(server: Server, modelslab: ModelsLabProvider) -> None:
    reason = "Request " + "0b5e6f2a-6c1d-4f0e-9c55-000000000001 1234 " * 9 + "failed"
    server.answers((200, {"status": "failed", "id": 334166, "message": reason}))
    assert modelslab.fetch_version("334166").error == RemoteError("processing_failed", reason)
    server.answers((200, {"status": "failed", "message": f"{reason.removesuffix('failed')}not found"}))
    with pytest.raises(base.NotFound):
        modelslab.fetch_version("334166")


def test_a_failure_without_a_message_is_a_failure(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, {"status": "failed", "id": 334166, "message": None}))
    error = modelslab.fetch_version("334166").error
    assert error == RemoteError("processing_failed", "no reason given")


def test_a_model_that_is_warming_up_is_not_a_failure(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers((200, {"status": "error", "message": "Model loading, try again in a minute", "id": 334166}))
    assert modelslab.fetch_version("334166").state is VersionState.GENERATING
    server.answers((200, {"status": "failed", "message": "Model loading, try again in a minute", "id": 334166}))
    assert modelslab.fetch_version("334166").state is VersionState.FAILED


def test_an_unknown_word_is_kept_and_logged_once(
    server: Server, modelslab: ModelsLabProvider, caplog: pytest.LogCaptureFixture
) -> None:
    server.answers((200, {"status": f"Paused-{KEY}", "id": 334166}))
    with caplog.at_level(logging.WARNING):
        versions = [modelslab.fetch_version("334166") for _ in range(3)]
    assert {(version.state, version.status) for version in versions} == {(None, "paused-[key]")}
    assert caplog.text.count("paused-[key]") == 1


@pytest.mark.parametrize("answer", [[], "x", None, {}, {"status": 5}, {"status": ""}, {"id": 334166}, b"<html>", b""])
def test_an_answer_without_a_status_is_bad(server: Server, modelslab: ModelsLabProvider, answer: Any) -> None:
    server.answers((200, answer))
    with pytest.raises(base.BadAnswer):
        modelslab.fetch_version("334166")


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, base.KeyRejected),
        (402, base.AccountLimited),
        (403, base.AccountLimited),
        (404, base.NotFound),
        (408, base.AnswerLost),
        (429, base.Throttled),
        (500, base.AnswerLost),
        (503, base.AnswerLost),
    ],
)
def test_a_fetch_without_an_answer_says_nothing_about_the_job(
    server: Server, modelslab: ModelsLabProvider, status: int, kind: Any
) -> None:
    server.answers((status, {"status": "error", "message": "no", "retry_after": 7}))
    with pytest.raises(kind) as caught:
        modelslab.fetch_version("334166")
    assert (type(caught.value), caught.value.retry_after) == (kind, 7.0)


@pytest.mark.parametrize(
    "message",
    [
        "Request not found",
        "Invalid request id",
        "unknown id",
        "No such job",
        "The task 5 does not exist",
        "Job with id 5 was not found",
        "request doesn't exist",
        "Invalid id",
    ],
)
def test_a_job_that_is_not_known_is_not_found_even_as_200(
    server: Server, modelslab: ModelsLabProvider, message: str
) -> None:
    server.answers((200, {"status": "error", "message": message}))
    with pytest.raises(base.NotFound):
        modelslab.fetch_version("334166")


@pytest.mark.parametrize(
    "message",
    [
        "Audio track not found",
        "voice id not found",
        "Invalid voice_id",
        "Invalid request: unsupported codec",
        "The task failed, face not found",
        "Model id does not exist",
        "Failed: unknown codec",
    ],
)
def test_something_else_that_is_missing_is_a_failure(
    server: Server, modelslab: ModelsLabProvider, message: str
) -> None:
    server.answers((200, {"status": "error", "message": message}))
    assert modelslab.fetch_version("334166").state is VersionState.FAILED


@pytest.mark.parametrize("unknown", [(404, {"status": "error"}), (200, {"status": "error", "message": "Unknown id"})])
def test_the_address_comes_before_the_id_and_the_id_when_the_address_is_not_known(
    server: Server, modelslab: ModelsLabProvider, unknown: tuple[int, Any]
) -> None:
    both = "334166~v6~voice~fetch~271"
    server.answers((200, NOT_YET))
    assert modelslab.fetch_version(both).remote_id == both
    assert paths(server) == ["/api/v6/voice/fetch/271"]
    server.answers(unknown, (200, success(LINK)))
    assert modelslab.fetch_version(both).state is VersionState.COMPLETED
    assert paths(server)[1:] == ["/api/v6/voice/fetch/271", "/api/v6/voice/fetch/334166"]
    server.answers(unknown)
    with pytest.raises(base.NotFound):
        modelslab.fetch_version(both)


def test_an_address_that_does_not_answer_is_not_given_up_for_the_id(
    server: Server, modelslab: ModelsLabProvider
) -> None:
    server.answers((503, b""))
    with pytest.raises(base.AnswerLost):
        modelslab.fetch_version("334166~v6~voice~fetch~271")
    assert len(server.requests) == 1


def test_an_asset_has_one_dubbing_in_the_locale_that_was_asked_for(
    server: Server, modelslab: ModelsLabProvider
) -> None:
    server.answers((200, success(LINK, id="271")))
    asset = modelslab.fetch_asset("334166")
    assert asset.dubbings == (RemoteDubbing("", "334166", ("334166",)),)
    assert (asset.name, asset.status, asset.failed) == ("dub-abc", "success", False)


@pytest.mark.parametrize("remote_id", HOSTILE)
def test_a_hostile_id_makes_no_request(server: Server, modelslab: ModelsLabProvider, remote_id: str) -> None:
    for call in (modelslab.fetch_asset, modelslab.fetch_version):
        with pytest.raises(base.NotFound):
            call(remote_id)
    assert server.connections == 0


@pytest.mark.parametrize(
    "fetch_result",
    [
        "https://evil.example.com/api/v6/voice/fetch/1",
        "http://modelslab.com/api/v6/voice/fetch/1",
        "https://modelslab.com.evil.example.com/api/v6/voice/fetch/1",
        "https://modelslab.com@evil.example.com/api/v6/voice/fetch/1",
        "https://evil.example.com\\@modelslab.com/api/v6/voice/fetch/1",
        "https://modelslab.com:8443/api/v6/voice/fetch/1",
        "https://modelslab.com/elsewhere/1",
        "https://modelslab.com/apiary/1",
        "https://modelslab.com/api/../admin/1",
        "https://modelslab.com/api/v6/%2e%2e/1",
        "https://modelslab.com/api/v6/voice/fetch/1?x=1",
        "https://modelslab.com/api/v6/voice//fetch/1",
        "//modelslab.com/api/v6/voice/fetch/1",
        "/api/v6/voice/fetch/1",
        "ftp://modelslab.com/api/1",
        "https://[/api",
        "",
    ],
)
def test_an_address_to_which_the_key_must_not_go_is_ignored(fetch_result: str) -> None:
    site = Site.of("https://modelslab.com/api/v6")
    assert jobs.named("334166", fetch_result, site) == Job("334166", "")


@pytest.mark.parametrize(
    ("base_url", "fetch_result", "remote_id"),
    [
        ("https://modelslab.com/api/v6/", "https://modelslab.com/api/v6/voice/fetch/334166", "334166"),
        ("https://modelslab.com/api/v6", "https://MODELSLAB.com:443/api/v6/voice/fetch/271/", "~v6~voice~fetch~271"),
        ("https://modelslab.com/api/v6", "https://modelslab.com/api/v7/fetch/x.y", "~v7~fetch~x.y"),
        ("https://modelslab.com/api/v6", "https://modelslab.com/api/" + "a/" * 90, ""),
        ("http://127.0.0.1:9/ml/api/v6", "http://127.0.0.1:9/ml/api/v6/voice/fetch/5", "~v6~voice~fetch~5"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/voice/fetch/5", "~voice~fetch~5"),
    ],
)
def test_a_job_survives_being_written_as_one_text(base_url: str, fetch_result: str, remote_id: str) -> None:
    site = Site.of(base_url)
    job = jobs.named("334166", fetch_result, site)
    written = job.remote_id
    assert written == (remote_id if remote_id == "334166" else f"334166{remote_id}")
    assert jobs.parsed(written).paths(site)[-1] == f"{site.version}/voice/fetch/334166"


def test_the_key_is_never_sent_to_a_foreign_host(server: Server, modelslab: ModelsLabProvider, make_order: Any) -> None:
    with Server() as elsewhere:
        server.answers((200, processing(f"{elsewhere.url}/api/v6")), (200, NOT_YET))
        asset = modelslab.create_asset(make_order())
        assert asset.remote_id == "334166"
        modelslab.fetch_version(asset.remote_id)
        assert elsewhere.connections == 0


def version(*links: str) -> RemoteVersion:
    first, *mirrors = links or (None,)
    return RemoteVersion(
        remote_id="1",
        status="success",
        state=VersionState.COMPLETED,
        result_url=first,
        mirror_urls=tuple(map(str, mirrors)),
    )


def by_path(answers: dict[str, int]) -> Any:
    return lambda request: Request.answer(request, answers[request.path], request.path.encode())


def test_a_result_is_opened_without_the_key(server: Server, modelslab: ModelsLabProvider) -> None:
    server.script = by_path({"/a.mp4": 200})
    with modelslab.open_result(version(f"{server.url}/a.mp4", f"{server.url}/b.mp4")) as stream:
        assert b"".join(stream) == b"/a.mp4"
    assert [request.method for request in server.requests] == ["GET"]
    assert KEY not in str(server.requests[0].headers)


@pytest.mark.parametrize("gone", [403, 404, 410])
def test_a_link_that_is_gone_leads_to_the_mirror(server: Server, modelslab: ModelsLabProvider, gone: int) -> None:
    server.script = by_path({"/a.mp4": gone, "/b.mp4": 200})
    with modelslab.open_result(version(f"{server.url}/a.mp4", f"{server.url}/b.mp4")) as stream:
        assert b"".join(stream) == b"/b.mp4"


def test_a_result_whose_every_link_is_gone_has_expired(server: Server, modelslab: ModelsLabProvider) -> None:
    server.script = by_path({"/a.mp4": 404, "/b.mp4": 404})
    links = [(), (f"{server.url}/a.mp4",), (f"{server.url}/a.mp4", f"{server.url}/b.mp4")]
    for each in links:
        with pytest.raises(base.LinkExpired), modelslab.open_result(version(*each)):
            pass
    assert len(server.requests) == 3


def test_what_goes_wrong_while_reading_does_not_start_over(server: Server, modelslab: ModelsLabProvider) -> None:
    server.script = by_path({"/a.mp4": 200, "/b.mp4": 200})
    with (
        pytest.raises(base.LinkExpired),
        modelslab.open_result(version(f"{server.url}/a.mp4", f"{server.url}/b.mp4")),
    ):
        raise base.LinkExpired("by the reader")
    assert paths(server) == ["/a.mp4"]


def test_a_remote_provider_cannot_lead_us_to_this_machine(server: Server) -> None:
    remote = ModelsLabProvider("https://modelslab.com/api/v6", KEY)
    with pytest.raises(base.BadAnswer), remote.open_result(version(f"{server.url}/a.mp4")):
        pass
    assert server.connections == 0
    assert not remote.reachable(server.url)
    assert remote.reachable("https://portal.example.com/x")
