from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dubbing.providers import base, http, network
from dubbing.providers.base import AssetOrder, ProviderError
from dubbing.providers.panjaya import PanjayaProvider
from tests.dubbing.providers.conftest import KEY
from tests.support.certificates import self_signed
from tests.support.http_server import Request, Server, head

MakeOrder = Callable[..., AssetOrder]
ASSET = {"asset_id": "a1", "name": "Film", "status": "Dubbing"}


def failing(panjaya: PanjayaProvider, order: AssetOrder) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        panjaya.create_asset(order)
    return caught.value


def test_a_refused_connection_is_not_sent(make_order: MakeOrder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failing(PanjayaProvider(f"http://127.0.0.1:{port}", KEY), make_order())
    assert type(error) is base.NotSent
    assert str(error).startswith("POST /v1/assets/ ConnectError")


def test_a_name_that_does_not_resolve_is_not_sent(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: raising(socket.gaierror(-2, "unknown name")))
    assert type(failing(PanjayaProvider("https://api.example.com", KEY), make_order())) is base.NotSent


def raising(error: Exception) -> None:
    raise error


def test_a_server_that_does_not_accept_is_not_sent(make_order: MakeOrder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "CONNECT", 0.2)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        held = [socket.socket() for _ in range(3)]
        for each in held:
            each.setblocking(False)
            each.connect_ex(("127.0.0.1", port))
        error = failing(PanjayaProvider(f"http://127.0.0.1:{port}", KEY), make_order())
        for each in held:
            each.close()
    assert type(error) is base.NotSent


def test_a_certificate_that_is_not_trusted_is_not_sent(make_order: MakeOrder, tmp_path: Path) -> None:
    with Server(tls=self_signed(tmp_path)) as server:
        assert type(failing(PanjayaProvider(server.url, KEY), make_order())) is base.NotSent
        assert server.requests == []


def test_a_certificate_for_another_host_is_not_sent(
    make_order: MakeOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Server(tls=self_signed(tmp_path, host="other")) as server:
        trusting(monkeypatch, tmp_path)
        assert type(failing(PanjayaProvider(server.url, KEY), make_order())) is base.NotSent


def trusting(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    context = ssl.create_default_context(cafile=path / "certificate.pem")
    monkeypatch.setattr(network, "_tls", lambda: context)


def test_everything_works_over_tls_too(make_order: MakeOrder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Server(tls=self_signed(tmp_path)) as server:
        trusting(monkeypatch, tmp_path)
        server.answers((201, ASSET))
        panjaya = PanjayaProvider(server.url, KEY)
        panjaya.create_asset(make_order(size=3_000_000))
        panjaya.create_asset(make_order())
        assert panjaya.fetch_asset("a1").remote_id == "a1"
        assert len(server.requests[0].body) == server.requests[0].length > 3_000_000


def test_a_full_pool_is_not_sent(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "POOL", 0.1)
    monkeypatch.setattr(network, "CONNECTIONS", 0)
    with pytest.raises(base.NotSent):
        PanjayaProvider(server.url, KEY).fetch_asset("a1")


def test_an_abort_before_the_first_byte_sends_nothing(server: Server, make_order: MakeOrder) -> None:
    def abort(sent: int) -> None:
        raise base.SendAborted

    for order in (make_order(), make_order(size=1000)):
        with pytest.raises(base.SendAborted):
            PanjayaProvider(server.url, KEY).create_asset(order, progress=abort)
    assert server.requests == []


def test_progress_begins_with_nothing_right_before_the_first_byte(server: Server, make_order: MakeOrder) -> None:
    server.answers((201, ASSET))
    told: list[tuple[int, int]] = []
    for number, order in enumerate((make_order(), make_order(size=20_000_000))):
        told.clear()
        PanjayaProvider(server.url, KEY).create_asset(
            order, progress=lambda sent: told.append((sent, len(server.requests)))
        )
        assert told[0] == (0, number)
        assert all(sent > 0 for sent, _ in told[1:])
    assert len(told) >= 4
    assert told[-1][0] == server.requests[-1].length


@pytest.mark.parametrize("size", [None, 4_000_000])
def test_a_request_cut_before_it_was_read_is_lost(unread: Server, make_order: MakeOrder, size: int | None) -> None:
    unread.script = Request.cut
    assert type(failing(PanjayaProvider(unread.url, KEY), make_order(size=size))) is base.AnswerLost


def test_an_upload_cut_half_way_is_lost(unread: Server, make_order: MakeOrder) -> None:
    def script(request: Request) -> None:
        request.read(10_000_000)
        request.cut()

    unread.script = script
    error = failing(PanjayaProvider(unread.url, KEY), make_order(size=30_000_000))
    assert type(error) is base.AnswerLost
    assert error.outcome_unknown


@pytest.mark.parametrize("ending", [Request.cut, Request.close])
def test_an_answer_cut_after_the_request_was_read_is_lost(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, ending: Callable[[Request], None]
) -> None:
    server.script = ending
    assert type(failing(panjaya, make_order())) is base.AnswerLost
    assert len(server.requests) == 1


def test_an_answer_cut_in_its_body_is_lost(server: Server, panjaya: PanjayaProvider, make_order: MakeOrder) -> None:
    def script(request: Request) -> None:
        request.raw(head(201, {"Content-Length": "500"}) + b'{"asset_id": "a1"')
        request.close()

    server.script = script
    assert type(failing(panjaya, make_order())) is base.AnswerLost


def test_a_refusal_cut_in_its_body_is_still_a_refusal(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder
) -> None:
    def script(request: Request) -> None:
        request.raw(head(400, {"Content-Length": "500"}) + b'{"detail": "n')
        request.close()

    server.script = script
    assert type(failing(panjaya, make_order())) is base.Rejected


def test_an_answer_that_is_not_http_is_lost(server: Server, panjaya: PanjayaProvider, make_order: MakeOrder) -> None:
    def script(request: Request) -> None:
        request.raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        request.close()

    server.script = script
    assert type(failing(panjaya, make_order())) is base.AnswerLost


def test_an_early_refusal_of_an_upload_is_heard(unread: Server, make_order: MakeOrder) -> None:
    def script(request: Request) -> None:
        request.answer(413, {"detail": "too large"})
        request.drain()

    unread.script = script
    error = failing(PanjayaProvider(unread.url, KEY), make_order(size=5_000_000))
    assert (type(error), error.reason) == (base.Rejected, "too large")


@pytest.mark.parametrize(
    "body", [b"<html>", b"[" * 500_000, b"{", b"", b"null", b"\xff\xfe", b'{"asset_id": ' + b"9" * 9000 + b"}"]
)
def test_an_unreadable_answer_is_bad(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, body: bytes
) -> None:
    server.answers((201, body))
    error = failing(panjaya, make_order())
    assert type(error) is base.BadAnswer
    assert error.outcome_unknown


def test_a_compressed_answer_is_not_inflated(server: Server, panjaya: PanjayaProvider, make_order: MakeOrder) -> None:
    server.script = lambda request: request.answer(201, b"\x1f\x8b\x08\x00", {"Content-Encoding": "gzip"})
    assert type(failing(panjaya, make_order())) is base.BadAnswer
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("size", [None, 1000])
def test_a_redirect_is_not_followed_and_the_key_stays(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder, status: int, size: int | None
) -> None:
    with Server() as elsewhere:
        server.script = lambda request: request.answer(status, b"", {"Location": f"{elsewhere.url}/v1/assets/"})
        assert type(failing(panjaya, make_order(size=size))) is base.BadAnswer
        with pytest.raises(base.BadAnswer):
            panjaya.fetch_asset("a1")
        assert elsewhere.connections == 0


def test_neither_key_nor_signed_links_are_in_errors(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder
) -> None:
    def script(request: Request) -> None:
        echoed = f"{request.headers} {request.body.decode()}"
        request.answer(400, {"detail": echoed})

    server.script = script
    error = failing(panjaya, make_order())
    for said in (str(error), repr(error), error.reason, repr(panjaya)):
        assert KEY not in said
        assert "s3cr3t" not in said


def test_cookies_are_not_kept(server: Server, panjaya: PanjayaProvider) -> None:
    server.script = lambda request: request.answer(200, ASSET, {"Set-Cookie": "a=b"})
    panjaya.fetch_asset("a1")
    panjaya.fetch_asset("a1")
    assert "cookie" not in server.requests[1].headers


def test_the_environment_is_ignored(
    server: Server, panjaya: PanjayaProvider, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    server.answers((200, ASSET))
    panjaya.fetch_asset("a1")
    assert server.requests[0].headers["authorization"] == f"Bearer panjaya-{KEY}"


def test_reads_share_a_connection_and_writes_have_their_own(
    server: Server, panjaya: PanjayaProvider, make_order: MakeOrder
) -> None:
    server.answers((200, ASSET))
    for _ in range(3):
        panjaya.fetch_asset("a1")
    assert server.connections == 1
    for _ in range(2):
        panjaya.create_asset(make_order())
    assert server.connections == 3


def test_a_kept_connection_that_was_closed_is_replaced(server: Server, panjaya: PanjayaProvider) -> None:
    def script(request: Request) -> None:
        request.answer(200, ASSET)
        request.close()

    server.script = script
    for _ in range(3):
        panjaya.fetch_asset("a1")
        time.sleep(0.05)
    assert len(server.requests) == 3


def test_a_file_that_cannot_be_opened_is_not_sent(server: Server, panjaya: PanjayaProvider, make_order: Any) -> None:
    order = make_order(size=1)
    order.video.path.unlink()
    error = failing(panjaya, order)
    assert type(error) is base.NotSent
    assert str(order.video.path) not in str(error)
    assert server.connections == 0
