"""The new-asset form: every option, checked before anything is paid for.

Bound to a draft, or to values by name, as the command line has them:

    name · source_from (file | url) · source (an Upload or its id) · media_url · source_locale · targets (a list)
    srt_<locale> and source_srt (text, or bytes of a file) · start · end · speakers · auto_generate · lips_model
    voice_anonymization · background_from (none | file | url) · background (an Upload or its id) · background_url
    voice_id · voice_model · speed · seed · notes · consent · override_reason · speakers_from (unsure | count)

``source_from``, ``background_from`` and ``speakers_from`` may be left out: they follow from the values given. Any other
name may be left out as well, and then has the default of a new asset.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.drafts import provider_fit
from dubbing.drafts.draft import SOURCE, Draft, field_of
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Policy
from dubbing.platform import formatting, lengths, locales
from dubbing.platform.errors import NotPossible
from dubbing.projects import policies
from dubbing.submissions import attempts
from dubbing.submissions.attempts import Attempt
from dubbing.web.asset_form import policy_checks
from dubbing.web.asset_form.form_checks import LanguageChecks, SourceChecks
from dubbing.web.asset_form.policy_checks import PolicyChecks
from dubbing.web.shared import choices, provider_limits, text_reports
from dubbing.web.shared.fields import CodesField, FigureField, LineField, SecondsField, TextFileField

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.web.asset_form.failures import Failure

NAME_LENGTH = 255
NOTES_LENGTH = 2000


class AssetForm(SourceChecks, LanguageChecks, PolicyChecks):
    """What is to be dubbed, into which languages, and how."""

    name = LineField(required=False, label=_("Name"), help_text=_("Leave blank to use the file name."))
    source_from = forms.ChoiceField(choices=choices.SOURCE_FROM, required=False, widget=forms.RadioSelect)
    source = forms.Field(required=False, widget=forms.HiddenInput)
    media_url = LineField(required=False, label=_("Link to the video"), help_text=choices.MEDIA_URL_HELP)
    start = SecondsField(required=False, label=_("Start"), help_text=_("Leave blank to start at the beginning."))
    end = SecondsField(required=False, label=_("End"), help_text=_("Leave blank to go to the end."))
    source_locale = LineField(
        required=False,
        label=_("Language spoken in the video"),
        widget=forms.Select,
        help_text=choices.SOURCE_LOCALE_HELP,
    )
    source_srt = TextFileField(required=False, label=_("Transcript of the video"), help_text=choices.SOURCE_SRT_HELP)
    targets = CodesField(required=False, label=_("Dub into"))
    auto_generate = forms.ChoiceField(required=False, label=_("Result"), widget=forms.RadioSelect)
    lips_model = forms.ChoiceField(
        required=False, label=_("Lip sync quality"), choices=Asset.LipsModel.choices, widget=forms.RadioSelect
    )
    voice_anonymization = FigureField(
        *Asset.LIMITS["voice_anonymization"],
        required=False,
        label=_("Voice anonymization"),
        help_text=choices.ANONYMIZATION_HELP,
    )
    speakers_from = forms.ChoiceField(choices=choices.SPEAKERS_FROM, required=False, widget=forms.RadioSelect)
    speakers = FigureField(
        *Asset.LIMITS["speakers"], required=False, label=_("Number of speakers"), help_text=choices.SPEAKERS_HELP
    )
    background_from = forms.ChoiceField(choices=choices.BACKGROUND_FROM, required=False, widget=forms.RadioSelect)
    background = forms.Field(required=False, widget=forms.HiddenInput)
    background_url = LineField(required=False, label=_("Link to the background"), help_text=choices.MEDIA_URL_HELP)
    voice_id = LineField(required=False, label=_("Voice"), help_text=choices.VOICE_ID_HELP)
    voice_model = LineField(required=False, label=_("Voice model"), help_text=choices.VOICE_MODEL_HELP)
    speed = FigureField(*Asset.LIMITS["speed"], required=False, label=_("Speed"), help_text=choices.SPEED_HELP)
    seed = FigureField(*Asset.LIMITS["seed"], required=False, label=_("Seed"), help_text=choices.SEED_HELP)
    notes = forms.CharField(
        required=False,
        max_length=NOTES_LENGTH,
        label=_("Notes"),
        help_text=choices.NOTES_HELP,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    consent = LineField(required=False, label=_("Consent reference"), help_text=choices.CONSENT_HELP)
    override_reason = forms.CharField(
        required=False,
        max_length=NOTES_LENGTH,
        label=_("Reason for the override"),
        help_text=choices.OVERRIDE_HELP,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(
        self,
        data: Draft | Mapping[str, Any] | None = None,
        *,
        asset: Asset,
        user: User,
        strict: bool = False,
        policy: Policy | None = None,
    ) -> None:
        """``strict``: refuse what the provider cannot use, instead of leaving it out.

        ``policy``: the project's, for callers that have it because they read many forms.
        """
        policy = policy or policies.of_project(asset.project_id)
        can = providers.capabilities(asset.provider)
        self.draft = data if isinstance(data, Draft) else Draft.read(data or {})
        values = data.form_data() if isinstance(data, Draft) else data or {}
        super().__init__(policy_checks.raised(values, policy, can), prefix=None)
        self.asset, self.user, self.strict, self.policy = asset, user, strict, policy
        self.configured = asset.provider in providers.provider_names()
        self.can = can
        self.table = providers.locale_table(asset.provider)
        self.reports: dict[str, text_reports.TextReport] = {}
        self.attempt: Attempt | None = None
        self.failures: dict[str, Failure] = {}  # by field, so that the page can mark it
        self.fields["source_locale"].widget.choices = choices.source_locales(self.table)
        self.fields["auto_generate"].choices = self.ways_to_finish()  # type: ignore[attr-defined]
        for name in (*choices.missing(self.can), *([] if policy_checks.demands(policy) else ["override_reason"])):
            del self.fields[name]
        for code in self.chosen_codes() if self.can.target_srt else ():
            self.fields[field_of(code)] = TextFileField(required=False, label=_subtitles_in(code))

    def asset_fields(self) -> AssetFields:
        """The checked fields, ready for ``submissions.submit``. Only for a valid form."""
        data = self.cleaned_data
        targets = tuple(TargetText(code, self._srt(field_of(code))) for code in data["targets"])
        taken = {name: data[name] for name in _AS_IT_IS if data.get(name) is not None}
        options = {name: data[name] for name in provider_fit.OPTIONS if data.get(name) not in (None, "")}
        return AssetFields(targets=targets, source_srt=self._srt(field_of(SOURCE)), options=options, **taken)

    def ways_to_finish(self) -> list[tuple[str, str]]:
        """Ways to finish, the default of a new draft first."""
        return policy_checks.auto_generate(self.policy, choices.auto_generate(self.can))

    def forgive_blank(self) -> None:
        """Do not report missing values as long as nobody has tried to submit."""
        for name, errors in list(self.errors.items()):
            kept = [error for error in errors.as_data() if error.code != "required"]
            if kept:
                self.errors[name] = self.error_class(kept, error_class="field", renderer=self.renderer)
            else:
                del self.errors[name]

    # --- checking -----------------------------------------------------------------------------------------------------

    def clean_name(self) -> str:
        """Shorten the name to what the provider stores."""
        name = str(self.cleaned_data["name"])
        if len(name) > NAME_LENGTH:
            message = gettext("Shorten the name: it has %(length)s characters and the limit is %(limit)s.")
            raise forms.ValidationError(message, params={"length": len(name), "limit": NAME_LENGTH})
        return name

    def clean(self) -> dict[str, Any]:
        """Check what concerns several fields."""
        super().clean()
        self._check_provider()
        self._check_source()
        self._check_name()
        self._check_trim()
        self._check_locales()
        self._check_texts()
        self._check_options()
        self._check_background()
        self._check_consent()
        self._check_policy()
        self._check_attempt()
        return self.cleaned_data

    def _check_provider(self) -> None:
        if not self.configured:
            message = gettext("%(provider)s is no longer configured. Choose another provider.")
            label = providers.label(self.asset.provider)
            self.add_error(None, forms.ValidationError(message, code="invalid", params={"provider": label}))
        if self.strict:
            for message in provider_limits.refusals(
                provider_fit.left_out(self.draft, self.asset.provider), self.asset.provider
            ):
                self.add_error(None, forms.ValidationError(message, code="invalid"))

    def _check_attempt(self) -> None:
        """Set ``attempt``: what the draft becomes if it is sent as it is, unless that is a video of its own."""
        if not self.asset.in_place:
            return
        source, media_url = self.cleaned_data.get("source"), self.cleaned_data.get("media_url") or ""
        try:
            self.attempt = attempts.of_draft(self.asset, self.chosen_codes(), source=source, media_url=media_url)
        except NotPossible as problem:
            self._add("targets", str(problem))

    def _check_name(self) -> None:
        if "name" in self.errors or self.cleaned_data.get("name"):
            return
        upload, url = self.cleaned_data.get("source"), self.cleaned_data.get("media_url") or ""
        if not upload and not url:
            return  # one thing at a time: the name is taken from the video
        path = urlsplit(url).path
        stem = PurePosixPath(upload.name if upload else unquote(path)).stem
        self.cleaned_data["name"] = formatting.one_line(stem)[:NAME_LENGTH]
        if not self.cleaned_data["name"]:
            self._add("name", gettext("Enter a name so that people can find it."), code="required")

    def _check_trim(self) -> None:
        start, end, length = self.cleaned_data.get("start"), self.cleaned_data.get("end"), self.duration
        if length is not None and start is not None and start >= length:
            message = gettext("The start must be before the end of the video, which is %(seconds)s s long.")
            self._add("start", message % {"seconds": choices.figure(length)})
        if length is not None and end is not None and end > length + 0.0005:
            message = gettext("The video is %(seconds)s s long. Leave this blank to go to the end.")
            self._add("end", message % {"seconds": choices.figure(length)})
        if end is not None and end <= (start or 0):
            self._add("end", gettext("The end must be after the start."))

    def _check_options(self) -> None:
        data, usual = self.cleaned_data, Asset()
        data["auto_generate"] = data.get("auto_generate") or self.fields["auto_generate"].choices[0][0]  # type: ignore[attr-defined]
        if data["auto_generate"] != Asset.AutoGenerate.WITH_LIPS or not data.get("lips_model"):
            data["lips_model"] = usual.lips_model
        if data.get("voice_anonymization") is None:
            data["voice_anonymization"] = usual.voice_anonymization
        if data.get("speakers_from") == "unsure":
            data["speakers"] = None

    # --- for the page -------------------------------------------------------------------------------------------------

    @property
    def trimmed_duration(self) -> float | None:
        """Seconds that will be dubbed into each language; None while unknown."""
        if {"start", "end", "source", "media_url"} & set(self.errors):
            return None
        return lengths.requested(self.duration, self.cleaned_data.get("start"), self.cleaned_data.get("end"))


_AS_IT_IS = (
    "name", "source", "media_url", "source_locale", "start", "end", "speakers", "auto_generate", "lips_model",
    "voice_anonymization", "background", "background_url", "consent", "override_reason",
)  # fmt: skip


def _subtitles_in(code: str) -> str:
    return gettext("Subtitles in %(language)s") % {"language": locales.display_name(code)}
