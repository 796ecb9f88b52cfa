"""Findings in words, in the reader's language: what is wrong, what was measured, and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.review.findings import BLOCK, LOOK, STRONG, Finding, NotMeasurable

_TITLES: dict[str, Promise] = {
    "longer": _("Longer than the source"),
    "shorter": _("Shorter than the source"),
    "sound_ends_early": _("The sound ends before the picture"),
    "sound_ends_late": _("The sound ends after the picture"),
    "late": _("The sound is late"),
    "early": _("The sound is early"),
    "late_lines": _("The voice is late"),
    "early_lines": _("The voice is early"),
    "drift": _("Sound and picture drift apart"),
    "cut_line": _("The last line is cut off"),
    "cut_end": _("The sound ends abruptly"),
    "loudness_source_low": _("Quieter than the source"),
    "loudness_source_high": _("Louder than the source"),
    "loudness_target_low": _("Quieter than the project’s target"),
    "loudness_target_high": _("Louder than the project’s target"),
    "loudness_range": _("The loudness range differs from the source’s"),
    "no_sound_at_all": _("The final video is silent"),
    "true_peak": _("Peaks are too high"),
    "clipped": _("The sound is clipped"),
    "cancels": _("The two channels cancel each other out"),
    "one_sided": _("One channel is nearly silent"),
    "sample_rate": _("The sample rate changed"),
    "channels": _("The channels changed"),
    "channel_order": _("The channels are probably in the wrong order"),
    "silent_line": _("No voice in a subtitle"),
    "voiceless_line": _("Probably no voice in a subtitle"),
    "sound_outside": _("Sound where the source is silent"),
    "source_sound": _("This is the source’s own sound"),
    "source_line": _("The source’s own sound in a subtitle"),
    "black": _("Black picture"),
    "frozen": _("Frozen picture"),
    "size": _("The picture size changed"),
    "shape": _("The picture is distorted"),
    "frame_rate": _("The frame rate changed"),
    "picture_differs": _("The picture differs from the source’s"),
}
_MEASURED: dict[str, Promise] = {
    "longer": _("%(measured)s s, source %(expected)s s"),
    "shorter": _("%(measured)s s, source %(expected)s s"),
    "sound_ends_early": _("%(measured)s ms apart, expected at most %(expected)s ms"),
    "sound_ends_late": _("%(measured)s ms apart, expected at most %(expected)s ms"),
    "late": _("%(measured)s ms, expected at most %(expected)s ms"),
    "early": _("%(measured)s ms, expected at most %(expected)s ms"),
    "late_lines": _("about %(measured)s ms, expected at most %(expected)s ms"),
    "early_lines": _("about %(measured)s ms, expected at most %(expected)s ms"),
    "drift": _("by %(measured)s ms, expected at most %(expected)s ms"),
    "cut_line": _("the sound ends at %(measured)s s, the last subtitle at %(expected)s s"),
    "cut_end": _("%(measured)s dB at the very end, source %(expected)s dB"),
    "loudness_source_low": _("%(measured)s LUFS, source %(expected)s LUFS, expected within %(tolerance)s LU"),
    "loudness_source_high": _("%(measured)s LUFS, source %(expected)s LUFS, expected within %(tolerance)s LU"),
    "loudness_target_low": _("%(measured)s LUFS, expected %(expected)s LUFS ± %(tolerance)s LU"),
    "loudness_target_high": _("%(measured)s LUFS, expected %(expected)s LUFS ± %(tolerance)s LU"),
    "loudness_range": _("range of %(measured)s LU, source %(expected)s LU"),
    "true_peak": _("true peak %(measured)s dBTP, expected at most %(expected)s dBTP"),
    "clipped": _("true peak %(measured)s dBTP, clipped in %(runs)s places"),
    "cancels": _("%(measured)s dB lost when played in mono, expected at most %(expected)s dB"),
    "one_sided": _("%(measured)s dB quieter than the other channel"),
    "sample_rate": _("%(measured)s Hz, source %(expected)s Hz"),
    "channels": _("%(measured)s, source %(expected)s"),
    "silent_line": _("below %(expected)s dB for most of its time"),
    "voiceless_line": _("no louder than the music or noise between subtitles, %(expected)s dB"),
    "sound_outside": _("up to %(measured)s dB outside all subtitles, expected below %(expected)s dB"),
    "source_sound": _("%(measured)s%% of the spoken time is the same, expected below %(expected)s%%"),
    "black": _("for %(measured)s s, but not in the source"),
    "frozen": _("for %(measured)s s, but the source moves"),
    "size": _("%(measured)s, source %(expected)s"),
    "shape": _("aspect ratio %(measured)s, source %(expected)s"),
    "frame_rate": _("%(measured)s frames per second, source %(expected)s"),
    "picture_differs": _("similarity %(measured)s of 1, expected at least %(expected)s"),
}
_DECIMALS = {
    "longer": 2, "shorter": 2, "cut_line": 2, "loudness": 1, "true_peak": 1, "clipped": 1, "black": 1, "frozen": 1,
    "shape": 2, "frame_rate": 2, "picture_differs": 2,
}  # fmt: skip
_UNSIGNED = {"early", "early_lines", "sound_ends_early", "sound_ends_late", "drift"}
_SEVERITIES: dict[str, Promise] = {
    LOOK: _("Check"),
    STRONG: _("Probably wrong"),
    BLOCK: _("Wrong"),
}
_CHECKS: dict[str, Promise] = {
    "loudness": _("Loudness"),
    "peaks": _("Peaks"),
    "sound_format": _("Sample rate and channels"),
    "silent_lines": _("Silence in subtitles"),
    "sound_outside": _("Sound outside subtitles"),
    "source_sound": _("The source’s own sound"),
    "interruptions": _("Black or frozen picture"),
    "picture_form": _("Size and frame rate"),
    "frame_rate": _("Frame rate"),
    "similarity": _("Similarity of the picture"),
    "lengths": _("Length"),
    "lateness": _("Late or early sound"),
    "ending": _("Cut end"),
}
_REASONS: dict[str, Promise] = {
    "no_source": _("There is no copy of the source to compare with."),
    "no_cues": _("There are no subtitles that show when somebody speaks."),
    "no_sound": _("The final video has no sound."),
    "no_picture": _("The final video has no picture."),
    "too_short": _("The video is shorter than 10 seconds."),
    "silent": _("There is nothing loud enough to measure."),
    "source_silent": _("The source is silent in the parts to compare."),
    "music": _("Music or noise plays throughout, so nothing is ever silent."),
    "no_pauses": _("There are no silent pauses in the source."),
    "no_onsets": _("Too few lines have a clear beginning."),
    "uneven": _("The frames come at uneven times."),
    "too_few_pictures": _("Too few frames could be compared."),
}


@dataclass(frozen=True, slots=True)
class FindingText:
    """A finding in words. ``measured`` says what was measured and expected; it may be empty."""

    title: str
    measured: str
    severity: str


def describe(finding: Finding) -> FindingText:
    """Put a finding into words."""
    title = str(_TITLES.get(finding.code, finding.code))
    count = _whole(finding.figures.get("count"))
    if finding.code in ("silent_line", "voiceless_line", "source_line") and count > 1:
        title = f"{title} · " + ngettext("%(count)s subtitle", "%(count)s subtitles", count) % {"count": count}
    return FindingText(title, _measured(finding), severity(finding.severity))


def severity(code: str) -> str:
    """Return a severity in a word or two."""
    return str(_SEVERITIES.get(code, code))


def describe_missing(missing: NotMeasurable) -> tuple[str, str]:
    """Return what could not be checked, and why."""
    return str(_CHECKS.get(missing.check, missing.check)), str(_REASONS.get(missing.reason, missing.reason))


def summary(count: int) -> str:
    """Return how many findings there are, in a few words."""
    return ngettext("%(count)s automatic check to look at", "%(count)s automatic checks to look at", count) % {
        "count": count
    }


def _measured(finding: Finding) -> str:
    template = _MEASURED.get(finding.code)
    if template is None:
        return ""
    try:
        return str(template) % _Written(finding.code, finding.figures)
    except (KeyError, ValueError, TypeError):
        return ""


class _Written(dict[str, str]):
    """Figures as people read them."""

    def __init__(self, code: str, figures: Mapping[str, float | str]) -> None:
        decimals = _DECIMALS.get(code, _DECIMALS.get(code.partition("_")[0], 0))
        for name, value in figures.items():
            if isinstance(value, str):
                self[name] = _layout(value)
            elif code in _UNSIGNED:
                self[name] = f"{abs(value):.{decimals}f}"
            else:
                self[name] = f"{value:.{decimals}f}".replace("-", "−")


def _layout(name: str) -> str:
    return {"mono": gettext("mono"), "stereo": gettext("stereo")}.get(name, name)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, (int, float)) else 0
