"""Quotes: what a paid request costs, and what prevents it: policy, minutes or a missing approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from django.utils.translation import gettext, ngettext

from dubbing.drafts.fields import AssetFields
from dubbing.minutes import costs, ledger
from dubbing.minutes.costs import MINUTE, Cost
from dubbing.minutes.ledger import Balance
from dubbing.models import Asset, Policy, Project
from dubbing.projects import policies
from dubbing.projects.policies import Verdict
from dubbing.submissions import attempts
from dubbing.submissions.attempts import Attempt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

UNKNOWN_LENGTH, ABOVE_LIMIT = "unknown_length", "above_limit"
"""Why an owner has to approve, as it is stored."""


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


class QuotedRequest(Protocol):
    """One request of several. ``milliseconds``: None if its length is unknown; ``refusal``: why it cannot be sent."""

    @property
    def milliseconds(self) -> int | None: ...

    @property
    def refusal(self) -> str: ...


_Request = TypeVar("_Request", bound=QuotedRequest)


@dataclass(frozen=True)
class QuotedRequests(Generic[_Request]):
    """Several requests that one button sends, and the month that pays for them."""

    lines: Sequence[_Request]
    balance: Balance

    @property
    def sendable(self) -> list[_Request]:
        """Requests that can be sent."""
        return [line for line in self.lines if not line.refusal]

    @property
    def milliseconds(self) -> int:
        """The total of all requests that can be sent, as far as lengths are known."""
        return sum(line.milliseconds or 0 for line in self.sendable)

    @property
    def unknown(self) -> int:
        """Number of requests whose length is unknown until they are dubbed."""
        return sum(line.milliseconds is None for line in self.sendable)

    @property
    def left(self) -> int | None:
        """Milliseconds left in the month afterwards; None without a limit."""
        return None if self.balance.left is None else self.balance.left - self.milliseconds


class Quote:
    """The cost of one person's request as things are now. Minutes are checked again when they are reserved.

    ``cost``: length, weight and minutes. ``verdict``: what the policy says. The rest is read from the database once,
    when it is first needed.
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
        is_approved: bool = False,
    ) -> None:
        """``policy``, ``known``: the project's, if already loaded.

        ``adds``: the asset was sent, and this is added to it, for
        a total of ``languages`` (if already counted). ``is_approved``: an owner approved exactly this before.
        """
        self.asset, self.user, self.cost, self.adds = asset, user, cost, adds
        self.verdict, self.is_approved = verdict or Verdict(), is_approved
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
        """Why the minutes do not suffice; empty if they do."""
        return ledger.lacking(self.balance, self.cost) if self.balance.lacks(self.cost.known) else ""

    @property
    def after(self) -> int | None:
        """Milliseconds left afterwards; None without a limit, if it does not fit, or if the cost is unknown."""
        left, total = self.balance.left, self.cost.total
        return None if left is None or total is None or self.lacking else left - total

    @cached_property
    def approval(self) -> str:
        """Why an owner has to approve it, no matter who sends it; empty if nobody has to."""
        return explain_approval(self.approval_reason)

    @cached_property
    def approval_reason(self) -> dict[str, Any]:
        """The same reason as it is stored, for readers of any language."""
        total, limit = self._to_approve.total, self.policy.approval_above
        if total is None:
            return {"code": UNKNOWN_LENGTH} if limit is not None or self.balance.limited else {}
        return {"code": ABOVE_LIMIT, "minutes": limit} if limit is not None and total > limit * MINUTE else {}

    @property
    def _to_approve(self) -> Cost:
        """The cost of the whole asset, with what it already has: that is what an owner approves."""
        if self._languages is not None:
            return replace(self.cost, languages=self._languages)
        return costs.cost_of(self.asset, looked_by=[self.user.pk]) if self.adds else self.cost

    @cached_property
    def is_owner(self) -> bool:
        """Whether this person is an owner and may approve it."""
        return self._known.is_owner if self._known else Project.objects.is_owner(self.user, self.asset.project_id)

    @property
    def waits(self) -> bool:
        """Whether this person has to request approval: owners need nobody else."""
        return bool(self.approval) and not self.is_owner and not self.is_approved


def explain_approval(reason: Mapping[str, Any]) -> str:
    """A stored approval reason in words; empty for no reason."""
    if reason.get("code") == UNKNOWN_LENGTH:
        return gettext(
            "The length of the video is not known before it is dubbed, so a project owner has to approve it."
        )
    if reason.get("code") != ABOVE_LIMIT:
        return ""
    limit = int(reason.get("minutes") or 0)
    text = ngettext(
        "It needs more than %(count)s minute, so a project owner has to approve it.",
        "It needs more than %(count)s minutes, so a project owner has to approve it.",
        limit,
    )
    return text % {"count": limit}


def quote_draft(
    asset: Asset,
    fields: AssetFields,
    user: User,
    *,
    policy: Policy | None = None,
    verdict: Verdict | None = None,
    attempt: Attempt | None = None,
) -> Quote:
    """The quote for sending a draft with these fields.

    ``policy``, ``verdict``: from the form, if it was judged already. ``attempt``: what the draft becomes, if that is
    not an asset of its own.
    """
    policy = policy or policies.of_project(asset.project_id)
    if verdict is None:
        verdict = policies.judge(policy, fields, asset.provider, user, reason=fields.override_reason)
    # Uses links checked for the person who sends, or for the draft's author.
    cost = costs.cost_of(fields, looked_by=[user.pk, asset.created_by_id])
    if attempt is None:
        return Quote(asset, user, cost, verdict=verdict, policy=policy)
    is_approved, languages = attempts.is_approved(attempt, fields), attempt.languages
    return Quote(asset, user, cost, verdict=verdict, policy=policy, languages=languages, is_approved=is_approved)


def quote_languages(asset: Asset, languages: int, user: User) -> Quote:
    """The quote for this many languages of an asset that was sent: added to it, or sent again."""
    cost = costs.cost_of(asset, looked_by=[user.pk], languages=languages)
    return Quote(asset, user, cost, verdict=policies.judge_sent(asset), adds=True)
