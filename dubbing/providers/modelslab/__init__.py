"""ModelsLab's dubbing. https://docs.modelslab.com/voice-cloning/create-dubbing"""

from dubbing.providers.modelslab import callbacks
from dubbing.providers.modelslab.client import ModelsLabProvider
from dubbing.providers.modelslab.locales import SOURCES, TARGETS

__all__ = ["SOURCES", "TARGETS", "ModelsLabProvider", "callbacks"]
