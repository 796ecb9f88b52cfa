"""The form for the content of a delivery."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing.delivery import deliveries, multitrack, names
from dubbing.delivery.deliverables import Deliverable
from dubbing.delivery.deliveries import Wanted
from dubbing.delivery.multitrack import Multitrack
from dubbing.platform import locales
from dubbing.platform.errors import NotPossible

APPROVED, ALL = "approved", "all"
BESIDE = ("srt", "vtt", "imsc", "audio", "multitrack", "passport")
"""Fields for accompanying files."""


class DeliveryForm(forms.Form):
    """The possible choices. The order in which they are made does not matter."""

    which = forms.ChoiceField(
        choices=[(APPROVED, _("Approved")), (ALL, _("All, approved or not"))],
        widget=forms.RadioSelect,
        label=_("Final videos"),
    )
    locale = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}), required=False, label=_("Languages")
    )
    srt = forms.BooleanField(required=False, label=_("SRT subtitles"))
    vtt = forms.BooleanField(required=False, label=_("WebVTT subtitles"))
    imsc = forms.BooleanField(required=False, label=_("IMSC 1.1 subtitles"))
    audio = forms.BooleanField(
        required=False,
        label=_("Audio only"),
        help_text=_("AAC audio is copied as it is (M4A); other audio is converted to WAV. This can take a while."),
    )
    multitrack = forms.BooleanField(
        required=False,
        label=_("One video with all languages"),
        help_text=_(
            "The source’s picture and audio, plus an audio track per language and subtitles, in one MP4. The picture "
            "is copied as it is, so dubs with lip sync or of a part are left out. This can take a while."
        ),
    )
    passport = forms.BooleanField(
        required=False,
        label=_("Passport"),
        help_text=_("Signed JSON: source, settings, who requested and approved it, and that the dub is AI-generated."),
    )
    pattern = forms.CharField(
        max_length=names.LONGEST_PATTERN,
        label=_("File names"),
        help_text=_("{project}, {asset}, {locale} and {version} are filled in. {ext} is the extension of each file."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    keep_pattern = forms.BooleanField(required=False, label=_("Use these names for the project from now on"))
    recipients = forms.CharField(
        required=False,
        max_length=deliveries.LONGEST_RECIPIENTS,
        label=_("Recipient"),
        help_text=_("A note for the list of deliveries. Nobody is notified."),
    )
    days = forms.TypedChoiceField(coerce=int, label=_("Keep for"))

    def __init__(self, *args: Any, deliverables: Iterable[Deliverable], may_keep_pattern: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.deliverables = list(deliverables)
        codes = dict.fromkeys(deliverable.dubbing.locale for deliverable in self.deliverables)
        locale: Any = self.fields["locale"]
        locale.choices = sorted(((code, locales.display_name(code)) for code in codes), key=lambda pair: pair[1])
        days: Any = self.fields["days"]
        days.choices = [
            (count, ngettext("%(count)s day", "%(count)s days", count) % {"count": count})
            for count in deliveries.KEPT_DAYS
        ]
        if not may_keep_pattern:
            del self.fields["keep_pattern"]

    @classmethod
    def beginning(cls, deliverables: Iterable[Deliverable], pattern: str) -> dict[str, Any]:
        """The initial values."""
        some = list(deliverables)
        return {
            "which": APPROVED if any(deliverable.approved for deliverable in some) else ALL,
            "locale": sorted({deliverable.dubbing.locale for deliverable in some}),
            "passport": len(some) > 1,
            "pattern": pattern,
            "days": deliveries.KEPT_DAYS[0],
        }

    def clean_pattern(self) -> str:
        """A pattern that files can be named by."""
        try:
            return names.check(self.cleaned_data["pattern"])
        except NotPossible as problem:
            raise ValidationError(str(problem)) from problem

    def clean(self) -> dict[str, Any]:
        """Require at least one final video."""
        data = super().clean() or self.cleaned_data
        if self.deliverables and not self.chosen():
            which = data.get("which") == APPROVED and not any(deliverable.approved for deliverable in self.deliverables)
            message = gettext("None of these final videos is approved. Choose all, or have them reviewed first.")
            self.add_error(
                "which" if which else "locale", message if which else gettext("Choose at least one language.")
            )
        if data.get("multitrack") and self.chosen() and not any(each.included for each in self.multitracks()):
            message = gettext("None of these final videos fits the picture of its source. The list of files says why.")
            self.add_error("multitrack", message)
        return data

    def multitracks(self) -> list[Multitrack]:
        """What can be made of each video, if this was chosen."""
        return multitrack.of_each(self.chosen()) if self.wanted().multitrack else []

    def chosen(self) -> list[Deliverable]:
        """The results to deliver."""
        data = self.cleaned_data if hasattr(self, "cleaned_data") else self.initial
        wanted = set(data.get("locale") or [])
        return [
            deliverable
            for deliverable in self.deliverables
            if deliverable.dubbing.locale in wanted and (deliverable.approved or data.get("which") != APPROVED)
        ]

    def wanted(self) -> Wanted:
        """What is delivered with them."""
        data = self.cleaned_data if hasattr(self, "cleaned_data") else self.initial
        return Wanted(**{name: bool(data.get(name)) for name in BESIDE})
