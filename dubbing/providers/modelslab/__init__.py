"""ModelsLab's dubbing. https://docs.modelslab.com/voice-cloning/create-dubbing"""

from dubbing.providers.modelslab.client import ModelsLabProvider
from dubbing.providers.modelslab.locales import SOURCES, TARGETS
from dubbing.providers.modelslab.registration import REGISTRATION

__all__ = ["REGISTRATION", "SOURCES", "TARGETS", "ModelsLabProvider"]
