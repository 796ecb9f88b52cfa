"""Whether the Redis in which web processes count together answers, if it is not the broker as well."""

from __future__ import annotations

import time
from collections.abc import Iterator

from django.conf import settings
from django.core.cache import caches
from django.utils.translation import gettext
from redis import RedisError

from dubbing.operation.health_lines import HealthLine, good, warning
from dubbing.platform import formatting


def shared_limits_lines() -> Iterator[HealthLine]:
    """One line, or none: the broker has its own. Takes a second at most."""
    if settings.REDIS_URL in {"", settings.CELERY_BROKER_URL}:
        return
    begun = time.monotonic()
    try:
        caches["shared"].get("health")
    except RedisError as error:
        yield warning("limits", type(error).__name__, "limits_apart")
        return
    milliseconds = formatting.number((time.monotonic() - begun) * 1000)
    yield good("limits", gettext("Redis, answered in %(milliseconds)s ms") % {"milliseconds": milliseconds})
