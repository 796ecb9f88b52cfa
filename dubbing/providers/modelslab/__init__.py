"""ModelsLab's dubbing. https://docs.modelslab.com/voice-cloning/create-dubbing"""

from . import callbacks
from .client import ModelsLabProvider
from .locales import SOURCES, TARGETS

__all__ = ["SOURCES", "TARGETS", "ModelsLabProvider", "callbacks"]
