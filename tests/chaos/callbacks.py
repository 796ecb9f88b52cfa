"""Callbacks that nobody genuine sent: none is stored, and none is answered with an error of ours."""

from __future__ import annotations

import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.chaos.outcome import Outcome, measured
from tests.chaos.scale import Scale
from tests.support.conservation import make_wishes, rows
from tests.support.portal import Portal
from tests.support.sandbox import SandboxProcess
from tests.support.signing import Signer

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256: signatures with r or s at its edges are what careless verifiers accept."""
_EDGES = (0, 1, ORDER - 1, ORDER, ORDER + 1, 2**256 - 1)
_THREADS = 4
_TOKEN = """
import django
django.setup()
from dubbing.models import Submission
from dubbing.submissions.sender import hash_token
Submission.objects.update(token_hash=hash_token("chaos"), status="accepted", remote_id="video-1")
"""


def forged_callbacks(scale: Scale, dice: random.Random) -> Iterator[Outcome]:
    """Genuine deliveries, changed in one place each: the body, the signature, its encoding, the address, the key."""
    signer = Signer()
    with (
        tempfile.TemporaryDirectory(prefix="chaos-") as folder,
        SandboxProcess() as sandbox,
        Portal(Path(folder), sandbox, PANJAYA_PUBLIC_KEY=signer.public_pem, PROXIES="1") as portal,
    ):
        make_wishes(portal, 1, "http://127.0.0.1:9/film.mp4")
        portal.run_script(_TOKEN)
        portal.start("web")
        forgeries = [_forged(signer, dice, number) for number in range(scale.forgeries)]
        wanted = {"stored": 0, "accepted": 0, "errors": 0}
        with measured("forged callbacks", wanted, forgeries=len(forgeries)) as outcome:
            with ThreadPoolExecutor(_THREADS) as pool:
                statuses = Counter(pool.map(lambda one: _deliver(portal.url, *one), enumerate(forgeries)))
            ((stored,),) = rows(portal, "SELECT count(*) FROM dubbing_callback")
            accepted = sum(count for status, count in statuses.items() if status < 300)
            errors = sum(count for status, count in statuses.items() if status >= 500)
            outcome.got = {"stored": stored, "accepted": accepted, "errors": errors}
            outcome.context["statuses"] = dict(sorted(statuses.items()))
        yield outcome
        with measured("the genuine callback in between", 204) as outcome:
            outcome.got = _deliver(portal.url, scale.forgeries, _genuine(signer))
        yield outcome


Request = tuple[str, dict[str, str], bytes]


def _genuine(signer: Signer) -> Request:
    body = json.dumps({"event": "version_ready", "asset_id": "video-1", "version_id": "version-1"}).encode()
    return "chaos", {"X-Signature": signer.sign(body), "X-Signature-Algorithm": "ES256"}, body


def _forged(signer: Signer, dice: random.Random, number: int) -> Request:
    token, headers, body = _genuine(signer)
    ways: list[Callable[[Request, random.Random], Request]] = [
        _changed_body, _changed_signature, _cut_signature, _edge_signature, _other_key, _other_address,
        _other_algorithm, _without_signature, _garbage,
    ]  # fmt: skip
    return ways[number % len(ways)]((token, headers, body), dice)


def _changed_body(request: Request, dice: random.Random) -> Request:
    token, headers, body = request
    at = dice.randrange(len(body))
    return token, headers, body[:at] + bytes([body[at] ^ (1 << dice.randrange(8))]) + body[at + 1 :]


def _changed_signature(request: Request, dice: random.Random) -> Request:
    token, headers, body = request
    signature = bytearray.fromhex(headers["X-Signature"])
    signature[dice.randrange(len(signature))] ^= 1 << dice.randrange(8)
    return token, headers | {"X-Signature": signature.hex()}, body


def _cut_signature(request: Request, dice: random.Random) -> Request:
    token, headers, body = request
    signature = headers["X-Signature"]
    return token, headers | {"X-Signature": signature[: dice.randrange(len(signature))] or "0"}, body


def _edge_signature(request: Request, dice: random.Random) -> Request:
    token, headers, body = request
    r, s = dice.choice(_EDGES), dice.choice(_EDGES)
    raw = r.to_bytes(33)[-32:] + s.to_bytes(33)[-32:]
    shape = dice.choice([raw, encode_dss_signature(r, s), b"\x30\x81" + encode_dss_signature(r, s)[1:]])
    return token, headers | {"X-Signature": shape.hex()}, body


def _other_key(request: Request, dice: random.Random) -> Request:
    token, headers, body = request
    return token, headers | {"X-Signature": Signer().sign(body)}, body


def _other_address(request: Request, dice: random.Random) -> Request:
    _, headers, body = request
    return f"chaos{dice.randrange(10**6)}", headers, body


def _other_algorithm(request: Request, dice: random.Random) -> Request:
    token, headers, body = request
    changed = {"X-Signature-Algorithm": dice.choice(["none", "HS256", "RS256", "ES384", ""]), "X-Signature": "00"}
    return token, headers | changed, body


def _without_signature(request: Request, dice: random.Random) -> Request:
    token, _, body = request
    return token, {}, body


def _garbage(request: Request, dice: random.Random) -> Request:
    token, headers, _ = request
    return token, headers, dice.choice([b"", b"{", b"[" * 5000, dice.randbytes(200), b"x" * 70_000])


def _deliver(url: str, number: int, request: Request) -> int:
    """From an address of its own each: the limit for refused deliveries of one address is another test's subject."""
    token, headers, body = request
    sender = {"X-Forwarded-For": f"203.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}
    answer = httpx.post(
        f"{url}/callbacks/panjaya/{token}/",
        content=body,
        headers=headers | sender | {"Content-Type": "application/json"},
        timeout=30,
        trust_env=False,
    )
    return answer.status_code
