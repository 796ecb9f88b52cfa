"""Numbers as they come from outside: from people, files, providers, headers and addresses.

Whoever reads one reads it here. ``int`` and ``float`` take what nobody means (``٣``, ``1_000``, ``nan``), raise for
what looks like a number to ``str.isdigit`` (``²``) and for thousands of digits, and find values that no database holds.
"""

from __future__ import annotations

import math
import re

LARGEST = 2**63 - 1
"""The largest whole number that a database keeps."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,19}(?:[.,][0-9]{0,30})?|[.,][0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)


def figure(value: object, *, low: float = -math.inf, high: float = math.inf) -> float | None:
    """The number in a text, with a point or a comma, or a number as JSON has them; None for anything else.

    It is finite, and between ``low`` and ``high``, both included.
    """
    number = _read(value)
    return number if number is not None and math.isfinite(number) and low <= number <= high else None


def whole(value: object, *, low: int = 0, high: int = LARGEST) -> int | None:
    """The whole number in a text of digits, or as JSON has it, from ``low`` to ``high``; None for anything else."""
    if isinstance(value, str):
        number = int(value) if _WHOLE.fullmatch(value) else None
    else:
        number = value if isinstance(value, int) and not isinstance(value, bool) else None
    return number if number is not None and low <= number <= high else None


def _read(value: object) -> float | None:
    if isinstance(value, str):
        text = value.strip()
        return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return None
