"""The content of My work: what needs attention, grouped by what to do; what is in progress or done, with counts.

The ids of each part are read from indexes, for each project and status separately: a fixed number of queries, whose
cost does not depend on the number of assets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.batches.batches import AWAITS
from dubbing.models import Asset, Ballot, Batch, Membership
from dubbing.models.prepared import PreparedQuery
from dubbing.models.subqueries import GatheredIds, ListedIds, ids_in
from dubbing.web.shared import asset_lists, counted_rows, review_lists
from dubbing.web.shared.counted_rows import CountedRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

SHOWN = 8
PAGE = 50
MOST = counted_rows.COUNTED + 1
FAILED = [Asset.Status.REFUSED, Asset.Status.FAILED, Asset.Status.PARTLY_DONE]
RUNNING = [Asset.Status.SUBMITTING, Asset.Status.HELD, Asset.Status.UNCONFIRMED, Asset.Status.DUBBING]
# What nobody attended to for that long is history, not work.
FOR_DAYS = 30
# Maximum number of a person's newest batches for which missing files are shown.
BATCHES = 50


class Whose(Enum):
    """Whose assets a part of the page shows."""

    MINE = "my own"
    MINE_TO_SEND = "my own, where I may still send"
    MINE_TO_FIX = "my own, sent lately, where I may still send"
    MEMBERS = "of every project I am in"
    OWNERS = "of projects I own"
    OTHERS = "of projects that others own"


@dataclass(frozen=True, slots=True)
class SectionKind:
    """A part of the page. ``oldest_first``: somebody is waiting, and longest for the oldest.

    ``needs``: it is up to the reader. ``flag``: only assets that have it, and ``without``: only those that do not.
    """

    key: str
    label: StrOrPromise
    whose: Whose
    statuses: list[Asset.Status]
    oldest_first: bool = False
    halfway: bool = False  # and assets of which only some languages wait for a person
    shown: int = SHOWN
    needs: bool = False
    flag: str = ""
    without: str = ""
    advice: StrOrPromise = ""


# The most urgent first.
KINDS = (
    SectionKind(
        "failed",
        _("Failed: send again"),
        Whose.MINE_TO_FIX,
        FAILED,
        oldest_first=True,
        needs=True,
        without="returned",
    ),
    SectionKind(
        "returned",
        _("Changes requested"),
        Whose.MINE_TO_SEND,
        [Asset.Status.DRAFT, Asset.Status.REFUSED],
        oldest_first=True,
        needs=True,
        flag="returned",
        advice=_("An owner requested changes. Edit the video, then send it again."),
    ),
    SectionKind("approve", _("Awaiting your approval"), Whose.OWNERS, [Asset.Status.AWAITING], True, needs=True),
    SectionKind(
        "edit",
        _("Ready to edit in the studio"),
        Whose.MINE_TO_FIX,
        [Asset.Status.READY],
        oldest_first=True,
        halfway=True,
        needs=True,
    ),
    SectionKind(
        "length",
        _("Check the length"),
        Whose.MINE_TO_FIX,
        [Asset.Status.COMPLETED, Asset.Status.PARTLY_DONE, Asset.Status.READY, Asset.Status.DUBBING],
        oldest_first=True,
        needs=True,
        flag="check_length",
        advice=_("Watch these to the end: a result is longer or shorter than the video you sent."),
    ),
    SectionKind("waiting", _("Awaiting approval"), Whose.OTHERS, [Asset.Status.AWAITING], oldest_first=True),
    SectionKind("running", _("In progress"), Whose.MEMBERS, RUNNING),
    SectionKind("done", _("Recently completed"), Whose.MEMBERS, [Asset.Status.COMPLETED], shown=5),
    SectionKind("drafts", _("Your drafts"), Whose.MINE, [Asset.Status.DRAFT], shown=5, without="returned"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(CountedRows[asset_lists.AssetRow]):
    """Some assets of a kind, and how many there are."""

    kind: SectionKind


class VotesToGive(CountedRows[Ballot]):
    """Blind comparisons that wait for the reader's vote, and how many there are."""

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        rows = [(row.comparison_id, row.comparison.name, row.comparison.is_overdue) for row in self.rows]
        return [self.count, rows]


