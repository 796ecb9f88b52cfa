"""VoiceChangerAPI's dubbing, a beta. https://voicechanger.co/ar/voice-changer-api/dubbing"""

from dubbing.providers.voicechanger.client import VoiceChangerProvider
from dubbing.providers.voicechanger.locales import SOURCES, TARGETS

__all__ = ["SOURCES", "TARGETS", "VoiceChangerProvider"]
