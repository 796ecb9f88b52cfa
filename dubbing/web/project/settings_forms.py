"""Forms for a project's policy and terms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers, subtitles
from dubbing.models import Policy, Project, Term
from dubbing.platform import formatting, locales, workbooks
from dubbing.projects import terms
from dubbing.web.shared.fields import FigureField, LineField

SOURCE_HELP = _("The word in the source. For a forbidden word: the word to avoid.")
TARGET_HELP = _("The required translation. For a forbidden word: a replacement, if any.")


class PolicyForm(forms.Form):
    """Minimums of a project."""

    least_anonymization = FigureField(
        low=0,
        high=1,
        required=False,
        label=_("Minimum voice anonymization"),
        help_text=_(
            "0 to 1. Videos below it are not sent. Above 0, providers without anonymization are not available."
        ),
    )
    consent_required = forms.BooleanField(
        required=False,
        label=_("Require a consent reference"),
        help_text=_("For example a contract, form or ticket. Videos without one are not sent."),
    )
    no_lips = forms.BooleanField(
        required=False,
        label=_("Lip sync off"),
        help_text=_("The picture stays unchanged. Editors can still turn on lip sync in the provider’s studio."),
    )
    second_step = forms.BooleanField(
        required=False,
        label=_("Require two-step sign-in"),
        help_text=_("Members set up an authenticator app or a passkey when they next sign in, before anything else."),
    )
    approval_above = FigureField(
        low=1,
        high=100_000,
        whole=True,
        required=False,
        label=_("Approval limit"),
        help_text=_("Videos that use more minutes need an owner’s approval. Leave blank for no limit."),
    )

    @classmethod
    def of(cls, policy: Policy) -> PolicyForm:
        """The form filled with an existing policy."""
        return cls({name: _written(getattr(policy, name)) for name in cls.base_fields})

    def keep(self, project: Project) -> None:
        """Save the minimums. Only for a valid form."""
        values: dict[str, Any] = dict(self.cleaned_data)
        values["least_anonymization"] = values["least_anonymization"] or 0.0
        Policy.objects.update_or_create(project=project, defaults=values)


class TermForm(forms.Form):
    """One term."""

    source = LineField(label=_("In the source"), help_text=SOURCE_HELP)
    target = LineField(required=False, label=_("In the translation"), help_text=TARGET_HELP)
    locale = forms.ChoiceField(required=False, label=_("Language"))
    rule = forms.ChoiceField(choices=Term.Rule.choices, initial=Term.Rule.REQUIRED, label=_("Rule"))
    note = LineField(required=False, label=_("Note"), help_text=_("The reason, shown with the finding."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["locale"].choices = languages_with(str(self["locale"].value() or ""), gettext("Every language"))  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Store the cleaned-up term as ``wording``."""
        cleaned = super().clean() or {}
        if not self.errors:
            try:
                cleaned["wording"] = terms.read(**{name: cleaned[name] for name in terms.COLUMNS})
            except terms.TermProblem as problem:
                self.add_error(problem.field or None, str(problem))
        return cleaned


class TermsForm(forms.Form):
    """A table of terms, as a file or as text."""

    file = forms.FileField(
        required=False,
        label=_("CSV or Excel file"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
    )
    text = forms.CharField(
        required=False,
        label=_("Or paste lines"),
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 4, "placeholder": "source,target,locale,rule", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        """Store the lines as ``lines``."""
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file is not None and (file.size or 0) > subtitles.MAX_BYTES:
            self.add_error("file", gettext("This file is too large for a list of terms. Choose a smaller file."))
        elif file is not None:
            try:
                cleaned["lines"] = _decoded(file.read())
            except workbooks.WorkbookProblem as problem:
                self.add_error("file", str(problem))
        elif cleaned.get("text", "").strip():
            cleaned["lines"] = cleaned["text"]
        elif not self.errors:
            self.add_error("text", gettext("Choose a file or paste lines: source,target,locale,rule."))
        return cleaned


def _decoded(content: bytes) -> str:
    """The text of a spreadsheet file: XLSX, UTF-8, or UTF-16 with a byte order mark, else Excel's usual one."""
    if workbooks.is_workbook(content):
        return workbooks.as_csv(content)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def languages_with(present: str, blank: str) -> list[tuple[str, str]]:
    """Every language that some provider dubs into, and the present one. ``blank``: the label for no language."""
    tables = [providers.locale_table(name) for name in providers.all_names()]
    named = {locale.code: locale.name for table in tables for locale in locales.targets(among=table)}
    if present:
        named.setdefault(present, present)
    ordered = sorted(named.items(), key=lambda item: formatting.sort_key(item[1]))
    return [("", blank), *((code, f"{name} · {code}") for code, name in ordered)]


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return "on" if value else ""
    return "" if value is None else f"{value:g}"
