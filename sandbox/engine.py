"""The one child process that probes and dubs: media code may crash or eat a core without hurting the server."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from sandbox.records import Asset, Version


class EngineError(Exception):
    """The work failed; `code` is a documented asset error code where there is one."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both parts."""
        super().__init__(message)
        self.code, self.message = code, message


class Engine:
    """Hands one job at a time to the child; a child that dies is replaced for the next job."""

    def __init__(self) -> None:
        """No child yet; the first job starts it."""
        self._child: asyncio.subprocess.Process | None = None
        self._turn = asyncio.Lock()

    async def run(self, job: dict[str, Any]) -> dict[str, Any]:
        """Do a job and return its answer; raise EngineError when it cannot be done."""
        async with self._turn:
            child = await self._ready()
            try:
                answer = await self._ask(child, job)
            except asyncio.CancelledError:
                self._drop()
                raise
        if answer is None:
            self._drop()
            raise EngineError("unsupported_media", "the media engine crashed on this file")
        if "code" in answer:
            raise EngineError(answer["code"], answer["message"])
        return answer

    async def stop(self) -> None:
        """End the child."""
        child, self._child = self._child, None
        if child and child.returncode is None:
            child.kill()
            await child.wait()

    def _drop(self) -> None:
        if self._child and self._child.returncode is None:
            self._child.kill()
        self._child = None

    async def _ready(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "sandbox.worker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=Path(__file__).parent.parent,
                limit=1 << 20,
            )
        return self._child

    async def _ask(self, child: asyncio.subprocess.Process, job: dict[str, Any]) -> dict[str, Any] | None:
        assert child.stdin
        assert child.stdout
        try:
            child.stdin.write(json.dumps(job).encode() + b"\n")
            await child.stdin.drain()
        except ConnectionError:
            return None
        line = await child.stdout.readline()
        answer: dict[str, Any] | None = json.loads(line) if line else None
        return answer


def dub_job(asset: Asset, version: Version, sources: Path, result: Path, damage: str = "none") -> dict[str, Any]:
    """The order for one dub, in the child's words."""
    return {
        "what": "dub",
        "source": str(sources / asset.source),
        "background": str(sources / asset.background) if asset.background else None,
        "result": str(result),
        "locale": version.locale,
        "srt": version.srt,
        "source_srt": asset.source_srt,
        "start": asset.start_time or 0.0,
        "end": asset.end_time,
        "lips": version.lips,
        "lips_model": asset.lips_model,
        "anonymization": asset.voice_anonymization,
        "damage": damage,
    }
