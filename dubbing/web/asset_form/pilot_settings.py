"""Pilots with several settings: offer the settings, quote all chosen pilots together, and send what was quoted."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.core import signing
from django.utils.translation import gettext

from dubbing import providers
from dubbing.drafts import provider_fit, saved_drafts
from dubbing.drafts.draft import Draft, written
from dubbing.models import Asset, Submission
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.submissions import pilots, quotes
from dubbing.submissions.quotes import QuotedRequests
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.pilots import pilot_form
from dubbing.web.asset_form.quote import quote_form
from dubbing.web.shared import choices, next_steps, provider_limits

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FEWEST, MOST = 2, 4
"""Number of settings that can be chosen at once."""
AS_DRAFT = "draft"
_PROVIDER = "provider"
_SALT = "pilots at several settings"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value that a pilot uses instead of the draft's.

    ``name``: a form field or ``provider``; blank for the draft as it is. ``obstacle``: why it cannot be chosen.
    """

    key: str
    name: str
    value: str
    title: str
    hint: str = ""
    obstacle: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One pilot of a plan. ``refusal``: why it cannot be sent; ``pilot``: the same one in progress.

    ``approval``: why an owner has to approve it; ``waits``: whether this person has to ask for the approval.
    """

    setting: Setting
    milliseconds: int | None = None
    refusal: str = ""
    pilot: Asset | None = None
    approval: str = ""
    waits: bool = False
    promise: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for one pilot. ``refusal``: why it was not sent; ``is_double``: it had been sent before."""

    title: str
    pilot: Asset | None = None
    submissions: Sequence[Submission] = ()
    refusal: str = ""
    is_double: bool = False


@dataclass(frozen=True)
class Plan(QuotedRequests[Line]):
    """What the button sends, and what it cannot send."""

    ready: str = ""

    @property
    def waits(self) -> bool:
        """Whether the button only asks for approval."""
        return bool(self.sendable) and all(line.waits for line in self.sendable)

    @property
    def is_choice(self) -> bool:
        """Whether the number of chosen settings is allowed."""
        return FEWEST <= len(self.lines) <= MOST


