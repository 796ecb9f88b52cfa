from __future__ import annotations

import json
import logging
from contextlib import suppress
from functools import partial
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import ProviderError, Sought
from dubbing.providers.modelslab import ModelsLabProvider
from tests.dubbing.providers.modelslab.conftest import CALLBACK, KEY, MakeOrder, processing, success
from tests.support.http_server import Request, Server

SECRETS = (KEY, "s3cr3t")


def without_secrets(*shown: object) -> None:
    for each in shown:
        assert not [secret for secret in SECRETS if secret in str(each) or secret in repr(each)]


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 429, 500])
@pytest.mark.parametrize("as_json", [True, False])
def test_an_answer_that_quotes_the_request_does_not_get_into_the_error(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, status: int, as_json: bool
) -> None:
    def script(request: Request) -> None:
        quoted = f"cannot use {request.body.decode()}"
        request.answer(status, {"status": "error", "message": quoted} if as_json else quoted.encode())

    server.script = script
    with pytest.raises(ProviderError) as caught:
        modelslab.create_asset(make_order(callback_url=CALLBACK))
    without_secrets(caught.value, caught.value.reason, caught.value.args, modelslab)
    if as_json:
        assert "https://media.example.com/…" in caught.value.reason


def test_what_is_kept_of_an_answer_has_neither_key_nor_echo_nor_signatures(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    def script(request: Request) -> None:
        body = json.loads(request.body)
        echo = {"key": KEY, "input": {**body, "note": KEY}, "message": f"took {CALLBACK} with {KEY}", KEY: "x"}
        request.answer(200, {**processing(base_url), **echo, "proxy_links": ["https://cdn.example.com/x?s=s3cr3t"]})

    server.script = script
    asset = modelslab.create_asset(make_order(callback_url=CALLBACK))
    version = modelslab.fetch_version(asset.remote_id)
    for raw in (asset.raw, version.raw):
        without_secrets(raw, json.dumps(raw))
        assert not {"key", "meta"} & raw.keys()
        assert raw["proxy_links"] == ["https://cdn.example.com/x"]


def test_a_failed_job_that_quotes_its_request_keeps_it_to_itself(server: Server, modelslab: ModelsLabProvider) -> None:
    server.answers(
        (200, {"status": "failed", "messege": f"key {KEY}: no file at https://a.example.com/s3cr3t/x.mp4?y"})
    )
    version = modelslab.fetch_version("1")
    without_secrets(version, version.error, version.raw)
    assert version.error is not None
    assert version.error.message == "key [key]: no file at https://a.example.com/…"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_with_the_key(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, status: int
) -> None:
    with Server() as elsewhere:
        moved = {"Location": f"{elsewhere.url}/api/v6/voice/create_dubbing"}
        server.script = lambda request: request.answer(status, {"status": "processing", "id": 1}, moved)
        look = partial(modelslab.find, Sought(references=("DUB-1",), since="", candidate_id=""))
        for call in (lambda: modelslab.create_asset(make_order()), lambda: modelslab.fetch_version("1"), look):
            with pytest.raises(base.BadAnswer, match="redirect"):
                call()
        assert elsewhere.connections == 0
    assert [request.path for request in server.requests].count("/api/v6/voice/create_dubbing") == 1


def test_nothing_is_logged_of_what_is_sent(
    server: Server,
    modelslab: ModelsLabProvider,
    make_order: MakeOrder,
    base_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.answers((200, processing(base_url)), (200, success(f"{server.url}/r.mp4?signature=s3cr3t")), (200, b"film"))
    asset = modelslab.create_asset(make_order(callback_url=CALLBACK))
    with modelslab.open_result(modelslab.fetch_version(asset.remote_id)) as stream:
        assert b"".join(stream) == b"film"
    without_secrets(caplog.text)


def test_no_bytes_make_it_fail_in_any_other_way(server: Server, modelslab: ModelsLabProvider, make_order: Any) -> None:
    bodies = [
        b"[[]]",
        b'{"id":{}}',
        b'"\\ud800"',
        b'{"status":"error","message":[[[]]]}',
        b"\x00",
        b"1e999",
        b"[" * 9999,
        b'{"status":"error","message":"\\ud800\\u0000"}',
        b'{"status":"processing","id":' + b"9" * 9000 + b"}",
    ]
    bodies += [b'{"status":"success","output":[[1]],"proxy_links":{"a":"https://["}}', b'{"id":1e400,"status":"x"}']
    for status in (200, 400, 500):
        for body in bodies:
            server.answers((status, body))
            with suppress(ProviderError):
                modelslab.create_asset(make_order())
            with suppress(ProviderError):
                modelslab.fetch_asset("1")
            with suppress(ProviderError):
                modelslab.find(Sought(references=("DUB-1",), since=""))
