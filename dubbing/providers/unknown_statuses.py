"""Log provider statuses that are not in our tables."""

from __future__ import annotations

import logging

logger = logging.getLogger(__name__)

MOST = 100
LONGEST = 100
"""Maximum characters of a word that are kept and logged: an answer may contain a word of a megabyte."""


class UnknownStatuses:
    """Logs each unknown word once. Remembers only a few, none at full length."""

    def __init__(self, label: str) -> None:
        """``label``: what people call the provider."""
        self._label = label
        self._noted: set[str] = set()

    def note(self, word: str) -> None:
        """Log ``word`` if it is new."""
        word = word[:LONGEST]
        if word in self._noted or len(self._noted) >= MOST:
            return
        self._noted.add(word)
        logger.warning("%s reported an unknown status: %r", self._label, word)
