"""The registration of ModelsLab."""

from dubbing.platform import locales
from dubbing.providers.modelslab import callbacks, orders
from dubbing.providers.modelslab.client import ModelsLabProvider
from dubbing.providers.modelslab.locales import SOURCES, TARGETS
from dubbing.providers.registration import CallbackReader, ProviderRegistration

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
    request_fields=orders.REQUEST_FIELDS,
)