@dataclass(frozen=True, slots=True)
class Work:
    """The page: its parts, the reader's reviews and votes, and batches with missing video files."""

    sections: list[Section]
    batches: list[Any]
    reviews: review_lists.ReviewSection
    votes: VotesToGive

    @property
    def needed(self) -> list[Section]:
        """The parts that are up to the reader, without empty ones."""
        return [section for section in self.sections if section.kind.needs and section.rows]

    @property
    def others(self) -> list[Section]:
        """The parts that continue without the reader, without empty ones."""
        return [section for section in self.sections if not section.kind.needs and section.rows]

    @property
    def needs(self) -> int:
        """How many things need the reader; a batch counts as one."""
        return sum(section.count for section in self.needed) + len(self.batches) + self.reviews.count + self.votes.count

    @property
    def needs_total(self) -> str:
        """The same for people: "43", or "500+" if counting stopped there."""
        counts = [self.reviews.count, self.votes.count, *(section.count for section in self.needed)]
        return f"{counted_rows.COUNTED}+" if any(count > counted_rows.COUNTED for count in counts) else str(self.needs)

    @property
    def anything(self) -> bool:
        """Whether there is anything to show."""
        return bool(self.batches or self.reviews.rows or self.votes.rows) or any(
            section.rows for section in self.sections
        )

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        each = [(section.kind.key, section.count, [row.shown for row in section.rows]) for section in self.sections]
        batches = [(batch.pk, str(batch), batch.lacking) for batch in self.batches]
        return [*each, batches, self.reviews.shown, self.votes.shown]


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPage(CountedRows[asset_lists.AssetRow]):
    """One kind, a page at a time. ``beyond``: where the next page continues, 0 on the last."""

    kind: SectionKind
    beyond: int

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        return [self.beyond, self.count, *(row.shown for row in self.rows)]


def build(user: User) -> Work:
    """The page, in a fixed number of queries."""
    ids = _ids_of_page(user)
    rows = _rows([pk for kind in KINDS for pk in ids[kind.key][: kind.shown]])
    sections = [
        Section(kind=kind, rows=_in_order(ids[kind.key][: kind.shown], rows), count=len(ids[kind.key]))
        for kind in KINDS
    ]
    return Work(sections, _lacking_files(user), review_lists.to_review(user), _votes(user))


def section_page(user: User, kind: SectionKind, beyond: int) -> SectionPage:
    """One page of all assets of one kind."""
    count = len(_ids(user, kind, MOST))
    ids = _ids(user, kind, PAGE + 1, beyond=beyond)
    rows = _rows(ids[:PAGE])
    beyond = ids[PAGE - 1] if len(ids) > PAGE else 0
    return SectionPage(kind=kind, rows=_in_order(ids[:PAGE], rows), count=count, beyond=beyond)


def ids_of(user: User, kind: SectionKind, most: int) -> list[int]:
    """The ids of all assets of one kind, up to ``most``."""
    return _ids(user, kind, most)


def _votes(user: User) -> VotesToGive:
    ids = [pk for (pk,) in _VOTES.rows(user=user.pk)]
    rows = Ballot.objects.select_related("comparison__project").in_bulk(ids[:SHOWN]) if ids else {}
    return VotesToGive(rows=[rows[pk] for pk in ids[:SHOWN] if pk in rows], count=len(ids))


def _waiting_votes(user: int) -> QuerySet[Ballot, tuple[int]]:
    return Ballot.objects.waiting_for(User(pk=user)).values_list("pk")[:MOST]


def _lacking_files(user: User) -> list[Any]:
    """Batches that the person created lately and whose videos still lack files, oldest first."""
    newest = [pk for (pk,) in _NEWEST_BATCHES.rows(user=user.pk, since=_since())]
    return _LACKING_FILES.objects(batches=newest)


def _of_batches(batches: list[int]) -> QuerySet[Batch]:
    """Those of these batches whose videos lack files, with how many in ``lacking``."""
    waits = Q(rows__asset__status=Asset.Status.DRAFT, rows__asset__source=None, rows__given__has_key="file")
    draft = Q(rows__asset__status=Asset.Status.DRAFT)
    # The results of a row's last check: [field, message].
    texts = draft & Q(rows__problems__icontains=f'["{AWAITS}')
    background = draft & Q(rows__asset__background=None, rows__problems__icontains='["background",')
    lacking = Count("rows", filter=waits | texts | background)
    counted = Batch.objects.filter(pk__in=batches).annotate(lacking=lacking)
    return counted.filter(lacking__gt=0).select_related("project").order_by("id")


