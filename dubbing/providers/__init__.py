"""The providers we can dub with. A new one is a module that keeps to ``base.Provider``, and one entry here."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings

from dubbing.platform import locales
from dubbing.providers.base import Capabilities, Provider
from dubbing.providers.modelslab import SOURCES as MODELSLAB_SOURCES
from dubbing.providers.modelslab import TARGETS as MODELSLAB_TARGETS
from dubbing.providers.modelslab import ModelsLabProvider
from dubbing.providers.panjaya import PanjayaProvider
from dubbing.providers.voicechanger import SOURCES as VOICECHANGER_SOURCES
from dubbing.providers.voicechanger import TARGETS as VOICECHANGER_TARGETS
from dubbing.providers.voicechanger import VoiceChangerProvider


@dataclass(frozen=True, slots=True)
class _Entry:
    """``address`` and ``key`` are the names of settings."""

    factory: Callable[[str, str], Provider]
    label: str
    capabilities: Capabilities
    locales: locales.Table
    address: str
    key: str


_ENTRIES = {
    "panjaya": _Entry(
        PanjayaProvider,
        PanjayaProvider.label,
        PanjayaProvider.capabilities,
        locales.LOCALES,
        "PANJAYA_API_URL",
        "PANJAYA_API_KEY",
    ),
    "modelslab": _Entry(
        ModelsLabProvider,
        ModelsLabProvider.label,
        ModelsLabProvider.capabilities,
        locales.table(MODELSLAB_SOURCES, MODELSLAB_TARGETS),
        "MODELSLAB_API_URL",
        "MODELSLAB_API_KEY",
    ),
    "voicechanger": _Entry(
        VoiceChangerProvider,
        VoiceChangerProvider.label,
        VoiceChangerProvider.capabilities,
        locales.table(VOICECHANGER_SOURCES, VOICECHANGER_TARGETS),
        "VOICECHANGER_API_URL",
        "VOICECHANGER_API_KEY",
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


def all_names() -> tuple[str, ...]:
    """Every provider there is a module for."""
    return tuple(_ENTRIES)


def label(name: str) -> str:
    """What people call the provider; the name itself for one that we do not have any more."""
    return _ENTRIES[name].label if name in _ENTRIES else name


def capabilities(name: str) -> Capabilities:
    """What the provider can do; nothing, for one that we do not have any more. Needs no key and no network."""
    return _ENTRIES[name].capabilities if name in _ENTRIES else Capabilities()


def locale_table(name: str) -> locales.Table:
    """What the provider dubs from and into, in our naming."""
    if name not in _ENTRIES:
        return {}
    known = _ENTRIES[name].locales
    # The setting widens the one table that is a snapshot; the others map our tags to codes and cannot guess.
    return locales.widened(known, settings.EXTRA_LOCALES) if known is locales.LOCALES else known


def _configuration(name: str) -> tuple[str, str]:
    entry = _ENTRIES[name]
    return getattr(settings, entry.address, "") or "", getattr(settings, entry.key, "") or ""


@lru_cache(maxsize=8)
def _opened(name: str, address: str, key: str, process: int) -> Provider:
    """``process`` is part of the question because a forked worker must not share its parent's connections."""
    return _ENTRIES[name].factory(address, key)
