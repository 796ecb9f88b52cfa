from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import AssetOrder, RemoteAsset, RemoteDubbing
from dubbing.providers.voicechanger import VoiceChangerProvider
from tests.dubbing.providers.voicechanger.conftest import JOB, KEY, Api
from tests.support.http_server import Request

Create = Callable[..., RemoteAsset]
Fail = Callable[..., base.ProviderError]
MakeOrder = Callable[..., AssetOrder]


def test_a_started_job_is_an_asset_with_one_dubbing_of_one_version(api: Api, create: Create) -> None:
    asset = create()
    assert (asset.remote_id, asset.status, asset.failed) == (JOB, "queued", False)
    assert asset.dubbings == (RemoteDubbing("", JOB, (JOB,)),)
    assert api.of("start")[0].headers["x-api-key"] == KEY
    assert api.steps.count("start") == 1


UNCLEAR: list[Any] = [
    (200, b""),
    (200, {}),
    (200, b"<html>ok</html>"),
    (200, {"job_id": "another", "status": "queued"}),
    (200, {"job_id": JOB, "status": "waiting_upload"}),
    (307, b"", {"Location": "/elsewhere"}),
    (408, b""),
    (500, {"detail": "oops"}),
    (503, b""),
    Request.cut,
    Request.close,
]


@pytest.mark.parametrize("answer", UNCLEAR)
@pytest.mark.parametrize("status", ["queued", "processing", "completed", "transmogrifying"])
def test_an_unclear_start_is_a_start_if_the_job_has_moved(
    api: Api, make_order: MakeOrder, answer: Any, status: str
) -> None:
    api.on("start", answer)
    api.job(status)
    asset = VoiceChangerProvider(api.base.url, KEY).create_asset(make_order(size=10))
    assert (asset.remote_id, asset.status) == (JOB, status)
    assert api.steps == ["slot", "put", "start", "job"]


@pytest.mark.parametrize("answer", UNCLEAR)
@pytest.mark.parametrize("job", [(200, {"status": "waiting_upload"}), (404, b""), (500, b""), (200, b"?"), Request.cut])
def test_an_unclear_start_is_an_unknown_outcome_if_the_job_does_not_show_it(
    api: Api, make_order: MakeOrder, answer: Any, job: Any
) -> None:
    api.on("start", answer)
    api.on("job", job)
    with pytest.raises(base.AnswerLost) as caught:
        VoiceChangerProvider(api.base.url, KEY).create_asset(make_order(size=10))
    assert caught.value.outcome_unknown
    assert KEY not in str(caught.value)
    assert api.steps == ["slot", "put", "start", "job"]


@pytest.mark.long
def test_a_start_without_an_answer_is_judged_by_the_job(api: Api, make_order: MakeOrder) -> None:
    api.on("start", Request.say_nothing)
    impatient = VoiceChangerProvider(api.base.url, KEY, deadline=2)
    api.job("queued")
    assert impatient.create_asset(make_order(size=10)).remote_id == JOB
    api.job("waiting_upload")
    with pytest.raises(base.AnswerLost):
        impatient.create_asset(make_order(size=10))


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_start_that_is_refused_because_it_was_done_is_a_start(api: Api, create: Create, status: int) -> None:
    api.on("start", (status, {"detail": "already started"}))
    api.job("processing")
    assert create().status == "processing"
    assert api.steps.count("start") == 1


@pytest.mark.parametrize("status", [400, 404, 409, 422])
def test_a_start_that_is_refused_while_the_job_waits_is_refused(api: Api, failing: Fail, status: int) -> None:
    api.on("start", (status, {"detail": f"not yet uploaded {KEY}"}))
    api.job("waiting_upload")
    error = failing()
    assert isinstance(error, base.Rejected)
    assert (error.status, error.reason) == (status, "not yet uploaded [key]")
    assert api.steps == ["slot", "put", "start", "job"]


def test_a_refused_start_whose_job_cannot_be_seen_is_an_unknown_outcome(api: Api, failing: Fail) -> None:
    api.on("start", (409, {"detail": "already started"}))
    api.on("job", (503, b""))
    assert type(failing()) is base.AnswerLost


@pytest.mark.parametrize("gone", [(200, {"status": "expired"}), (404, b"")])
def test_a_job_that_expired_before_its_start_is_replaced(
    api: Api, voicechanger: VoiceChangerProvider, make_order: MakeOrder, gone: Any
) -> None:
    told: list[str] = []
    api.on("start", (404, {"detail": "unknown job"}), (200, {"status": "queued"}))
    api.on("job", gone)
    assert voicechanger.create_asset(make_order(), prepared=told.append).status == "queued"
    assert api.steps == ["slot", "put", "start", "job", "slot", "put", "start"]
    assert told == [JOB, JOB]


def test_a_bad_order_whose_job_is_gone_is_refused(api: Api, failing: Fail) -> None:
    api.on("start", (422, {"detail": [{"loc": ["body", "target_language"], "msg": "unknown language"}]}))
    api.on("job", (404, b""))
    assert failing().reason == "body.target_language: unknown language"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((401, {"detail": "bad key"}), base.KeyRejected),
        ((402, {"detail": "not enough credits"}), base.AccountLimited),
        ((403, {"error": {"message": "not enough credits"}}), base.AccountLimited),
        ((429, {"message": "slow down"}, {"Retry-After": "30"}), base.Throttled),
    ],
)
def test_a_start_on_hold_pays_nothing_and_asks_no_further(
    api: Api, failing: Fail, answer: Any, kind: type[base.ProviderError]
) -> None:
    api.on("start", answer)
    error = failing()
    assert type(error) is kind
    assert error.retry_after == (30 if kind is base.Throttled else None)
    assert api.steps == ["slot", "put", "start"]


def test_a_start_that_never_left_is_not_sent(voicechanger: VoiceChangerProvider, make_order: MakeOrder) -> None:
    def gone(job_id: str) -> None:
        voicechanger._caller._base = "http://127.0.0.1:1"

    with pytest.raises(base.NotSent):
        voicechanger.create_asset(make_order(), prepared=gone)


def test_a_start_that_fails_at_once_is_an_asset_that_failed(api: Api, create: Create) -> None:
    api.on("start", (200, {"job_id": JOB, "status": "failed", "error": "no speech"}))
    asset = create()
    assert asset.failed
    assert asset.error == base.RemoteError("failed", "no speech")
