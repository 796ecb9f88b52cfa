"""The form of a webhook."""

from __future__ import annotations

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from dubbing.models import Webhook
from dubbing.platform.errors import NotPossible
from dubbing.web.shared.fields import LineField
from dubbing.webhooks import endpoints


class WebhookForm(forms.Form):
    """Its address, and the kinds of events it is called about."""

    url = LineField(
        label=_("Address"),
        help_text=_("A public https address. The portal sends it a POST request for each event."),
        widget=forms.URLInput(attrs={"autocomplete": "off", "maxlength": "500", "placeholder": "https://"}),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Events"),
        choices=Webhook.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one event.")},
    )

    def clean_url(self) -> str:
        """An address that may be called."""
        url = str(self.cleaned_data["url"])
        try:
            endpoints.check_url(url if len(url) <= (Webhook._meta.get_field("url").max_length or 500) else "")
        except NotPossible as problem:
            raise ValidationError(str(problem)) from problem
        return url
