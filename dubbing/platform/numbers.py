"""Read numbers from outside: from people, files, providers, headers and addresses.

All of them are read here. ``int`` and ``float`` accept what nobody means (``٣``, ``1_000``, ``nan``), raise for what
``str.isdigit`` considers a number (``²``) and for thousands of digits, and return values that no database stores.
"""

from __future__ import annotations

import math
import re

LARGEST = 2**63 - 1
"""The largest whole number that a database stores."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]{1,19}(?:[.,][0-9]{0,30})?|[.,][0-9]{1,30})(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,19}", re.ASCII)


def figure(value: object, *, low: float = -math.inf, high: float = math.inf) -> float | None:
    """The number in a text, with a point or a comma, or a JSON number; None for anything else.

    It is finite, and between ``low`` and ``high`` inclusive.
    """
    number = _read(value)
    return number if number is not None and math.isfinite(number) and low <= number <= high else None


def whole(value: object, *, low: int = 0, high: int = LARGEST) -> int | None:
    """The whole number in a text of digits, or a JSON one, from ``low`` to ``high``; None for anything else."""
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
