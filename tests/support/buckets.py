"""S3-compatible services as programs of their own, for tests that keep files in a bucket, and a door with faults."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import boto3
import httpx
from botocore.config import Config

from tests.support.background_server import BackgroundServer
from tests.support.sandbox import free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KEY_ID, SECRET = "test", "test-of-a-secret"
_REFUSED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>'
)


class BucketService:
    """A service on a free port. ``checks_signatures``: nanio, which refuses every wrong one.

    Otherwise ministack, which sends files under the headers that an address asks for, as Amazon does.
    """

    def __init__(self, *, checks_signatures: bool = True) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secret = SECRET if checks_signatures else KEY_ID
        self._checks_signatures = checks_signatures
        self._folder = Path(tempfile.mkdtemp(prefix="buckets-"))
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def start(self) -> None:
        """Start it, or start it again."""
        environment = os.environ | {"SERVICES": "s3", "LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
        environment |= {"NANIO_ACCESS_KEY": KEY_ID, "NANIO_SECRET_KEY": SECRET}
        nanio = ["nanio", "serve", "--data-dir", str(self._folder), "--host", "127.0.0.1", "--port", str(self.port)]
        nanio += ["--no-access-log", "--log-level", "error"]
        ministack = ["hypercorn", "ministack.app:app", "--bind", f"127.0.0.1:{self.port}"]
        command = [sys.executable, "-m", *(nanio if self._checks_signatures else ministack)]
        silent = subprocess.DEVNULL
        self._process = subprocess.Popen(command, cwd=self._folder, env=environment, stdout=silent, stderr=silent)
        until = time.monotonic() + 120
        while True:
            with suppress(httpx.HTTPError):
                httpx.get(self.url, trust_env=False)
                return
            assert time.monotonic() < until, "the service does not answer"
            time.sleep(0.05)

    def stop(self) -> None:
        """End it; what it has stays."""
        if self._process:
            self._process.terminate()
            self._process.wait(80)
            self._process = None

    def make_bucket(self) -> str:
        """A new, empty bucket; its name."""
        name = f"films-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=name)
        return name

    @cached_property
    def client(self) -> S3Client:
        """Another program that uses the service."""
        config = Config(
            signature_version="s3v4", s3={"addressing_style": "path"}, request_checksum_calculation="when_required"
        )
        session = boto3.session.Session(aws_access_key_id=KEY_ID, aws_secret_access_key=self.secret)
        return session.client("s3", endpoint_url=self.url, region_name="us-east-1", config=config)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: browsers leave when they have what they wanted."""


class Door(BackgroundServer):
    """In front of a service, for the length of a block.

    ``is_read_only``: it refuses every change, as a policy would. ``garbles``: final videos are not what was saved.
    ``asked``: addresses, of which it refuses those in ``expired``.
    """

    def __init__(self, service: BucketService) -> None:
        door = self
        self.is_read_only = self.garbles = False
        self.asked: set[str] = set()
        self.expired: set[str] = set()

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                """Forward the request, or refuse it."""
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                door.asked.add(self.path)
                is_change = self.command in {"PUT", "POST", "DELETE"}
                if (door.is_read_only and is_change) or self.path in door.expired:
                    self._send(403, {"Content-Type": "application/xml", "Content-Length": str(len(_REFUSED))}, _REFUSED)
                    return
                line = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
                with closing(line):
                    line.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = line.getresponse()
                    content = answer.read()
                garbled = door.garbles and self.command == "GET" and "/results/" in self.path
                # A browser may have what it wanted.
                with suppress(ConnectionError):
                    self._send(answer.status, dict(answer.getheaders()), content[::-1] if garbled else content)

            def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers.items():
                    if name.lower() not in {"connection", "transfer-encoding", "date", "server"}:
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        for method in ("GET", "HEAD", "PUT", "POST", "DELETE"):
            setattr(Handler, f"do_{method}", Handler.answer)
        super().__init__(_Server(("127.0.0.1", 0), Handler))


def settings_for(service: BucketService, name: str) -> dict[str, str]:
    """What a portal has to be told to keep its files in this bucket."""
    return {
        "S3_BUCKET": name,
        "S3_REGION": "us-east-1",
        "S3_ENDPOINT_URL": service.url,
        "S3_ACCESS_KEY_ID": KEY_ID,
        "S3_SECRET_ACCESS_KEY": service.secret,
        "STORAGE": "s3",
    }


def contents(service: BucketService, name: str) -> dict[str, int]:
    """The keys in the bucket, and how large each object is."""
    pages = service.client.get_paginator("list_objects_v2").paginate(Bucket=name)
    return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", [])}


def host_of(url: str) -> str:
    """Where an address leads."""
    return urlsplit(url).netloc
