"""Two hundred bodies that nobody should ever send, thrown at the running web process: it may refuse, never break."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.support.plain_http import plain_http
from tests.support.portal import PASSWORD, Portal
from tests.witness.process import WitnessProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("witness"), pytest.mark.timeout(360)]
GOOD_SRT = "1\n00:00:00,600 --> 00:00:01,500\nBuenos días\n\n2\n00:00:01,600 --> 00:00:02,900\nHasta luego.\n"
TIMES = "00:00:00,600 --> 00:00:01,500"
HOSTILE_SRT: list[bytes] = [
    b"", b"\0" * 5000, b"\xff\xfe\x00", b"\xfe\xff\xd8\x00", b"\xef\xbb\xbf", b"\x1a\x45\xdf\xa3" * 9,
    b"PK\x03\x04\0\0",
    b"1\n" * 40_000, b"\n" * 100_000, b"-->" * 20_000, (f"1\n{TIMES}\n" + "x" * 300_000).encode(),
    f"1\n{TIMES}\n".encode(), f"{'9' * 5000}\n{TIMES}\nx\n".encode(),
    b"1\n99999999999999:00:00,000 --> 00:00:00,000\nx",
    b"1\n-1:00:00,000 --> 00:00:01,000\nx\n", "1\n٠٠:٠٠:٠٠,٠٠٠ --> ٠٠:٠٠:٠١,٠٠٠\nx\n".encode(),
    f"1\n{TIMES}\n\ud800\n".encode("utf-8", "surrogatepass"), f"1\n{TIMES}\n<script>alert(1)</script>\n".encode(),
    f"1\n{TIMES}\n{'<b>' * 20_000}\n".encode(), f"1\n{TIMES}\n{'&#x' * 20_000}\n".encode(), 
    b"WEBVTT\n\n" + b"NOTE\n" * 9000,
    b"WEBVTT\n\nSTYLE\n::cue{", b"WEBVTT\n\n00:00.000 --> 99:99.999 position:1e999%\n\xe2\x80\xae\n", b"WEBVTT" * 9000,
    GOOD_SRT.encode("utf-16"), GOOD_SRT.encode("utf-32"), GOOD_SRT.encode("utf-7"), GOOD_SRT.encode("cp500"),
    GOOD_SRT.replace("\n", "\r").encode(), GOOD_SRT.replace("\n", "\u2028").encode(), GOOD_SRT.encode() + b"\x80\x81",
]  # fmt: skip
HOSTILE_JSON: list[bytes] = [
    b"", b"{", b"null", b"[]", b"0", b'"x"', b"NaN", b"{}", b"\xff\xfe{\0}\0", b"\xef\xbb\xbf{}", b"[" * 60_000,
    b'{"event":' * 7000 + b"1" + b"}" * 7000, b'{"event": 1e999}', b'{"event": ' + b"9" * 6000 + b"}",
    b'{"event": "asset_failed"}', b'{"event": null, "asset_id": null}', b'{"event": "", "asset_id": ""}',
    b'{"event": "x", "event": [], "asset_id": {}}', b'{"event": "\\u0000", "asset_id": "\\ud800\\udfff\\udfff"}',
    b'{"event": "version_ready", "asset_id": "../../etc/passwd", "version_id": "%2e%2e"}', b"x" * 65_537, b"{" * 65_536,
    json.dumps({"event": "é" * 9000, "asset_id": "ASSET", "version_id": "\0" * 300, "locale": ["x"]}).encode(),
    json.dumps({"event": "version_generated", "asset_id": "ASSET", "version_id": "' OR 1=1 --"}).encode(),
    json.dumps({"event": "version_generated", "asset_id": "ASSET", "version_id": 10**40}).encode(),
    json.dumps({"event": "asset_failed", "asset_id": "ASSET", "error": {"a": [[[["x"] * 50] * 50]]}}).encode(),
    json.dumps({"event": "asset_failed", "asset_id": "ASSET" + "x" * 5000, "version_id": None}).encode(),
]  # fmt: skip
SIGNATURES = ["", "0", "=" * 64, "é", "00" * 64, "zz" * 64, "A" * 5000, "MEUC", "ff" * 64, "-" * 86, "30" * 70]


def mutated(bodies: list[bytes], seed: bytes, count: int) -> Iterator[bytes]:
    """Those bodies, then a good one with bytes changed, cut and doubled at random."""
    chance = random.Random(7)
    yield from bodies
    for _ in range(count - len(bodies)):
        body = bytearray(seed)
        for _ in range(chance.randrange(1, 9)):
            at = chance.randrange(len(body))
            body[at : at + chance.choice((0, 1, 1, 4))] = chance.randbytes(chance.choice((0, 1, 1, 2, 40)))
            body = body or bytearray(seed)
        yield bytes(body)


@pytest.fixture(scope="module")
def member(running: Portal) -> Iterator[httpx.Client]:
    """The owner's browser, signed in for real."""
    with httpx.Client(base_url=running.url, trust_env=False, follow_redirects=True, timeout=30) as client:
        page = client.get("/sign-in/")
        form = {"username": "owner", "password": PASSWORD, "csrfmiddlewaretoken": _csrf(page)}
        assert client.post("/sign-in/", data=form).url.path == "/"
        yield client


