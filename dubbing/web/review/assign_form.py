"""Who is to review, until when, and what to look for, as people type it."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import Review
from dubbing.review import assignments
from dubbing.review.assignments import Assignment
from dubbing.web.shared.fields import PersonField


class AssignForm(forms.Form):
    """One assignment, for one language or many."""

    reviewer = PersonField(
        queryset=User.objects.none(), required=False, label=_("Reviewer"), empty_label=_("Any owner or editor")
    )
    due = forms.DateField(
        required=False,
        label=_("Due date"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Until the end of that day. Leave blank for no due date."),
    )
    instructions = forms.CharField(
        required=False,
        label=_("Instructions"),
        max_length=assignments.LONGEST_INSTRUCTIONS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the reviewer should look for."),
    )

    def __init__(self, *args: Any, project_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviewer: Any = self.fields["reviewer"]
        reviewer.queryset = assignments.candidates(project_id)

    def clean_due(self) -> date | None:
        """A day that is not over."""
        day: date | None = self.cleaned_data["due"]
        if day is not None and day < timezone.localdate() and "due" in self.changed_data:
            raise forms.ValidationError(gettext("This day has passed. Choose today or a later day."))
        if day is not None and day.year > timezone.localdate().year + 10:
            raise forms.ValidationError(gettext("Choose a day within the next ten years."))
        return day

    @property
    def assignment(self) -> Assignment:
        """What was typed. Only for a valid form."""
        day = self.cleaned_data["due"]
        due_at = timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None
        return Assignment(self.cleaned_data["reviewer"], self.cleaned_data["instructions"], due_at)

    @staticmethod
    def values_of(review: Review) -> dict[str, Any]:
        """What the form begins with for a review that is there."""
        due = timezone.localdate(review.due_at) if review.due_at else None
        return {"reviewer": review.reviewer_id, "due": due, "instructions": review.instructions}
