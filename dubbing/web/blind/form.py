"""Forms for a blind comparison, and for making its winner a preset."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.drafts.presets import LONGEST_NAME as LONGEST_PRESET_NAME
from dubbing.models import Preset, Result
from dubbing.platform import formatting
from dubbing.review import assignments, blind_candidates, blind_comparisons
from dubbing.review.blind_comparisons import NewComparison
from dubbing.web.shared.due_dates import DueDateForm


class PeopleField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """A choice of people, by their names."""

    widget = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})

    def label_from_instance(self, person: User) -> str:
        """The person's name."""
        return formatting.person(person)


class BlindForm(DueDateForm):
    """What is compared, who is asked, and until when."""

    name = forms.CharField(
        label=_("Name"), max_length=blind_comparisons.LONGEST_NAME,
        help_text=_("For example “Harbour tour: which voice?” Voters see it, so do not mention settings."),
    )  # fmt: skip
    question = forms.CharField(
        label=_("Question for the voters"), required=False, max_length=blind_comparisons.LONGEST_REASON,
        help_text=_("For example “Which voice is closest to the original?” Blank: which one they like best."),
    )  # fmt: skip
    candidates = forms.ModelMultipleChoiceField(
        label=_("Candidates"), queryset=Result.objects.none(),
        error_messages={
            "required": _("Choose from 2 to 6 final videos."),
            "invalid_choice": _("One of these final videos no longer exists. Choose others."),
            "invalid_pk_value": _("One of these final videos no longer exists. Choose others."),
        },
    )  # fmt: skip
    voters = PeopleField(
        label=_("Voters"), queryset=User.objects.none(),
        error_messages={
            "required": _("Choose at least one voter."),
            "invalid_choice": _("Voters have to be members of the project. Add the person first."),
            "invalid_pk_value": _("Voters have to be members of the project. Add the person first."),
        },
    )  # fmt: skip

    def __init__(self, *args: Any, project_id: int, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        candidates: Any = self.fields["candidates"]
        candidates.queryset = blind_candidates.visible(project_id, user)
        voters: Any = self.fields["voters"]
        voters.queryset = assignments.candidates(project_id)

    def new(self, locale: str) -> NewComparison:
        """The entered comparison. Only for a valid form."""
        data = self.cleaned_data
        return NewComparison(
            locale=locale, name=data["name"], question=data["question"], results=list(data["candidates"]),
            voters=list(data["voters"]), due_at=self.due_at,
        )  # fmt: skip

    def has_candidate(self, result: Result) -> bool:
        """Whether the candidate's box is ticked."""
        chosen = self["candidates"].value() or []
        return str(result.pk) in {str(pk) for pk in chosen}


class PresetForm(forms.Form):
    """The winner's settings as a new preset, or replacing those of an existing one."""

    name = forms.CharField(label=_("Name of the new preset"), required=False, max_length=LONGEST_PRESET_NAME)
    replaced = forms.ModelChoiceField(
        label=_("Preset to replace"), queryset=Preset.objects.none(), required=False, empty_label=_("Choose a preset")
    )
    agreed = forms.BooleanField(label=_("Replace its options. Its languages are kept."), required=False)

    def __init__(self, *args: Any, project_id: int, may_replace: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if may_replace:
            replaced: Any = self.fields["replaced"]
            replaced.queryset = Preset.objects.filter(project=project_id)
        else:
            del self.fields["replaced"], self.fields["agreed"]

    def clean(self) -> dict[str, Any]:
        """Require confirmation for replacing a preset."""
        data = super().clean() or {}
        if data.get("replaced") and not data.get("agreed"):
            self.add_error("agreed", gettext("Tick this box to confirm. The preset’s current options are replaced."))
        return data
