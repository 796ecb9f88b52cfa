from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from dubbing.providers import base, http
from dubbing.providers.base import AssetOrder, RemoteAsset
from dubbing.providers.voicechanger import VoiceChangerProvider
from tests.dubbing.providers.conftest import flat_memory
from tests.dubbing.providers.voicechanger.conftest import DENIED, JOB, KEY, SIGNATURE, Api
from tests.support.http_server import Request, Server

Create = Callable[..., RemoteAsset]
Fail = Callable[..., base.ProviderError]
MakeOrder = Callable[..., AssetOrder]


def test_the_video_is_sent_with_exactly_the_slots_headers_and_no_key(api: Api, create: Create) -> None:
    create(size=2_500_000)
    assert api.steps == ["slot", "put", "start"]
    put = api.of("put")[0]
    assert put.path == f"/bucket/film%2Bx.mp4?X-Signature={SIGNATURE}&n=a%2Fb"
    assert put.headers == {
        "host": f"127.0.0.1:{api.storage.port}",
        "content-type": "video/mp4",
        "x-meta-job": "7",
        "content-length": "2500000",
    }
    assert put.body == bytes(2_500_000)
    assert [KEY in str(request.headers) for request in api.requests] == [True, False, True]
    assert api.of("slot")[0].headers["x-api-key"] == KEY


def test_the_bytes_arrive_as_they_are(api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder) -> None:
    order = make_order(size=0)
    assert order.video
    data = os.urandom(3_333_333)
    order.video.path.write_bytes(data)
    voicechanger.create_asset(order)
    assert api.of("put")[0].body == data


def test_headers_that_follow_from_link_and_file_are_not_repeated(api: Api, create: Create) -> None:
    given = {"Content-Type": "video/mp4", "Host": "x", "Content-Length": "1", "Transfer-Encoding": "chunked"}
    api.on("slot", (201, api.slot(headers=given)))
    create(size=1000)
    assert set(api.of("put")[0].headers) == {"host", "content-type", "content-length"}
    assert api.of("put")[0].length == 1000


def test_a_slot_without_headers_or_method_is_put_with_the_type_asked_for(api: Api, create: Create) -> None:
    api.on("slot", (201, api.slot(headers=None, upload_method=None)))
    create(size=10)
    assert api.of("put")[0].headers["content-type"] == "video/mp4"


def test_an_id_may_be_called_id(api: Api, create: Create) -> None:
    api.on("slot", (200, {**api.slot(job_id=""), "job_id": None, "id": JOB}))
    assert create().remote_id == JOB


def test_progress_begins_with_nothing_and_ends_with_everything_before_the_start(
    api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder
) -> None:
    told: list[Any] = []
    order = make_order(size=20_000_000)
    voicechanger.create_asset(
        order,
        progress=lambda sent: told.append((sent, list(api.steps))),
        prepared=lambda job_id: told.append((job_id, list(api.steps))),
    )
    assert told[0] == (0, [])
    assert told[1] == (0, ["slot"])
    assert told[-2:] == [(JOB, ["slot", "put"]), (20_000_000, ["slot", "put"])]
    sizes = [sent for sent, _ in told[1:-2]]
    assert sizes == sorted(sizes)
    assert len(sizes) >= 4


@pytest.mark.parametrize(("stop_at", "steps"), [(0, []), (1, ["slot"]), (-1, ["slot", "put"])])
def test_a_sender_that_lost_the_lease_stops_before_the_next_step(
    api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder, stop_at: int, steps: list[str]
) -> None:
    calls: list[int] = []

    def progress(sent: int) -> None:
        calls.append(sent)
        if (stop_at == -1 and calls.count(1000) == 2) or len(calls) - 1 == stop_at:
            raise base.SendAborted

    with pytest.raises(base.SendAborted):
        voicechanger.create_asset(make_order(size=1000), progress=progress)
    assert api.steps == steps


def test_errors_of_prepared_are_raised_and_nothing_is_paid(
    api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder
) -> None:
    def prepared(job_id: str) -> None:
        raise LookupError(job_id)

    with pytest.raises(LookupError, match=JOB):
        voicechanger.create_asset(make_order(), prepared=prepared)
    assert api.steps == ["slot", "put"]


@pytest.mark.parametrize(
    "refusal", [(403, DENIED), (410, b""), (400, b"<Error><Code>ExpiredToken</Code><Message>x</Message></Error>")]
)
def test_an_expired_slot_is_replaced(
    api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder, refusal: tuple[int, bytes]
) -> None:
    told: list[str] = []
    api.on("slot", (200, api.slot("stale")), (200, api.slot()))
    api.on("put", refusal, (200, b""))
    assert voicechanger.create_asset(make_order(), prepared=told.append).remote_id == JOB
    assert api.steps == ["slot", "put", "slot", "put", "start"]
    assert told == [JOB]


