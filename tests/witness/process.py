"""Start the witness as a program of its own; looks like the sandbox's process to whoever runs the portal against it."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tests.support.plain_http import plain_http
from tests.support.sandbox import SandboxProcess

ROOT = Path(__file__).resolve().parents[2]
KEY = "w1tness-key"


class WitnessProcess(SandboxProcess):
    """``python -m tests.witness`` on a free port. Only the address, the key and the state directory are inherited."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="witness-")
        super().__init__(api_key=KEY, state_dir=Path(self._folder.name), start=False)
        self._log = (self.state_dir / "witness.log").open("ab")
        command = [sys.executable, "-m", "tests.witness", "--port", str(self.port), "--state-dir", str(self.state_dir)]
        environment = os.environ | {"WITNESS_API_KEY": KEY}
        self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=self._log, stderr=self._log)
        self._wait_for_answer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def mode(self, **changes: Any) -> None:
        """Decide something in yet another way."""
        plain_http.post(f"{self.url}/_witness/mode", json=changes).raise_for_status()

    def fresh(self, **changes: Any) -> None:
        """Forget every asset and every change of mode, then change some."""
        plain_http.post(f"{self.url}/_witness/forget", json={}).raise_for_status()
        self.mode(**changes)

    def seen(self) -> dict[str, Any]:
        """What happened so far: requests by operation, assets, callbacks with what they were answered."""
        found: dict[str, Any] = plain_http.get(f"{self.url}/_witness/seen").json()
        return found

    def wait(self, what: str, number: int, *, seconds: float = 160) -> dict[str, Any]:
        """Until something was counted so often."""
        deadline = time.monotonic() + seconds
        while (seen := self.seen())["counts"].get(what, 0) < number:
            assert time.monotonic() < deadline, f"not within {seconds} s: {number} times {what}\n{json.dumps(seen)}"
            time.sleep(0.1)
        return seen

    def call(self, what: str, **arguments: Any) -> Any:
        """Something that happens in the studio, where no API sees it."""
        return plain_http.post(f"{self.url}/_witness/{what}", json=arguments).raise_for_status().json()

    def sign(self, body: bytes) -> str:
        """A signature as the witness writes it: DER in base64url, unpadded."""
        key = load_pem_private_key((self.state_dir / "private_key.pem").read_bytes(), None)
        assert isinstance(key, EllipticCurvePrivateKey)
        return base64.urlsafe_b64encode(key.sign(body, ECDSA(SHA256()))).decode().rstrip("=")

    def stop(self) -> None:
        """End it."""
        assert self._process
        self._process.terminate()
        self._process.wait(40)
        self._log.close()
        self.http.close()
        self._folder.cleanup()

    def _wait_for_answer(self) -> None:
        assert self._process
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.seen()
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError((self.state_dir / "witness.log").read_text())
