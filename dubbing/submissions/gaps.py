"""Missing and failed languages of many videos: plan what sending them takes, and send them.

A plan says for each video what would be sent and for how many minutes, or why it cannot be sent. Exactly what the plan
said is sent, or nothing; sending a plan twice sends nothing twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max, Prefetch
from django.utils.translation import gettext

from dubbing.drafts.fields import TargetText
from dubbing.minutes import costs
from dubbing.minutes.costs import Cost
from dubbing.models import Asset, Dubbing, Event, Project, Submission
from dubbing.platform import locales
from dubbing.platform.errors import NotPossible
from dubbing.projects import policies
from dubbing.providers import label, locale_table
from dubbing.submissions import attempts, submit
from dubbing.submissions.quotes import Quote, QuotedRequests, Standing, standing

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 100
"""Maximum number of videos in a plan. Each is sent in its own transaction while somebody waits for the page."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One video and its languages; ``again``: languages that failed and are sent again."""

    asset_id: int
    codes: tuple[str, ...]
    is_retry: bool = False


@dataclass(frozen=True, slots=True)
class PlannedRequest:
    """One video of a plan. ``refusal``: why it cannot be sent; ``approval``: why an owner has to approve it, if so.

    ``last``: its newest submission, which shows whether anything was sent since. ``seconds``: its length in each
    language.
    """

    asset: Asset
    codes: list[str]
    is_retry: bool
    milliseconds: int | None = None
    refusal: str = ""
    approval: str = ""
    last: int = 0
    seconds: float | None = None

    @property
    def sendable(self) -> bool:
        """Whether it can be sent."""
        return not self.refusal


@dataclass(frozen=True)
class Plan(QuotedRequests[PlannedRequest]):
    """What would be sent and what would not."""

    @property
    def refused(self) -> list[PlannedRequest]:
        """Requests that cannot be sent."""
        return [line for line in self.lines if line.refusal]

    @property
    def languages(self) -> int:
        """Number of languages that would be sent."""
        return sum(len(line.codes) for line in self.sendable)


@dataclass(frozen=True, slots=True)
class Promise:
    """What a plan said about one request, which is sent only if that is still true."""

    wish: Wish
    milliseconds: int | None
    last: int


def plan(project: Project, wishes: Iterable[Wish], user: User) -> Plan:
    """What these wishes would take now, in a fixed number of queries. Leaves out what the person may not send."""
    wanted = {wish.asset_id: wish for wish in list(wishes)[:MOST]}
    known = standing(project, user)
    assets = _with_what_is_checked(project, wanted, user)
    each = costs.costs_of(assets, looked_by=[user.pk])
    approved = _approved(wanted)
    last = dict(_last(wanted))
    lines, taken = [], 0
    for asset in assets:
        line = _line(asset, wanted[asset.pk], user, each[asset.pk], known, approved, last.get(asset.pk, 0))
        if line.sendable and known.balance.lacks(taken + (line.milliseconds or 0)):
            not_enough = gettext("Not enough minutes are left this month to send this video as well.")
            line = replace(line, refusal=not_enough)
        taken += (line.milliseconds or 0) if line.sendable else 0
        lines.append(line)
    return Plan(lines, known.balance)


def keep(project: Project, promise: Promise, user: User) -> list[Submission]:
    """Send what a plan said about one video, if it is still true. Raises NotPossible if nothing was sent."""
    with transaction.atomic():
        # A request sending the same at this moment waits here, and then finds that it was sent.
        Asset.objects.select_for_update(no_key=True).filter(pk=promise.wish.asset_id).first()
        lines = plan(project, [promise.wish], user).lines
        if not lines:
            raise NotPossible(gettext("This video no longer exists, or you do not have permission to change it."))
        line = lines[0]
        if line.last != promise.last:
            raise NotPossible(gettext("This video, or one of its languages, was sent after you opened the page."))
        if line.refusal:
            raise NotPossible(line.refusal)
        if set(line.codes) != set(promise.wish.codes) or line.milliseconds != promise.milliseconds:
            raise NotPossible(
                gettext("Its languages or minutes have changed since you opened the page. Check the list again.")
            )
        if line.is_retry:
            return submit.send_missing(line.asset, user)
        return submit.add_locales(line.asset, [TargetText(code, "") for code in line.codes], user)