def _newest_batches(user: int, since: datetime) -> QuerySet[Batch, tuple[int]]:
    lately = Batch.objects.owned_by(User(pk=user)).filter(created_at__gte=since)
    return lately.order_by("-id").values_list("pk")[:BATCHES]


def _ids_of_page(user: User) -> dict[str, list[int]]:
    """The first ids of each kind, in order."""
    own = _OWN.rows(user=user.pk, since=_since())
    return _sorted(KINDS, _of_kinds(_OWN_KINDS, own) | _of_roles(_SHARED_KINDS, _SHARED.rows(user=user.pk)), MOST)


def _ids(user: User, kind: SectionKind, most: int, *, beyond: int = 0) -> list[int]:
    """The first ids of one kind, in order, after ``beyond``."""
    if kind in _OWN_KINDS:
        last = Asset.objects.filter(pk=beyond, created_by=user).values_list("submitted_at", flat=True)
        after = last.first() if beyond else None
        ids = _of_kinds([kind], _own([kind], most, user=user.pk, since=_since(), beyond=beyond, after=after))
    else:
        ids = _of_roles([kind], _of_projects([kind], most, user=user.pk, beyond=beyond))
    return _sorted([kind], ids, most)[kind.key]


def _since() -> datetime:
    return timezone.now() - timedelta(days=FOR_DAYS)


def _sorted(kinds: Sequence[SectionKind], ids: dict[str, list[int]], most: int) -> dict[str, list[int]]:
    """The same together: several statuses were read one by one."""
    sent = [pk for kind in kinds if kind.whose is Whose.MINE_TO_FIX for pk in ids[kind.key]]
    order = (
        dict(Asset.objects.filter(pk__in=ListedIds(sent)).order_by().values_list("pk", "submitted_at")) if sent else {}
    )
    for kind in kinds:
        if kind.whose is Whose.MINE_TO_FIX:
            ids[kind.key] = sorted(ids[kind.key], key=lambda pk: (order[pk], pk))[:most]
        else:
            ids[kind.key] = sorted(ids[kind.key], reverse=not kind.oldest_first)[:most]
    return ids


def _own(
    kinds: list[SectionKind],
    most: int,
    *,
    user: int,
    since: datetime,
    beyond: int = 0,
    after: datetime | None = None,
) -> QuerySet[User, tuple[Any, ...]]:
    """What this person added, in the projects they are still in. ``after``: when ``beyond`` was sent."""
    mine = Asset.objects.listed().filter(created_by=OuterRef("pk"))
    # Checked for each row: with a list of projects, SQLite prefers to walk all of their assets.
    member = Membership.objects.filter(user=user, project=OuterRef("project")).order_by()
    may_send = mine.filter(Exists(member.filter(role__in=Membership.EDITORS)))
    theirs = {
        Whose.MINE: mine.filter(Exists(member)),
        Whose.MINE_TO_SEND: may_send,
        Whose.MINE_TO_FIX: _to_fix(may_send, since, beyond, after),
    }
    heads = [head for kind in kinds for head in _heads(kind, theirs[kind.whose], most, beyond)]
    return User.objects.filter(pk=user).order_by().values_list(*heads)


def _to_fix(mine: QuerySet[Asset], since: datetime, beyond: int, after: datetime | None) -> QuerySet[Asset]:
    """What was sent lately, without what was sent again since.

    Sorted by when it was sent, for which there is an index.
    """
    mine = mine.filter(submitted_at__gte=since)
    # A draft was not sent again yet, unless it was returned: then it is the one that needs somebody.
    copies = Asset.objects.filter(copied_from=OuterRef("pk")).exclude(status=Asset.Status.DRAFT, returned=False)
    # Checked for each row: joined, SQLite builds an index of all copies for every status.
    mine = mine.exclude(Exists(copies.order_by()))
    if after:
        mine = mine.filter(Q(submitted_at__gt=after) | Q(submitted_at=after, pk__gt=beyond), submitted_at__gte=after)
    return mine.order_by("submitted_at", "pk")


