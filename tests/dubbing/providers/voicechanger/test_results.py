from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import RemoteVersion, VersionState
from dubbing.providers.voicechanger import VoiceChangerProvider
from tests.dubbing.providers.conftest import flat_memory
from tests.dubbing.providers.voicechanger.conftest import JOB, KEY, SIGNATURE, Api
from tests.support.http_server import Request, Server, head

VERSION = RemoteVersion(remote_id=JOB, status="completed", state=VersionState.COMPLETED)
FILM = bytes(range(256)) * 10_000


def fetched(voicechanger: VoiceChangerProvider) -> bytes:
    with voicechanger.open_result(VERSION) as stream:
        return b"".join(stream)


def failing(voicechanger: VoiceChangerProvider) -> base.ProviderError:
    with pytest.raises(base.ProviderError) as caught:
        fetched(voicechanger)
    assert KEY not in str(caught.value)
    assert SIGNATURE not in str(caught.value)
    return caught.value


@pytest.fixture
def foreign() -> Iterator[Server]:
    """Another origin: the same host on another port."""
    with Server(lambda request: request.answer(200, FILM, {"Content-Type": "video/mp4"})) as server:
        yield server


def link(server: Server) -> str:
    return f"{server.url}/dub.mp4?signature={SIGNATURE}"


def test_a_result_may_be_the_answer_itself(api: Api, voicechanger: VoiceChangerProvider) -> None:
    api.on("result", (200, FILM, {"Content-Type": "video/mp4", "Set-Cookie": "a=b"}))
    with voicechanger.open_result(VERSION) as stream:
        assert stream.size == len(FILM)
        pieces = list(stream)
    assert b"".join(pieces) == FILM
    assert max(map(len, pieces)) == 1024 * 1024
    assert api.of("result")[0].headers["x-api-key"] == KEY


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_result_may_be_a_redirect_which_does_not_get_the_key(
    api: Api, voicechanger: VoiceChangerProvider, foreign: Server, status: int
) -> None:
    api.on("result", (status, b"", {"Location": link(foreign), "Set-Cookie": "a=b"}))
    assert fetched(voicechanger) == FILM
    assert [request.path for request in foreign.requests] == [f"/dub.mp4?signature={SIGNATURE}"]
    assert KEY not in str(foreign.requests[0].headers)
    assert not {"x-api-key", "cookie", "authorization", "referer"} & foreign.requests[0].headers.keys()


@pytest.mark.parametrize(
    "body",
    [
        {"download_url": "LINK", "result_url": "http://127.0.0.1:1/", "url": "http://127.0.0.1:1/"},
        {"download_url": None, "result_url": "LINK", "url": "http://127.0.0.1:1/"},
        {"download_url": "", "result_url": 5, "url": "LINK", "status": "completed"},
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "application/hal+json"])
def test_a_result_may_be_a_link_in_json(
    api: Api, voicechanger: VoiceChangerProvider, foreign: Server, body: dict[str, Any], kind: str
) -> None:
    told = {name: link(foreign) if value == "LINK" else value for name, value in body.items()}
    api.on("result", (200, told, {"Content-Type": kind}))
    assert fetched(voicechanger) == FILM
    assert KEY not in str(foreign.requests[0].headers)


@pytest.mark.parametrize("form", ["redirect", "json"])
def test_even_on_the_same_origin_a_link_does_not_get_the_key(
    api: Api, voicechanger: VoiceChangerProvider, form: str
) -> None:
    redirect = (307, b"", {"Location": "/files/dub.mp4"})
    told = (200, {"download_url": "/files/dub.mp4"}, {"Content-Type": "application/json"})
    api.on("result", redirect if form == "redirect" else told)
    api.on("/files/dub.mp4", (200, FILM))
    assert fetched(voicechanger) == FILM
    assert api.of("/files/dub.mp4")[0].path == "/files/dub.mp4"
    assert KEY not in str(api.of("/files/dub.mp4")[0].headers)


def test_a_redirect_that_leads_back_does_not_get_the_key_either(
    api: Api, voicechanger: VoiceChangerProvider, foreign: Server
) -> None:
    api.on("result", (307, b"", {"Location": link(foreign)}), (401, {"detail": "no key"}))
    foreign.script = lambda request: request.answer(302, b"", {"Location": f"{api.base.url}/v1/jobs/{JOB}/result"})
    assert type(failing(voicechanger)) is base.LinkExpired
    assert ["x-api-key" in request.headers for request in api.of("result")] == [True, False]


