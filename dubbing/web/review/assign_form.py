"""The form for assigning a reviewer, with a due date and instructions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models import Review
from dubbing.review import assignments
from dubbing.review.assignments import Assignment
from dubbing.web.shared.due_dates import DueDateForm
from dubbing.web.shared.fields import PersonField


class AssignForm(DueDateForm):
    """One assignment, for one language or many."""

    reviewer = PersonField(
        queryset=User.objects.none(), required=False, label=_("Reviewer"), empty_label=_("Any owner or editor")
    )
    instructions = forms.CharField(
        required=False,
        label=_("Instructions"),
        max_length=assignments.LONGEST_INSTRUCTIONS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the reviewer should look for."),
    )

    def __init__(self, *args: Any, project_ids: Collection[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviewer: Any = self.fields["reviewer"]
        reviewer.queryset = assignments.candidates(*project_ids)

    @property
    def assignment(self) -> Assignment:
        """The entered assignment. Only for a valid form."""
        return Assignment(self.cleaned_data["reviewer"], self.cleaned_data["instructions"], self.due_at)

    @staticmethod
    def values_of(review: Review) -> dict[str, Any]:
        """The initial values of the form for an existing review."""
        due = timezone.localdate(review.due_at) if review.due_at else None
        return {"reviewer": review.reviewer_id, "due": due, "instructions": review.instructions}
