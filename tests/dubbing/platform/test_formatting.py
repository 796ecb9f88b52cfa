"""Numbers and moments as people read them."""

from __future__ import annotations

from datetime import datetime

import pytest

from dubbing.platform import formatting


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, ""),
        (0, "0 s"),
        (8.5, "8.5 s"),
        (59.94, "59.9 s"),
        (60, "1 min"),
        (252, "4 min 12 s"),
        (3600, "1 h"),
        (3720, "1 h 2 min"),
    ],
)
def test_durations_are_stated_in_the_units_that_matter(seconds: float | None, expected: str) -> None:
    assert formatting.duration(seconds) == expected


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        (None, ""),
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (412_000_000, "412 MB"),
        (999_900_000, "1.0 GB"),
        (1_500_000_000_000, "1.5 TB"),
    ],
)
def test_sizes_have_two_or_three_digits(count: int | None, expected: str) -> None:
    assert formatting.size(count) == expected


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 21, 9, 5), "today 09:05"),
        (datetime(2026, 11, 20, 23, 59), "yesterday 23:59"),
        (datetime(2026, 11, 22, 0, 0), "tomorrow 00:00"),
        (datetime(2026, 11, 3, 14, 5), "Tue 3 Nov 14:05"),
        (datetime(2025, 12, 31, 14, 5), "31 Dec 2025 14:05"),
    ],
)
def test_moments_are_stated_relative_to_now(at: datetime, expected: str) -> None:
    assert formatting.moment(at, datetime(2026, 11, 21, 14, 0)) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(None, ""), (0, "0:00"), (9.5, "0:09.5"), (61, "1:01"), (3723.25, "1:02:03.25")]
)
def test_moments_in_a_video_look_like_a_clock(seconds: float | None, expected: str) -> None:
    assert formatting.timecode(seconds) == expected


def test_singular_and_plural_are_distinguished() -> None:
    assert formatting.language_count(1) == "1 language"
    assert formatting.language_count(3) == "3 languages"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (None, ""),
        (0, "0 min"),
        (0.001, "0.1 min"),
        (6.0, "0.1 min"),
        (6.001, "0.2 min"),
        (9.0, "0.2 min"),
        (150, "2.5 min"),
        (720, "12 min"),
        (725, "12.1 min"),
        (0.1 + 0.2 + 5.7, "0.1 min"),
        (75_000, "1,250 min"),
    ],
)
def test_minutes_are_rounded_up_because_they_are_paid_for(seconds: float | None, expected: str) -> None:
    assert formatting.minutes(seconds) == expected


@pytest.mark.parametrize(
    ("milliseconds", "expected"), [(0, "0 min"), (5_999, "0 min"), (6_000, "0.1 min"), (719_999, "11.9 min")]
)
def test_what_is_left_is_rounded_down_because_there_is_no_more(milliseconds: int, expected: str) -> None:
    assert formatting.minutes_left(milliseconds) == expected


def test_a_moment_is_shown_as_it_is_typed() -> None:
    assert formatting.clock(59_999) == "00:00:59.999"
    assert formatting.clock(3_725_250) == "01:02:05.250"


@pytest.mark.parametrize("mark", ["\n", "\x00", "\x85", "\ud800", "\u2028", "\ufeff", "\u00a0"])
def test_what_was_typed_is_put_on_one_line(mark: str) -> None:
    assert formatting.one_line(f" {mark}Harbour{mark} {mark}tour ") == "Harbour tour"


@pytest.mark.parametrize(
    ("names", "sentence"),
    [([], ""), (["one"], "one"), (["one", "two"], "one and two"), (["one", "two", "three"], "one, two and three")],
)
def test_names_are_enumerated_in_a_sentence(names: list[str], sentence: str) -> None:
    assert formatting.enumeration(names) == sentence
    assert formatting.enumeration(iter(names), either=True) == sentence.replace(" and ", " or ")
