"""Forms for projects and members."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import Membership, Project
from dubbing.platform import formatting


class ProjectForm(forms.Form):
    """A new project."""

    name = forms.CharField(
        max_length=120,
        label=_("Name"),
        help_text=_("For example a series, a client or a season. Only members see it."),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        """Names are unique, so that people can talk about them."""
        name = formatting.one_line(str(self.cleaned_data["name"]))
        if not name:
            raise forms.ValidationError(gettext("This name has no visible characters. Choose another name."))
        if Project.objects.filter(name__iexact=name).exists():
            raise forms.ValidationError(gettext("A project with this name already exists. Choose another name."))
        return name


class RoleForm(forms.Form):
    """The role of a member."""

    role = forms.ChoiceField(label=_("Role"), choices=Membership.Role.choices, initial=Membership.Role.EDITOR)


class MemberForm(RoleForm):
    """A new member of a project."""

    person = forms.CharField(
        max_length=254,
        label=_("Username or email"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    field_order = ["person", "role"]

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project = project

    def clean_person(self) -> User:
        """An existing account that is not a member yet."""
        typed = str(self.cleaned_data["person"]).strip()
        people = list(User.objects.filter(Q(username__iexact=typed) | Q(email__iexact=typed), is_active=True)[:2])
        if not people:
            raise forms.ValidationError(
                gettext("No account has this username or email. An administrator can create one.")
            )
        if len(people) > 1:
            raise forms.ValidationError(gettext("Several accounts use this email. Enter the username."))
        if self.project.memberships.filter(user=people[0]).exists():
            raise forms.ValidationError(
                gettext("%(name)s is already a member. Change their role in the list.")
                % {"name": people[0].get_username()}
            )
        return people[0]
