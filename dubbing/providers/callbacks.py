"""Check whether a callback is genuine and what it is about, with the reader from the provider's registration."""

from __future__ import annotations

from collections.abc import Mapping

from dubbing.providers import REGISTRATIONS
from dubbing.providers.base import Delivery, NotGenuine
from dubbing.providers.registration import CallbackReader


def read(provider: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
    """What the body claims. Raises ``NotGenuine``, also for a provider that sends no callbacks, and ``ValueError``."""
    return _reader(provider).read(body, headers)


def concerns(provider: str, delivery: Delivery, remote_id: str) -> bool:
    """Whether the delivery can be about the asset or job ``remote_id``. One that names no id can."""
    return _reader(provider).concerns(delivery, remote_id)


def _reader(provider: str) -> CallbackReader:
    registration = REGISTRATIONS.get(provider)
    if registration is None or registration.callbacks is None:
        raise NotGenuine("this provider sends no callbacks")
    return registration.callbacks