def _with_what_is_checked(project: Project, wanted: Mapping[int, Wish], user: User) -> list[Asset]:
    dubbings = Dubbing.objects.defer("srt").prefetch_related("versions")
    open_ones = Submission.objects.filter(status__in=Submission.OPEN)
    mine = Asset.objects.editable_by(user).filter(project=project, pk__in=wanted)
    prefetched = mine.prefetch_related(Prefetch("dubbings", dubbings), Prefetch("submissions", open_ones))
    return list(prefetched.select_related("source").order_by("-pk"))


def _line(
    asset: Asset, wish: Wish, user: User, each: Cost, known: Standing, approved: set[int], last: int
) -> PlannedRequest:
    """What this wish would take."""
    codes = _failed(asset) if wish.is_retry else [code for code in wish.codes if _is_missing(asset, code)]
    cost = Cost(each.seconds, each.weight, len(codes))
    milliseconds = _retry_milliseconds(asset, codes, cost, user) if wish.is_retry else cost.total
    try:
        _check(asset, codes, is_retry=wish.is_retry)
    except NotPossible as problem:
        return PlannedRequest(asset, codes, wish.is_retry, milliseconds, str(problem), last=last)
    there = sum(dubbing.locale not in codes for dubbing in asset.dubbings.all())
    verdict = policies.judge_sent(asset, known.policy)
    quote = Quote(asset, user, cost, verdict=verdict, adds=True, known=known, languages=there + len(codes))
    approval = "" if wish.is_retry and asset.pk in approved else quote.approval
    refusal = verdict.refusal or (_waits(approval) if approval and not quote.is_owner else "")
    return PlannedRequest(asset, codes, wish.is_retry, milliseconds, refusal, approval, last, each.seconds)


def _retry_milliseconds(asset: Asset, codes: Sequence[str], cost: Cost, user: User) -> int | None:
    """Milliseconds for sending these languages again; languages with settings of their own keep them."""
    own = [dubbing for dubbing in asset.dubbings.all() if dubbing.locale in codes and dubbing.sent_settings]
    if not own:
        return cost.total
    each = [costs.cost_of(dubbing.as_sent(asset), looked_by=[user.pk], languages=1).each for dubbing in own]
    each += [cost.each] * (len(codes) - len(own))
    return sum(milliseconds or 0 for milliseconds in each) if None not in each else None


def _waits(approval: str) -> str:
    return gettext("%(reason)s A sent video cannot wait for approval: ask an owner to send it.") % {"reason": approval}


def _check(asset: Asset, codes: Sequence[str], *, is_retry: bool) -> None:
    if is_retry:
        if not codes or asset.status not in Asset.MIRRORED:
            raise NotPossible(gettext("None of its languages failed at the provider."))
        attempts.check_none_open(asset, list(codes))
        return
    if not codes:
        raise NotPossible(gettext("It already has all of these languages."))
    submit.check_addition(asset, list(codes))
    offered = {locale.code for locale in locales.targets(among=locale_table(asset.provider))}
    for code in codes:
        if code not in offered:
            names = {"provider": label(asset.provider), "language": locales.display_name(code)}
            raise NotPossible(gettext("%(provider)s does not dub into %(language)s.") % names)


def _failed(asset: Asset) -> list[str]:
    return [dubbing.locale for dubbing in asset.dubbings.all() if dubbing.status == Dubbing.Status.FAILED]


def _is_missing(asset: Asset, code: str) -> bool:
    return code != asset.source_locale and all(dubbing.locale != code for dubbing in asset.dubbings.all())


def _approved(wanted: Iterable[int]) -> set[int]:
    """The ids of those of these videos that an owner approved."""
    return set(Event.objects.filter(asset__in=list(wanted), kind=Event.Kind.APPROVED).values_list("asset", flat=True))


def _last(wanted: Iterable[int]) -> list[tuple[int, int]]:
    sent = Submission.objects.filter(asset__in=list(wanted)).order_by()
    return list(sent.values_list("asset").annotate(last=Max("pk")))
