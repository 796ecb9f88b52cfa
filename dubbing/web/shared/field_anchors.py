"""The anchors of the new-asset form's fields, for links to them."""

from __future__ import annotations

_OWN = {"source": "source-box", "background": "background-box", "targets": "languages-search"}
CAUSES = "causes"
"""The anchor of the reasons why the last attempt failed."""


def place_of(field: str) -> str:
    """The id of the control for the field."""
    return _OWN.get(field, f"id_{field}")
