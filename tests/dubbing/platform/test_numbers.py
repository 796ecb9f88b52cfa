"""Numbers from outside: what is read as one, and that nothing else raises."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dubbing.platform import numbers

NONE = [
    "",
    " ",
    "²",
    "٣",
    "１",
    "1_000",
    "0x1f",
    "nan",
    "inf",
    "-inf",
    "Infinity",
    "1e999",
    "9" * 5000,
    "1.2.3",
    "1 2",
    "\0",
]
NOT_EVEN_TEXT: list[object] = [None, True, False, [], {}, b"1", math.nan, math.inf, 10**400]


@pytest.mark.parametrize("value", [*NONE, *NOT_EVEN_TEXT], ids=lambda value: repr(value)[:20])
def test_anything_but_a_number_is_none_and_raises_nothing(value: object) -> None:
    assert numbers.figure(value) is None
    assert numbers.whole(value) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("1.5", 1.5), ("1,5", 1.5), (".5", 0.5), ("2.", 2), ("-3", -3), (" 7 ", 7), ("1e-05", 1e-5)],
)
def test_people_write_numbers_with_a_point_or_a_comma(text: str, number: float) -> None:
    assert numbers.figure(text) == number


def test_limits_are_inclusive() -> None:
    assert numbers.figure("1.01", low=0, high=1) is None
    assert (numbers.figure("1", low=0, high=1), numbers.figure(0, low=0, high=1)) == (1.0, 0.0)
    assert numbers.whole(str(2**63 - 1)) == numbers.LARGEST
    for text in (str(2**63), "-1", "1.0", "+1"):
        assert numbers.whole(text) is None
    assert numbers.whole("7", high=6) is None


@given(st.one_of(st.text(max_size=30), st.text("0123456789.,eE+-_²٣ ", max_size=40), st.integers(), st.floats()))
def test_nothing_at_all_raises_and_everything_read_is_finite(value: object) -> None:
    found = numbers.figure(value)
    assert found is None or math.isfinite(found)
    count = numbers.whole(value)
    assert count is None or 0 <= count <= numbers.LARGEST
