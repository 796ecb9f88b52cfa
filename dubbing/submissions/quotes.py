"""What a paid request costs, and what stands in its way: the policy, the minutes, an owner's approval."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext, ngettext

from dubbing.drafts.fields import AssetFields
from dubbing.minutes import costs, ledger
from dubbing.minutes.costs import MINUTE, Cost
from dubbing.minutes.ledger import Balance
from dubbing.models import Asset, Policy, Project
from dubbing.projects import policies
from dubbing.projects.policies import Verdict

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Standing:
    """What is the same for all requests of one person in one project, read once for many of them."""

    policy: Policy
    balance: Balance
    is_owner: bool


def standing(project: Project, user: User) -> Standing:
    """The project's policy and month, and whether this person owns it."""
    is_owner = Project.objects.is_owner(user, project.pk)
    return Standing(policies.of_project(project.pk), ledger.balance(project), is_owner)


class Quote:
    """One request of one person, as things are now. What is reserved is checked again when it is.

    ``cost``: length, weight and minutes. ``verdict``: what the policy says. The rest is asked of the database when it
    is first needed, and once.
    """

    def __init__(
        self,
        asset: Asset,
        user: User,
        cost: Cost,
        *,
        verdict: Verdict | None = None,
        policy: Policy | None = None,
        adds: bool = False,
        known: Standing | None = None,
        languages: int | None = None,
    ) -> None:
        """``policy``, ``known``: the project's, for whoever has them; ``adds``: the asset was sent, and this comes on
        top, so that it has so many ``languages`` (for whoever has counted them).
        """
        self.asset, self.user, self.cost, self.adds = asset, user, cost, adds
        self.verdict = verdict or Verdict()
        self._policy, self._known, self._languages = known.policy if known else policy, known, languages

    @cached_property
    def policy(self) -> Policy:
        """The project's policy."""
        return self._policy or policies.of_project(self.asset.project_id)

    @cached_property
    def balance(self) -> Balance:
        """The project's month."""
        return self._known.balance if self._known else ledger.balance(self.asset.project)

    @property
    def lacking(self) -> str:
        """Why the minutes do not suffice; empty when they do."""
        return ledger.lacking(self.balance, self.cost) if self.balance.lacks(self.cost.known) else ""

    @property
    def after(self) -> int | None:
        """Milliseconds that will be left; None without a limit, and where it does not fit or cannot be told."""
        left, total = self.balance.left, self.cost.total
        return None if left is None or total is None or self.lacking else left - total

    @cached_property
    def approval(self) -> str:
        """Why an owner has a say in it, whoever presses; empty when nobody has to approve it."""
        total, limit = self._to_approve.total, self.policy.approval_above
        if total is None:
            limited = limit is not None or self.balance.limited
            unknown = gettext(
                "The length of the video is not known before it is dubbed, so a project owner has to approve it."
            )
            return unknown if limited else ""
        if limit is not None and total > limit * MINUTE:
            text = ngettext(
                "It needs more than %(count)s minute, so a project owner has to approve it.",
                "It needs more than %(count)s minutes, so a project owner has to approve it.",
                limit,
            )
            return text % {"count": limit}
        return ""

    @property
    def _to_approve(self) -> Cost:
        """An owner approves an asset as a whole, with what it has already."""
        if self._languages is not None:
            return replace(self.cost, languages=self._languages)
        return costs.cost_of(self.asset, looked_by=[self.user.pk]) if self.adds else self.cost

    @cached_property
    def is_owner(self) -> bool:
        """Whether this person may approve it."""
        return self._known.is_owner if self._known else Project.objects.is_owner(self.user, self.asset.project_id)

    @property
    def waits(self) -> bool:
        """Whether this person has to ask for the approval: owners need nobody else."""
        return bool(self.approval) and not self.is_owner


def quote_draft(
    asset: Asset, fields: AssetFields, user: User, *, policy: Policy | None = None, verdict: Verdict | None = None
) -> Quote:
    """The quote for sending a draft with these fields. ``policy``, ``verdict``: of a form, which has judged already."""
    policy = policy or policies.of_project(asset.project_id)
    if verdict is None:
        verdict = policies.judge(policy, fields, asset.provider, user, reason=fields.override_reason)
    # Links count that were looked at for whoever presses, or for whoever made the draft.
    cost = costs.cost_of(fields, looked_by=[user.pk, asset.created_by_id])
    return Quote(asset, user, cost, verdict=verdict, policy=policy)


def quote_languages(asset: Asset, languages: int, user: User) -> Quote:
    """The quote for so many languages of an asset that was sent: added to it, or sent once more."""
    cost = costs.cost_of(asset, looked_by=[user.pk], languages=languages)
    return Quote(asset, user, cost, verdict=policies.judge_sent(asset), adds=True)
