"""What is known of the request that is being answered, wherever in the code that is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class RequestScope:
    """One request: its id, the network address it came from, and what is to be said of it in the audit log.

    ``project``: the one it is about, if known. ``recorded``: how many audit events it has left so far. ``changes``:
    what happened to rows that say who may do what, before and after. ``sign_in``: the kind and the details of a sign-in
    or sign-out. ``signed_out``: the person who signed out, and is nobody when the request is answered. ``stands_for``:
    the method, the path and the resolver match of the operation that it carried out under another address.
    """

    request_id: str
    address: str
    project: Any = None
    recorded: int = 0
    changes: list[dict[str, Any]] = field(default_factory=list)
    sign_in: tuple[str, dict[str, Any]] | None = None
    signed_out: Any = None
    stands_for: tuple[str, str, Any] | None = None


_current: ContextVar[RequestScope | None] = ContextVar("request_scope", default=None)


def current() -> RequestScope | None:
    """The request that this code runs for; None in workers and commands."""
    return _current.get()


@contextmanager
def scope_of(request_id: str, address: str) -> Iterator[RequestScope]:
    """Everything within this block belongs to one request."""
    scope = RequestScope(request_id, address)
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)
