from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from dubbing.providers import base, http
from dubbing.providers.base import AssetOrder, ProviderError
from dubbing.providers.panjaya import PanjayaProvider
from tests.dubbing.providers.conftest import KEY, flat_memory
from tests.support.http_server import Request, Server, head

MakeOrder = Callable[..., AssetOrder]
ASSET = {"asset_id": "a1", "name": "Film", "status": "Dubbing"}

SOON = 10  # seconds: much less than what the server would go on for, on however slow a machine


def failing(panjaya: PanjayaProvider, order: AssetOrder) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        panjaya.create_asset(order)
    return caught.value


@pytest.mark.parametrize("start", [b"", head(201, {"Content-Length": "5000"})], ids=["head", "body"])
def test_a_slow_drip_ends_by_the_deadline(server: Server, make_order: MakeOrder, start: bytes) -> None:
    def script(request: Request) -> None:
        request.raw(start or b"HTTP/1.1 200 OK\r\n")
        request.drip((b"X-Slow: yes\r\n" if not start else b'{"asset_id": "a"}') * 20, every=0.1)
        request.close()

    server.script = script
    begun = time.monotonic()
    error = failing(PanjayaProvider(server.url, KEY, deadline=0.8), make_order())
    assert type(error) is base.AnswerLost
    assert time.monotonic() - begun < SOON


def test_silence_ends_by_the_deadline(server: Server) -> None:
    server.script = Request.say_nothing
    begun = time.monotonic()
    with pytest.raises(base.AnswerLost):
        PanjayaProvider(server.url, KEY, deadline=0.8).fetch_asset("a1")
    assert time.monotonic() - begun < SOON


def test_an_upload_that_is_accepted_too_slowly_ends_by_its_deadline(
    unread: Server, make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "SLACK", 0.3)
    monkeypatch.setattr(http, "SLOWEST", 1e9)

    def script(request: Request) -> None:
        for _ in range(200):
            request.connection.recv(20_000)
            time.sleep(0.1)

    unread.script = script
    begun = time.monotonic()
    assert type(failing(PanjayaProvider(unread.url, KEY), make_order(size=50_000_000))) is base.AnswerLost
    assert time.monotonic() - begun < SOON


@pytest.mark.parametrize("announced", [True, False])
def test_a_huge_answer_is_refused_with_flat_memory(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, announced: bool
) -> None:
    def script(request: Request) -> None:
        request.raw(head(201, {"Content-Length": "10000000000"} if announced else {"Connection": "close"}))
        request.flood(200_000_000)

    server.script = script
    with flat_memory():
        assert type(failing(panjaya, make_order())) is base.BadAnswer


def test_a_huge_refusal_is_a_refusal(server: Server, panjaya: PanjayaProvider, make_order: MakeOrder) -> None:
    def script(request: Request) -> None:
        request.raw(head(400, {"Content-Length": "10000000000"}))
        request.flood(200_000_000)

    server.script = script
    assert type(failing(panjaya, make_order())) is base.Rejected


@pytest.mark.long
def test_an_upload_keeps_memory_flat_and_announces_its_length(unread: Server, make_order: MakeOrder) -> None:
    sizes: list[int] = []

    def script(request: Request) -> None:
        sizes.append(request.drain())
        request.answer(201, ASSET)

    unread.script = script
    with flat_memory():
        PanjayaProvider(unread.url, KEY).create_asset(make_order(size=600_000_000))
    assert sizes == [unread.requests[0].length]
    assert "transfer-encoding" not in unread.requests[0].headers
