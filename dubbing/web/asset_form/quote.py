"""What pressing the button will cost, and what prevents sending: shown before the click."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from dubbing.minutes import costs, ledger
from dubbing.models import Asset
from dubbing.platform import formatting, lengths
from dubbing.projects import policies
from dubbing.submissions import attempts
from dubbing.submissions.quotes import Quote, quote_draft
from dubbing.web.shared import next_steps

if TYPE_CHECKING:
    from dubbing.web.asset_form.form import AssetForm


def quote_seconds(form: AssetForm, seconds: float | None) -> Quote:
    """The quote for this many seconds of the source in every chosen language; the form need not be valid."""
    data: dict[str, Any] = form.cleaned_data
    usual = Asset()
    finish = str(data.get("auto_generate") or usual.auto_generate)
    lips = str(data.get("lips_model") or usual.lips_model)
    cost = costs.Cost(seconds, costs.weight(finish, lips), len(form.chosen_codes()))
    languages = is_approved = None
    if form.attempt is not None:
        languages = form.attempt.languages
        is_approved = form.is_valid() and attempts.is_approved(form.attempt, form.asset_fields())
    return Quote(
        form.asset, form.user, cost, verdict=form.verdict, policy=form.policy, languages=languages,
        is_approved=bool(is_approved),
    )  # fmt: skip


def quote_form(form: AssetForm) -> Quote:
    """The quote for a form as it is filled in; if it is valid, the same one as ``submit`` makes."""
    if not form.is_valid():
        return quote_seconds(form, form.trimmed_duration)
    return quote_draft(
        form.asset, form.asset_fields(), form.user, policy=form.policy, verdict=form.verdict, attempt=form.attempt
    )


class QuoteSummary:
    """The price of a bound form. The browser only says which video, trim and languages are meant."""

    def __init__(self, form: AssetForm) -> None:
        self.form = form

    @property
    def cost(self) -> costs.Cost | None:
        """Its cost, if there is anything to quote."""
        return self.quote.cost if self.quote else None

    @cached_property
    def quote(self) -> Quote | None:
        """Its cost and what prevents sending; None without a video or a language, or if the trim is wrong."""
        form, data = self.form, self.form.cleaned_data
        seconds, url = form.trimmed_duration, data.get("media_url")
        if seconds is None and url and not {"start", "end", "media_url"} & set(form.errors):
            length = costs.link_length(str(url), [form.user.pk, form.asset.created_by_id])
            seconds = lengths.requested(length, data.get("start"), data.get("end"))
        elif seconds is None:
            return None
        return quote_seconds(form, seconds) if form.chosen_codes() else None

    @property
    def figure(self) -> str:
        """ "4.5 min"; empty while the length is unknown."""
        return formatting.minutes(self.cost.total / 1000) if self.cost and self.cost.total else ""

    @property
    def ready(self) -> str:
        """When it is usually done if it is sent now; empty while the length is unknown."""
        if self.cost is None or self.cost.seconds is None or not self.form.is_valid():
            return ""
        fields = self.form.asset_fields()
        like = Asset(provider=self.form.asset.provider, duration=self.cost.seconds)
        like.auto_generate, like.lips_model = fields.auto_generate, fields.lips_model
        return next_steps.ready_by(like, self.cost.languages)

    @property
    def weight(self) -> str:
        """Why a minute does not count once."""
        data = self.form.cleaned_data
        if self.cost is None or self.cost.weight == 1:
            return ""
        return costs.weight_text(str(data.get("auto_generate")), str(data.get("lips_model")))

    @cached_property
    def balance(self) -> ledger.Balance:
        """The project's month."""
        return self.quote.balance if self.quote else ledger.balance(self.form.asset.project)

    @property
    def left(self) -> str:
        """What is left of the month; empty if there is no limit."""
        return "" if self.balance.left is None else formatting.minutes_left(self.balance.left)

    @property
    def after(self) -> str:
        """What will be left afterwards, if it fits."""
        left = self.quote.after if self.quote else None
        return "" if left is None else formatting.minutes_left(left)

    @property
    def problem(self) -> str:
        """Why the minutes do not suffice."""
        return self.quote.lacking if self.quote else ""

    @property
    def above(self) -> str:
        """Why an owner has to approve it, no matter who sends it."""
        return self.quote.approval if self.quote else ""

    @property
    def asks(self) -> bool:
        """Whether the button requests approval instead of sending."""
        return self.quote is not None and self.quote.waits

    @property
    def owners(self) -> str:
        """Who may approve it."""
        return ", ".join(policies.owners(self.form.asset.project_id))

    @property
    def button(self) -> str:
        """What the button does, and what that costs."""
        count = len(self.form.chosen_codes())
        parts = [part for part in (self.figure, formatting.language_count(count) if count else "") if part]
        verb = gettext("Request approval") if self.asks else gettext("Submit")
        return f"{verb}: {', '.join(parts)}" if parts else verb
