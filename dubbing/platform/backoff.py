"""How long to wait before polling or retrying, with growing intervals and jitter."""

from __future__ import annotations

import random
from datetime import timedelta

from django.conf import settings


def _jittered(seconds: float) -> timedelta:
    return timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311


# For providers that promise no callbacks, so that polling is how news comes. Seconds.
UNTOLD_FIRST, UNTOLD_LONGEST = 5, 60


def next_poll(looks: int, *, has_callbacks: bool = True) -> timedelta:
    """Wait before polling something open again: doubling from the first to the longest, with jitter.

    ``has_callbacks``: the provider promises callbacks, and polling only covers lost ones.
    """
    first, longest = settings.POLL_FIRST_SECONDS, settings.POLL_LONGEST_SECONDS
    if not has_callbacks:
        first, longest = min(first, UNTOLD_FIRST), min(longest, UNTOLD_LONGEST)
    return _jittered(min(first * 2 ** min(looks, 20), longest))


def next_try(tries: int) -> timedelta:
    """Wait before retrying a request that certainly was not carried out: 1 s doubling to 15 min."""
    return _jittered(min(2 ** min(tries, 20), settings.POLL_LONGEST_SECONDS))


def next_search(looks: int) -> timedelta:
    """Wait before searching for a lost request again: short at first, five minutes at most."""
    return _jittered(min(2 * 2 ** min(looks, 20), 300))
