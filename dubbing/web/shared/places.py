"""Where the fields of the new-asset form are on their page: what a link to one of them ends in."""

from __future__ import annotations

_OWN = {"source": "source-box", "background": "background-box", "targets": "languages-search"}
CAUSES = "causes"
"""Where it is said why the last attempt failed."""


def place_of(field: str) -> str:
    """The id of what takes the field's value."""
    return _OWN.get(field, f"id_{field}")
