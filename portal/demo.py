"""``make demo``: the whole portal on this machine, with a sandbox instead of the provider, until Ctrl-C."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
VAR = Path(os.environ.get("VAR_DIR", ROOT / "var"))
ENV_FILE = Path(os.environ.get("ENV_FILE", ROOT / ".env"))
PYTHON = sys.executable
PORT = int(os.environ.get("PORT", "8000"))
SANDBOX_PORT = int(os.environ.get("SANDBOX_PORT", "8010"))
ADDRESS = f"http://localhost:{PORT}"
SANDBOX = f"http://127.0.0.1:{SANDBOX_PORT}"
PASSWORD = "demo-portal"  # noqa: S105 - of the demo's people, on loopback only
STOP_SECONDS = 10
READY_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Child:
    """One process of the demo."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path


def main() -> int:
    """Start everything, print the address, and stop everything. Exit status 0 after Ctrl-C."""
    with _Foreground():
        try:
            return _run()
        except KeyboardInterrupt:
            return 0


def _run() -> int:
    # A shell starts background jobs with SIGINT ignored; here a signal always means stop.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    os.umask(0o077)  # for everything that is started here, including the sandbox and the logs
    _check_ports()
    environment = _environment()
    children: list[Child] = []
    try:
        _start_sandbox(children, environment)
        _prepare(environment)
        _start_portal(children, environment)
        _first_dub(environment, children)
        _say_hello()
        return _watch(children)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(children)


def _check_ports() -> None:
    for port, what in ((PORT, "PORT"), (SANDBOX_PORT, "SANDBOX_PORT")):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                _fail(
                    f"Port {port} is used by another program. Stop it, or use another port: make demo {what}={port + 1}"
                )


def _environment() -> dict[str, str]:
    """The environment of every process. Kept in .env, so that ``manage.py`` run by hand uses the same portal."""
    settings = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAL_URL": ADDRESS,
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PANJAYA_API_URL": SANDBOX,
        "PANJAYA_API_KEY": secrets.token_urlsafe(24),
        "PANJAYA_PUBLIC_KEY": str(VAR / "sandbox" / "public_key.pem"),
    }
    settings |= _read_env_file()
    # The ports may change each time; everything else stays the same.
    settings |= {"PORTAL_URL": ADDRESS, "PANJAYA_API_URL": SANDBOX}
    settings |= {"MODELSLAB_API_URL": f"{SANDBOX}/modelslab/api/v6", "VOICECHANGER_API_URL": f"{SANDBOX}/voicechanger"}
    settings |= dict.fromkeys(("MODELSLAB_API_KEY", "VOICECHANGER_API_KEY"), settings["PANJAYA_API_KEY"])
    lines = ["# Written by make demo: a portal on this machine, with the sandbox instead of the providers."]
    lines += [f"{name}={value}" for name, value in settings.items()]
    ENV_FILE.write_text("\n".join(lines) + "\n")
    ENV_FILE.chmod(0o600)
    return os.environ | settings | {"DJANGO_SETTINGS_MODULE": "portal.settings", "PYTHONUNBUFFERED": "1"}


def _read_env_file() -> dict[str, str]:
    if not ENV_FILE.exists():
        return {}
    text = ENV_FILE.read_text()
    if not text.startswith("# Written by make demo"):
        _fail(f"{ENV_FILE} is yours, and the demo would overwrite it. Move it away first.")
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line and not line.startswith("#"))
    return {name: value for name, value in pairs}  # noqa: C416


def _prepare(environment: dict[str, str]) -> None:
    if not (VAR / "samples" / "sample.mp4").exists():
        _say("Creating the sample video ...")
        _call(["-m", "sandbox.sample", str(VAR / "samples")], environment)
    _call(["manage.py", "migrate", "--verbosity", "0"], environment)
    _call(["manage.py", "seed", "--password", PASSWORD], environment)


def _start_sandbox(children: list[Child], environment: dict[str, str]) -> None:
    """Start the sandbox first: it creates the keys that the portal's configuration refers to."""
    _say("Starting sandbox, web, worker and scheduler ...")
    (VAR / "logs").mkdir(parents=True, exist_ok=True)
    sandbox = ["-m", "sandbox", "--port", str(SANDBOX_PORT), "--state-dir", str(VAR / "sandbox")]
    sandbox += ["--policy", "seconds:2"]
    keyed = environment | {"SANDBOX_API_KEY": environment["PANJAYA_API_KEY"]}
    children.append(_start("sandbox", sandbox, keyed))
    _wait_for(f"{SANDBOX}/_sandbox/health", children)