def test_slots_that_never_work_are_given_up_for_now(api: Api, failing: Fail) -> None:
    api.on("put", (403, DENIED))
    error = failing()
    assert isinstance(error, base.NotSent)
    assert not error.outcome_unknown
    assert not error.permanent
    assert str(error) == "PUT upload_url 403 AccessDenied: Request has expired"
    assert api.steps == ["slot", "put"] * 3


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, base.Rejected),
        (413, base.Rejected),
        (415, base.Rejected),
        (422, base.Rejected),
        (408, base.NotSent),
        (429, base.Throttled),
        (500, base.NotSent),
        (503, base.NotSent),
        (307, base.NotSent),
        (304, base.NotSent),
    ],
)
def test_refusals_of_the_storage_are_distinguished(
    api: Api, failing: Fail, status: int, kind: type[base.ProviderError]
) -> None:
    api.on("put", (status, b"", {"Location": f"{api.base.url}/elsewhere"}))
    assert type(failing()) is kind
    assert api.steps == ["slot", "put"]


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, {"detail": "content_type is required"}), base.Rejected),
        ((401, {"detail": "bad key"}), base.KeyRejected),
        ((402, {"error": {"message": "no credits"}}), base.AccountLimited),
        ((403, {"error": "beta"}), base.AccountLimited),
        ((415, {"message": "not a video"}), base.Rejected),
        ((429, b"", {"Retry-After": "7"}), base.Throttled),
        ((500, b"<h1>oops</h1>"), base.NotSent),
        ((302, b"", {"Location": "https://voicechanger.co/"}), base.NotSent),
        ((200, b"<html>"), base.NotSent),
        ((200, b""), base.NotSent),
        ((200, []), base.NotSent),
        (Request.cut, base.NotSent),
    ],
)
def test_a_slot_that_is_not_given_is_never_an_unknown_outcome(
    api: Api, failing: Fail, answer: Any, kind: type[base.ProviderError]
) -> None:
    api.on("slot", answer)
    error = failing()
    assert type(error) is kind
    assert not error.outcome_unknown
    assert error.retry_after == (7 if kind is base.Throttled else None)
    assert api.steps == ["slot"]


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": ""},
        {"job_id": "../../admin"},
        {"job_id": None},
        {"upload_url": None},
        {"upload_url": "ftp://127.0.0.1/x"},
        {"upload_url": "http://169.254.169.254/latest"},
        {"upload_url": "http://storage.example.com/x"},
        {"upload_url": "http://user:pass@127.0.0.1/x"},
        {"upload_url": f"http://127.0.0.1:1/x?key={KEY}"},
        {"upload_method": "DELETE"},
        {"headers": ["Content-Type"]},
        {"headers": {"Content-Type": 5}},
        {"headers": {"X-Two": "a\r\nX-API-Key: b"}},
        {"headers": {"X Two": "a"}},
        {"headers": {"x-api-key": "a"}},
        {"headers": {"X-Meta": f"for {KEY}"}},
    ],
)
def test_a_slot_that_cannot_be_trusted_is_not_filled(api: Api, failing: Fail, changes: dict[str, Any]) -> None:
    api.on("slot", (200, api.slot(**changes)))
    assert type(failing()) is base.NotSent
    assert api.steps == ["slot"]
    assert api.storage.connections == 0


def test_a_public_name_with_a_private_address_is_not_sent_to(
    api: Api, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.on("slot", (200, api.slot(upload_url=f"https://rebind.example.com:{api.storage.port}/x")))
    real = socket.getaddrinfo
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", api.storage.port))]
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *args, **more: entries if "rebind" in host else real(host, *args, **more)
    )
    with pytest.raises(base.NotSent, match="public address"):
        VoiceChangerProvider(api.base.url, KEY).create_asset(make_order())


@pytest.mark.parametrize("ending", [Request.cut, Request.close])
def test_an_upload_without_an_answer_is_not_paid_for(
    api: Api, failing: Fail, ending: Callable[[Request], None]
) -> None:
    api.on("put", ending)
    error = failing()
    assert type(error) is base.NotSent
    assert not error.outcome_unknown
    assert api.steps == ["slot", "put"]


def test_an_unreachable_storage_means_that_nothing_was_sent(api: Api, failing: Fail) -> None:
    api.on("slot", (200, api.slot(upload_url="http://127.0.0.1:1/x")))
    assert type(failing()) is base.NotSent


def test_an_upload_that_is_accepted_too_slowly_ends(
    api: Api, make_order: MakeOrder, unread: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SLACK", 0.3)
    monkeypatch.setattr(http, "SLOWEST", 1e9)
    unread.script = Request.say_nothing
    api.on("slot", (200, api.slot(upload_url=f"{unread.url}/x")))
    begun = time.monotonic()
    with pytest.raises(base.NotSent):
        VoiceChangerProvider(api.base.url, KEY).create_asset(make_order(size=50_000_000))
    assert time.monotonic() - begun < 10


def test_a_video_that_is_gone_or_shrinks_is_not_sent(
    api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder
) -> None:
    order = make_order(size=20_000_000)
    assert order.video
    path = order.video.path

    def shrink(sent: int) -> None:
        if sent:
            os.truncate(path, sent)

    with pytest.raises(base.NotSent):
        voicechanger.create_asset(order, progress=shrink)
    path.unlink()
    with pytest.raises(base.NotSent):
        voicechanger.create_asset(order)
    assert "start" not in api.steps


def test_an_upload_keeps_memory_flat(api: Api, make_order: MakeOrder, unread: Server) -> None:
    sizes: list[int] = []

    def script(request: Request) -> None:
        sizes.append(request.drain())
        request.answer(200)

    unread.script = script
    api.on("slot", (200, api.slot(upload_url=f"{unread.url}/x")))
    with flat_memory():
        VoiceChangerProvider(api.base.url, KEY).create_asset(make_order(size=200_000_000))
    assert sizes == [200_000_000]
