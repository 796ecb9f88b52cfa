"""Callbacks to the client: written down first, signed, sent in order for each asset, repeated until a 2xx."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any

import httpx

from sandbox.faults import Action, Faults
from sandbox.keys import Keys
from sandbox.records import Asset, Version
from sandbox.records import Delivery as Record
from sandbox.store import Store
from sandbox.switches import Delivery

_REORDER_PATIENCE = 2.0


class Callbacks:
    """Sends what the versions report."""

    def __init__(self, store: Store, faults: Faults, keys: Keys, switches: Callable[[], Delivery]) -> None:
        """Keep the collaborators; the HTTP client comes with `start`."""
        self._store, self._faults, self._keys, self._switches = store, faults, keys, switches
        self._last: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._passed: dict[str, asyncio.Event] = {}

    def start(self, client: httpx.AsyncClient) -> None:
        """Take the client, and take up what was not delivered before the last stop."""
        self._client = client
        for record in self._store.deliveries():
            if record.outcome == "pending":
                self._queue(record)

    async def stop(self) -> None:
        """Leave what is not sent for the next start."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def emit(self, asset: Asset, event: str, version: Version | None = None) -> None:
        """Report an event, when the asset has a callback address."""
        if not asset.callback_url:
            return
        content: dict[str, str | None] = {"event": event, "asset_id": asset.asset_id, "version_id": None}
        if version:
            content["version_id"] = version.version_id
            content[self._switches().locale_field] = version.locale
        self._queue(self._store.new_delivery(asset.asset_id, asset.callback_url, json.dumps(content)))

    def emit_unsigned(self, owner: str, url: str, content: dict[str, Any]) -> None:
        """Report something the way ModelsLab does: no signature, and never a second try."""
        self._queue(self._store.new_delivery(owner, url, json.dumps(content), signed=False))

    def resend(self, record: Record, copies: int = 1) -> None:
        """Send an old callback again, or one made up by the operator."""
        for _ in range(copies):
            self._spawn(self._send(record, None))

    async def post_once(self, url: str, body: bytes, headers: dict[str, str]) -> int | str:
        """Send a made-up callback: the status, or the name of the error."""
        try:
            fields = {"Content-Type": "application/json"} | headers
            return (await self._client.post(url, content=body, headers=fields, timeout=10)).status_code
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__

    def _queue(self, record: Record) -> None:
        action = self._faults.draw("callback", record.body)
        if action and action.kind in ("drop", "delay", "reorder"):
            self._spawn(self._detour(record, action))
            return
        before = self._last.get(record.asset_id)
        task = self._spawn(self._in_order(before, record, action))
        self._last[record.asset_id] = task
        task.add_done_callback(lambda done: self._forget(record.asset_id, done))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _forget(self, asset_id: str, task: asyncio.Task[None]) -> None:
        if self._last.get(asset_id) is task:
            del self._last[asset_id]

    async def _in_order(self, before: asyncio.Task[None] | None, record: Record, action: Action | None) -> None:
        if before:
            await asyncio.wait([before])
        copies = action.copies if action and action.kind == "double" else 1
        for _ in range(copies):
            await self._send(record, action)
        event = self._passed.pop(record.asset_id, None)
        if event:
            event.set()

    async def _detour(self, record: Record, action: Action) -> None:
        if action.kind == "drop":
            self._note(record, "dropped")
            return
        if action.kind == "delay":
            await asyncio.sleep(action.seconds)
        else:
            event = self._passed.setdefault(record.asset_id, asyncio.Event())
            await _patiently(event)
        await self._send(record, None)

    async def _send(self, record: Record, action: Action | None) -> None:
        switches = self._switches()
        body = record.body.encode()
        headers = {"Content-Type": "application/json", "User-Agent": "dubbing-sandbox"}
        if record.signed:
            how = action.how if action and action.kind == "sign" else ""
            headers |= signature_headers(self._keys, body, switches, how)
        for attempt in range(switches.attempts if record.signed else 1):
            if attempt:
                await asyncio.sleep(switches.backoff * 2 ** (attempt - 1))
            if await self._try(record, body, headers, switches.timeout):
                self._note(record, "delivered")
                return
        self._note(record, "given_up")

    async def _try(self, record: Record, body: bytes, headers: dict[str, str], timeout: float) -> bool:
        record.attempts += 1
        try:
            answer = await self._client.post(record.url, content=body, headers=headers, timeout=timeout)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            record.answers.append(type(error).__name__)
            return False
        record.answers.append(str(answer.status_code))
        return answer.is_success

    def _note(self, record: Record, outcome: str) -> None:
        record.outcome = outcome
        self._store.save_delivery(record)


def signature_headers(keys: Keys, body: bytes, switches: Delivery, how: str = "") -> dict[str, str]:
    """The signature headers of a body, right or wrong in the way asked for."""
    signed = bytes([body[0] ^ 1]) + body[1:] if how == "changed_byte" and body else body
    value = keys.sign(signed, encoding=switches.encoding, form=switches.form, own=how != "other_key")
    if how == "missing_header":
        return {}
    if how == "truncated":
        value = value[: len(value) // 2]
    return {"X-Signature": value, "X-Signature-Algorithm": "ES256"}


async def _patiently(event: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(event.wait(), _REORDER_PATIENCE)
    except TimeoutError:
        return