def _start_portal(children: list[Child], environment: dict[str, str]) -> None:
    bound = environment | {"BIND": f"127.0.0.1:{PORT}"}
    for name in ("web", "worker", "beat"):
        children.append(_start(name, ["-m", "portal.run", name], bound))
    _wait_for(f"{ADDRESS}/healthz", children)


def _first_dub(environment: dict[str, str], children: list[Child]) -> None:
    """Dub a first video in the usual way, so that the first screen shows a finished one."""
    made = VAR / "samples" / ".dubbed"
    if made.exists():
        return
    _say("Dubbing the sample into Spanish ...")
    samples = VAR / "samples"
    command = ["manage.py", "dub", str(samples / "sample.mp4"), "--project", "Sample project", "--user", "owner"]
    command += ["--name", "Welcome", "--from", "en-US", "--to", f"es-ES={samples / 'sample.es-ES.srt'}"]
    command += ["--source-srt", str(samples / "sample.en-US.srt"), "--auto-generate", "no_lips", "--wait"]
    _call([*command, "--timeout", "120"], environment, children)
    made.touch()


def _say_hello() -> None:
    _say(f"\nThe portal is at {ADDRESS}\n")
    for name, what in (
        ("owner", "owner of the sample project, and administrator (/admin/)"),
        ("member", "editor of the sample project"),
        ("outsider", "not a member"),
    ):
        _say(f"    {name:10} {PASSWORD}    {what}")
    _say("\nThe sample video and its subtitles are on the page New video.")
    _say(f"Emails are kept in {VAR / 'mail'}; the owner reads them at {ADDRESS}/mailbox/")
    _say(f"Logs: {VAR / 'logs'}\nCtrl-C stops everything.")


def _watch(children: list[Child]) -> int:
    while True:
        _complain_if_one_died(children)
        time.sleep(0.3)


def _complain_if_one_died(children: list[Child]) -> None:
    for child in children:
        status = child.process.poll()
        if status is not None:
            tail = "\n".join(child.log.read_text(errors="replace").splitlines()[-15:])
            _fail(f"{child.name} stopped with status {status}. The end of {child.log}:\n{tail}")


def _start(name: str, arguments: list[str], environment: dict[str, str]) -> Child:
    log = VAR / "logs" / f"{name}.log"
    with log.open("ab") as output:
        # In a session of its own: Ctrl-C reaches only this program, which then stops the others in order.
        process = subprocess.Popen(
            [PYTHON, *arguments],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Child(name, process, log)


def _call(arguments: list[str], environment: dict[str, str], children: list[Child] | None = None) -> None:
    done = subprocess.run([PYTHON, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        _complain_if_one_died(children or [])
        _fail(f"{' '.join(arguments[:2])} failed with status {done.returncode}:\n{done.stderr or done.stdout}")


def _wait_for(url: str, children: list[Child]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        _complain_if_one_died(children)
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    _fail(f"{url} was not ready within {READY_SECONDS} seconds. See {VAR / 'logs'}")


def _stop(children: list[Child]) -> None:
    """Send SIGTERM to each, the sandbox last; kill the process group of any that is left after a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for child in reversed(children):
        if child.process.poll() is None:
            child.process.terminate()
    deadline = time.monotonic() + STOP_SECONDS
    for child in children:
        try:
            child.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()


class _Foreground:
    """Handles Ctrl-C here: ``make`` would report it as a failure."""

    def __enter__(self) -> None:
        try:
            self.before = os.tcgetpgrp(0)
        except OSError:  # not a terminal, or not ours
            self.before = 0
        if self.before:
            signal.signal(signal.SIGTTOU, signal.SIG_IGN)
            if os.getpid() != os.getpgrp():
                os.setpgid(0, 0)
            os.tcsetpgrp(0, os.getpgrp())

    def __exit__(self, *_: object) -> None:
        if self.before:
            os.tcsetpgrp(0, self.before)


def _say(message: str) -> None:
    sys.stdout.write(message + "\n")
    sys.stdout.flush()


def _fail(message: str) -> NoReturn:
    sys.stderr.write(message + "\n")
    sys.exit(1)


if __name__ == "__main__":
    sys.exit(main())
