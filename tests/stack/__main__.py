"""Build the image, run ``compose.yaml`` with the sandbox in the provider's place, and dub one video through all of it.

Needs root, and Debian's docker.io, docker-compose and debootstrap. An engine is started when none answers. Everything
that was started is stopped at the end; the images stay for the next time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx

from tests.stack.base_images import ROOT, make_missing_images
from tests.support.sandbox import SandboxProcess, free_port

SERVICES = ("postgres", "redis", "web", "nginx", "worker", "beat")
PASSWORD = secrets.token_urlsafe(16)
OVERRIDE = ROOT / "tests" / "stack" / "compose.sandbox.yaml"


def main() -> int:
    """Exit status 0 when the video came out dubbed and could be downloaded, whole and in part."""
    with ExitStack() as stack:
        stack.enter_context(_engine())
        make_missing_images()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stack-")))
        sandbox = stack.enter_context(SandboxProcess(host=_own_address(), policy="seconds:2"))
        compose = stack.enter_context(_running(folder, sandbox))
        _say("dubbing")
        told = _dub(compose, folder)
        _say(f"{told['asset']['name']} is {told['asset']['status']}; downloading through nginx")
        _download(compose, told)
        _check_confinement(compose)
        sys.stdout.write(compose("logs", "--no-color", "worker", "beat", "web"))
    _say("all of it works")
    return 0


class Compose:
    """``docker-compose`` with this run's environment."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.port = environment["WEB_PORT"]
        self._environment = {**os.environ, **environment}
        files = ("-f", str(ROOT / "compose.yaml"), "-f", str(OVERRIDE))
        nothing = folder / "env"  # and not a .env that may lie here
        nothing.touch()
        self._command = ("docker-compose", "--project-name", "stack", "--env-file", str(nothing), *files)

    def __call__(self, *arguments: str, check: bool = True) -> str:
        command = [*self._command, *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if check and done.returncode:
            sys.exit(f"docker-compose {' '.join(arguments)} failed with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def container(self, service: str) -> str:
        """The id of its container."""
        return self("ps", "-q", service).strip()


def _own_address() -> str:
    """This machine, as containers see it."""
    subnet = _run("docker", "network", "inspect", "bridge", "-f", "{{(index .IPAM.Config 0).Subnet}}").strip()
    return str(next(ip_network(subnet).hosts()))


def _run(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextmanager
def _engine() -> Iterator[None]:
    """A Docker engine: the one that answers, or one of this run's own."""
    if _answers():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="engine-") as folder:
        socket = f"unix://{folder}/docker.sock"
        command = ["dockerd", "--host", socket, "--exec-root", f"{folder}/exec", "--pidfile", f"{folder}/pid"]
        with (Path(folder) / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as engine:
            os.environ["DOCKER_HOST"] = socket
            try:
                _wait("the Docker engine", _answers)
                yield
            finally:
                engine.terminate()


@contextmanager
def _running(folder: Path, sandbox: SandboxProcess) -> Iterator[Compose]:
    port = str(free_port())
    environment = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "POSTGRES_PASSWORD": secrets.token_urlsafe(24),
        "REDIS_PASSWORD": secrets.token_urlsafe(24),
        "PORTAL_URL": f"http://localhost:{port}",
        "WEB_PORT": port,
        "SANDBOX_URL": sandbox.url,
        "PANJAYA_API_KEY": sandbox.api_key,
        "PANJAYA_PUBLIC_KEY": sandbox.public_key_pem,
    }
    compose = Compose(folder, environment)
    try:
        _say("building the image")
        compose("build")
        _say("starting")
        compose("up", "-d")
        for service in SERVICES:
            _wait(f"{service} to be healthy", partial(_is_healthy, compose, service))
        yield compose
    except SystemExit:
        sys.stderr.write(compose("logs", "--tail", "30", check=False))
        raise
    finally:
        compose("down", "--volumes", "--timeout", "20", check=False)


def _is_healthy(compose: Compose, service: str) -> bool:
    """By its health check; whether it runs, where there is none."""
    container = compose.container(service)
    template = "{{if .State.Health}}{{.State.Health.Status}}{{else if .State.Running}}healthy{{end}}"
    return bool(container) and _run("docker", "inspect", "-f", template, container).strip() == "healthy"


def _answers() -> bool:
    return subprocess.run(["docker", "info"], capture_output=True, check=False).returncode == 0


def _wait(what: str, ready: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > until:
            sys.exit(f"waited {seconds:.0f} s for {what}")
        time.sleep(0.5)


def _dub(compose: Compose, folder: Path) -> dict[str, Any]:
    """Seed a project and dub a sample from the command line; the stack's own workers do it."""
    samples = folder / "samples"
    subprocess.run([sys.executable, "-m", "sandbox.sample", str(samples)], cwd=ROOT, check=True)
    worker = compose.container("worker")
    _run("docker", "cp", str(samples), f"{worker}:/data/samples")
    compose("exec", "-T", "worker", "python", "manage.py", "seed", "--password", PASSWORD)
    command = ["python", "manage.py", "dub", "/data/samples/sample.mp4", "--project", "Sample project", "--json"]
    command += ["--user", "owner", "--from", "en-US", "--to", "es-ES=/data/samples/sample.es-ES.srt"]
    command += ["--auto-generate", "no_lips", "--wait", "--timeout", "180"]
    told: dict[str, Any] = json.loads(compose("exec", "-T", "worker", *command))
    return told


def _download(compose: Compose, told: dict[str, Any]) -> None:
    with httpx.Client(base_url=f"http://localhost:{compose.port}", timeout=30) as browser:
        page = browser.get("/sign-in/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        form = {"username": "owner", "password": PASSWORD, "csrfmiddlewaretoken": token.group(1) if token else ""}
        signed_in = browser.post("/sign-in/", data=form)
        assert signed_in.status_code == 302, signed_in.text[:500]
        page = browser.get(told["asset"]["page"])
        link = re.search(r'href="([^"]+/download[^"]*)"', page.text)
        assert link, page.text[:2000]
        whole = browser.get(link.group(1))
        assert whole.status_code == 200
        assert hashlib.sha256(whole.content).hexdigest() == told["results"][0]["sha256"]
        part = browser.get(link.group(1), headers={"Range": "bytes=1000-4999"})
        assert (part.status_code, part.content) == (206, whole.content[1000:5000])
        assert "x-accel-redirect" not in whole.headers
    assert httpx.get(f"http://localhost:{compose.port}{link.group(1)}").status_code in (302, 404)


def _check_confinement(compose: Compose) -> None:
    """Nothing is written outside the volumes, no process of ours has capabilities, and few know secrets."""
    for service in ("web", "worker", "beat", "nginx"):
        written = compose("exec", "-T", service, "sh", "-c", "touch /app/x 2>/dev/null && echo written || true")
        assert "written" not in written, service
        status = compose("exec", "-T", service, "grep", "CapEff", "/proc/self/status")
        assert int(status.split()[1], 16) == 0, (service, status)
    known = compose("exec", "-T", "web", "env")
    assert "POSTGRES_PASSWORD" not in known
    for name in ("postgres", "redis", "nginx"):
        assert "SECRET_KEY" not in compose("exec", "-T", name, "env"), name
    stranger = ("env", "-u", "REDISCLI_AUTH", "redis-cli", "ping")
    assert "NOAUTH" in compose("exec", "-T", "redis", *stranger, check=False)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
