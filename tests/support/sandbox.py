"""Start the sandbox as a program of its own, for tests that want a real provider on the other end."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

_ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class SandboxProcess:
    """`python -m sandbox` on a free port with a state directory of its own."""

    def __init__(
        self,
        *,
        policy: str = "at_once",
        api_key: str = "panjaya-test-key",
        state_dir: Path | None = None,
        allow_hosts: tuple[str, ...] = (),
        host: str = "127.0.0.1",
        start: bool = True,
    ) -> None:
        """Start it and wait until it answers."""
        self.api_key = api_key
        self.port = free_port()
        self.host = host
        self.url = f"http://{host}:{self.port}"
        self._own_dir = state_dir is None
        self.state_dir = state_dir or Path(tempfile.mkdtemp(prefix="sandbox-"))
        self._policy: str | None = policy
        self._allow_hosts = allow_hosts
        self._process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False, verify=False)
        if start:
            self.start()

    def __enter__(self) -> Self:
        """Use it in a with statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    @property
    def pid(self) -> int:
        """The process id of the running sandbox."""
        assert self._process
        return self._process.pid

    @property
    def modelslab_url(self) -> str:
        """The base address of its ModelsLab; the key is `api_key`, as it is."""
        return f"{self.url}/modelslab/api/v6"

    @property
    def voicechanger_url(self) -> str:
        """The base address of its VoiceChangerAPI; the key is `api_key`, as it is."""
        return f"{self.url}/voicechanger"

    @property
    def headers(self) -> dict[str, str]:
        """The right Authorization header."""
        return {"Authorization": f"Bearer panjaya-{self.api_key.removeprefix('panjaya-')}"}

    @property
    def public_key_pem(self) -> str:
        """The key that verifies its callbacks."""
        return (self.state_dir / "public_key.pem").read_text()

    def start(self) -> None:
        """Start, or start again on the same port and state."""
        command = [sys.executable, "-m", "sandbox", "--host", self.host, "--port", str(self.port)]
        command += ["--state-dir", str(self.state_dir)]
        if self._policy:
            command += ["--policy", self._policy]
        for host in self._allow_hosts:
            command += ["--allow-host", host]
        environment = os.environ | {"SANDBOX_API_KEY": self.api_key}
        self._process = subprocess.Popen(command, cwd=_ROOT, env=environment)
        self._wait()

    def _wait(self, seconds: float = 80.0) -> None:
        assert self._process
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if self.http.get("/_sandbox/health").status_code == 200:
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None:
                raise RuntimeError(f"the sandbox ended with code {self._process.returncode}")
            time.sleep(0.05)
        raise TimeoutError("the sandbox did not answer")

    def control(self, path: str, *, method: str = "POST", **json: Any) -> Any:
        """Call a control route: `control("policy", progress="looks:2")`. GET when asked for."""
        answer = self.http.request(method, f"/_sandbox/{path.lstrip('/')}", json=json if method == "POST" else None)
        answer.raise_for_status()
        return answer.json()

    def fault(self, match: str, kind: str, *, times: int = 1, rule: dict[str, Any] | None = None, **do: Any) -> Any:
        """Put a fault in force: `fault("create", "cut_after")`; `rule` adds skip, probability, seed, contains."""
        return self.control("faults", match=match, times=times, do={"kind": kind, **do}, **(rule or {}))

    def ledger(self) -> list[dict[str, Any]]:
        """Everything it really carried out, oldest first."""
        entries: list[dict[str, Any]] = self.control("ledger", method="GET")["entries"]
        return entries

    def stats(self) -> dict[str, int]:
        """How many requests came in, by operation."""
        counts: dict[str, int] = self.control("stats", method="GET")["counts"]
        return counts

    def reset(self) -> None:
        """Forget everything but the key pair."""
        self.control("reset")

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """A request to the documented API with the right key."""
        return self.http.request(method, path, headers=self.headers | arguments.pop("headers", {}), **arguments)

    def kill(self) -> None:
        """kill -9."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Start again after `kill`; switches changed meanwhile stay as they were."""
        if self._process and self._process.poll() is None:
            self._terminate()
        self._policy = None
        self.start()

    def stop(self) -> None:
        """End it cleanly and remove its state."""
        if self._process and self._process.poll() is None:
            self._terminate()
        self.http.close()
        if self._own_dir:
            shutil.rmtree(self.state_dir, ignore_errors=True)

    def _terminate(self) -> None:
        assert self._process
        self._process.terminate()
        try:
            self._process.wait(40)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
