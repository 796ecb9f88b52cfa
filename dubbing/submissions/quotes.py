"""What sending something costs and what stands in its way, asked once.

Here and not with the minutes, because whether an owner has to approve it is for ``approvals`` to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dubbing.minutes import ledger
from dubbing.minutes.costs import Cost
from dubbing.minutes.ledger import Balance
from dubbing.models import Project
from dubbing.submissions import approvals

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Quote:
    """``cost``: length, weight and billed minutes. ``balance``: the project's month.

    ``approval``: why an owner has a say in it, whoever presses; ``waits``: whether this person has to ask for that.
    """

    cost: Cost
    balance: Balance
    approval: str
    waits: bool

    @property
    def lacking(self) -> str:
        """Why the minutes do not suffice; empty when they do."""
        return ledger.lacking(self.balance, self.cost) if self.balance.lacks(self.cost.known) else ""

    @property
    def after(self) -> int | None:
        """Milliseconds that will be left; None without a limit, and where it does not fit or cannot be told."""
        left, total = self.balance.left, self.cost.total
        return None if left is None or total is None or self.lacking else left - total


def quote(project: Project, cost: Cost, user: User) -> Quote:
    """The quote for this person, as things are now. What is reserved is checked again when it is."""
    balance = ledger.balance(project)
    approval = approvals.why(project, cost, balance)
    return Quote(cost, balance, approval, bool(approval) and not Project.objects.is_owner(user, project.pk))