def _of_projects(
    kinds: list[SectionKind], most: int, *, user: int, beyond: int = 0
) -> QuerySet[Membership, tuple[Any, ...]]:
    """The role in each project, and what its members see: membership is sufficient, as in ``visible_to``."""
    assets = Asset.objects.listed().filter(project=OuterRef("project"))
    heads = [head for kind in kinds for head in _heads(kind, assets, most, beyond)]
    return Membership.objects.filter(user=user).order_by().values_list("role", *heads)


def _heads(kind: SectionKind, assets: QuerySet[Asset], most: int, beyond: int) -> list[GatheredIds]:
    """The first ids in each status, and of assets with ``halfway``: as many lists as ``_count_heads`` says."""
    if not assets.query.order_by:
        if beyond:
            assets = assets.filter(pk__gt=beyond) if kind.oldest_first else assets.filter(pk__lt=beyond)
        assets = assets.order_by("pk" if kind.oldest_first else "-pk")
    if kind.without:
        assets = assets.filter(**{kind.without: False})
    each: list[QuerySet[Any]]
    if kind.flag:
        # The status is read from the row: SQLite would walk an index of statuses instead of the few rows with the flag.
        flagged = assets.filter(**{kind.flag: True}).alias(stands=Concat("status", Value("")))
        each = [flagged.filter(stands__in=[str(status) for status in kind.statuses])]
    else:
        each = [assets.filter(status=status) for status in kind.statuses]
    if kind.halfway:
        each.append(assets.filter(waits_for_person=True, status__in=RUNNING))
    return [GatheredIds(queryset.values("id")[:most]) for queryset in each]


def _count_heads(kind: SectionKind) -> int:
    return (1 if kind.flag else len(kind.statuses)) + kind.halfway


def _of_kinds(kinds: Sequence[SectionKind], rows: Iterable[Sequence[Any]]) -> dict[str, list[int]]:
    """All ids by the key of their kind, from rows of ``_heads``."""
    ids: dict[str, list[int]] = {kind.key: [] for kind in kinds}
    for row in rows:
        lists = iter(row)
        for kind in kinds:
            ids[kind.key] += [pk for gathered in islice(lists, _count_heads(kind)) for pk in ids_in(gathered)]
    return ids


def _of_roles(kinds: Sequence[SectionKind], rows: Iterable[Sequence[Any]]) -> dict[str, list[int]]:
    """The same from rows with a role before them, without what is not for that role."""
    ids: dict[str, list[int]] = {kind.key: [] for kind in kinds}
    for role, *lists in rows:
        for key, found in _of_kinds(kinds, [lists]).items():
            if _NOT_OF.get(_WHOSE[key]) is not (role == Membership.Role.OWNER):
                ids[key] += found
    return ids


# Whom a part of the page leaves out: project owners, or everybody else.
_NOT_OF = {Whose.OTHERS: True, Whose.OWNERS: False}
_WHOSE = {kind.key: kind.whose for kind in KINDS}
_OWN_KINDS = [kind for kind in KINDS if kind.whose in (Whose.MINE, Whose.MINE_TO_SEND, Whose.MINE_TO_FIX)]
_SHARED_KINDS = [kind for kind in KINDS if kind not in _OWN_KINDS]
_OWN = PreparedQuery(partial(_own, _OWN_KINDS, MOST), "user", moments=["since"])
_SHARED = PreparedQuery(partial(_of_projects, _SHARED_KINDS, MOST), "user")
_VOTES = PreparedQuery(_waiting_votes, "user")
_NEWEST_BATCHES = PreparedQuery(_newest_batches, "user", moments=["since"])
_LACKING_FILES = PreparedQuery(_of_batches, lists={"batches": BATCHES})


def _in_order(ids: list[int], rows: dict[int, asset_lists.AssetRow]) -> list[asset_lists.AssetRow]:
    return [rows[pk] for pk in ids if pk in rows]


def _rows(ids: list[int]) -> dict[int, asset_lists.AssetRow]:
    return {row.asset.pk: row for row in asset_lists.rows(asset_lists.with_ids(ids))}
