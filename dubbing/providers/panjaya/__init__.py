"""Panjaya's Dubbing Studio. https://docs.panjaya.ai/"""

from dubbing.providers.panjaya.client import PanjayaProvider
from dubbing.providers.panjaya.registration import REGISTRATION

__all__ = ["REGISTRATION", "PanjayaProvider"]
