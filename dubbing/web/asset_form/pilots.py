"""Pilots in forms: what one takes of a draft and costs, and in which languages the whole video is sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import field_of
from dubbing.models import Asset, Dubbing, Result, status_badges
from dubbing.platform import formatting
from dubbing.review import assignments, blind_candidates
from dubbing.submissions import pilots
from dubbing.submissions.quotes import Quote
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.quote import quote_form, quote_seconds
from dubbing.web.shared import setting_labels

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class PilotPanel:
    """The panel beside a draft: a pilot to send, and those that were sent."""

    def __init__(self, form: AssetForm, *, ready: bool = False) -> None:
        """``ready``: nothing else has to be done before it could be sent."""
        self.form, self.asset, self.ready = form, form.asset, ready

    @property
    def possible(self) -> bool:
        """Whether a pilot is possible: only for drafts, if the provider dubs parts of a video."""
        return self.asset.status == Asset.Status.DRAFT and self.form.can.trim

    @property
    def button(self) -> str:
        """The label of the button, with the cost once it is known."""
        cost = self.quote.cost.known
        verb = gettext("Send another pilot") if self.sent else gettext("Send a pilot")
        return f"{verb}: {formatting.minutes(cost / 1000)}" if cost else verb

    @property
    def takes_all(self) -> bool:
        """Whether a pilot takes the whole video, and so costs as much."""
        trimmed = self.form.trimmed_duration
        return trimmed is not None and trimmed <= pilots.SHORT

    @property
    def costs_all(self) -> str:
        """Why a pilot of so short a video saves nothing; empty for a longer one."""
        if not self.takes_all or not self.quote.cost.known:
            return ""
        length = formatting.duration(self.form.trimmed_duration)
        cost = formatting.minutes(self.quote.cost.known / 1000)
        text = gettext(
            "This video is only %(length)s long, so a pilot covers all of it and costs %(cost)s. Sending the whole "
            "video afterwards costs %(cost)s again. Submit the whole video instead."
        )
        return text % {"length": length, "cost": cost}

    @cached_property
    def under_way(self) -> Asset | None:
        """The pilot in progress that the button would only repeat."""
        if not self.ready or not self.sent:
            return None
        fields = self.form.asset_fields()
        start, end = pilots.trim(fields.start, fields.end, self.form.duration)
        return pilots.under_way(self.asset, replace(fields, start=start, end=end), self.asset.provider)

    @cached_property
    def quote(self) -> Quote:
        """Its cost and what prevents it."""
        return quote_seconds(self.form, self._seconds())

    @cached_property
    def sent(self) -> list[SentPilot]:
        """The pilots and their statuses."""
        return sent(self.asset) if self.asset.pk else []

    @property
    def comparable(self) -> list[tuple[str, Asset]]:
        """The languages in which pilots can be compared blind."""
        return comparable(self.sent)

    def _seconds(self) -> float | None:
        trimmed = self.form.trimmed_duration
        if trimmed is None:
            return pilots.MINUTE if self.form.cleaned_data.get("media_url") else None
        return trimmed if trimmed <= pilots.SHORT else pilots.MINUTE


@dataclass(frozen=True, slots=True)
class SentPilot:
    """A pilot of a draft with its status. ``title``: the settings in which it differs from the others; may be blank."""

    asset: Asset
    state: status_badges.State
    title: str = ""

    @property
    def moves(self) -> bool:
        """Whether it is still in progress."""
        return self.asset.status not in Asset.FINAL


def sent(draft: Asset) -> list[SentPilot]:
    """The pilots of a draft and their statuses, newest first."""
    made = list(pilots.list_pilots(draft))
    each = [blind_candidates.settings_of_asset(pilot) for pilot in made]
    titles = setting_labels.titles(each) if setting_labels.differing(each) else [""] * len(made)
    return [
        SentPilot(pilot, status_badges.of_asset(pilot.status, doubtful=pilot.is_doubtful), title)
        for pilot, title in zip(made, titles, strict=True)
    ]


def comparable(made: Iterable[SentPilot]) -> list[tuple[str, Asset]]:
    """The languages in which pilots can be compared blind, each with the asset that the comparison starts from."""
    return sorted(blind_candidates.comparable_languages(pilot.asset for pilot in made).items())


def pilot_form(draft: Asset, user: User) -> AssetForm:
    """The draft's form with the trim of a pilot."""
    filled_in = saved_drafts.read_draft(draft)
    whole = AssetForm(filled_in, asset=draft, user=user)
    whole.is_valid()
    if {"start", "end"} & set(whole.errors):
        return whole
    start, end = pilots.trim(whole.cleaned_data.get("start"), whole.cleaned_data.get("end"), whole.duration)
    trimmed = filled_in.with_fields({"start": _written(start), "end": _written(end)})
    form = AssetForm(trimmed, asset=draft, user=user)
    form.is_valid()
    return form


