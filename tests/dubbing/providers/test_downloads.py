from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from dubbing.providers import base, downloads, http
from dubbing.providers.base import RemoteVersion, VersionState
from dubbing.providers.panjaya import PanjayaProvider
from tests.dubbing.providers.conftest import KEY, flat_memory
from tests.support.http_server import Request, Server, head


def version(url: str) -> RemoteVersion:
    return RemoteVersion(remote_id="v", status="Completed", state=VersionState.COMPLETED, result_url=url)


def fetched(panjaya: PanjayaProvider, url: str) -> bytes:
    with panjaya.open_result(version(url)) as stream:
        return b"".join(stream)


def failing(panjaya: PanjayaProvider, url: str) -> base.ProviderError:
    with pytest.raises(base.ProviderError) as caught:
        fetched(panjaya, url)
    assert "s3cr3t" not in str(caught.value)
    assert "http" not in str(caught.value)
    return caught.value


@pytest.fixture
def link(server: Server) -> str:
    return f"{server.url}/r.mp4?signature=s3cr3t"


def test_a_result_comes_in_pieces_without_the_key(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    data = bytes(range(256)) * 10_000
    server.script = lambda request: request.answer(200, data, {"Set-Cookie": "a=b"})
    with panjaya.open_result(version(link)) as stream:
        assert stream.size == len(data)
        pieces = list(stream)
    assert b"".join(pieces) == data
    assert max(map(len, pieces)) == 1024 * 1024
    assert server.requests[0].path == "/r.mp4?signature=s3cr3t"
    assert not {"authorization", "cookie"} & server.requests[0].headers.keys()
    assert KEY not in str(server.requests[0].headers)


def test_a_result_of_unknown_size_is_read_to_its_end(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Connection": "close"}) + b"x" * 100)
        request.close()

    server.script = script
    with panjaya.open_result(version(link)) as stream:
        assert stream.size is None
        assert b"".join(stream) == b"x" * 100


def test_an_empty_result_is_empty(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    server.answers((200, b""))
    assert fetched(panjaya, link) == b""


def test_a_short_result_is_lost(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": "5000"}) + b"x" * 4999)
        request.close()

    server.script = script
    assert type(failing(panjaya, link)) is base.AnswerLost


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, base.LinkExpired),
        (401, base.LinkExpired),
        (403, base.LinkExpired),
        (404, base.LinkExpired),
        (410, base.LinkExpired),
        (429, base.Throttled),
        (500, base.AnswerLost),
        (503, base.AnswerLost),
        (204, base.BadAnswer),
        (206, base.BadAnswer),
        (304, base.BadAnswer),
    ],
)
def test_broken_links_are_distinguished(
    server: Server, panjaya: PanjayaProvider, link: str, status: int, kind: type[base.ProviderError]
) -> None:
    server.answers((status, b"" if status in (204, 304) else b"<Error>s3cr3t</Error>"))
    assert type(failing(panjaya, link)) is kind


def test_a_compressed_result_is_refused(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    server.script = lambda request: request.answer(200, b"\x1f\x8b", {"Content-Encoding": "gzip"})
    assert type(failing(panjaya, link)) is base.BadAnswer


@pytest.mark.parametrize("announced", [True, False])
def test_a_result_over_the_limit_is_refused(server: Server, link: str, announced: bool) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": "900000000"} if announced else {"Connection": "close"}))
        request.flood(900_000_000)

    server.script = script
    panjaya = PanjayaProvider(server.url, KEY, largest_result=50_000_000)
    with flat_memory(), pytest.raises(base.BadAnswer), panjaya.open_result(version(link)) as stream:
        for _ in stream:
            pass


def test_up_to_three_redirects_are_followed(server: Server, panjaya: PanjayaProvider) -> None:
    def script(request: Request) -> None:
        left = int(request.path.strip("/"))
        request.answer(302, b"", {"Location": f"/{left - 1}"}) if left else request.answer(200, b"here")

    server.script = script
    assert fetched(panjaya, f"{server.url}/3") == b"here"
    assert type(failing(panjaya, f"{server.url}/4")) is base.BadAnswer


FORBIDDEN = [
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "http://user@127.0.0.1/",
    "http://2130706433/",
    "//[::",
]
FORBIDDEN += ["http://example.com/", "", "gopher://127.0.0.1/"]


@pytest.mark.parametrize("location", FORBIDDEN)
def test_a_redirect_to_a_forbidden_address_is_refused(
    server: Server, panjaya: PanjayaProvider, link: str, location: str
) -> None:
    server.script = lambda request: request.answer(302, b"", {"Location": location})
    assert type(failing(panjaya, link)) is base.BadAnswer


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/", "https://localhost/", "http://cdn.example.com/", "https://[::1]/"]
)
def test_a_public_provider_cannot_send_us_to_our_own_network(url: str) -> None:
    assert type(failing(PanjayaProvider("https://api.panjaya.ai", KEY), url)) is base.BadAnswer


@pytest.mark.parametrize("ips", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"], ["::ffff:127.0.0.1"]])
def test_a_public_name_with_a_private_address_is_not_connected_to(
    server: Server, monkeypatch: pytest.MonkeyPatch, ips: list[str]
) -> None:
    entries = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port)) for address in ips]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: entries)
    url = f"https://rebind.example.com:{server.port}/"
    assert type(failing(PanjayaProvider("https://api.panjaya.ai", KEY), url)) is base.BadAnswer
    assert server.connections == 0