def test_redirects_end(api: Api, voicechanger: VoiceChangerProvider, foreign: Server) -> None:
    api.on("result", (307, b"", {"Location": link(foreign)}))
    foreign.script = lambda request: request.answer(302, b"", {"Location": link(foreign)})
    assert type(failing(voicechanger)) is base.BadAnswer
    assert len(foreign.requests) <= 4


@pytest.mark.parametrize(
    "location",
    ["http://169.254.169.254/latest", "file:///etc/passwd", "http://a.example.com/x", "//[::", "", f"/x?k={KEY}"],
)
@pytest.mark.parametrize("form", ["redirect", "json"])
def test_a_link_that_cannot_be_trusted_is_not_opened(
    api: Api, voicechanger: VoiceChangerProvider, location: str, form: str
) -> None:
    told = (200, {"download_url": location}, {"Content-Type": "application/json"})
    api.on("result", (307, b"", {"Location": location}) if form == "redirect" else told)
    assert type(failing(voicechanger)) in (base.BadAnswer, base.LinkExpired)
    assert KEY not in str([request.path for request in api.requests])
    assert len([request for request in api.requests if "x-api-key" in request.headers]) == 1


@pytest.mark.parametrize("status", [202, 404, 409, 410, 425])
def test_a_result_that_does_not_exist_yet_is_requested_again(
    api: Api, voicechanger: VoiceChangerProvider, status: int
) -> None:
    api.on("result", (status, {"detail": "still processing"}, {"Content-Type": "application/json"}))
    error = failing(voicechanger)
    assert type(error) is base.LinkExpired
    assert error.reason == ("the result is not ready yet" if status == 202 else "still processing")


@pytest.mark.parametrize("body", [{}, {"status": "processing"}, {"url": None}, [], "https://x.example.com/", None])
def test_json_without_a_link_is_no_result_yet(api: Api, voicechanger: VoiceChangerProvider, body: Any) -> None:
    api.on("result", (200, body, {"Content-Type": "application/json"}))
    assert type(failing(voicechanger)) is base.LinkExpired


def test_an_expired_link_is_asked_for_again(api: Api, voicechanger: VoiceChangerProvider, foreign: Server) -> None:
    api.on("result", (307, b"", {"Location": link(foreign)}))
    answers = [403, 200]
    foreign.script = lambda request: request.answer(answers.pop(0), FILM)
    assert type(failing(voicechanger)) is base.LinkExpired
    assert fetched(voicechanger) == FILM
    assert len(api.of("result")) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((401, {"detail": f"bad key {KEY}"}), base.KeyRejected),
        ((402, b""), base.AccountLimited),
        ((403, b""), base.AccountLimited),
        ((422, b""), base.Rejected),
        ((429, b"", {"Retry-After": "3"}), base.Throttled),
        ((500, b""), base.AnswerLost),
        ((204, b""), base.BadAnswer),
        ((206, b"x"), base.BadAnswer),
        ((304, b""), base.BadAnswer),
        ((200, b"{", {"Content-Type": "application/json"}), base.BadAnswer),
        ((200, b"\x1f\x8b", {"Content-Encoding": "gzip"}), base.BadAnswer),
        (Request.cut, base.AnswerLost),
    ],
)
def test_answers_that_are_not_results_are_distinguished(
    api: Api, voicechanger: VoiceChangerProvider, answer: Any, kind: type[base.ProviderError]
) -> None:
    api.on("result", answer)
    assert type(failing(voicechanger)) is kind


@pytest.mark.parametrize("announced", [True, False])
def test_a_result_over_the_limit_is_refused(api: Api, announced: bool) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": "900000000"} if announced else {"Connection": "close"}))
        request.flood(900_000_000)

    api.on("result", script)
    with flat_memory():
        error = failing(VoiceChangerProvider(api.base.url, KEY, largest_result=20_000_000))
    assert type(error) is base.BadAnswer


def test_a_short_result_is_lost(api: Api, voicechanger: VoiceChangerProvider) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": "5000"}) + b"x" * 4999)
        request.close()

    api.on("result", script)
    assert type(failing(voicechanger)) is base.AnswerLost


def test_a_result_that_does_not_begin_ends_by_the_deadline(api: Api) -> None:
    api.on("result", Request.say_nothing)
    begun = time.monotonic()
    assert type(failing(VoiceChangerProvider(api.base.url, KEY, deadline=0.8))) is base.AnswerLost
    assert time.monotonic() - begun < 10


def test_a_download_is_flat_in_memory(api: Api, voicechanger: VoiceChangerProvider) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": str(200 << 20), "Content-Type": "video/mp4"}))
        request.flood(200 << 20)

    api.on("result", script)
    with flat_memory(), voicechanger.open_result(VERSION) as stream:
        assert sum(map(len, stream)) == 200 << 20
