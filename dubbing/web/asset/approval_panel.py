"""The approval panel of an asset: for owners, for the person who asked, and for everyone else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from dubbing.minutes.costs import Cost, weight_text
from dubbing.models import Asset
from dubbing.platform import formatting
from dubbing.projects import policies
from dubbing.submissions import approvals
from dubbing.submissions.quotes import Quote

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Approval:
    """A request for approval.

    ``asked`` and ``milliseconds`` are sent with the answer to show that it is about this one.
    """

    asked: int
    milliseconds: int | None
    asker: str
    at: datetime
    why: str
    cost: Cost
    weight: str
    owners: str
    left: str
    problem: str
    may_decide: bool
    may_take_back: bool

    @property
    def button(self) -> str:
        """The label of the button, with the cost."""
        known = self.milliseconds is not None
        length = formatting.minutes((self.milliseconds or 0) / 1000) if known else gettext("length not known")
        label = ngettext(
            "Approve and send: %(length)s, %(count)s language",
            "Approve and send: %(length)s, %(count)s languages",
            self.cost.languages,
        )
        return label % {"length": length, "count": self.cost.languages}


def build(asset: Asset, user: User) -> Approval | None:
    """The request as this person sees it; None if nothing is requested."""
    event = approvals.question(asset)
    if event is None:
        return None
    cost = approvals.cost_now(asset, event)
    quote = Quote(asset, user, cost)
    return Approval(
        asked=event.pk,
        milliseconds=cost.total,
        asker=event.actor.get_username() if event.actor else "",
        at=event.at,
        why=approvals.why(event),
        cost=cost,
        weight=weight_text(asset.auto_generate, asset.lips_model),
        owners=", ".join(policies.owners(asset.project_id)),
        left="" if quote.balance.left is None else formatting.minutes_left(quote.balance.left),
        problem=quote.lacking,
        may_decide=quote.is_owner,
        may_take_back=approvals.may_take_back(asset, user),
    )
