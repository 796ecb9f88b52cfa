"""A project's policy, presets and terms."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.json_fields import ObjectField
from dubbing.models.projects import Project
from dubbing.platform import formatting, numbers


class Policy(models.Model):
    """Minimums that the form and the service enforce. An owner may override them for one asset, giving a reason."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="policy")
    least_anonymization = models.FloatField(default=0.0, help_text=_("From 0 to 1. 0 sets no minimum."))
    consent_required = models.BooleanField(default=False, help_text=_("Every video needs a consent reference."))
    no_lips = models.BooleanField(default=False, help_text=_("Lip sync is off in this project."))
    second_step = models.BooleanField(default=False, help_text=_("Members need two-step sign-in."))
    approval_above = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text=_("Videos that use more minutes need an owner’s approval. Leave blank for no limit."),
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = _("policies")
        constraints = [
            models.CheckConstraint(
                condition=Q(least_anonymization__gte=0, least_anonymization__lte=1), name="policy_within_0_and_1"
            ),
        ]

    def __str__(self) -> str:
        return gettext("Policy of %(project)s") % {"project": self.project}


class Preset(models.Model):
    """Languages and options that a project uses repeatedly. ``values`` uses the new-asset form's names."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="presets")
    name = models.CharField(max_length=80)
    values = ObjectField()
    is_default = models.BooleanField(default=False, help_text=_("New drafts start with this preset."))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="one_preset_per_name"),
            models.UniqueConstraint(fields=["project"], condition=Q(is_default=True), name="one_default_preset"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sound(self) -> dict[str, Any]:
        """The valid values. Anything else in the row is left out, however it got there."""
        return sound_values(self.values)

    def clean(self) -> None:
        """Raises ValidationError for values that a draft cannot have."""
        if wrong := wrong_values(self.values):
            raise ValidationError({"values": [f"{name}: {problem}" for name, problem in wrong.items()]})


def sound_values(values: Any) -> dict[str, Any]:
    """Those of these values that a preset can have, by their names in the new-asset form."""
    if not isinstance(values, Mapping):
        return {}
    wrong = wrong_values(values)
    return {str(name): value for name, value in values.items() if name not in wrong}


def wrong_values(values: Any) -> dict[str, str]:
    """What each value that a preset cannot have should be, by its name."""
    if not isinstance(values, Mapping):
        return {"values": gettext("must be an object of names and values.")}
    return dict(_wrong(values))


def _wrong(values: Mapping[Any, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if name in Asset.LIMITS:
            low, high, whole = Asset.LIMITS[name]
            figure = numbers.figure(value, low=low, high=high)
            if figure is None or (whole and not figure.is_integer()):
                expected = gettext("enter a whole number from %(low)s to %(high)s.")
                if not whole:
                    expected = gettext("enter a number from %(low)s to %(high)s.")
                yield name, expected % {"low": f"{low:g}", "high": f"{high:g}"}
        elif name in _CHOICES:
            if value not in _CHOICES[name]:
                choices = formatting.enumeration(_CHOICES[name], either=True)
                yield name, gettext("choose %(choices)s.") % {"choices": choices}
        elif name == "targets":
            if not isinstance(value, list) or len(value) > _MOST_TARGETS or not all(map(_is_short, value)):
                yield name, gettext("must be a list of languages.")
        elif name not in _LINES or not _is_short(value):
            known = gettext("enter a short text on one line.")
            yield str(name), known if name in _LINES else gettext("a preset cannot contain this.")


_CHOICES: dict[str, list[str]] = {
    "auto_generate": Asset.AutoGenerate.values,
    "lips_model": Asset.LipsModel.values,
    "speakers_from": ["unsure", "count"],
}
_LINES = ("source_locale", "voice_id", "voice_model")
_LONGEST_LINE, _MOST_TARGETS = 200, 100


def _is_short(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_LINE and value.isprintable()


class Term(models.Model):
    """A word that subtitles of a project have to get right.

    required: where the source says ``source``, the target says ``target`` · forbidden: ``source`` must not occur,
    ``target`` (if any) replaces it. A blank locale means every target locale.
    """

    class Rule(models.TextChoices):
        REQUIRED = "required", _("Required translation")
        FORBIDDEN = "forbidden", _("Forbidden word")

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="terms")
    rule = models.CharField(max_length=10, choices=Rule.choices, default=Rule.REQUIRED)
    source = models.CharField(max_length=120)
    target = models.CharField(max_length=120, blank=True)
    locale = models.CharField(max_length=20, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["source", "locale"]
        constraints = [
            models.UniqueConstraint(fields=["project", "rule", "source", "locale"], name="one_rule_per_term"),
            models.CheckConstraint(condition=~Q(source=""), name="term_has_a_word"),
            models.CheckConstraint(condition=Q(rule__in=["required", "forbidden"]), name="known_term_rule"),
        ]

    def __str__(self) -> str:
        return self.source
