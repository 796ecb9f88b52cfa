from __future__ import annotations

import socket
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import ProviderError, RemoteDubbing, VersionState
from dubbing.providers.modelslab import ModelsLabProvider
from tests.dubbing.providers.modelslab.conftest import KEY, MakeOrder, processing, success
from tests.support.http_server import Request, Server, head


def failing(modelslab: ModelsLabProvider, make_order: MakeOrder) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        modelslab.create_asset(make_order())
    return caught.value


def test_an_accepted_job_is_one_asset_with_one_dubbing_and_version(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url)))
    asset = modelslab.create_asset(make_order())
    assert (asset.remote_id, asset.status, asset.failed) == ("334166", "processing", False)
    assert asset.dubbings == (RemoteDubbing("", "334166", ("334166",)),)
    assert asset.name == "dub-abcdefgh23"
    assert asset.raw["eta"] == 27.5


@pytest.mark.parametrize("job_id", [334166, "334166", "5d0c-ab_9"])
def test_an_id_comes_as_a_number_or_a_text(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str, job_id: Any
) -> None:
    server.answers((200, processing(base_url, job_id)))
    assert modelslab.create_asset(make_order()).remote_id == str(job_id)


def test_a_job_that_is_done_at_once_is_fetched_like_any_other(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder
) -> None:
    answer = success("https://r2.example.com/dubbed_video_1_dub-abcdefgh23.mp4")
    server.answers((200, answer))
    asset = modelslab.create_asset(make_order())
    assert (asset.remote_id, asset.status) == ("334166", "success")
    version = modelslab.fetch_version(asset.remote_id)
    assert version.state is VersionState.COMPLETED
    assert version.result_url == "https://r2.example.com/dubbed_video_1_dub-abcdefgh23.mp4"


def test_an_address_that_disagrees_with_the_id_is_kept_beside_it(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url, 334166, 271)))
    assert modelslab.create_asset(make_order()).remote_id == "334166~v6~voice~fetch~271"


def test_an_address_alone_is_enough(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url, id=None)))
    assert modelslab.create_asset(make_order()).remote_id == "334166"
    server.answers((200, processing(base_url, id=None, fetch_result=f"{base_url}/dubbing/fetch/9/")))
    assert modelslab.create_asset(make_order()).remote_id == "~v6~dubbing~fetch~9"


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "processing"},
        {"status": "processing", "id": None, "fetch_result": "https://evil.example.com/api/v6/voice/fetch/1"},
        {"status": "processing", "id": "../x"},
        {"status": "processing", "id": True},
        {"status": "success", "output": ["https://r2.example.com/x.mp4"]},
        {"status": "queued"},
        {"status": 5},
        {},
        [],
        None,
        "x",
        b"<html>",
        b"",
    ],
)
def test_an_answer_that_names_no_job_leaves_the_outcome_unknown(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, answer: Any
) -> None:
    server.answers((200, answer))
    error = failing(modelslab, make_order)
    assert type(error) is base.BadAnswer
    assert error.outcome_unknown


def test_an_unknown_word_about_a_known_job_is_a_job(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder
) -> None:
    server.answers((200, {"status": "queued", "id": 7}))
    asset = modelslab.create_asset(make_order())
    assert (asset.remote_id, asset.status, asset.failed) == ("7", "queued", False)


@pytest.mark.parametrize("status", [200, 400, 422])
@pytest.mark.parametrize("word", ["error", "failed", "ERROR"])
@pytest.mark.parametrize("spelling", ["message", "messege"])
def test_a_refusal_is_the_same_in_every_form(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, status: int, word: str, spelling: str
) -> None:
    server.answers((status, {"status": word, spelling: "init_video is not a video"}))
    error = failing(modelslab, make_order)
    assert (type(error), error.reason) == (base.Rejected, "init_video is not a video")
    assert error.permanent


