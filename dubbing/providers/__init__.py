"""The providers. A new one is a package with a client that implements ``base.Provider`` and a
``ProviderRegistration``, listed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache

from django.conf import settings

from dubbing.platform import locales
from dubbing.providers import modelslab, panjaya, voicechanger
from dubbing.providers.base import Capabilities, Provider
from dubbing.providers.registration import ProviderRegistration

REGISTRATIONS: dict[str, ProviderRegistration] = {
    registration.name: registration
    for registration in (panjaya.REGISTRATION, modelslab.REGISTRATION, voicechanger.REGISTRATION)
}
"""By name. The first one has to be configured in every installation, and new projects start with it."""


def open_provider(name: str) -> Provider:
    """The client of provider ``name``, whose connections are shared by the whole process.

    Raises ``KeyError`` for an unknown name and ``ValueError`` for one that is not, or wrongly, configured.
    """
    address, key = _configuration(name)
    return _opened(name, address, key, os.getpid())


def has_free_check(name: str) -> bool:
    """Whether a call is documented that costs nothing and proves address and key."""
    return name in REGISTRATIONS and REGISTRATIONS[name].check_access is not None


def check_access(name: str) -> datetime | None:
    """Make that call. Returns the time by the provider's clock; raises ``ProviderError`` and ``ValueError``."""
    check = REGISTRATIONS[name].check_access
    return check(*_configuration(name)) if check else None


def provider_names() -> tuple[str, ...]:
    """The providers that have an address and a key."""
    return tuple(name for name in REGISTRATIONS if all(_configuration(name)))


def provider_choices() -> list[tuple[str, str]]:
    """The names of these providers with their labels."""
    return [(name, label(name)) for name in provider_names()]


def all_names() -> tuple[str, ...]:
    """The names of all registered providers."""
    return tuple(REGISTRATIONS)


def default_registration() -> ProviderRegistration:
    """The registration of the provider that every installation has."""
    return next(iter(REGISTRATIONS.values()))


def default_name() -> str:
    """The provider of rows that choose none. It does not depend on the settings."""
    return default_registration().name


def label(name: str) -> str:
    """What people call the provider; its name, if it is no longer registered."""
    return REGISTRATIONS[name].label if name in REGISTRATIONS else name


def capabilities(name: str) -> Capabilities:
    """What the provider can do; nothing, if it is no longer registered. Needs no key and no network."""
    return REGISTRATIONS[name].capabilities if name in REGISTRATIONS else Capabilities()


def request_fields(name: str) -> Mapping[str, str]:
    """Our names for the parts of a request, by the names used in the provider's refusals."""
    return REGISTRATIONS[name].request_fields if name in REGISTRATIONS else {}


def locale_table(name: str) -> locales.Table:
    """The locales that the provider dubs from and into, under our codes."""
    if name not in REGISTRATIONS:
        return {}
    registration = REGISTRATIONS[name]
    known = registration.locales
    return locales.widened(known, settings.EXTRA_LOCALES) if registration.takes_extra_locales else known


def secrets() -> Iterator[str]:
    """The configured keys of all providers, without their prefixes: they must never be shown anywhere."""
    for registration in REGISTRATIONS.values():
        for name in registration.secret_settings:
            yield (getattr(settings, name, "") or "").strip().removeprefix(registration.key_prefix)


def _configuration(name: str) -> tuple[str, str]:
    registration = REGISTRATIONS[name]
    address, key = registration.address_setting, registration.key_setting
    return getattr(settings, address, "") or "", getattr(settings, key, "") or ""


@lru_cache(maxsize=8)
def _opened(name: str, address: str, key: str, process: int) -> Provider:
    """``process`` is part of the cache key because a forked worker must not share its parent's connections."""
    return REGISTRATIONS[name].client(address, key)
