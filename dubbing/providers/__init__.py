"""The providers we can dub with. A new one is a module that keeps to ``base.Provider``, and one entry here."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from .base import Capabilities, Provider
from .panjaya import PanjayaProvider


@dataclass(frozen=True, slots=True)
class _Entry:
    label: str
    capabilities: Capabilities
    address_setting: str
    key_setting: str
    factory: Callable[[str, str], Provider]


_ENTRIES = {
    PanjayaProvider.name: _Entry(
        label=PanjayaProvider.label,
        capabilities=PanjayaProvider.capabilities,
        address_setting="PANJAYA_API_URL",
        key_setting="PANJAYA_API_KEY",
        factory=PanjayaProvider,
    ),
}


def open_provider(name: str) -> Provider:
    """The provider ``name``, with its connections, shared by the whole process.

    Raises ``KeyError`` for an unknown name and ``ValueError`` for one that is not configured, or wrongly.
    """
    address, key = _configuration(name)
    return _opened(name, address, key, os.getpid())


def provider_names() -> tuple[str, ...]:
    """The providers that have an address and a key."""
    return tuple(name for name in _ENTRIES if all(_configuration(name)))


def label(name: str) -> str:
    """What people call the provider; the name itself for one that we do not have any more."""
    return _ENTRIES[name].label if name in _ENTRIES else name


def capabilities(name: str) -> Capabilities:
    """What the provider can do; nothing, for one that we do not have any more. Needs no key and no network."""
    return _ENTRIES[name].capabilities if name in _ENTRIES else Capabilities()


def _configuration(name: str) -> tuple[str, str]:
    entry = _ENTRIES[name]
    return getattr(settings, entry.address_setting, "") or "", getattr(settings, entry.key_setting, "") or ""


@lru_cache(maxsize=8)
def _opened(name: str, address: str, key: str, process: int) -> Provider:
    """``process`` is part of the question because a forked worker must not share its parent's connections."""
    return _ENTRIES[name].factory(address, key)
