"""The nginx of production in front of a portal on this machine: the very configuration, with other addresses."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.support.portal import ROOT
from tests.support.sandbox import free_port
from tests.support.slow_clients import seconds_for

CONFIGURATION = ROOT / "deploy" / "nginx.conf"
SETTINGS = {"X_ACCEL_PREFIX": "/_media", "PROXIES": "1"}
"""What web has to be told."""


def find_nginx() -> str | None:
    """The program, where it is installed."""
    return shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")


class Nginx:
    """In front of web at these addresses, for the length of a block."""

    def __init__(self, folder: Path, web: str, media: str, *more_webs: str, host: str = "127.0.0.1") -> None:
        program = find_nginx()
        assert program
        port = free_port()
        self.url = f"http://{host}:{port}"
        folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.read_text()
        for ours, theirs in {
            "/tmp/": f"{folder}/",
            "web:8000": "webs",
            "    server {\n        listen 8000": _upstream([web, *more_webs])
            + f"    server {{\n        listen {host}:{port}",
            "/data/media/": f"{media}/",
            "/dev/stderr": str(folder / "nginx.log"),
        }.items():
            assert ours in text
            text = text.replace(ours, theirs)
        file = folder / "nginx.conf"
        # Where root runs it, its processes would be nobody, who may not read what tests write.
        file.write_text(text if not _is_root() else f"user root;\n{text}")
        self.process = subprocess.Popen([program, "-p", str(folder), "-c", str(file), "-g", "daemon off;"])
        self._log = folder / "nginx.log"

    def __enter__(self) -> Self:
        deadline = time.monotonic() + 80
        while True:
            with suppress(OSError):
                seconds_for(self.url, "/healthz")
                return self
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.process.terminate()
        self.process.wait(80)


def _upstream(webs: list[str]) -> str:
    """As Docker's names have several addresses when a service has several containers."""
    servers = "".join(f"        server {urlsplit(web).netloc} fail_timeout=1s;\n" for web in webs)
    return f"    upstream webs {{\n{servers}    }}\n"


def _is_root() -> bool:
    return Path("/proc/self").stat().st_uid == 0
