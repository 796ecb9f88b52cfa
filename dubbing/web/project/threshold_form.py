"""The form for the thresholds of a project's automatic checks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dubbing.models import Project, ProjectThresholds
from dubbing.review import thresholds
from dubbing.review.thresholds import BOUNDS, FormatRule, LoudnessProfile, Thresholds
from dubbing.web.shared.fields import FigureField


def _figure(name: str, *, label: Any, help_text: Any = "", whole: bool = False) -> FigureField:
    low, high = BOUNDS[name]
    return FigureField(low=low, high=high, whole=whole, label=label, help_text=help_text)


class ThresholdsForm(forms.Form):
    """The thresholds of a project. A blank one is an error, so that there is no doubt which value applies."""

    profile = forms.ChoiceField(
        label=_("Loudness"),
        choices=LoudnessProfile.choices,
        help_text=_(
            "Loudness is measured over the whole programme. Streaming services that ask for −27 LUFS measure "
            "only the dialogue; the portal cannot show that figure."
        ),
    )
    loudness_tolerance = _figure(
        "loudness_tolerance",
        label=_("Loudness tolerance"),
        help_text=_("When matching the source. The named targets have their own tolerance."),
    )
    peak = _figure(
        "peak", label=_("Highest true peak"), help_text=_("When matching the source. The named targets have their own.")
    )
    silence_level = _figure("silence_level", label=_("Silence"), help_text=_("Anything quieter counts as silent."))
    silence_percent = _figure(
        "silence_percent",
        label=_("Silent part of a subtitle"),
        help_text=_("If more of a subtitle is silent, its voice is reported as missing."),
    )
    black_seconds = _figure(
        "black_seconds", label=_("Black picture"), help_text=_("Reported where the source is not black.")
    )
    still_seconds = _figure(
        "still_seconds", label=_("Frozen picture"), help_text=_("Reported where the source is moving.")
    )
    length_ms = _figure(
        "length_ms",
        whole=True,
        label=_("Difference in length"),
        help_text=_("More than a second is always reported as wrong."),
    )
    late_ms = _figure("late_ms", whole=True, label=_("Late or early sound"))
    sample_rate = forms.ChoiceField(label=_("Sample rate"), choices=FormatRule.choices)
    channels = forms.ChoiceField(
        label=_("Channels"),
        choices=FormatRule.choices,
        help_text=_("Mono turned into stereo is fine. Stereo turned into 5.1 is a change."),
    )

    @classmethod
    def of(cls, wanted: Thresholds) -> ThresholdsForm:
        """The form filled with existing thresholds."""
        row = wanted.as_row()
        return cls({name: f"{value:g}" if isinstance(value, float) else value for name, value in row.items()})

    def shown(self) -> list[tuple[str, str]]:
        """Labels and values, for people who cannot change them."""
        return [(str(field.label), _display_value(field)) for field in self]

    def keep(self, project: Project) -> None:
        """Save what differs from the defaults. Only for a valid form."""
        chosen = thresholds.read(self.cleaned_data).as_row()
        usual = Thresholds().as_row()
        figures = {name: value for name, value in chosen.items() if value != usual[name]}
        ProjectThresholds.objects.update_or_create(project=project, defaults={"figures": figures})


def _display_value(field: forms.BoundField) -> str:
    value = str(field.value())
    choices = dict(getattr(field.field, "choices", ()))
    return str(choices.get(value, f"{value} {_UNITS.get(field.name, '')}".strip()))


_UNITS = {
    "loudness_tolerance": "LU",
    "peak": "dBTP",
    "silence_level": "dB",
    "silence_percent": "%",
    "black_seconds": "s",
    "still_seconds": "s",
    "length_ms": "ms",
    "late_ms": "ms",
}
