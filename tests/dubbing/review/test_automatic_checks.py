"""Where each check begins to report: figures just inside and just outside, without a file."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dubbing.media import Comparison, FileMeasures, Likeness, Measurements, PictureMeasures, SoundMeasures
from dubbing.media.measurements import LEVELS_A_SECOND
from dubbing.review.automatic_checks import judge
from dubbing.review.check_input import CheckInput
from dubbing.review.finding_texts import describe, describe_missing
from dubbing.review.findings import Judgement
from dubbing.review.thresholds import Thresholds
from dubbing.subtitles import Cue

SECONDS = 60
CUES = tuple(Cue(1000 + 6000 * at, 5000 + 6000 * at, "Hola.") for at in range(9))
PICTURE = PictureMeasures(0.0, 60.0, 1280, 720, 25.0, True, 1.0, (), ())


def levels(*parts: tuple[float, float, int], quiet: int = 70) -> bytes:
    """Voice in every cue and silence between, but for some parts: (start, end, level)."""
    found = bytearray([quiet]) * (SECONDS * LEVELS_A_SECOND)
    for start, end, level in [*((cue.start / 1000, cue.end / 1000, 20) for cue in CUES), *parts]:
        first, last = round(start * LEVELS_A_SECOND), round(end * LEVELS_A_SECOND)
        found[first:last] = bytes([level]) * (last - first)
    return bytes(found)


SOUND = SoundMeasures(0.0, 60.0, 48_000, 2, "stereo", -23.0, 5.0, -3.0, 0, (-25.0, -25.0), 1.0, levels())
COMPARISON = Comparison(0.0, (), (), tuple((float(at), 0.97) for at in range(10)), False)


def judged(
    sound: dict[str, Any] | None = None,
    picture: dict[str, Any] | None = None,
    source_sound: dict[str, Any] | None = None,
    source_picture: dict[str, Any] | None = None,
    comparison: dict[str, Any] | None = None,
    thresholds: Thresholds | None = None,
    cues: tuple[Cue, ...] = CUES,
    **more: Any,
) -> Judgement:
    """A clean result with these changes."""
    result = FileMeasures(replace(PICTURE, **(picture or {})), replace(SOUND, **(sound or {})))
    source = FileMeasures(replace(PICTURE, **(source_picture or {})), replace(SOUND, **(source_sound or {})))
    both = Measurements(result, source, replace(COMPARISON, **(comparison or {})))
    return judge(CheckInput(both, cues, thresholds or Thresholds(), **more))


def codes(**changes: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.severity) for finding in judged(**changes).findings]


def test_a_clean_result_has_no_findings_and_everything_is_measured() -> None:
    assert judged(comparison={"sounds": tuple(Likeness(1.0 + 6 * at, 5.0 + 6 * at, 0.2) for at in range(9))}) == (
        Judgement((), ())
    )


def likenesses(count: int, correlation: float) -> dict[str, Any]:
    """So many of nine lines are that much like the source's."""
    each = [Likeness(1.0 + 6 * at, 5.0 + 6 * at, correlation if at < count else 0.3) for at in range(9)]
    return {"sounds": tuple(each)}


