"""Count recent events: for all processes if there is a Redis, otherwise per process."""

from __future__ import annotations

import logging
import time

from django.core.cache import BaseCache, caches
from redis import RedisError

log = logging.getLogger(__name__)

_TROUBLE_SECONDS = 5.0
"""How long nobody queries a Redis that did not answer, since each request would wait for it."""


class Counts:
    """Counts in the cache "shared", or in the process's own while that does not answer."""

    def __init__(self) -> None:
        self._trouble_until = 0.0

    def count(self, key: str, seconds: int) -> int:
        """Count one more. Returns how many there were since the first, at most ``seconds`` ago."""
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
    except ValueError:  # it is the first, or the last one was long ago
        return 1 if cache.add(key, 1, seconds) else _count_after_another(cache, key)


def _count_after_another(cache: BaseCache, key: str) -> int:
    """Count when another process was the first at this moment."""
    try:
        return cache.incr(key)
    except ValueError:
        return 1


counts = Counts()
