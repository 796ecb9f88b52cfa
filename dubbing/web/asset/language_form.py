"""More languages for an asset that the provider has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.http import QueryDict
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers, subtitles
from dubbing.drafts import subtitle_documents
from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, Dubbing
from dubbing.platform import formatting, locales
from dubbing.review import assignments
from dubbing.web.shared import text_reports

ROWS = 6


class LanguageForm(forms.Form):
    """One language, and the text to be spoken, if any."""

    locale = forms.ChoiceField(label=_("Language"), required=False)
    srt = forms.FileField(
        label=_("Subtitles for the dub"),
        required=False,
        help_text=_("SRT or WebVTT, timed to the whole source video. Without it, the provider translates."),
        widget=forms.FileInput(attrs={"accept": ".srt,.vtt,text/vtt,application/x-subrip"}),
    )
    # A file field is empty again if another row has an error, so what was read is kept in the form.
    kept = forms.CharField(required=False, widget=forms.HiddenInput)
    kept_name = forms.CharField(required=False, widget=forms.HiddenInput)
    # Remarks are shown once, before anything is paid for; sending the same text again confirms it.
    looked_at = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        choices: list[tuple[str, str]],
        video: text_reports.TrimmedVideo,
        with_srt: bool = True,
        asks: bool = True,
        **kwargs: Any,
    ) -> None:
        """``asks``: show remarks once before sending; programs are not asked."""
        super().__init__(*args, **kwargs)
        self.video, self.asks = video, asks
        for name in () if with_srt else ("srt", "kept", "kept_name", "looked_at"):
            del self.fields[name]
        self.fields["locale"].choices = [("", gettext("Choose a language")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Read the file, or what was read from it last time."""
        cleaned = super().clean() or {}
        file = cleaned.get("srt")
        try:
            if file is not None and (file.size or 0) > subtitles.MAX_BYTES:
                self.add_error("srt", gettext("This file is too large for subtitles. Choose an SRT or WebVTT file."))
            elif file is not None:
                self._take(file.read(), file.name or "subtitles")
            elif cleaned.get("kept"):
                self._take(cleaned["kept"], cleaned.get("kept_name") or "subtitles")
        except subtitles.SubtitleError as error:
            self.add_error("srt", [str(problem) for problem in error.problems])
        if (file or cleaned.get("kept")) and not cleaned.get("locale") and "locale" not in self.errors:
            self.add_error("locale", gettext("Choose the language of these subtitles."))
        return cleaned

    def _take(self, data: bytes | str, name: str) -> None:
        locale = str(self.cleaned_data.get("locale") or "")
        read = subtitles.read(data, language=locale.partition("-")[0] or None)
        self._keep(read, name)
        report = text_reports.target_report(data, self.video, locale)
        looked_at = f"{locale} {subtitle_documents.fingerprint(subtitles.to_srt(read.cues))}"
        if self.asks and report.serious and self.cleaned_data.get("looked_at") != looked_at:
            confirm = gettext("Check the subtitles. If they are correct, send them again.")
            self.add_error("srt", [*report.serious, confirm])
            self._put("looked_at", looked_at)

    def _put(self, name: str, value: str) -> None:
        kept = {self.add_prefix(name): value}
        self.data = {**self.data.dict(), **kept} if isinstance(self.data, QueryDict) else {**self.data, **kept}

    def _keep(self, read: subtitles.Subtitles, name: str) -> None:
        if any(subtitles.PLACEHOLDER in cue.text for cue in read.cues):
            unfilled = gettext("Some cues still say “%(placeholder)s”. Fill them in.")
            self.add_error("srt", unfilled % {"placeholder": subtitles.PLACEHOLDER})
        still = [cue for cue in read.cues if not cue.has_length]
        if still:
            first = formatting.duration(still[0].start / 1000) or "0 s"
            message = ngettext(
                "%(count)s cue ends when it starts, at %(first)s. Correct its times.",
                "%(count)s cues end when they start, the first at %(first)s. Correct their times.",
                len(still),
            )
            self.add_error("srt", message % {"count": len(still), "first": first})
        self.cleaned_data["srt_text"] = text = subtitles.to_srt(read.cues)
        self._put("kept", text)
        self._put("kept_name", name[:100])


