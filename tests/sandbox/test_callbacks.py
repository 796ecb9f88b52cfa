"""Callbacks: signed, in order, repeated, and wrong in every way one asks for."""

import base64
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.sandbox.conftest import Client, Listener, eventually

ALL = ["version_ready", "version_generating", "version_generated"]


def _verified(pem: str, value: str, body: bytes, encoding: str = "hex", form: str = "raw") -> bool:
    key = serialization.load_pem_public_key(pem.encode())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    if encoding == "hex":
        signature = bytes.fromhex(value)
    else:
        decode = base64.b64decode if encoding == "base64" else base64.urlsafe_b64decode
        signature = decode(value + "==" * (encoding == "base64url"))
    if form == "raw":
        assert len(signature) == 64
        signature = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        key.verify(signature, body, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def test_every_step_is_reported_in_order_and_signed(client: Client, listener: Listener) -> None:
    asset = client.upload(auto_generate="no_lips", callback_url=listener.url)
    eventually(lambda: len(listener.received) == 3)
    assert listener.events == ALL
    version_id = asset["languages"][0]["versions"][0]["version_id"]
    for headers, body in listener.received:
        content = json.loads(body)
        assert (content["asset_id"], content["version_id"], content["version_locale"]) == (
            asset["asset_id"],
            version_id,
            "es-ES",
        )
        assert headers["x-signature-algorithm"] == "ES256"
        assert _verified(client.process.public_key_pem, headers["x-signature"], body)
        assert not _verified(client.process.public_key_pem, headers["x-signature"], body + b" ")


@pytest.mark.parametrize("encoding", ["hex", "base64", "base64url"])
@pytest.mark.parametrize("form", ["raw", "der"])
def test_signatures_have_the_chosen_form(client: Client, listener: Listener, encoding: str, form: str) -> None:
    client.process.control("delivery", encoding=encoding, form=form, locale_field="locale")
    client.upload(callback_url=listener.url)
    eventually(lambda: bool(listener.received))
    headers, body = listener.received[0]
    assert json.loads(body)["locale"] == "es-ES"
    assert _verified(client.process.public_key_pem, headers["x-signature"], body, encoding, form)


@pytest.mark.parametrize("how", ["other_key", "changed_byte", "missing_header", "truncated"])
def test_signatures_can_be_wrong(client: Client, listener: Listener, how: str) -> None:
    client.process.fault("callback", "sign", how=how)
    client.upload(callback_url=listener.url)
    eventually(lambda: bool(listener.received))
    headers, body = listener.received[0]
    value = headers.get("x-signature", "")
    assert len(value) != 128 or not _verified(client.process.public_key_pem, value, body)


def test_an_asset_that_fails_says_so_without_a_version(client: Client, listener: Listener) -> None:
    client.create(callback_url=listener.url)
    eventually(lambda: bool(listener.received))
    content = json.loads(listener.received[0][1])
    assert (content["event"], content["version_id"]) == ("asset_failed", None)


def test_a_callback_is_retried_until_it_is_accepted(client: Client, listener: Listener) -> None:
    client.process.control("delivery", backoff=0.05)
    listener.answers = [500, 302]
    client.upload(callback_url=listener.url)
    eventually(lambda: len(listener.received) == 3)
    eventually(lambda: _log(client)[0]["outcome"] == "delivered")
    assert _log(client)[0]["answers"] == ["500", "302", "200"]


@pytest.mark.parametrize(
    ("kind", "do", "expected"),
    [
        ("drop", {}, ALL[1:]),
        ("double", {"copies": 3}, [ALL[0], ALL[0], *ALL]),
        ("delay", {"seconds": 4}, [*ALL[1:], ALL[0]]),
        ("reorder", {}, [ALL[1], ALL[0], ALL[2]]),
    ],
)
def test_callbacks_get_lost_doubled_late_and_out_of_order(
    client: Client, listener: Listener, kind: str, do: dict[str, Any], expected: list[str]
) -> None:
    client.process.fault("callback", kind, **do)
    client.upload(auto_generate="no_lips", callback_url=listener.url)
    eventually(lambda: len(listener.events) == len(expected))
    assert listener.events == expected


def test_an_old_callback_can_be_replayed_and_a_new_one_made_up(client: Client, listener: Listener) -> None:
    client.upload(callback_url=listener.url)
    eventually(lambda: bool(listener.received))
    client.process.control(f"callbacks/{_log(client)[0]['seq']}/replay?copies=2")
    eventually(lambda: listener.events == ["version_ready"] * 3)
    client.process.control("callbacks/send", url=listener.url, body='{"event": "news"}')
    headers, body = listener.received[-1]
    assert body == b'{"event": "news"}'
    assert _verified(client.process.public_key_pem, headers["x-signature"], body)


def _log(client: Client) -> list[dict[str, Any]]:
    log: list[dict[str, Any]] = client.process.control("callbacks", method="GET")
    return log