def _csrf(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found
    return found[1]


def _healthy(running: Portal) -> None:
    assert plain_http.get(f"{running.url}/healthz").status_code == 200
    assert "Traceback" not in (running.folder / "web.log").read_text()


def test_a_hundred_hostile_subtitle_files_never_break_the_form(
    witness: WitnessProcess, running: Portal, member: httpx.Client
) -> None:
    projects = re.search(r'href="(/projects/\d+/)"', member.get("/projects/").text)
    assert projects
    page = member.get(f"{projects[1]}assets/new/")
    page = member.post(f"{projects[1]}assets/new/", data={"csrfmiddlewaretoken": _csrf(page)})
    token, path = _csrf(page), page.url.path.removesuffix("edit/") + "autosave/"
    fields = {"csrfmiddlewaretoken": token, "source_locale": "en-US", "targets": "es-ES", "targets_shown": "1"}

    def bring(body: bytes) -> int:
        kind = "srt_es-ES_file" if len(body) % 2 else "source_srt_file"
        return member.post(path, data=fields, files={kind: ("s\0ub.srt", body, "text/plain")}).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(bring, mutated(HOSTILE_SRT, GOOD_SRT.encode(), 100)))
    assert {status for status in statuses if status >= 500} == set()
    assert statuses.count(200) > 80
    _healthy(running)


def test_a_hundred_hostile_callbacks_never_break_the_endpoint(
    witness: WitnessProcess, running: Portal, film: Path
) -> None:
    witness.mode(callbacks="none", work=60.0)
    found = running.manage("dub", str(film), "--project", "Sample project", "--user", "owner", "--from", "en-US",
                           "--to", "it-IT", "--json")  # fmt: skip
    assert json.loads(found.stdout)["asset"]["remote_id"]
    asset = witness.seen()["assets"][0]
    url = running.url + urlsplit(asset["order"]["callback_url"]).path
    good = {"event": "version_generated", "asset_id": asset["asset_id"], "version_id": "v", "locale": "it-IT"}
    bodies = list(mutated(HOSTILE_JSON, json.dumps(good).encode(), 100))

    def deliver(number: int) -> int:
        body = bodies[number].replace(b"ASSET", asset["asset_id"].encode())
        unsigned = number % 4 == 3
        signature = SIGNATURES[number // 4 % len(SIGNATURES)] if unsigned else witness.sign(body)
        headers: dict[str, Any] = {
            "X-Signature": signature.encode(),
            "X-Forwarded-For": f"203.0.113.{number}",
            "Content-Type": "application/json",
        }
        return plain_http.post(url, content=body, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(deliver, range(100)))
    assert {status for status in statuses if status >= 500} == set()
    assert {204, 400, 401, 413} <= set(statuses) <= {204, 400, 401, 413}
    _healthy(running)
