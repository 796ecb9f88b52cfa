"""From where the times of subtitles count when there is a trim: what we think, and what changes."""

from __future__ import annotations

from dubbing import subtitles
from dubbing.subtitles import Context, Cue

TRIM = Context(duration=600.0, start=120.0, end=180.0)
OF_PART = (Cue(1000, 4000, "Eins"), Cue(20_000, 24_000, "Zwei"), Cue(55_000, 58_000, "Drei"))
OF_WHOLE = tuple(Cue(cue.start + 120_000, cue.end + 120_000, cue.text) for cue in OF_PART)


def test_without_a_trim_from_the_beginning_there_is_no_question() -> None:
    assert subtitles.guess_timeline(OF_PART, Context(duration=600.0, end=60.0)) is None
    assert subtitles.guess_timeline((), TRIM) is None


def test_times_inside_the_trim_count_from_the_whole_video() -> None:
    guess = subtitles.guess_timeline(OF_WHOLE, TRIM)
    assert guess
    assert not guess.from_part


def test_times_that_fit_the_part_but_lie_before_it_count_from_the_part() -> None:
    guess = subtitles.guess_timeline(OF_PART, TRIM)
    assert guess
    assert guess.from_part
    assert "No cue is inside the trim" in guess.why


def test_times_longer_than_the_part_count_from_the_whole_video() -> None:
    guess = subtitles.guess_timeline((*OF_PART, Cue(300_000, 301_000, "Vier")), TRIM)
    assert guess
    assert not guess.from_part


def test_the_source_settles_it_where_both_are_possible() -> None:
    early = Context(duration=600.0, start=10.0, end=100.0, source_cues=tuple(
        Cue(cue.start + 10_000, cue.end + 10_000, "x") for cue in OF_PART))  # fmt: skip
    guess = subtitles.guess_timeline(OF_PART, early)
    assert guess
    assert guess.from_part
    assert guess.why == "Moved by the start of the trim, more cues match those of the source."


def test_shifted_to_the_whole_video_they_are_where_the_part_is_spoken() -> None:
    assert subtitles.from_part(OF_PART, TRIM) == OF_WHOLE
    assert subtitles.shift_and_clip(OF_WHOLE, 120.0, 180.0) == OF_PART
    after = subtitles.guess_timeline(OF_WHOLE, TRIM)
    assert after
    assert not after.from_part


def test_cues_after_the_part_are_left_out_and_longer_ones_are_clipped() -> None:
    cues = (*OF_PART, Cue(59_000, 65_000, "Lang"), Cue(61_000, 62_000, "Danach"))
    moved = subtitles.from_part(cues, TRIM)
    assert [cue.text for cue in moved] == ["Eins", "Zwei", "Drei", "Lang"]
    assert moved[-1].end == 180_000


def test_if_nothing_would_be_left_nothing_is_moved() -> None:
    late = (Cue(70_000, 71_000, "Danach"),)
    assert subtitles.from_part(late, TRIM) == late


def test_what_will_be_spoken_is_counted_with_its_first_and_last() -> None:
    span = subtitles.spoken((*OF_WHOLE, Cue(400_000, 401_000, "Später")), TRIM)
    assert (span.count, span.first, span.last) == (3, OF_WHOLE[0], OF_WHOLE[2])
    assert subtitles.spoken(OF_PART, TRIM).count == 0
