from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import Listing, RemoteError, Sought, VersionState
from dubbing.providers.voicechanger import VoiceChangerProvider
from tests.dubbing.providers.test_panjaya import HOSTILE
from tests.dubbing.providers.voicechanger.conftest import JOB, KEY, SIGNATURE, Api
from tests.support.http_server import Request

WORDS = {
    "waiting_upload": VersionState.PREPARING,
    "queued": VersionState.GENERATING,
    "processing": VersionState.GENERATING,
    "running": VersionState.GENERATING,
    "in_progress": VersionState.GENERATING,
    "In-Progress": VersionState.GENERATING,
    "completed": VersionState.COMPLETED,
    "COMPLETED": VersionState.COMPLETED,
    "failed": VersionState.FAILED,
    "error": VersionState.FAILED,
    "canceled": VersionState.FAILED,
    "cancelled": VersionState.FAILED,
    "expired": VersionState.FAILED,
    "timeout_waiting": None,
    "Ünïcode \u202e": None,
}


@pytest.mark.parametrize(("word", "state"), WORDS.items())
def test_their_statuses_become_ours(
    api: Api, voicechanger: VoiceChangerProvider, word: str, state: VersionState | None
) -> None:
    api.job(word, type="dubbing", credits=4)
    version, asset = voicechanger.fetch_version(JOB), voicechanger.fetch_asset(JOB)
    assert (version.remote_id, version.status, version.state) == (JOB, word, state)
    assert version.result_url is None
    assert (asset.remote_id, asset.status, asset.failed) == (JOB, word, state is VersionState.FAILED)
    assert api.requests[0].headers["x-api-key"] == KEY


def test_an_unknown_word_is_logged_once(
    api: Api, voicechanger: VoiceChangerProvider, caplog: pytest.LogCaptureFixture
) -> None:
    api.job("marinating")
    for _ in range(3):
        assert voicechanger.fetch_version(JOB).state is None
    assert caplog.text.count("marinating") == 1


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"error": "no speech"}, RemoteError("failed", "no speech")),
        ({"error": {"code": "E7", "message": "no speech"}}, RemoteError("E7", "no speech")),
        ({"error": {"detail": ["a", "b"]}}, RemoteError("failed", "a; b")),
        ({"error": None, "error_message": "no speech"}, RemoteError("failed", "no speech")),
        ({"detail": [{"loc": ["video"], "msg": "too long"}]}, RemoteError("failed", "video: too long")),
        ({"message": f"see https://x.example.com/log?sig={SIGNATURE}", "error_code": "E8"}, None),
        ({"error": True, "message": f"key {KEY}"}, RemoteError("failed", "key [key]")),
        ({}, RemoteError("failed", "")),
    ],
)
def test_the_reason_of_a_failure_is_found_in_every_form(
    api: Api, voicechanger: VoiceChangerProvider, body: dict[str, Any], error: RemoteError | None
) -> None:
    api.job("failed", **body)
    expected = error or RemoteError("E8", "see https://x.example.com/log")
    version = voicechanger.fetch_version(JOB)
    assert version.error == expected
    assert voicechanger.fetch_asset(JOB).error == expected
    assert KEY not in str(version.raw)
    assert SIGNATURE not in str(version.raw)


def test_a_message_of_a_running_job_is_no_error(api: Api, voicechanger: VoiceChangerProvider) -> None:
    api.job("queued", message="third in line", error=None)
    assert voicechanger.fetch_version(JOB).error is None


@pytest.mark.parametrize(
    ("value", "progress"), [(0.5, 0.5), (40, 40.0), ("40%", None), (True, None), (None, None), (10**400, None)]
)
def test_progress_is_a_number_or_nothing(
    api: Api, voicechanger: VoiceChangerProvider, value: Any, progress: float | None
) -> None:
    api.job("processing", progress=value)
    assert voicechanger.fetch_version(JOB).progress == progress


