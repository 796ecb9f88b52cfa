"""The form for turning the AI label off."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from dubbing.delivery import labels
from dubbing.web.shared.fields import LineField


class LabelForm(forms.Form):
    """Why the label is turned off."""

    reason = LineField(
        label=_("Reason for turning it off"),
        help_text=_("Shown to all members, on deliveries and in passports."),
        widget=forms.TextInput(attrs={"maxlength": labels.LONGEST_REASON, "autocomplete": "off"}),
        error_messages={"required": _("Give a reason.")},
    )
