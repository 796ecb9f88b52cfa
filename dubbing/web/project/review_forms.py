"""Forms for the review rules and default reviewers of a project."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import DefaultReviewer, Project, ReviewPolicy
from dubbing.review import assignments
from dubbing.web.project.settings_forms import languages_with
from dubbing.web.shared.fields import FigureField, PersonField


class ReviewPolicyForm(forms.Form):
    """The review rules."""

    required = forms.BooleanField(
        required=False,
        label=_("Review every final video"),
        help_text=_("Otherwise, only languages with a reviewer are reviewed."),
    )
    two_steps = forms.BooleanField(
        required=False,
        label=_("Approve in two steps"),
        help_text=_("After the reviewer, a project owner approves as well. They must be two people."),
    )
    makers_may_approve = forms.BooleanField(
        required=False,
        label=_("Let people approve their own videos"),
        help_text=_("Otherwise, somebody else has to approve them."),
    )
    pass_mark = FigureField(
        low=0, high=100, whole=True, label=_("Pass mark"), help_text=_("A lower score does not pass. From 0 to 100.")
    )
    answer_hours = FigureField(
        low=1,
        high=8760,
        whole=True,
        label=_("Time to answer an issue"),
        help_text=_("After that, it counts as “Will fix”."),
    )

    @classmethod
    def of(cls, policy: ReviewPolicy) -> ReviewPolicyForm:
        """The form filled with an existing policy."""
        return cls({name: getattr(policy, name) for name in cls.base_fields})

    def keep(self, project: Project) -> None:
        """Save the rules. Only for a valid form."""
        ReviewPolicy.objects.update_or_create(project=project, defaults=self.cleaned_data)


class UsualReviewerForm(forms.Form):
    """Who reviews a language by default."""

    locale = forms.ChoiceField(required=False, label=_("Language"))
    reviewer = PersonField(queryset=User.objects.none(), label=_("Reviewer"), empty_label=_("Choose a member"))
    days = FigureField(
        low=1,
        high=365,
        whole=True,
        required=False,
        label=_("Days to review"),
        help_text=_("From when the final video is saved. Leave blank for no due date."),
    )
    instructions = forms.CharField(
        required=False,
        label=_("Instructions"),
        max_length=assignments.LONGEST_INSTRUCTIONS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What reviewers should look for, for example form of address or names."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reviewer: Any = self.fields["reviewer"]
        reviewer.queryset = assignments.candidates(project.pk)
        locale: Any = self.fields["locale"]
        locale.choices = languages_with(str(self.initial.get("locale") or ""), gettext("All other languages"))

    @staticmethod
    def values_of(usual: DefaultReviewer) -> dict[str, Any]:
        """The initial values of the form for an existing default reviewer."""
        names = ("locale", "days", "instructions")
        return {name: getattr(usual, name) for name in names} | {"reviewer": usual.reviewer_id}