@pytest.mark.parametrize("names", [{}, {"id": JOB}, {"job_id": JOB, "id": 17}, {"job_id": None, "id": JOB}])
def test_a_job_may_leave_its_id_out(api: Api, voicechanger: VoiceChangerProvider, names: dict[str, Any]) -> None:
    api.on("job", (200, {**names, "status": "queued"}))
    assert voicechanger.fetch_version(JOB).remote_id == JOB


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b"",
        [],
        {},
        {"status": None},
        {"status": 5},
        {"job_id": "another", "status": "completed"},
        {"id": 17, "status": "completed"},
    ],
)
def test_an_answer_that_is_not_the_job_is_a_bad_one(api: Api, voicechanger: VoiceChangerProvider, body: Any) -> None:
    api.on("job", (200, body))
    for call in (voicechanger.fetch_version, voicechanger.fetch_asset):
        with pytest.raises(base.BadAnswer):
            call(JOB)


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        ((401, {"detail": f"bad key {KEY}"}), base.KeyRejected, "bad key [key]"),
        ((402, {"error": "credits"}), base.AccountLimited, "credits"),
        ((404, {"message": "unknown job"}), base.NotFound, "unknown job"),
        ((422, {"detail": [{"msg": "a"}, {"msg": "b"}]}), base.Rejected, "a; b"),
        ((429, {"error": {"message": "slow"}}), base.Throttled, "slow"),
        ((500, b"<html><h1>oops</h1></html>"), base.AnswerLost, "oops"),
        ((302, b"", {"Location": "http://127.0.0.1:1/"}), base.BadAnswer, "a redirect, which we do not follow"),
    ],
)
def test_errors_are_distinguished_in_a_few_words(
    api: Api, voicechanger: VoiceChangerProvider, answer: Any, kind: type[base.ProviderError], reason: str
) -> None:
    api.on("job", answer)
    with pytest.raises(base.ProviderError) as caught:
        voicechanger.fetch_version(JOB)
    assert type(caught.value) is kind
    assert caught.value.reason == reason


@pytest.mark.parametrize("remote_id", HOSTILE)
def test_a_hostile_id_makes_no_request(api: Api, voicechanger: VoiceChangerProvider, remote_id: str) -> None:
    version = base.RemoteVersion(remote_id=remote_id, status="completed", state=VersionState.COMPLETED)
    calls: list[Callable[[], object]] = [
        lambda: voicechanger.fetch_asset(remote_id),
        lambda: voicechanger.fetch_version(remote_id),
        lambda: voicechanger.open_result(version).__enter__(),
    ]
    for call in calls:
        with pytest.raises(base.NotFound):
            call()
    assert api.base.connections == 0


def sought(job_id: str) -> Sought:
    return Sought(references=("DUB-1",), since="2026-11-21T12:00:00Z", candidate_id=job_id)


@pytest.mark.parametrize("status", ["queued", "processing", "completed", "failed", "simmering"])
def test_a_lost_request_is_found_if_its_job_was_started(
    api: Api, voicechanger: VoiceChangerProvider, status: str
) -> None:
    api.job(status)
    found = voicechanger.find(sought(JOB))
    assert found.complete
    assert [asset.remote_id for asset in found.assets] == [JOB]


@pytest.mark.parametrize("answer", [(200, {"job_id": JOB, "status": "waiting_upload"}), (404, {"detail": "no"})])
def test_a_job_that_was_never_started_or_is_gone_is_not_found(
    api: Api, voicechanger: VoiceChangerProvider, answer: Any
) -> None:
    api.on("job", answer)
    assert voicechanger.find(sought(JOB)) == Listing((), complete=True)


@pytest.mark.parametrize("candidate", ["", "../x"])
def test_without_an_id_nothing_can_have_been_started(
    api: Api, voicechanger: VoiceChangerProvider, candidate: str
) -> None:
    assert voicechanger.find(sought(candidate)) == Listing((), complete=True)
    assert api.base.connections == 0


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((500, b""), base.AnswerLost),
        ((401, b""), base.KeyRejected),
        (Request.cut, base.AnswerLost),
        ((200, b"?"), base.BadAnswer),
    ],
)
def test_a_failed_search_concludes_nothing(
    api: Api, voicechanger: VoiceChangerProvider, answer: Any, kind: type[base.ProviderError]
) -> None:
    api.on("job", answer)
    with pytest.raises(kind):
        voicechanger.find(sought(JOB))
