"""The registration of ModelsLab."""

from datetime import datetime

from dubbing.platform import locales
from dubbing.providers.modelslab import callbacks, orders
from dubbing.providers.modelslab.client import ModelsLabProvider
from dubbing.providers.modelslab.locales import SOURCES, TARGETS
from dubbing.providers.registration import CallbackReader, ProviderRegistration

CHECK_SECONDS = 10.0


def _check_access(address: str, key: str) -> datetime | None:
    return ModelsLabProvider(address, key, deadline=CHECK_SECONDS).check_access()


REGISTRATION = ProviderRegistration(
    name=ModelsLabProvider.name,
    label=ModelsLabProvider.label,
    client=ModelsLabProvider,
    capabilities=ModelsLabProvider.capabilities,
    locales=locales.table(SOURCES, TARGETS),
    address_setting="MODELSLAB_API_URL",
    example_address="https://modelslab.com/api/v6",
    key_setting="MODELSLAB_API_KEY",
    callbacks=CallbackReader(read=callbacks.read, concerns=callbacks.concerns),
    check_access=_check_access,
    request_fields=orders.REQUEST_FIELDS,
)
