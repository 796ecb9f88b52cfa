"""The length of a trimmed film, wherever it is asked for."""

from __future__ import annotations

import pytest

from dubbing.platform import lengths


@pytest.mark.parametrize(
    ("film", "start", "end", "length"),
    [
        (60.0, None, None, 60.0),
        (60.0, 10.0, None, 50.0),
        (60.0, None, 20.0, 20.0),
        (60.0, 10.0, 20.0, 10.0),
        (60.0, 10.0, 90.0, 50.0),
        (60.0, 70.0, None, 0.0),
        (None, 10.0, 20.0, 10.0),
        (None, 10.0, None, None),
        (None, None, None, None),
    ],
)
def test_a_trim_goes_no_further_than_the_video(
    film: float | None, start: float | None, end: float | None, length: float | None
) -> None:
    assert lengths.trimmed(film, start, end) == length


@pytest.mark.parametrize(
    ("film", "start", "end", "length"),
    [
        (60.0, None, None, 60.0),
        (60.0, 10.0, 20.0, 10.0),
        (60.0, 10.0, 90.0, 80.0),
        (60.0, 70.0, None, 0.0),
        (None, 10.0, 20.0, 10.0),
        (None, 10.0, None, None),
    ],
)
def test_what_is_requested_goes_up_to_its_own_end(
    film: float | None, start: float | None, end: float | None, length: float | None
) -> None:
    assert lengths.requested(film, start, end) == length
