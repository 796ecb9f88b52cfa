"""Paid requests: what each would use, what prevents it, and sending it. The API and agents send the same ones."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any

from dubbing import tasks
from dubbing.api import drafts as draft_values
from dubbing.api import representations
from dubbing.api.caller import Caller
from dubbing.api.problems import Problem
from dubbing.api.schemas import LanguageIn, QuoteOut, Submitted
from dubbing.drafts import saved_drafts
from dubbing.drafts.fields import AssetFields
from dubbing.minutes.costs import MINUTE
from dubbing.models import Asset, Dubbing, Link, Submission, sent_settings
from dubbing.submissions import submit
from dubbing.submissions.quotes import Quote, quote_languages
from dubbing.web.asset import language_form
from dubbing.web.asset_form import draft_submission
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.quote import quote_form


class PaidRequest(ABC):
    """One paid request for a video. Everything raises NotPossible or Problem if the video accepts no such request."""

    def __init__(self, called: Caller, asset: Asset) -> None:
        self.called, self.asset = called, asset

    @property
    @abstractmethod
    def errors(self) -> dict[str, list[str]]:
        """By field: what is wrong; empty if it can be sent."""

    @property
    @abstractmethod
    def quotes(self) -> list[Quote]:
        """What it would use: one quote for all languages with the same settings."""

    @property
    @abstractmethod
    def content(self) -> Any:
        """What it would send, if there are no errors: the settings, and the languages with their texts."""

    @abstractmethod
    def carry_out(self) -> list[Submission]:
        """Record it, reserve its minutes and have a worker send it, if there are no errors."""

    @property
    def problem(self) -> Problem:
        """Its errors as a refusal."""
        return Problem("invalid", errors=self.errors)

    def quote(self) -> QuoteOut:
        """What it would use, and everything that prevents it."""
        quotes, errors = self.quotes, self.errors
        totals = [quote.cost.total for quote in quotes]
        total = None if None in totals else sum(total or 0 for total in totals)
        lacking, left = next((quote.lacking for quote in quotes if quote.lacking), ""), quotes[0].balance.left
        after = None if lacking or total is None or left is None or left < total else left - total
        return QuoteOut(
            valid=not errors, errors=errors, seconds=quotes[0].cost.seconds,
            languages=sum(quote.cost.languages for quote in quotes), minutes=None if total is None else total / MINUTE,
            minutes_left_after=None if after is None else after / MINUTE, minutes_lacking=lacking,
            needs_approval=any(quote.waits for quote in quotes),
            approval_reason=next((quote.approval for quote in quotes if quote.approval), ""),
        )  # fmt: skip

    def fingerprint(self) -> str:
        """The same text as long as the same would be sent, to the same provider, for the same minutes."""
        self.check()
        asset = self.asset
        figures = [[quote.cost.total, quote.cost.languages, quote.waits] for quote in self.quotes]
        sent = list(asset.submissions.order_by("pk").values_list("pk", flat=True))
        parts = [[type(self).__name__, asset.pk, asset.project_id, asset.provider], self.content, figures, sent]
        return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()

    def check(self) -> None:
        """Raise Problem if there are errors."""
        if self.errors:
            raise self.problem

    def send(self) -> Submitted:
        """Send it, or ask an owner to approve it first. Uses minutes."""
        self.check()
        made = self.carry_out()
        requests = [representations.submission(submission) for submission in made]
        # Another attempt belongs to the video that failed, and its draft no longer exists.
        pk = made[0].asset_id if made else self.asset.pk
        shown = representations.asset_of(self.called, pk)
        return Submitted(asset=shown, submissions=requests, waits_for_approval=not made)


class DraftRequest(PaidRequest):
    """Submitting a draft. ``checks_links``: its links are checked from now on, as before each sending."""

    def __init__(self, called: Caller, asset: Asset, *, checks_links: bool) -> None:
        super().__init__(called, asset)
        self.checks_links = checks_links

    @cached_property
    def form(self) -> AssetForm:
        """The draft as it is."""
        if self.asset.status not in Asset.EDITABLE:
            raise Problem("conflict", "This video was already sent.")
        if self.checks_links:
            return draft_submission.read_form(self.asset, self.called.user)
        return AssetForm(saved_drafts.read_draft(self.asset), asset=self.asset, user=self.called.user)

    @property
    def errors(self) -> dict[str, list[str]]:
        """Those of the form."""
        return draft_values.errors_of(self.form)

    @cached_property
    def quotes(self) -> list[Quote]:
        """One, even of an incomplete draft."""
        return [quote_form(self.form)]

    @property
    def content(self) -> Any:
        """All fields of the form, rows by their ids.

        The asset’s own columns are not among them: files become its source and background on their own once they are
        checked, which changes nothing of what is sent.
        """
        fields = self.form.asset_fields()
        columns = {name: getattr(fields, name) for name in AssetFields.columns()}
        rows = {name: str(columns[name].pk) for name in ("source", "background") if columns[name]}
        return [columns | rows, [[target.locale, target.srt] for target in fields.targets]]

    def carry_out(self) -> list[Submission]:
        """Submit it."""
        return draft_submission.send(self.form)

    @property
    def problem(self) -> Problem:
        """Its errors; while a file or a link is being checked, the program is told to retry soon."""
        links = {link.status for link in self.form.link_facts_by_url.values()}
        codes = {error.code for errors in self.form.errors.as_data().values() for error in errors}
        headers = {"Retry-After": "3"} if Link.Status.CHECKING in links or "checking" in codes else {}
        return Problem("invalid", "The draft is not complete.", errors=self.errors, headers=headers)


class LanguagesRequest(PaidRequest):
    """Adding languages to a video that the provider has."""

    def __init__(self, called: Caller, asset: Asset, given: list[LanguageIn]) -> None:
        super().__init__(called, asset)
        chosen = [(wanted.language, wanted.subtitles or "") for wanted in given]
        self.codes = [code for code, _subtitles in chosen]
        self.forms = language_form.languages_for(asset, language_form.as_data(chosen), asks=False)

    @property
    def errors(self) -> dict[str, list[str]]:
        """Those of the form for more languages."""
        return {} if self.forms.is_valid() else {"languages": language_form.errors_of(self.forms)}

    @cached_property
    def quotes(self) -> list[Quote]:
        """One for all of them."""
        if not self.errors:
            submit.check_addition(self.asset, self.codes)
        return [quote_languages(self.asset, len(self.codes), self.called.user)]

    @property
    def content(self) -> Any:
        """The asset’s settings, and the languages with their texts."""
        return [_settings_of(self.asset), [[target.locale, target.srt] for target in self.forms.targets()]]

    def carry_out(self) -> list[Submission]:
        """Request them."""
        return _enqueued(submit.add_locales(self.asset, self.forms.targets(), self.called.user))


class ResendRequest(PaidRequest):
    """Sending failed languages again."""

    @property
    def errors(self) -> dict[str, list[str]]:
        """None: nothing is given."""
        return {}

    @cached_property
    def quotes(self) -> list[Quote]:
        """One for each group of languages that were sent alike."""
        return submit.quote_missing(self.asset, self.called.user)

    @property
    def content(self) -> Any:
        """The asset’s settings, and the failed languages with their texts and settings."""
        failed = self.asset.dubbings.filter(status=Dubbing.Status.FAILED).order_by("pk")
        return [_settings_of(self.asset), list(failed.values_list("pk", "locale", "srt", "sent_settings"))]

    def carry_out(self) -> list[Submission]:
        """Send them."""
        return _enqueued(submit.send_missing(self.asset, self.called.user))


def _settings_of(asset: Asset) -> list[Any]:
    return [asset.source_id, asset.media_url, sent_settings.of_asset(asset)]


def _enqueued(made: list[Submission]) -> list[Submission]:
    tasks.enqueue_submissions(made)
    return made
