"""The whole portal in processes of its own, on a database of its own, for tests that fake nothing."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
from kombu import Connection

from tests.support import made_database
from tests.support.fork_server import ForkServer
from tests.support.sandbox import SandboxProcess, free_port

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "a-password-for-tests"
# What was compiled once is there for every process, where whoever runs the tests allows it.
_INHERITED = ("PATH", "HOME", "LANG", "PYTHONDONTWRITEBYTECODE")


class Portal:
    """Web, worker and scheduler, any of them, against a sandbox. SQLite and files, or what the environment names."""

    def __init__(self, folder: Path, sandbox: SandboxProcess, **settings: str) -> None:
        """Make the database and the team; nothing runs yet. ``settings``: more environment variables."""
        self.folder, self.sandbox = folder, sandbox
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._database = _Database(folder)
        self.environment = self._environment() | settings
        self._fork_server: ForkServer | None = None
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.started_by: list[str] = []
        self._fill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _fill(self) -> None:
        self._database.make(self._make_tables_and_people)

    def _make_tables_and_people(self) -> None:
        self.manage("migrate", "--verbosity", "0")
        self.manage("seed", "--password", PASSWORD)

    def _environment(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return inherited | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "ENV_FILE": os.devnull,
            "SECRET_KEY": secrets.token_urlsafe(50),
            "PORTAL_URL": self.url,
            "BIND": f"127.0.0.1:{self.port}",
            "VAR_DIR": str(self.folder),
            "DATABASE_URL": self._database.url,
            "CELERY_BROKER_URL": _broker(),
            "MEDIA_ROOT": str(self.folder / "media"),
            "DISK_LOW_WATER_BYTES": "1",
            "PANJAYA_API_URL": self.sandbox.url,
            "PANJAYA_API_KEY": self.sandbox.api_key,
            "PANJAYA_PUBLIC_KEY": str(self.sandbox.state_dir / "public_key.pem"),
        }

    def start(self, *names: str) -> Self:
        """Start web, worker, beat; waits until web answers."""
        for name in names or ("web", "worker", "beat"):
            self._run(name, "-m", "portal.run", name)
            if name == "web":
                self.wait_for_web()
        return self

    def start_scheduler(self, *, every: float) -> None:
        """Start beat at another pace than in production."""
        self._run("beat", "manage.py", "sweep", "--every", str(every))

    def start_worker(self) -> None:
        """Start it, and wait until it works: killing one that only loads its modules shows nothing."""
        before = self._times_ready()
        self._run("worker", "-m", "portal.run", "worker")
        while self._times_ready() == before:
            assert self.processes["worker"].poll() is None, self.logs()
            time.sleep(0.02)

    def _times_ready(self) -> int:
        log = self.folder / "worker.log"
        return log.read_text(errors="replace").count("ready.") if log.exists() else 0

    def run_script(self, code: str, *arguments: str) -> str:
        """Run some Python on the portal's rows, in a process of its own. Returns what it prints."""
        done = self.run_python("-c", code, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def run_python(self, *arguments: str, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run ``python ARGUMENTS`` in a process of its own, with the portal's environment."""
        if self._fork_server is not None and self._fork_server.environment != self.environment:
            self._fork_server.close()
            self._fork_server = None
        if self._fork_server is None:
            self._fork_server = ForkServer(self.environment)
        return self._fork_server.run(arguments, timeout=timeout)

    def start_workers(self, number: int) -> list[int]:
        """Start so many workers, beside any other; their process ids. `stop_workers` ends them."""
        for at in range(number):
            self._run(f"worker-{at}", "-m", "portal.run", "worker")
        return [self.processes[f"worker-{at}"].pid for at in range(number)]

    def stop_workers(self) -> None:
        """End those of `start_workers`, politely."""
        ended = [self.processes.pop(name) for name in list(self.processes) if name.startswith("worker-")]
        for process in ended:
            process.terminate()
        for process in ended:
            process.wait(120)

    def kill(self, name: str) -> None:
        """``kill -9``, without a chance to tidy up."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """End every process, politely first, and drop the database."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()
        if self._fork_server is not None:
            self._fork_server.close()
            self._fork_server = None
        self._database.drop()

    def manage(self, *arguments: str, check: bool = True, timeout: float = 600) -> subprocess.CompletedProcess[str]:
        """Run a management command to its end."""
        done = self.run_python("manage.py", *arguments, timeout=timeout)
        if check and done.returncode:
            raise AssertionError(f"manage.py {' '.join(arguments)}: {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done

    def ask(self, expression: str) -> Any:
        """Evaluate an expression on the portal's rows (``m`` is ``dubbing.models``); it must fit into JSON."""
        code = f"import json; from dubbing import models as m; print('=>' + json.dumps({expression}, default=str))"
        output = self.manage("shell", "--no-imports", "--command", code).stdout
        return json.loads(output.rpartition("=>")[2])

    def wait_until(self, expression: str, *, seconds: float = 240) -> Any:
        """Ask again and again until the answer is true."""
        deadline = time.monotonic() + seconds
        while not (answer := self.ask(expression)):
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds} s: {expression}\n{self.logs()}")
            time.sleep(0.3)
        return answer

    def logs(self) -> str:
        """The end of every process's log."""
        files = sorted(self.folder.glob("*.log"))
        return "\n".join(f"--- {file.name}\n{file.read_text(errors='replace')[-3000:]}" for file in files)

    def start_elsewhere(self, name: str, kind: str, prefix: list[str], **settings: str) -> None:
        """Start web, worker or beat by another program, as on another machine."""
        self._run(name, "-m", "portal.run", kind, prefix=prefix, **settings)

    def _run(self, name: str, *command: str, prefix: Sequence[str] = (), **settings: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*self.started_by, *prefix, sys.executable, *command],
                cwd=ROOT,
                env=self.environment | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_for_web(self, url: str = "", *, seconds: float = 120) -> None:
        """Wait until web answers, here or at another address."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                httpx.get(f"{url or self.url}/healthz", timeout=2, trust_env=False).raise_for_status()
            except httpx.HTTPError:
                assert time.monotonic() < deadline, f"web does not answer\n{self.logs()}"
                time.sleep(0.1)
            else:
                return


class EmptyPortal(Portal):
    """One whose database has no tables yet, for a restore."""

    def _fill(self) -> None:
        self._database.make_empty()


class _Database:
    """A SQLite file, or a fresh database beside the one that DATABASE_URL names."""

    def __init__(self, folder: Path) -> None:
        given = os.environ.get("DATABASE_URL", "")
        self._server = given if given.startswith("postgres") else ""
        self._name = f"portal_{secrets.token_hex(6)}"
        self._file = folder / "portal.sqlite3"
        self.url = f"sqlite:///{self._file}"
        if self._server:
            self.url = urlunsplit(urlsplit(self._server)._replace(path=f"/{self._name}"))

    def make(self, fill: Callable[[], object]) -> None:
        """Filling it takes long and always makes the same: once for all processes of a test run, then it is copied."""
        with made_database.locked(self._server) as name:
            if name.exists():
                self._copy(name.read_text(), self._name if self._server else str(self._file))
                return
            if self._server:
                self._run(f'CREATE DATABASE "{self._name}"')
            fill()
            # A copy that nobody changes.
            made = f"{self._name}_made" if self._server else str(name.with_name("made.sqlite3"))
            self._copy(self._name if self._server else str(self._file), made)
            name.write_text(made)

    def make_empty(self) -> None:
        """A new one without tables; a SQLite file appears by itself."""
        if self._server:
            self._run(f'CREATE DATABASE "{self._name}"')

    def _copy(self, source: str, target: str) -> None:
        if self._server:
            self._run(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
            return
        with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
            one.backup(other)

    def drop(self) -> None:
        """Remove it from the server."""
        if self._server:
            self._run(f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')

    def _run(self, statement: str) -> None:
        made_database.run_on(self._server, statement)


def _broker() -> str:
    """The embedded one, a database of the Redis server that no other test of this run uses, or an empty RabbitMQ."""
    given = os.environ.get("CELERY_BROKER_URL", "filesystem://localhost")
    if given.startswith("amqp"):
        with Connection(given) as connection:
            channel: Any = connection.channel()
            channel.queue_delete("portal")
    if not given.startswith("redis"):
        return given
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    url = urlunsplit(urlsplit(given)._replace(path=f"/{1 + int(worker) % 15}"))
    import redis

    redis.Redis.from_url(url).flushdb()
    return url
