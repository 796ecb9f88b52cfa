"""Panjaya's Dubbing Studio. https://docs.panjaya.ai/"""

from .client import PanjayaProvider

__all__ = ["PanjayaProvider"]
