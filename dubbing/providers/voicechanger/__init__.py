"""VoiceChangerAPI's dubbing, a beta. https://voicechanger.co/ar/voice-changer-api/dubbing"""

from dubbing.providers.voicechanger.client import VoiceChangerProvider
from dubbing.providers.voicechanger.locales import SOURCES, TARGETS
from dubbing.providers.voicechanger.registration import REGISTRATION

__all__ = ["REGISTRATION", "SOURCES", "TARGETS", "VoiceChangerProvider"]