if TYPE_CHECKING:
    _Base = BaseFormSet[LanguageForm]
else:
    _Base = BaseFormSet


class _Languages(_Base):
    """All rows together."""

    def clean(self) -> None:
        """Require at least one language, and none twice."""
        chosen = [form.cleaned_data.get("locale") for form in self.forms if form.is_valid()]
        named = [code for code in chosen if code]
        if not any(self.errors) and not named:
            raise forms.ValidationError(gettext("Choose at least one language."))
        if len(named) != len(set(named)):
            raise forms.ValidationError(gettext("You chose the same language more than once."))

    def targets(self) -> list[TargetText]:
        """The chosen languages."""
        rows = [form.cleaned_data for form in self.forms if form.cleaned_data.get("locale")]
        return [TargetText(row["locale"], row.get("srt_text", "")) for row in rows]


class MissingLanguageForm(LanguageForm):
    """A failed language, and the text to be spoken when it is sent again."""

    locale = forms.ChoiceField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "srt" in self.fields:
            self.fields["srt"].help_text = _("Leave blank to send the same subtitles as before.")

    @property
    def code(self) -> str:
        """The locale of the row."""
        return str(self.initial["locale"])


LanguagesFormSet = formset_factory(
    LanguageForm, formset=_Languages, extra=ROWS, max_num=ROWS, validate_max=True, absolute_max=ROWS
)


def languages_for(asset: Asset, data: Any = None, files: Any = None, *, asks: bool = True) -> _Languages:
    """The form for languages that can be added to this asset."""
    present = {dubbing.locale for dubbing in asset.dubbings.all()} | {asset.source_locale}
    offered = locales.targets(among=providers.locale_table(asset.provider))
    choices = [(locale.code, f"{locale.name} · {locale.native_name} · {locale.code}") for locale in offered]
    wanted = [choice for choice in choices if choice[0] not in present]
    unreviewed = set(assignments.unreviewable(asset.project, [code for code, _name in wanted]))
    wanted = [(code, _without_reviewer(name) if code in unreviewed else name) for code, name in wanted]
    row = _row_of(asset, wanted) | {"asks": asks}
    return LanguagesFormSet(data, files, prefix="languages", form_kwargs=row)  # type: ignore[return-value]


def as_data(chosen: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The data that the form for more languages would send for these locales and texts."""
    data = {"languages-TOTAL_FORMS": str(len(chosen)), "languages-INITIAL_FORMS": "0"}
    for number, (locale, text) in enumerate(chosen):
        data |= {f"languages-{number}-locale": locale, f"languages-{number}-kept": text}
    return data


def errors_of(forms: _Languages) -> list[str]:
    """All errors in the rows, each with its language."""
    rows = [
        f"{form['locale'].value()}: {message}"
        for form in forms.forms
        for messages in form.errors.values()
        for message in messages
    ]
    return [*map(str, forms.non_form_errors()), *rows]


def _without_reviewer(name: str) -> str:
    """The note that nobody reviews this language, shown before it is paid for."""
    return gettext("%(language)s · no reviewer yet") % {"language": name}


def missing_for(asset: Asset, data: Any = None, files: Any = None) -> _Languages:
    """The form for the failed languages of this asset, each with its subtitles."""
    codes = [dubbing.locale for dubbing in asset.dubbings.all() if dubbing.status == Dubbing.Status.FAILED]
    codes.sort(key=locales.display_name)
    rows = formset_factory(
        MissingLanguageForm, formset=_Languages, extra=0, max_num=len(codes), absolute_max=len(codes)
    )
    initial = [{"locale": code} for code in codes]
    choices = [(code, code) for code in codes]
    return rows(data, files, prefix="missing", initial=initial, form_kwargs=_row_of(asset, choices))  # type: ignore[return-value]


def _row_of(asset: Asset, choices: list[tuple[str, str]]) -> dict[str, Any]:
    video = text_reports.TrimmedVideo(duration=asset.source_duration, start=asset.start, end=asset.end)
    return {"choices": choices, "video": video, "with_srt": providers.capabilities(asset.provider).target_srt}
