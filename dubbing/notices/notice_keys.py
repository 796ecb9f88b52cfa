"""Keys of notices about blind comparisons, for writing them and marking them as read."""

from __future__ import annotations


def notice_key(comparison: int, *, closed: bool) -> str:
    """The key of the request to vote, or of the result."""
    return f"vote:{comparison}:{'closed' if closed else 'asked'}"
