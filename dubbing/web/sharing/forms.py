"""What members choose for a link, and what guests type."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from dubbing.models import Delivery, Version
from dubbing.review import comments
from dubbing.sharing import guest_comments, links
from dubbing.sharing.links import NewLink
from dubbing.web.shared.fields import LineField, SecondsField


class ShareForm(forms.Form):
    """A new link to a version or a delivery."""

    name = LineField(
        label=_("Recipient"),
        help_text=_("For your list of links. Guests do not see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "maxlength": links.LONGEST_NAME}),
    )
    may_comment = forms.BooleanField(
        required=False,
        label=_("Guests may comment"),
        help_text=_("They give a name, and also see comments marked for people outside the project."),
    )
    may_download = forms.BooleanField(
        required=False,
        label=_("Guests may download"),
        help_text=_("Otherwise they only play it here. Anyone who can play a video can also record it."),
    )
    shows_source = forms.BooleanField(
        required=False, label=_("Show the source video"), help_text=_("Guests can switch between source and dub.")
    )
    password = forms.CharField(
        required=False,
        label=_("Password"),
        max_length=links.LONGEST_PASSWORD,
        min_length=links.SHORTEST_PASSWORD,
        strip=False,
        help_text=_("At least 8 characters. Send it separately from the link; it is not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    days = forms.TypedChoiceField(coerce=int, label=_("Expires"), initial=links.USUAL_DAYS)

    def __init__(self, *args: Any, target: Version | Delivery, has_source: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.target = target
        days: Any = self.fields["days"]
        days.choices = [
            (count, ngettext("in %(count)s day", "in %(count)s days", count) % {"count": count}) for count in links.DAYS
        ]
        if isinstance(target, Delivery):
            del self.fields["may_comment"]
            self.fields["may_download"].initial = True
            self.fields["may_download"].help_text = _("Otherwise they only see the list of files.")
            days.help_text = _("No later than the delivery itself.")
        if isinstance(target, Delivery) or not has_source:
            del self.fields["shows_source"]

    def new(self) -> NewLink:
        """What was chosen. Only for a valid form."""
        return NewLink(target=self.target, **self.cleaned_data)


class PasswordForm(forms.Form):
    """The password of a link."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=links.LONGEST_PASSWORD,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "autofocus": True}),
    )


class GuestCommentForm(forms.Form):
    """What a guest says."""

    name = LineField(
        label=_("Your name"),
        widget=forms.TextInput(attrs={"autocomplete": "name", "maxlength": guest_comments.LONGEST_NAME}),
    )
    text = forms.CharField(
        label=_("Comment"),
        max_length=comments.LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    start = SecondsField(
        required=False,
        label=_("At"),
        help_text=_("For example 1:09. Leave blank for the whole video."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal", "maxlength": 20}),
    )
