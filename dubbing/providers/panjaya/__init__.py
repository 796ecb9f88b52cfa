"""Panjaya's Dubbing Studio. https://docs.panjaya.ai/"""

from dubbing.providers.panjaya import callbacks
from dubbing.providers.panjaya.client import PanjayaProvider

__all__ = ["PanjayaProvider", "callbacks"]
