"""The registration of Panjaya."""

from datetime import datetime

from dubbing.platform import locales
from dubbing.providers.panjaya import callbacks, orders
from dubbing.providers.panjaya.client import PREFIX, PanjayaProvider
from dubbing.providers.registration import CallbackReader, ProviderRegistration

CHECK_SECONDS = 10.0


def _check_access(address: str, key: str) -> datetime | None:
    return PanjayaProvider(address, key, deadline=CHECK_SECONDS).check_access()


REGISTRATION = ProviderRegistration(
    name=PanjayaProvider.name,
    label=PanjayaProvider.label,
    client=PanjayaProvider,
    capabilities=PanjayaProvider.capabilities,
    locales=locales.LOCALES,
    takes_extra_locales=True,
    address_setting="PANJAYA_API_URL",
    example_address="https://api.panjaya.ai",
    key_setting="PANJAYA_API_KEY",
    key_prefix=PREFIX,
    callbacks=CallbackReader(read=callbacks.read, key_setting="PANJAYA_PUBLIC_KEY", check_key=callbacks.keys),
    check_access=_check_access,
    request_fields=orders.REQUEST_FIELDS,
)
