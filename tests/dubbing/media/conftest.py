"""These tests are about looking at films: each look is one of its own."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def remembered_looks() -> None:
    """Nothing is remembered here."""