def _written(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.3f}"


@dataclass(frozen=True, slots=True)
class PilotChoice:
    """A language in which the whole video can be sent, and the outcome of its pilot."""

    code: str
    dubbing: Dubbing | None
    state: status_badges.State | None
    result: Result | None
    chosen: bool


class PromoteForm:
    """The choice of languages that passed: those whose pilot is completed, with a plausible length, are preselected."""

    def __init__(self, draft: Asset, user: User, chosen: Iterable[str] | None = None) -> None:
        self.draft = draft
        self.asked = chosen is not None
        filled_in = saved_drafts.read_draft(draft)
        newest = pilots.newest_of_each_language(draft)
        codes = list(dict.fromkeys([*filled_in.targets, *newest]))
        done = [
            code
            for code, dubbing in newest.items()
            if dubbing.status == Dubbing.Status.COMPLETED and not dubbing.warning
        ]
        taken = set(done if chosen is None else chosen) & set(codes)
        self.choices = [_choice(code, newest.get(code), code in taken) for code in codes]
        self.targets = [code for code in codes if code in taken]
        self.form = AssetForm(filled_in.with_targets(self.targets), asset=draft, user=user)
        self.form.is_valid()

    @property
    def moves(self) -> bool:
        """Whether a pilot is still in progress."""
        return any(choice.dubbing and choice.dubbing.status not in Dubbing.FINAL for choice in self.choices)

    @cached_property
    def quote(self) -> Quote:
        """The cost of the selected languages, and what prevents sending them."""
        return quote_form(self.form)

    @property
    def seconds(self) -> float | None:
        """The weighted seconds of one language; None while unknown."""
        each = self.quote.cost.each
        return None if each is None else each / 1000

    @property
    def button(self) -> str:
        """The label of the button, with the cost."""
        cost = self.quote.cost.known
        languages = formatting.language_count(len(self.targets))
        return f"{gettext('Send the whole video')}: {formatting.minutes(cost / 1000) + ', ' if cost else ''}{languages}"

    @property
    def unreviewed(self) -> str:
        """The names of those of the languages that have no reviewer."""
        return assignments.name_unreviewable(self.draft.project, [choice.code for choice in self.choices])

    @property
    def to_look_at(self) -> list[tuple[str, int]]:
        """The selected languages with findings in their subtitles, and how many each has."""
        reports = ((code, self.form.reports.get(field_of(code))) for code in self.targets)
        return [(code, report.to_look_at) for code, report in reports if report and report.to_look_at]

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What prevents sending, as (label, words)."""
        fields = self.form.fields
        # Selecting nothing is no error before anybody had the chance to select.
        errors = [(name, texts) for name, texts in self.form.errors.items() if self.asked or name != "targets"]
        return [
            (str(self.form[name].label) if name in fields else "", str(error))
            for name, all_ in errors
            for error in all_
        ]


def _choice(code: str, dubbing: Dubbing | None, chosen: bool) -> PilotChoice:
    results = [result for version in dubbing.versions.all() for result in version.results.all()] if dubbing else []
    newest = max(results, key=lambda result: result.pk, default=None)
    doubtful = bool(dubbing and dubbing.warning)
    state = status_badges.of_language(dubbing.asset.status, dubbing.status, doubtful=doubtful) if dubbing else None
    return PilotChoice(code, dubbing, state, newest, chosen)
