"""What a provider's callback claims, and whether it is genuine: asked of the reader in its registration."""

from __future__ import annotations

from collections.abc import Mapping

from dubbing.providers import REGISTRATIONS
from dubbing.providers.base import Delivery, NotGenuine
from dubbing.providers.registration import CallbackReader


def read(provider: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
    """What the body claims. Raises ``NotGenuine``, above all for a provider that sends none, and ``ValueError``."""
    return _reader(provider).read(body, headers)


def concerns(provider: str, delivery: Delivery, remote_id: str) -> bool:
    """Whether the delivery can be about the asset or job ``remote_id``. One that names none can."""
    return _reader(provider).concerns(delivery, remote_id)


def _reader(provider: str) -> CallbackReader:
    registration = REGISTRATIONS.get(provider)
    if registration is None or registration.callbacks is None:
        raise NotGenuine("this provider sends no callbacks")
    return registration.callbacks
