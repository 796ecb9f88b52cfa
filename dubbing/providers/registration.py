"""What the portal has to know about a provider, in one object for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dubbing.platform.locales import Table
from dubbing.providers.base import Capabilities, Delivery, Provider


def _names_asset(delivery: Delivery, remote_id: str) -> bool:
    return delivery.asset_id in ("", remote_id)


def _always_usable() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackReader:
    """How a provider's callbacks are read."""

    read: Callable[[bytes, Mapping[str, str]], Delivery]
    """What body and headers claim. Raises ``NotGenuine``, and ``ValueError`` for a body that says nothing."""
    concerns: Callable[[Delivery, str], bool] = _names_asset
    """Whether a delivery can be about a remote id. One that names none can."""
    key_setting: str = ""
    """The setting with the public key that callbacks are signed under, if they are."""
    check_key: Callable[[], object] = _always_usable
    """Raises ``ValueError`` that says what is wrong with that key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderRegistration:
    """One provider. Registered in ``dubbing/providers/__init__.py``; nothing else has to know its name."""

    name: str
    """Stored in rows and in callback addresses: never changed."""
    label: str
    client: Callable[[str, str], Provider]
    """Makes a client of an address and a key. Raises ``ValueError`` for unusable ones."""
    capabilities: Capabilities
    locales: Table
    takes_extra_locales: bool = False
    """``locales`` is a snapshot that EXTRA_LOCALES may widen, and not a map to codes of the provider's own."""
    address_setting: str
    example_address: str = ""
    key_setting: str
    key_prefix: str = ""
    """What may stand before the key; the rest alone is a secret as well."""
    more_secret_settings: tuple[str, ...] = ()
    """Settings besides the key that no log may show."""
    callbacks: CallbackReader | None = None
    request_fields: Mapping[str, str] = field(default_factory=dict)
    """What its refusals call the parts of a request, and what we call them (``AssetOrder``)."""

    @property
    def secret_settings(self) -> tuple[str, ...]:
        """The names of all settings that no log may show."""
        return self.key_setting, *self.more_secret_settings
