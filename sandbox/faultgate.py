"""The outermost layer: counts requests and plays the faults that concern a connection rather than the studio."""

import asyncio
import json
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import Action, Faults
from sandbox.operations import operation_of

_INSIDE = ("late_create", "truncate", "flicker", "lag")
_CREDENTIALS = (b"authorization", b"x-api-key", b"cookie")


@dataclass
class Traffic:
    """What has been asked, for tests that count."""

    counts: Counter[str] = field(default_factory=Counter)
    recent: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=5000))

    def note(self, entry: dict[str, Any]) -> None:
        """Count one request."""
        self.recent.append(entry)
        self.counts[entry["operation"] or f"{entry['method']} {entry['path']}"] += 1


@dataclass
class Exchange:
    """One request and the ways to answer it."""

    app: ASGIApp
    scope: Scope
    receive: Receive
    send: Send

    async def pass_on(self) -> None:
        """The normal way."""
        await self.app(self.scope, self.receive, self.send)

    async def capture(self) -> tuple[Message, bytes]:
        """Do the work but keep the answer."""
        messages: list[Message] = []

        async def keep(message: Message) -> None:
            messages.append(message)

        await self.app(self.scope, self.receive, keep)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        return messages[0], body

    async def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        """A made-up answer."""
        fields = {"content-type": "application/json", "content-length": str(len(body))} | (headers or {})
        raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()]
        await self.send({"type": "http.response.start", "status": status, "headers": raw})
        await self.send({"type": "http.response.body", "body": body})

    async def cut(self, *, politely: bool = False) -> None:
        """Close the TCP connection without another word."""
        # uvicorn hands its request cycle's bound methods to the application; the cycle knows the socket.
        transport = self.send.__self__.transport  # type: ignore[attr-defined]
        if politely:
            transport.close()
        else:
            transport.abort()
        await asyncio.sleep(0.01)  # lets uvicorn notice, so that it does not try to answer


class FaultGate:
    """ASGI middleware in front of everything."""

    def __init__(
        self, app: ASGIApp, faults: Callable[[], Faults], traffic: Traffic, now: Callable[[], float], secret: str
    ) -> None:
        """Keep what is needed to choose and to count; `secret` is the key that belongs into no address."""
        self.app, self._faults, self._traffic, self._now, self._secret = app, faults, traffic, now, secret.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Play a fault, or step aside."""
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        operation = operation_of(scope["method"], scope["path"])
        action = self._faults().draw(operation, scope["path"]) if operation else None
        entry = {"at": self._now(), "method": scope["method"], "path": scope["path"], "operation": operation}
        entry |= {"fault": action.kind if action else None, "credentials": _credentials(scope, self._secret)}
        self._traffic.note(entry)
        exchange = Exchange(self.app, scope, receive, send)
        if action is None:
            await exchange.pass_on()
            return
        if action.kind in _INSIDE:
            scope["sandbox.action"] = action
        await _PLAYS.get(action.kind, _pass_on)(exchange, action)


def _credentials(scope: Scope, secret: bytes) -> list[str]:
    """Where a request carried a key or something like it: a storage or a CDN must never see one."""
    names = {name.decode("latin-1") for name, _ in scope["headers"] if name in _CREDENTIALS}
    return sorted(names | ({"address"} if secret in scope["query_string"] else set()))


async def _pass_on(exchange: Exchange, action: Action) -> None:
    await exchange.pass_on()


async def _respond(exchange: Exchange, action: Action) -> None:
    await exchange.answer(action.status, _bytes(action, exchange.scope["path"]), action.headers)


async def _delay(exchange: Exchange, action: Action) -> None:
    await asyncio.sleep(action.seconds)
    await exchange.pass_on()


async def _cut_before(exchange: Exchange, action: Action) -> None:
    await exchange.cut()


async def _cut_after(exchange: Exchange, action: Action) -> None:
    await exchange.capture()
    await exchange.cut()


async def _cut_middle(exchange: Exchange, action: Action) -> None:
    start, body = await exchange.capture()
    await exchange.send(start)
    await exchange.send(
        {"type": "http.response.body", "body": body[: action.bytes or len(body) // 2], "more_body": True}
    )
    await exchange.cut(politely=True)


async def _cut_request(exchange: Exchange, action: Action) -> None:
    received = 0
    while received < action.bytes:
        message = await exchange.receive()
        received += len(message.get("body", b""))
        if not message.get("more_body"):
            break
    await exchange.cut()


async def _malformed(exchange: Exchange, action: Action) -> None:
    start, body = await exchange.capture()
    await exchange.answer(start["status"], body[: len(body) // 2] + b"\x00<oops")


async def _huge(exchange: Exchange, action: Action) -> None:
    start, body = await exchange.capture()
    headers = [(b"content-type", b"application/json")]
    await exchange.send({"type": "http.response.start", "status": start["status"], "headers": headers})
    await exchange.send(
        {"type": "http.response.body", "body": body.rstrip(b"}") + b', "padding": "', "more_body": True}
    )
    for _ in range(action.mebibytes):
        await exchange.send({"type": "http.response.body", "body": b"x" * (1 << 20), "more_body": True})
    await exchange.send({"type": "http.response.body", "body": b'"}'})


async def _redirect(exchange: Exchange, action: Action) -> None:
    status = action.status if 300 <= action.status < 400 else 307
    await exchange.answer(status, b"", {"location": action.location or exchange.scope["path"]})


async def _drip(exchange: Exchange, action: Action) -> None:
    start, body = await exchange.capture()
    await exchange.send(start)
    for at in range(len(body)):
        await exchange.send({"type": "http.response.body", "body": body[at : at + 1], "more_body": True})
        await asyncio.sleep(action.seconds)
    await exchange.send({"type": "http.response.body", "body": b""})


async def _create_then(exchange: Exchange, action: Action) -> None:
    await exchange.capture()
    await _respond(exchange, action)


def _bytes(action: Action, path: str) -> bytes:
    if isinstance(action.body, str):
        return action.body.encode()
    usual = (
        {"status": "error", "message": action.message} if path.startswith("/modelslab") else {"detail": action.message}
    )
    return json.dumps(usual if action.body is None else action.body).encode()


_PLAYS: dict[str, Callable[[Exchange, Action], Awaitable[None]]] = {
    "respond": _respond,
    "delay": _delay,
    "cut_before": _cut_before,
    "cut_after": _cut_after,
    "late_create": _cut_after,
    "cut_middle": _cut_middle,
    "cut_request": _cut_request,
    "malformed": _malformed,
    "huge": _huge,
    "redirect": _redirect,
    "drip": _drip,
    "create_then": _create_then,
}
