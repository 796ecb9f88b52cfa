"""Panjaya's Dubbing Studio. https://docs.panjaya.ai/"""

from . import callbacks
from .client import PanjayaProvider

__all__ = ["PanjayaProvider", "callbacks"]
