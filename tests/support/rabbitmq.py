"""A RabbitMQ of its own, for as long as it is needed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from kombu import Connection

from tests.support.sandbox import free_port

# Not the program of this name in PATH: that one runs as another user, in a folder that all nodes share.
_PROGRAMS = Path("/usr/lib/rabbitmq/bin")
_NODE = "portal@localhost"


def find_rabbitmq() -> bool:
    """Whether one can be started here."""
    return (_PROGRAMS / "rabbitmq-server").exists()


class RabbitMQ:
    """A node that nobody else knows, on free ports, with its files in a folder that goes with it."""

    def __init__(self, *, host: str = "127.0.0.1") -> None:
        """``host``: the address at which it listens."""
        self._host, self._port = host, free_port()
        self.url = f"amqp://guest:guest@{host}:{self._port}//"
        self._folder = Path(tempfile.mkdtemp(prefix="portal-rabbitmq-"))
        (self._folder / "rabbitmq.conf").write_text("loopback_users = none\n")
        # Erlang's own directory of nodes as well: a shared one would outlive us.
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self._folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(free_port()),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_NODE_IP_ADDRESS": host,
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self._folder),
            "RABBITMQ_LOG_BASE": str(self._folder),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "rabbitmq"),
            "RABBITMQ_CONF_ENV_FILE": str(self._folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
        }

    def __enter__(self) -> Self:
        with (self._folder / "output").open("wb") as output:
            self._process = subprocess.Popen(
                [_PROGRAMS / "rabbitmq-server"],
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        try:
            self._wait()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def control(self, *arguments: str) -> str:
        """Run ``rabbitmqctl``; what it printed."""
        command = [str(_PROGRAMS / "rabbitmqctl"), "--quiet", "--node", _NODE, *arguments]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=True, timeout=60)
        return done.stdout

    def _wait(self) -> None:
        deadline = time.monotonic() + 240
        while True:
            try:
                with Connection(self.url, connect_timeout=1) as connection:
                    connection.connect()
                    return
            except OSError:
                output = (self._folder / "output").read_text(errors="replace")
                assert self._process.poll() is None, output
                assert time.monotonic() < deadline, output
                time.sleep(0.1)

    def _stop(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(80)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        subprocess.run(["epmd", "-kill"], env=self._environment, capture_output=True, check=False)
        shutil.rmtree(self._folder, ignore_errors=True)
