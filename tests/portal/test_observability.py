"""What real processes send to Sentry and to a collector: enough to find the request, and no secret."""

from __future__ import annotations

import gzip
import json
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import brotli
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.support.conservation import make_wishes, rows
from tests.support.http_server import Request, Server
from tests.support.portal import ROOT, Portal
from tests.support.sandbox import SandboxProcess

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("processes"), pytest.mark.timeout(540)]
_UNPACK: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress, "": bytes}
TOKEN, QUERY = secrets.token_urlsafe(32), "hunter2-in-a-query"
COOKIE, COLLECTOR_KEY = "a-session-that-is-secret", "key-of-the-collector"


@pytest.fixture
def collector() -> Iterator[Server]:
    """Sentry and a collector at once: both take what is sent by POST."""
    with Server(lambda request: request.answer(200, b"")) as server:
        yield server


@pytest.fixture
def portal(tmp_path: Path, collector: Server) -> Iterator[Portal]:
    settings = {
        "SENTRY_DSN": f"http://publickey@127.0.0.1:{collector.port}/7",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_EXPORTER_OTLP_HEADERS": f"authorization={COLLECTOR_KEY}",
    }
    with SandboxProcess() as sandbox, Portal(tmp_path / "portal", sandbox, **settings) as running:
        yield running


def sent(collector: Server, path: str, about: Callable[[str], bool]) -> list[str]:
    """What was sent there, once something of it is what is wanted."""
    deadline = time.monotonic() + 240
    while True:
        texts = [_text(request) for request in collector.requests if request.path == path]
        if any(about(text) for text in texts):
            return texts
        assert time.monotonic() < deadline, [request.path for request in collector.requests]
        time.sleep(0.1)


def events(envelope: str) -> list[dict[str, Any]]:
    """The events in an envelope: lines of JSON, of which the others say what follows."""
    return [line for line in map(json.loads, envelope.splitlines()) if "tags" in line]


def _text(request: Request) -> str:
    body = _UNPACK[request.headers.get("content-encoding", "")](request.body)
    return str(ExportTraceServiceRequest.FromString(body)) if "traces" in request.path else body.decode()


def test_an_error_and_a_request_can_be_found_again_and_give_nothing_away(portal: Portal, collector: Server) -> None:
    portal.start("web")
    rows(portal, "ALTER TABLE dubbing_sharelink RENAME TO gone")
    answer = httpx.get(
        f"{portal.url}/s/{TOKEN}/?token={QUERY}",
        headers={"Cookie": f"sessionid={COOKIE}"},
        trust_env=False,
        timeout=30,
    )
    assert answer.status_code == 500
    errors = sent(collector, "/api/7/envelope/", lambda text: "dubbing_sharelink" in text)
    (request_id,) = {event["tags"]["request"] for text in errors for event in events(text)}
    spans = sent(collector, "/v1/traces", lambda text: request_id in text)
    assert any("s/<" in text and "500" in text for text in spans)
    hidden = [TOKEN, QUERY, COOKIE, COLLECTOR_KEY, "127.0.0.1", portal.environment["SECRET_KEY"], str(portal.port)]
    hidden.append(portal.environment["PANJAYA_API_KEY"])
    assert [secret for secret in hidden for text in errors + spans if secret in text] == []


ENQUEUE = """
import django
django.setup()
from dubbing.models import Submission
from dubbing.tasks import submit
submit.enqueue(Submission.objects.get().pk)
"""


@pytest.mark.parametrize("process", ["worker", "beat"])
def test_a_job_can_be_found_by_what_it_was_about_whichever_process_did_it(
    portal: Portal, collector: Server, process: str
) -> None:
    make_wishes(portal, 1, f"{portal.sandbox.url}/{QUERY}.mp4")
    if process == "beat":
        # What no worker has taken for long, the scheduler does.
        rows(portal, "UPDATE dubbing_submission SET next_at = '2020-01-01 00:00:00'")
        portal.start_scheduler(every=0.3)
    else:
        portal.start("worker")
        portal.run_script(ENQUEUE)
    spans = sent(collector, "/v1/traces", lambda text: "task submit" in text)
    (reference, asset) = portal.ask("[*m.Submission.objects.values_list('reference', 'asset')]")[0]
    (span,) = [text for text in spans if "task submit" in text]
    about = dict(re.findall(r'key: "([^"]+)"\s+value \{\s+\w+: "?([^"\n]+)"?', span))
    assert about["portal.process"] == process
    assert (about["portal.submission"], about["portal.asset"]) == (str(reference), str(asset))
    hidden = [
        QUERY,
        COLLECTOR_KEY,
        "127.0.0.1",
        portal.environment["SECRET_KEY"],
        portal.environment["PANJAYA_API_KEY"],
    ]
    assert [secret for secret in hidden for text in spans if secret in text] == []


WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"sentry_sdk", "opentelemetry"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
import portal.wsgi
"""


@pytest.mark.parametrize(("given", "starts"), [(True, False), (False, True)])
def test_a_package_is_needed_only_by_whoever_names_a_place_to_send_to(
    portal: Portal, given: bool, starts: bool
) -> None:
    environment = portal.environment | ({} if given else {"SENTRY_DSN": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ""})
    command = [sys.executable, "-c", WITHOUT]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == starts, done.stderr
    assert ("SENTRY_DSN and OTEL_EXPORTER_OTLP_ENDPOINT: the package" in done.stderr) == given
