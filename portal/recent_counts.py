"""How often something happened lately: counted for all processes where there is a Redis, else in each by itself."""

from __future__ import annotations

import logging
import time

from django.core.cache import BaseCache, caches
from redis import RedisError

log = logging.getLogger(__name__)

_TROUBLE_SECONDS = 5.0
"""For so long nobody asks a Redis that did not answer: each request would wait for it."""


class Counts:
    """Counted in the cache "shared"; in the process's own while that does not answer."""

    def __init__(self) -> None:
        self._trouble_until = 0.0

    def count(self, key: str, seconds: int) -> int:
        """One more; how many there were since the first one, at most so many seconds ago."""
        if time.monotonic() >= self._trouble_until:
            try:
                return _more(caches["shared"], key, seconds)
            except RedisError as problem:
                self._trouble_until = time.monotonic() + _TROUBLE_SECONDS
                log.warning("Redis is not responding, so limits are counted per process: %s", problem)
        return _more(caches["default"], key, seconds)


def _more(cache: BaseCache, key: str, seconds: int) -> int:
    try:
        return cache.incr(key)
    except ValueError:  # the first one, or that was long ago
        return 1 if cache.add(key, 1, seconds) else _again(cache, key)


def _again(cache: BaseCache, key: str) -> int:
    """Somebody else was the first at this moment."""
    try:
        return cache.incr(key)
    except ValueError:
        return 1


counts = Counts()
