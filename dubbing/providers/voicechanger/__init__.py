"""VoiceChangerAPI's dubbing, a beta. https://voicechanger.co/ar/voice-changer-api/dubbing"""

from .client import VoiceChangerProvider
from .locales import SOURCES, TARGETS

__all__ = ["SOURCES", "TARGETS", "VoiceChangerProvider"]
