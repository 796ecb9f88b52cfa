"""The registration of VoiceChangerAPI."""

from dubbing.platform import locales
from dubbing.providers.registration import ProviderRegistration
from dubbing.providers.voicechanger import orders
from dubbing.providers.voicechanger.client import VoiceChangerProvider
from dubbing.providers.voicechanger.locales import SOURCES, TARGETS

REGISTRATION = ProviderRegistration(
    name=VoiceChangerProvider.name,
    label=VoiceChangerProvider.label,
    client=VoiceChangerProvider,
    capabilities=VoiceChangerProvider.capabilities,
    locales=locales.table(SOURCES, TARGETS),
    address_setting="VOICECHANGER_API_URL",
    key_setting="VOICECHANGER_API_KEY",
    request_fields=orders.REQUEST_FIELDS,
)