def test_the_name_is_looked_up_only_once(
    server: Server, panjaya: PanjayaProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def counting(host: str, *args: Any, **more: Any) -> Any:
        if host == "localhost":
            asked.append(host)
        return real("127.0.0.1" if host == "localhost" else host, *args, **more)

    monkeypatch.setattr(socket, "getaddrinfo", counting)
    server.answers((200, b"x"))
    assert fetched(panjaya, f"http://localhost:{server.port}/") == b"x"
    assert asked == ["localhost"]


@pytest.mark.parametrize("early", [True, False])
def test_a_slow_result_ends_by_the_deadline(
    server: Server, link: str, monkeypatch: pytest.MonkeyPatch, early: bool
) -> None:
    monkeypatch.setattr(http, "SLACK", 0.3)

    def script(request: Request) -> None:
        answer = head(200, {"Content-Length": "600", "X-Padding": "x" * 300})
        request.raw(b"" if early else answer)
        request.drip(answer if early else b"x" * 600, every=0.1)
        request.close()

    server.script = script
    begun = time.monotonic()
    assert type(failing(PanjayaProvider(server.url, KEY, deadline=0.8), link)) is base.AnswerLost
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("announced", ["9000000000", ""])
def test_a_drip_is_cut_off_long_before_its_size_would_allow(
    server: Server, panjaya: PanjayaProvider, link: str, monkeypatch: pytest.MonkeyPatch, announced: str
) -> None:
    """Pieces of an announced 9 GB come quickly at first, then byte by byte: the patience is that of one piece."""
    monkeypatch.setattr(downloads, "LEAST_PACE", downloads.PIECE / 0.4)
    length = {"Content-Length": announced} if announced else {"Connection": "close"}

    def script(request: Request) -> None:
        request.raw(head(200, length) + b"x" * (2 * downloads.PIECE))
        request.drip(b"x" * 300, every=0.1)
        request.close()

    server.script = script
    begun = time.monotonic()
    assert type(failing_unread(panjaya, link)) is base.AnswerLost
    assert time.monotonic() - begun < 20


def test_received_bytes_extend_the_deadline(
    server: Server, panjaya: PanjayaProvider, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slower than a MB a second from the start, without a length: it ends by its pace, and not by the largest size."""
    monkeypatch.setattr(http, "SLACK", 0.5)

    def script(request: Request) -> None:
        request.raw(head(200, {"Connection": "close"}))
        for _ in range(600):
            request.raw(b"x" * 20_000)
            time.sleep(0.05)
        request.close()

    server.script = script
    begun = time.monotonic()
    assert type(failing(panjaya, link)) is base.AnswerLost
    assert time.monotonic() - begun < 20


def test_a_file_without_a_length_has_an_hour(
    server: Server, panjaya: PanjayaProvider, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert downloads.UNANNOUNCED == 3600
    monkeypatch.setattr(downloads, "UNANNOUNCED", 0.5)

    def script(request: Request) -> None:
        request.raw(head(200, {"Connection": "close"}))
        request.flood(10_000_000_000)

    server.script = script
    assert type(failing_unread(panjaya, link)) is base.AnswerLost


def failing_unread(panjaya: PanjayaProvider, url: str) -> base.ProviderError:
    """As ``failing``, and what comes is not kept in memory."""
    with pytest.raises(base.ProviderError) as caught, panjaya.open_result(version(url)) as stream:
        for _ in stream:
            pass
    return caught.value


def test_other_calls_may_be_made_while_a_result_comes(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    def script(request: Request) -> None:
        request.answer(200, {"asset_id": "a"} if request.path.startswith("/v1/") else b"x" * 3_000_000)

    server.script = script
    with panjaya.open_result(version(link)) as one, panjaya.open_result(version(link)) as two:
        sizes = [
            (len(first), len(second), panjaya.fetch_asset("a").name) for first, second in zip(one, two, strict=True)
        ]
    assert sum(first for first, _, _ in sizes) == 3_000_000


def test_leaving_early_closes_the_connection(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    left = threading.Event()

    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": "9000000000"}))
        try:
            request.flood(9_000_000_000)  # far more than any buffer on the way takes
        except ConnectionError:
            left.set()
            raise

    server.script = script
    with panjaya.open_result(version(link)) as stream:
        pieces = iter(stream)
        next(pieces)
        assert not left.is_set()
    assert left.wait(10)


def test_an_error_of_the_reader_is_its_own(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    server.answers((200, b"x"))
    with pytest.raises(OSError, match="disk full"):
        raising_inside(panjaya, link)


def raising_inside(panjaya: PanjayaProvider, link: str) -> None:
    with panjaya.open_result(version(link)) as stream:
        for _ in stream:
            raise OSError("disk full")


@pytest.mark.long
def test_a_download_is_flat_in_memory(server: Server, panjaya: PanjayaProvider, link: str) -> None:
    def script(request: Request) -> None:
        request.raw(head(200, {"Content-Length": str(400 << 20)}))
        request.flood(400 << 20)

    server.script = script
    with flat_memory(), downloads.opened(link, near=server.url, limit=1 << 30) as stream:
        assert sum(map(len, stream)) == 400 << 20
