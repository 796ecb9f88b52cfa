from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dubbing.providers import base
from dubbing.providers.base import AssetOrder, LocalFile, Target
from dubbing.providers.panjaya import PanjayaProvider
from tests.dubbing.providers.conftest import KEY
from tests.support.http_server import Server

MakeOrder = Callable[..., AssetOrder]
ASSET = {"asset_id": "65f0c0ffee65f0c0ffee65f0", "name": "Film", "status": "Dubbing"}
HOSTILE = [
    "",
    ".",
    "..",
    "../../admin",
    "a/b",
    "a?b",
    "a#b",
    "a%2fb",
    "http://evil.example.com/",
    "//evil",
    "a b",
    "a\n",
]
HOSTILE += ["a\n", "é", "a" * 129, "a\x00", "@evil", "a;b", "a:b", "\\", "*"]


def sent(server: Server, number: int = -1) -> Any:
    return json.loads(server.requests[number].body)


def test_a_small_order_sends_only_what_is_set(server: Server, panjaya: PanjayaProvider, make_order: MakeOrder) -> None:
    server.answers((201, ASSET))
    panjaya.create_asset(make_order(media_url="https://m.example.com/x"))
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/assets/")
    assert request.headers["authorization"] == f"Bearer panjaya-{KEY}"
    assert request.headers["content-type"] == "application/json"
    assert sent(server) == {
        "name": "Film",
        "locale": "en-US",
        "languages": [{"locale": "es-ES"}],
        "auto_generate": "off",
        "media_url": "https://m.example.com/x",
    }


def test_a_full_order_sends_everything_in_their_words(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder
) -> None:
    server.answers((201, ASSET))
    panjaya.create_asset(
        make_order(
            name="n" * 300,
            targets=(Target("es-ES", srt="1\n"), Target("fr-FR")),
            background_url="https://m.example.com/b",
            callback_url="https://portal.example.com/c/1",
            speakers=2,
            start=0.0,
            end=9.5,
            auto_generate="with_lips",
            lips_model="real_face_turbo",
            voice_anonymization=0.0,
            source_srt="text",
        )
    )
    assert sent(server) == {
        "name": "n" * 255,
        "locale": "en-US",
        "languages": [{"locale": "es-ES", "srt": "1\n"}, {"locale": "fr-FR"}],
        "media_url": "https://media.example.com/film.mp4?signature=s3cr3t",
        "background_url": "https://m.example.com/b",
        "callback_url": "https://portal.example.com/c/1",
        "speakers_count": 2,
        "start_time": 0.0,
        "end_time": 9.5,
        "auto_generate": "with_lips",
        "lips_model": "real_face_turbo",
        "voice_anonymization": 0.0,
        "source_srt": "text",
    }


def test_an_upload_sends_the_order_as_a_plain_field_and_the_files(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, tmp_path: Path
) -> None:
    server.answers((200, ASSET))
    (tmp_path / "b").write_bytes(b"music")
    background = LocalFile(tmp_path / "b", "b.wav", "audio/wav")
    panjaya.create_asset(make_order(size=1000, background=background, background_url="https://m.example.com/b"))
    request = server.requests[0]
    assert (request.method, request.path) == ("POST", "/v1/assets/upload")
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts = list(email.message_from_bytes(head + request.body, policy=email.policy.HTTP).iter_parts())
    assert [part.get_param("name", header="content-disposition") for part in parts] == [
        "request",
        "video",
        "background",
    ]
    assert parts[0]["content-type"] is None
    said = json.loads(str(parts[0].get_payload()))
    assert said == {"name": "Film", "locale": "en-US", "languages": [{"locale": "es-ES"}], "auto_generate": "off"}
    assert parts[1].get_payload(decode=True) == bytes(1000)
    assert parts[2].get_payload(decode=True) == b"music"


def test_locales_are_added(server: Server, panjaya: PanjayaProvider) -> None:
    server.answers((200, ASSET))
    told: list[int] = []
    asset = panjaya.add_locales(
        "65f0c0ffee65f0c0ffee65f0", (Target("fr-FR"),), auto_generate="no_lips", progress=told.append
    )
    assert asset.remote_id == "65f0c0ffee65f0c0ffee65f0"
    assert told == [0]
    assert server.requests[0].path == "/v1/assets/65f0c0ffee65f0c0ffee65f0/languages"
    assert sent(server) == {"languages": [{"locale": "fr-FR"}], "auto_generate": "no_lips"}


def test_a_version_is_revised(server: Server, panjaya: PanjayaProvider) -> None:
    server.answers((200, {"studio_url": None}), (400, {"detail": "wrong state"}))
    panjaya.revise("v1")
    assert (server.requests[0].method, server.requests[0].path) == ("PATCH", "/v1/versions/v1/revise")
    assert sent(server) == {}
    with pytest.raises(base.Rejected, match="wrong state"):
        panjaya.revise("v1")


@pytest.mark.parametrize("key", [KEY, f"panjaya-{KEY}", f" panjaya-{KEY}\n"])
def test_the_key_has_its_prefix_once(server: Server, key: str) -> None:
    server.answers((200, ASSET))
    PanjayaProvider(server.url, key).fetch_asset(ASSET["asset_id"])
    assert server.requests[0].headers["authorization"] == f"Bearer panjaya-{KEY}"


@pytest.mark.parametrize("key", ["", " ", "panjaya-", "a b", "a\r\nX: y", "é"])
def test_an_impossible_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="API key"):
        PanjayaProvider("https://api.panjaya.ai/", key)


@pytest.mark.parametrize(
    "url", ["", "http://api.panjaya.ai/", "https://u:p@api.panjaya.ai/", "https://a.example.com/?x"]
)
def test_an_address_that_would_leak_the_key_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address") as caught:
        PanjayaProvider(url, KEY)
    assert "u:p" not in str(caught.value)


def test_a_base_address_may_have_a_path(server: Server) -> None:
    server.answers((200, {"asset_id": "a"}))
    PanjayaProvider(server.url + "/stage/", KEY).fetch_asset("a")
    assert server.requests[0].path == "/stage/v1/assets/a"


@pytest.mark.parametrize("remote_id", HOSTILE)
def test_a_hostile_id_makes_no_request(server: Server, panjaya: PanjayaProvider, remote_id: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: panjaya.fetch_asset(remote_id),
        lambda: panjaya.fetch_version(remote_id),
        lambda: panjaya.revise(remote_id),
        lambda: panjaya.add_locales(remote_id, (Target("fr-FR"),), auto_generate="off"),
    ]
    for call in calls:
        with pytest.raises(base.NotFound):
            call()
    assert server.connections == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"media_url": "http://media.example.com/x"},
        {"media_url": "file:///etc/passwd"},
        {"callback_url": "https://169.254.169.254/"},
        {"background_url": "https://10.0.0.1@evil.example.com/"},
        {"media_url": None},
        {"background": LocalFile(Path("/nowhere"), "b", "audio/wav")},
    ],
)
def test_an_order_that_cannot_be_carried_out_makes_no_request(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, changes: dict[str, Any]
) -> None:
    with pytest.raises(base.Rejected):
        panjaya.create_asset(make_order(**changes))
    assert server.connections == 0


def test_a_local_address_is_reachable_for_a_local_provider_only(panjaya: PanjayaProvider) -> None:
    assert panjaya.reachable("http://127.0.0.1:8000/c")
    assert not PanjayaProvider("https://api.panjaya.ai/", KEY).reachable("http://127.0.0.1:8000/c")
    assert PanjayaProvider("https://api.panjaya.ai/", KEY).reachable("https://portal.example.com/c")
