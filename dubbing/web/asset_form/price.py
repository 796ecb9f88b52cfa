"""What pressing the button will cost, and what stands in its way: said before the click."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from dubbing.minutes import costs, ledger
from dubbing.models import Asset
from dubbing.platform import formatting
from dubbing.projects import policies
from dubbing.submissions import approvals

if TYPE_CHECKING:
    from dubbing.web.asset_form.form import AssetForm


def planned(form: AssetForm, seconds: float | None) -> costs.Cost:
    """What so many seconds of the source cost in every chosen language: as ``services.costs`` says, without rows."""
    data: dict[str, Any] = form.cleaned_data
    usual = Asset()
    finish = str(data.get("auto_generate") or usual.auto_generate)
    lips = str(data.get("lips_model") or usual.lips_model)
    return costs.Cost(seconds, costs.weight(finish, lips), len(form.chosen_codes()))


class Price:
    """The price of a bound form. Nothing here comes from the browser but which film, trim and languages are meant."""

    def __init__(self, form: AssetForm) -> None:
        self.form = form

    @cached_property
    def cost(self) -> costs.Cost | None:
        """What it costs; None while there is no film or no language, or the trim makes no sense."""
        form, data = self.form, self.form.cleaned_data
        seconds, url = form.trimmed_duration, data.get("media_url")
        if seconds is None and url and not {"start", "end", "media_url"} & set(form.errors):
            length = costs.link_length(str(url), [form.user.pk, form.asset.created_by_id])
            seconds = None if length is None else max(0.0, length - (data.get("start") or 0.0))
        elif seconds is None:
            return None
        return planned(form, seconds) if form.chosen_codes() else None

    @property
    def figure(self) -> str:
        """ "4.5 min"; nothing while the length is not known."""
        return formatting.minutes(self.cost.total / 1000) if self.cost and self.cost.total else ""

    @property
    def weight(self) -> str:
        """Why a minute counts other than once."""
        data = self.form.cleaned_data
        if self.cost is None or self.cost.weight == 1:
            return ""
        return costs.weight_words(str(data.get("auto_generate")), str(data.get("lips_model")))

    @cached_property
    def balance(self) -> ledger.Balance:
        """The project's month."""
        return ledger.balance(self.form.asset.project)

    @property
    def left(self) -> str:
        """What is left of the month; nothing where there is no limit."""
        return "" if self.balance.left is None else formatting.minutes_left(self.balance.left)

    @property
    def after(self) -> str:
        """What will be left after this, where it fits."""
        if self.balance.left is None or self.cost is None or self.cost.total is None or self.problem:
            return ""
        return formatting.minutes_left(self.balance.left - self.cost.total)

    @cached_property
    def problem(self) -> str:
        """Why the minutes do not suffice."""
        lacks = self.cost is not None and self.balance.lacks(self.cost.known)
        return ledger.lacking(self.balance, self.cost) if lacks and self.cost else ""

    @cached_property
    def above(self) -> str:
        """Why an owner has a say in it, whoever presses."""
        return approvals.why(self.form.asset.project, self.cost) if self.cost else ""

    @cached_property
    def asks(self) -> bool:
        """Whether pressing asks for approval, instead of sending."""
        return bool(self.above) and not approvals.is_owner(self.form.asset.project_id, self.form.user)

    @property
    def owners(self) -> str:
        """Who may approve it."""
        return ", ".join(policies.owners(self.form.asset.project_id))

    @property
    def button(self) -> str:
        """What pressing it does, and what that costs."""
        count = len(self.form.chosen_codes())
        parts = [part for part in (self.figure, formatting.plural(count, "language") if count else "") if part]
        verb = gettext("Request approval") if self.asks else gettext("Submit")
        return f"{verb}: {', '.join(parts)}" if parts else verb
