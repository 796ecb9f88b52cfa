"""A portal to be measured: from outside over HTTP, and its rows through ``tests.bench.inside``."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from tests.support.portal import PASSWORD, ROOT, Portal
from tests.support.sandbox import SandboxProcess, free_port

INSIDE = [sys.executable, "-m", "tests.bench.inside"]
CURL_SECONDS = 120


def ask(portal: Portal, name: str, *values: object) -> Any:
    """Call a function of ``tests.bench.inside`` on the portal's rows."""
    command = [*INSIDE, name, *map(str, values)]
    done = subprocess.run(command, cwd=ROOT, env=portal.environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else None


def signed_in(portal: Portal, name: str = "owner", *, url: str = "") -> httpx.Client:
    """A browser in which somebody is signed in; its headers satisfy the protection against forged requests."""
    client = httpx.Client(base_url=url or portal.url, trust_env=False, timeout=60)
    page = client.get("/sign-in/").text
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token
    typed = {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    client.post("/sign-in/", data=typed)
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]
    return client


def curl(*arguments: str) -> float:
    """Run curl; the seconds that it says the transfer took."""
    told = ["--silent", "--show-error", "--fail", "--noproxy", "*", "--max-time", str(CURL_SECONDS)]
    command = ["curl", *told, "--output", "/dev/null", "--write-out", "%{time_total}", *arguments]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


class QuietSandbox(SandboxProcess):
    """A provider that gives the source back: what is measured is the portal."""

    def __init__(self, folder: Path, progress: str = "at_once") -> None:
        super().__init__(state_dir=folder, policy=progress)
        self.control("policy", engine="stub")


def start_bare(portal: Portal) -> str:
    """The bare application beside the portal, on the same database and the same disk; its address. Ends with it."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    changes = {"DJANGO_SETTINGS_MODULE": "tests.bench.bare.settings", "BIND": f"127.0.0.1:{port}"}
    with (portal.folder / "bare.log").open("wb") as log:
        portal.processes["bare"] = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.bare", "web"],
            cwd=ROOT,
            env=portal.environment | changes,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _wait_for(url, portal)
    return url


def _wait_for(url: str, portal: Portal) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            httpx.get(f"{url}/healthz", trust_env=False).raise_for_status()
            return
        time.sleep(0.1)
    raise TimeoutError(f"{url} does not answer\n{portal.logs()}")