NEAR: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, str]]] = {
    # what is still fine, what is not any more, and what is reported
    "loudness": (
        {"sound": {"loudness": -25.0}}, {"sound": {"loudness": -25.2}}, ("loudness_source_low", "look"),
    ),
    "loudness, far off": (
        {"sound": {"loudness": -21.0}}, {"sound": {"loudness": -18.8}}, ("loudness_source_high", "strong"),
    ),
    "loudness of a mono source": (
        {"sound": {"loudness": -27.9}, "source_sound": {"channels": 1}},
        {"sound": {"loudness": -28.2}, "source_sound": {"channels": 1}},
        ("loudness_source_low", "look"),
    ),
    "a named loudness": (
        {"sound": {"loudness": -23.5}, "thresholds": Thresholds(profile="ebu")},
        {"sound": {"loudness": -23.7}, "thresholds": Thresholds(profile="ebu")},
        ("loudness_target_low", "look"),
    ),
    "loudness range": (
        {"sound": {"loudness_range": 11.0}}, {"sound": {"loudness_range": 11.1}}, ("loudness_range", "look"),
    ),
    "true peak": ({"sound": {"true_peak": -1.0}}, {"sound": {"true_peak": -0.9}}, ("true_peak", "look")),
    "true peak, over": ({"sound": {"true_peak": -1.0}}, {"sound": {"true_peak": 0.1}}, ("true_peak", "strong")),
    "true peak of a loud source": (
        {"sound": {"true_peak": -0.2}, "source_sound": {"true_peak": -0.6}},
        {"sound": {"true_peak": -0.2}, "source_sound": {"true_peak": -1.2}},
        ("true_peak", "look"),
    ),
    "clipping": ({"sound": {"flat_runs": 2}}, {"sound": {"flat_runs": 3}}, ("clipped", "strong")),
    "a silent part of a line": (
        {"sound": {"levels": levels((7.0, 9.3, 70))}},
        {"sound": {"levels": levels((7.0, 9.5, 70))}},
        ("silent_line", "strong"),
    ),
    "how quiet silence is": (
        {"sound": {"levels": levels((7.0, 11.0, 49))}},
        {"sound": {"levels": levels((7.0, 11.0, 50))}},
        ("silent_line", "strong"),
    ),
    "short pauses in a line": (
        {"sound": {"levels": levels(*((7.0 + at / 2, 7.38 + at / 2, 70) for at in range(8)))}},
        {"sound": {"levels": levels(*((7.0 + at / 2, 7.42 + at / 2, 70) for at in range(8)))}},
        ("silent_line", "strong"),
    ),
    "sound between lines": (
        {"sound": {"levels": levels((5.4, 6.02, 30))}},
        {"sound": {"levels": levels((54.5, 55.22, 30))}},
        ("sound_outside", "look"),
    ),
    "how loud sound between lines is": (
        {"sound": {"levels": levels((54.5, 56.0, 35))}},
        {"sound": {"levels": levels((54.5, 56.0, 34))}},
        ("sound_outside", "look"),
    ),
    "the source's sound": (
        {"comparison": likenesses(7, 0.98)}, {"comparison": likenesses(8, 0.985)}, ("source_sound", "block"),
    ),
    "black": (
        {"picture": {"black": ((10.0, 10.44),)}}, {"picture": {"black": ((10.0, 10.52),)}}, ("black", "look"),
    ),
    "black in the source as well": (
        {"picture": {"black": ((10.0, 12.0),)}, "source_picture": {"black": ((10.15, 11.85),)}},
        {"picture": {"black": ((10.0, 12.8),)}, "source_picture": {"black": ((10.15, 11.85),)}},
        ("black", "look"),
    ),
    "frozen": (
        {"picture": {"still": ((10.0, 10.9),)}}, {"picture": {"still": ((10.0, 11.0),)}}, ("frozen", "look"),
    ),
    "frozen for long": (
        {"picture": {"still": ((10.0, 10.9),)}}, {"picture": {"still": ((10.0, 12.1),)}}, ("frozen", "strong"),
    ),
    "shorter": ({"picture": {"ends": 59.91}}, {"picture": {"ends": 59.88}}, ("shorter", "look")),
    "much longer": ({"picture": {"ends": 60.09}}, {"picture": {"ends": 61.1}}, ("longer", "block")),
    "sound that ends apart": (
        {"sound": {"ends": 60.07}}, {"sound": {"ends": 60.09}}, ("sound_ends_late", "look"),
    ),
    "late": ({"comparison": {"delay": 0.15}}, {"comparison": {"delay": 0.16}}, ("late", "look")),
    "very early": ({"comparison": {"delay": -0.15}}, {"comparison": {"delay": -0.3}}, ("early", "strong")),
    "drift": (
        {"comparison": {"delays": ((1.0, 0.0), (9.0, 0.02), (20.0, 0.05), (50.0, 0.08))}},
        {"comparison": {"delays": ((1.0, 0.0), (9.0, 0.02), (20.0, 0.05), (50.0, 0.09))}},
        ("drift", "look"),
    ),
    "size": ({}, {"picture": {"width": 640, "height": 360}}, ("size", "look")),
    "shape": ({"picture": {"pixel_aspect": 1.009}}, {"picture": {"pixel_aspect": 1.02}}, ("shape", "strong")),
    "frame rate": ({"picture": {"rate": 25.04}}, {"picture": {"rate": 25.06}}, ("frame_rate", "look")),
    "sample rate": (
        {"sound": {"sample_rate": 48_000}, "source_sound": {"sample_rate": 96_000}},
        {"sound": {"sample_rate": 44_100}},
        ("sample_rate", "look"),
    ),
    "channels": (
        {"source_sound": {"channels": 1}},
        {"source_sound": {"channels": 6, "layout": "5.1"}},
        ("channels", "look"),
    ),
    "one side": (
        {"sound": {"channel_levels": (-25.0, -44.0)}},
        {"sound": {"channel_levels": (-25.0, -46.0)}},
        ("one_sided", "strong"),
    ),
    "channels that cancel each other": (
        {"sound": {"mono_loss": 10.0}}, {"sound": {"mono_loss": 10.1}}, ("cancels", "strong"),
    ),
    "another picture": (
        {"comparison": {"pictures": ((1.0, 0.9),) * 5}},
        {"comparison": {"pictures": ((1.0, 0.89),) * 5}},
        ("picture_differs", "look"),
    ),
    "another picture, with lips": (
        {"comparison": {"pictures": ((1.0, 0.81),) * 5}, "with_lips": True},
        {"comparison": {"pictures": ((1.0, 0.79),) * 5}, "with_lips": True},
        ("picture_differs", "look"),
    ),
    "a cut end": (
        {"sound": {"levels": levels((59.9, 60.0, 30))}},
        {"sound": {"levels": levels((59.9, 60.0, 29))}},
        ("cut_end", "strong"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NEAR)
def test_what_is_just_inside_is_fine_and_what_is_just_outside_is_reported(name: str) -> None:
    inside, outside, expected = NEAR[name]
    assert expected[0] not in [code for code, _ in codes(**inside)]
    assert expected in codes(**outside)


def test_a_hard_end_of_the_source_is_no_fault_of_the_dub() -> None:
    loud = levels((59.9, 60.0, 20))
    assert codes(sound={"levels": loud}, source_sound={"levels": loud}) == []


def test_a_line_in_which_the_source_is_silent_too_is_no_fault() -> None:
    silent = levels((7.0, 11.0, 70))
    assert codes(sound={"levels": silent}, source_sound={"levels": silent}) == []


def test_with_music_throughout_silence_is_not_measurable_and_the_reason_is_given() -> None:
    music = levels(quiet=25)
    judgement = judged(sound={"levels": music}, source_sound={"levels": music})
    assert judgement.findings == ()
    missing = {(check.check, check.reason) for check in judgement.not_measurable}
    assert {("silent_lines", "music"), ("sound_outside", "music")} <= missing


def test_without_cues_there_are_no_findings_about_lines() -> None:
    judgement = judged(cues=(), comparison=likenesses(9, 0.2))
    assert judgement.findings == ()
    reasons = {check.check: check.reason for check in judgement.not_measurable}
    assert reasons["silent_lines"] == reasons["sound_outside"] == reasons["source_sound"] == "no_cues"


def test_a_short_video_has_no_loudness() -> None:
    judgement = judged(
        sound={"loudness": -40.0, "ends": 9.0}, picture={"ends": 9.0}, source_picture={"ends": 9.0}, cues=()
    )
    assert ("loudness", "too_short") in {(check.check, check.reason) for check in judgement.not_measurable}
    assert "loudness_source_low" not in {finding.code for finding in judgement.findings}


def test_every_finding_and_every_reason_has_words() -> None:
    for inside, outside, _ in NEAR.values():
        for changes in (inside, outside):
            judgement = judged(**changes)
            for finding in judgement.findings:
                words = describe(finding)
                assert words.title != finding.code
                assert words.measured
            for missing in judgement.not_measurable:
                assert describe_missing(missing) != (missing.check, missing.reason)
