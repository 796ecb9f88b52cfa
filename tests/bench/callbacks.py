"""The callback endpoint under load, against a view with one insert on the same server and database."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from urllib.parse import urlsplit

from tests.bench.measuring import Figure, Sizes, at_least, interleaved, spread, workplace
from tests.bench.portal import QuietSandbox, ask, start_bare
from tests.support.portal import Portal
from tests.support.signing import Signer

GOAL = 0.6
CONNECTIONS = 8

Requests = list[bytes]


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Requests per second of both."""
    signer = Signer()
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox") as sandbox,
        Portal(folder / "portal", sandbox, PANJAYA_PUBLIC_KEY=signer.public_pem) as portal,
    ):
        rounds = 1 + sizes.callback_rounds
        rows = ask(portal, "submissions", sizes.callbacks * rounds)
        portal.start("web")
        bare = start_bare(portal)
        # Every delivery is for another submission. The first round is there to warm up.
        shares = [rows[at::rounds] for at in range(rounds)]
        ours = iter([_requests(share, signer, "version_ready", "/callbacks/panjaya/token{name}/") for share in shares])
        theirs = iter([_requests(share, signer, "bare", "/insert/{pk}/") for share in shares])
        sides = (lambda: _rate(portal.url, next(ours))), (lambda: _rate(bare, next(theirs)))
        interleaved(1, *sides)
        rates = interleaved(sizes.callback_rounds, *sides)
    context: dict[str, object] = {
        "connections": CONNECTIONS,
        "rounds": sizes.callback_rounds,
        "a_round": sizes.callbacks,
    }
    context |= {"ours_spread": spread(rates[0]), "against_spread": spread(rates[1])}
    yield at_least(GOAL, "callbacks", median(rates[0]), median(rates[1]), "requests/s", **context)


def _requests(rows: list[tuple[int, str]], signer: Signer, event: str, address: str) -> Requests:
    """One delivery for each submission, signed beforehand."""
    made = []
    for pk, name in rows:
        told = {"event": event, "asset_id": name, "version_id": name[::-1], "version_locale": "es-ES"}
        made.append(_request(address.format(pk=pk, name=name), json.dumps(told).encode(), signer))
    return made


def _request(path: str, body: bytes, signer: Signer) -> bytes:
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"X-Signature: {signer.sign(body)}",
        "X-Signature-Algorithm: ES256",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _rate(url: str, requests: Requests) -> float:
    """Requests answered per second, over several connections that are kept."""
    shares = [requests[first::CONNECTIONS] for first in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        began = time.perf_counter()
        list(pool.map(lambda share: _deliver(url, share), shares))
        return len(requests) / (time.perf_counter() - began)


def _deliver(url: str, requests: Requests) -> None:
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        for request in requests:
            connection.sendall(request)
            answer = b""
            while b"\r\n\r\n" not in answer:
                piece = connection.recv(4096)
                if not piece:
                    raise ConnectionError("the server hung up")
                answer += piece
            if not answer.startswith(b"HTTP/1.1 204"):
                raise AssertionError(answer.decode(errors="replace"))
