"""The form for a new token."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import ApiToken
from dubbing.web.shared.fields import LineField

USUAL_DAYS = (7, 30, 90, 365)
_CHOSEN = 90


class TokenForm(forms.Form):
    """The token's name, scopes and lifetime."""

    name = LineField(label=_("Name"), help_text=_("For example, the program or machine that uses it."))
    scopes = forms.MultipleChoiceField(
        label=_("Allow"),
        required=False,
        help_text=_("Reading is always allowed. A token never allows more than your role in a project."),
        widget=forms.CheckboxSelectMultiple,
        choices=[choice for choice in ApiToken.Scope.choices if choice[0] != ApiToken.Scope.READ],
    )
    days = forms.TypedChoiceField(label=_("Expires"), coerce=int)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = settings.API_TOKEN_DAYS
        days = sorted({*(days for days in USUAL_DAYS if days < longest), longest})
        self.fields["days"].choices = [(count, _in_days(count)) for count in days]  # type: ignore[attr-defined]
        self.fields["days"].initial = _CHOSEN if _CHOSEN in days else longest
        self.fields["name"].widget.attrs |= {"autocomplete": "off", "maxlength": "80"}

    def clean_name(self) -> str:
        """Short enough for lists."""
        name = str(self.cleaned_data["name"])
        longest = ApiToken._meta.get_field("name").max_length or 80
        if len(name) > longest:
            message = gettext("Shorten the name: it has %(length)s characters and the limit is %(limit)s.")
            raise forms.ValidationError(message, params={"length": len(name), "limit": longest})
        return name


def _in_days(count: int) -> str:
    return ngettext("in %(count)s day", "in %(count)s days", count) % {"count": count}