def test_a_refusal_by_fields_says_them_all(server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder) -> None:
    server.answers((400, {"status": "error", "message": {"init_video": ["is required"], "seed": ["is bad"]}}))
    assert failing(modelslab, make_order).reason == "is required; is bad"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, base.KeyRejected),
        (402, base.AccountLimited),
        (403, base.AccountLimited),
        (404, base.NotFound),
        (429, base.Throttled),
        (500, base.AnswerLost),
        (503, base.AnswerLost),
        (504, base.AnswerLost),
    ],
)
@pytest.mark.parametrize("body", [{"status": "error", "message": "no"}, b"<html><p>no</p>", {"status": "failed"}, b""])
def test_a_status_that_says_more_than_error_counts(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, status: int, kind: Any, body: Any
) -> None:
    server.answers((status, body))
    error = failing(modelslab, make_order)
    assert (type(error), error.status) == (kind, status)


@pytest.mark.parametrize("status", [400, 429, 500, 503])
def test_a_job_in_the_body_counts_more_than_the_status(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str, status: int
) -> None:
    server.answers((status, processing(base_url)))
    assert modelslab.create_asset(make_order()).remote_id == "334166"


@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize(
    ("hint", "wait"), [(30, 30.0), ("30", 30.0), (2.5, 2.5), (999_999, 3600.0), (0, 0.0), (True, None), ("soon", None)]
)
def test_a_full_queue_says_in_its_body_how_long_to_wait(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, status: int, hint: Any, wait: float | None
) -> None:
    server.answers((status, {"status": "error", "message": "queue is full", "retry_after": hint}))
    error = failing(modelslab, make_order)
    if status == 200 and wait is None:
        assert type(error) is base.Rejected
    else:
        assert (type(error), error.retry_after) == (base.Throttled, wait)


def test_the_header_says_how_long_to_wait_when_the_body_does_not(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder
) -> None:
    server.script = lambda request: request.answer(429, {"status": "error"}, {"Retry-After": "12"})
    assert failing(modelslab, make_order).retry_after == 12


def test_a_model_that_is_warming_up_has_accepted_the_job(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder
) -> None:
    server.answers((200, {"status": "error", "messege": "Model is loading, please try again", "id": 9}))
    assert modelslab.create_asset(make_order()).remote_id == "9"
    server.answers((200, {"status": "error", "messege": "Model is loading, please try again"}))
    assert type(failing(modelslab, make_order)) is base.Rejected
    server.answers((200, {"status": "error", "message": "Dubbing failed, please try again", "id": 9}))
    assert type(failing(modelslab, make_order)) is base.Rejected


def test_an_answer_that_never_comes_is_lost(server: Server, base_url: str, make_order: MakeOrder) -> None:
    server.script = lambda request: request.cut()
    error = failing(ModelsLabProvider(base_url, KEY), make_order)
    assert type(error) is base.AnswerLost
    assert len(server.requests) == 1


def test_an_answer_cut_short_is_lost(server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": "500"}) + b'{"status": "processing", "id": 1')
        request.close()

    server.script = script
    assert type(failing(modelslab, make_order)) is base.AnswerLost


def test_an_answer_over_the_deadline_is_lost(server: Server, base_url: str, make_order: MakeOrder) -> None:
    server.script = lambda request: request.drip(b"HTTP/1.1 200 OK\r\n" * 10, every=0.1)
    assert type(failing(ModelsLabProvider(base_url, KEY, deadline=0.8), make_order)) is base.AnswerLost


def test_a_refused_connection_is_not_sent(make_order: MakeOrder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failing(ModelsLabProvider(f"http://127.0.0.1:{port}/api/v6", KEY), make_order)
    assert type(error) is base.NotSent


def test_each_order_has_its_own_connection_and_reads_share_one(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url)))
    for _ in range(2):
        modelslab.create_asset(make_order())
    assert server.connections == 2
    for _ in range(3):
        modelslab.fetch_version("334166")
    assert server.connections == 3