class SettingsChoice:
    """A draft and the settings chosen for its pilots. ``keys``: of the chosen settings; None for the initial choice."""

    def __init__(self, draft: Asset, user: User, keys: Iterable[str] | None = None) -> None:
        self.draft, self.user = draft, user
        self.form = pilot_form(draft, user)
        self._keys = [AS_DRAFT] if keys is None else list(keys)

    @property
    def is_possible(self) -> bool:
        """Whether this is a draft whose provider can dub a part of a video."""
        return self.draft.status == Asset.Status.DRAFT and self.form.can.trim

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What has to be corrected in the draft first, as (label, message)."""
        named = self.form.fields
        return [
            (str(self.form[name].label) if name in named else "", str(error))
            for name, errors in self.form.errors.items()
            for error in errors
        ]

    @property
    def length(self) -> str:
        """Length of each pilot; blank while it is not known."""
        return formatting.duration(self.form.trimmed_duration)

    @cached_property
    def groups(self) -> list[tuple[str, list[Setting]]]:
        """The settings to choose from, grouped under headings."""
        groups = [
            ("", [Setting(AS_DRAFT, "", "", gettext("As in the draft"), self._describe_draft())]),
            (gettext("Voice anonymization"), list(self._anonymizations())),
            (gettext("Lip sync quality"), list(self._lips_models())),
            (gettext("Provider"), list(self._providers())),
        ]
        return [(label, [self._ticked(setting) for setting in settings]) for label, settings in groups if settings]

    @property
    def chosen(self) -> list[Setting]:
        """The chosen settings."""
        return [setting for _, settings in self.groups for setting in settings if setting.chosen]

    @cached_property
    def plan(self) -> Plan:
        """What sending the chosen pilots takes now."""
        known = quotes.standing(self.draft.project, self.user)
        lines, taken = [], 0
        for setting in self.chosen:
            line = self._line(setting)
            if not line.refusal and known.balance.lacks(taken + (line.milliseconds or 0)):
                not_enough = gettext("Not enough minutes are left this month to send this pilot as well.")
                line = replace(line, refusal=not_enough)
            taken += (line.milliseconds or 0) if not line.refusal else 0
            lines.append(line)
        return Plan(lines, known.balance, self._ready(lines))

    def send(self, promise: str) -> Outcome | None:
        """Send one pilot if its promise still holds. None if ``promise`` is not from a plan of this draft."""
        promised = _read(promise)
        setting = next(
            (each for _, group in self.groups for each in group if promised and each.key == promised.key), None
        )
        if promised is None or setting is None or promised.draft != self.draft.pk:
            return None
        form = self._form_of(setting)
        try:
            self._check(form, promised)
            made, submissions = pilots.send(
                self.draft, form.asset_fields(), self.user, provider=form.asset.provider, since=promised.since
            )
        except pilots.SentBefore as problem:
            return Outcome(setting.title, problem.pilot, is_double=True)
        except NotPossible as problem:
            return Outcome(setting.title, refusal=str(problem))
        return Outcome(setting.title, made, submissions)

    def _check(self, form: AssetForm, promised: _Promise) -> None:
        if promised.digest != _digest(self.draft):
            text = gettext("The draft has changed since you opened this page. Check the minutes, then send again.")
            raise NotPossible(text)
        if not form.is_valid():
            raise NotPossible(_error_text(form))
        if quote_form(form).cost.total != promised.milliseconds:
            text = gettext("The minutes have changed since you opened the page. Check them, then send again.")
            raise NotPossible(text)

    def _line(self, setting: Setting) -> Line:
        form = self._form_of(setting)
        if not form.is_valid():
            return Line(setting, refusal=_error_text(form))
        quote, fields = quote_form(form), form.asset_fields()
        if running := pilots.under_way(self.draft, fields, form.asset.provider):
            return Line(setting, refusal=gettext("The same pilot is already in progress."), pilot=running)
        if refusal := quote.verdict.refusal or quote.lacking:
            return Line(setting, quote.cost.total, refusal)
        promised = _Promise(
            self.draft.pk, setting.key, quote.cost.total, pilots.newest_id(self.draft), _digest(self.draft)
        )
        return Line(setting, quote.cost.total, approval=quote.approval, waits=quote.waits, promise=promised.signed())

    def _form_of(self, setting: Setting) -> AssetForm:
        """The draft's form with the pilot's trim and this setting."""
        if not setting.name:
            return self.form
        asset, filled_in = self.draft, self.form.draft
        if setting.name == _PROVIDER:
            # A copy, because the draft keeps its provider.
            asset = copy.copy(asset)
            asset.provider = setting.value
            filled_in = provider_fit.fit_draft(filled_in, setting.value)
        else:
            filled_in = filled_in.with_fields({setting.name: setting.value})
        form = AssetForm(filled_in, asset=asset, user=self.user, policy=self.form.policy)
        form.is_valid()
        return form

    def _ready(self, lines: Iterable[Line]) -> str:
        forms = [self._form_of(line.setting) for line in lines if not line.refusal]
        asked = []
        for form in forms:
            fields = form.asset_fields()
            like = Asset(provider=form.asset.provider, auto_generate=fields.auto_generate, lips_model=fields.lips_model)
            asked.append((like, form.trimmed_duration, len(fields.targets)))
        return next_steps.all_ready_by(asked) if asked else ""

    def _describe_draft(self) -> str:
        """The draft's own values of what can be varied."""
        data, can = self.form.cleaned_data, self.form.can
        parts = []
        if can.voice_anonymization and data.get("voice_anonymization") is not None:
            parts.append(_anonymization(data["voice_anonymization"]))
        if data.get("auto_generate") == Asset.AutoGenerate.WITH_LIPS:
            parts.append(_lips(str(data["lips_model"])))
        return " · ".join([*parts, providers.label(self.draft.provider)])

    def _anonymizations(self) -> Iterator[Setting]:
        if not self.form.can.voice_anonymization:
            return
        own = self.form.cleaned_data.get("voice_anonymization")
        for value, _title in choices.ANONYMIZATION_STOPS:
            if value != own and value >= self.form.policy.least_anonymization:
                text = written(value)
                yield Setting(f"voice_anonymization:{text}", "voice_anonymization", text, _anonymization(value))

    def _lips_models(self) -> Iterator[Setting]:
        data = self.form.cleaned_data
        if not self.form.can.lips or data.get("auto_generate") != Asset.AutoGenerate.WITH_LIPS:
            return
        for value in choices.LIPS_TITLE:
            if value != data.get("lips_model"):
                hint = gettext(choices.LIPS_HELP[value])
                yield Setting(f"lips_model:{value}", "lips_model", value, _lips(value), hint)

    def _providers(self) -> Iterator[Setting]:
        trimmed = any(self.form.cleaned_data.get(name) is not None for name in ("start", "end"))
        for name, label in providers.provider_choices():
            if name == self.draft.provider:
                continue
            left_out = provider_limits.left_out_text(provider_fit.left_out(self.form.draft, name), name)
            obstacle = ""
            if trimmed and not providers.capabilities(name).trim:
                text = gettext(
                    "%(provider)s dubs whole videos only, so its dub cannot be compared with part of this one."
                )
                obstacle, left_out = text % {"provider": label}, ""
            yield Setting(f"{_PROVIDER}:{name}", _PROVIDER, name, label, left_out, obstacle)

    def _ticked(self, setting: Setting) -> Setting:
        return replace(setting, chosen=setting.key in self._keys and not setting.obstacle)


@dataclass(frozen=True, slots=True)
class _Promise:
    """What a plan promised for one pilot. ``since``: id of the draft's newest pilot then; ``digest``: of the draft."""

    draft: int
    key: str
    milliseconds: int | None
    since: int
    digest: str

    def signed(self) -> str:
        """The text that the page's form sends back."""
        return signing.dumps([self.draft, self.key, self.milliseconds, self.since, self.digest], salt=_SALT)


def _read(promise: str) -> _Promise | None:
    try:
        return _Promise(*signing.loads(promise, salt=_SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def _digest(draft: Asset) -> str:
    filled_in: Draft = saved_drafts.read_draft(draft)
    content = json.dumps([draft.provider, filled_in.form_data()], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _error_text(form: AssetForm) -> str:
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def _anonymization(value: float) -> str:
    words = formatting.inside_sentence(choices.anonymization(value))
    figure = formatting.number(value, digits=2)
    return gettext("Anonymization %(value)s (%(words)s)") % {"value": figure, "words": words}


def _lips(value: str) -> str:
    return gettext("Lip sync: %(quality)s") % {
        "quality": formatting.inside_sentence(gettext(choices.LIPS_TITLE[value]))
    }
