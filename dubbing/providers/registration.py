"""Everything the portal has to know about a provider, in one object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from dubbing.platform.locales import Table
from dubbing.providers.base import Capabilities, Delivery, Provider


def _names_asset(delivery: Delivery, remote_id: str) -> bool:
    return delivery.asset_id in ("", remote_id)


def _always_usable() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReader:
    """Reads a provider's callbacks."""

    read: Callable[[bytes, Mapping[str, str]], Delivery]
    """What body and headers claim. Raises ``NotGenuine``, and ``ValueError`` for a meaningless body."""
    concerns: Callable[[Delivery, str], bool] = _names_asset
    """Whether a delivery can be about a remote id. One that names no id can."""
    key_setting: str = ""
    """The setting with the public key under which callbacks are signed, if they are."""
    check_key: Callable[[], object] = _always_usable
    """Raises ``ValueError`` saying what is wrong with that key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRegistration:
    """One provider. Registered in ``dubbing/providers/__init__.py``; nothing else has to know its name."""

    name: str
    """Stored in rows and in callback addresses: never change it."""
    label: str
    client: Callable[[str, str], Provider]
    """Makes a client from an address and a key. Raises ``ValueError`` if they are unusable."""
    capabilities: Capabilities
    locales: Table
    takes_extra_locales: bool = False
    """Whether EXTRA_LOCALES may add to ``locales``: then it is a snapshot, not a map to the provider's own codes."""
    address_setting: str
    example_address: str = ""
    key_setting: str
    key_prefix: str = ""
    """An optional prefix of the key; the key without it is a secret as well."""
    more_secret_settings: tuple[str, ...] = ()
    """Other settings that no log may show."""
    callbacks: CallbackReader | None = None
    check_access: Callable[[str, str], datetime | None] | None = None
    """A documented call that costs nothing and needs address and key to be right; None if there is none.

    Returns the time by the provider's clock, if it says. Raises ``ProviderError``, and ``ValueError`` as ``client``.
    """
    request_fields: Mapping[str, str] = field(default_factory=dict)
    """Our names (``AssetOrder``) for the parts of a request, by the names used in the provider's refusals."""

    @property
    def secret_settings(self) -> tuple[str, ...]:
        """The names of all settings that no log may show."""
        return self.key_setting, *self.more_secret_settings
