"""The registration of Panjaya."""

from dubbing.platform import locales
from dubbing.providers.panjaya import callbacks, orders
from dubbing.providers.panjaya.client import PREFIX, PanjayaProvider
from dubbing.providers.registration import CallbackReader, ProviderRegistration

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
    request_fields=orders.REQUEST_FIELDS,
)
