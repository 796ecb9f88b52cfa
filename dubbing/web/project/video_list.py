"""A project's videos, filtered, searched and sorted: a page at a time, with counts.

Small projects are read whole: their counts are exact, for every filter under all others. Of large ones only so many
videos are looked at for a page, along an index; the next page goes on where this one stopped looking. What is counted
there is counted among the newest, and said as "12+".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dubbing import providers
from dubbing.models import Asset, Dubbing, Submission, name_search, status_badges, text_search
from dubbing.platform import failure_messages, formatting, locales
from dubbing.web.project.video_filters import ADDED, STATUSES, Filters
from dubbing.web.shared import asset_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dubbing.models.assets import AssetQuerySet

PAGE = asset_lists.PAGE
FACETED = 1000
"""Projects up to here are counted exactly."""
WINDOW = 5000
"""So many videos of a larger one are looked at for a page."""
COUNTED = 1000
"""And so many are counted in each status."""
TEXTS, TEXT_PAGES = 60, 5
"""So many videos in whose subtitles a word is are looked at at once, and how often for a page."""


@dataclass(frozen=True, slots=True)
class VideoIds:
    """Some ids in their order, and the id to go on from (0: these are the last)."""

    ids: list[int]
    beyond: int


@dataclass(frozen=True, slots=True)
class FilterCounts:
    """How many there are for each value of a filter, under all the others; empty where nobody counts."""

    exact: bool
    capped: bool = False
    """Whether statuses were counted by themselves, up to ``COUNTED``. Otherwise all that is not exact is the least."""
    status: dict[str, int] = field(default_factory=dict)
    language: dict[str, int] = field(default_factory=dict)
    person: dict[int, int] = field(default_factory=dict)
    provider: dict[str, int] = field(default_factory=dict)
    tag: dict[str, int] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    total: int = 0
    without: dict[str, int] = field(default_factory=dict)
    """How many there would be without this filter."""

    def text(self, name: str, value: object) -> str:
        """One of them for people: "12"; "12+" where nobody counted on, and nothing where nobody found any."""
        count: int = getattr(self, name).get(value, 0)
        if self.exact:
            return str(count)
        if name == "status" and self.capped:
            return "" if value not in self.status else formatting.capped(count, COUNTED)
        return f"{count}+" if count else ""


@dataclass(frozen=True, slots=True)
class _Video:
    """What filters ask of a video of a small project."""

    pk: int
    status: str
    late: bool
    person: int
    provider: str
    day: date
    languages: frozenset[str]
    tags: frozenset[str]
    named: bool
    archived: bool

    def matches(self, filters: Filters, name: str) -> bool:
        """Whether it is what this filter wants."""
        if name == "status" and filters.archived:
            return self.archived
        if name == "status":
            return (
                not self.archived and self.status in STATUSES[filters.status] and (self.late or not filters.only_late)
            )
        if name == "language":
            return filters.language in self.languages
        if name == "tag":
            return filters.tag in self.tags
        if name == "added":
            return filters.first_day is None or self.day >= filters.first_day
        if name == "since":
            return filters.since is None or self.day >= filters.since
        if name == "until":
            return filters.until is None or self.day <= filters.until
        if name == "search":
            return self.named
        return bool(getattr(self, name) == getattr(filters, name))


def find(project_id: int, user: User, filters: Filters, *, beyond: int = 0, size: int = PAGE) -> VideoIds:
    """The ids of a page."""
    assets = Asset.objects.in_project(project_id, user).filter(archived_at__isnull=not filters.archived)
    if filters.tag and (tagged := _tagged(project_id, filters.tag)) is not None:
        assets, filters = assets.filter(pk__in=tagged), filters.without("tag")
    if filters.sort == "name":
        return _by_name(assets, filters, project_id, beyond, size)
    if filters.sort == "attention":
        return _by_attention(assets, filters, project_id, beyond, size)
    if filters.sort in _DATES:
        return _by_date(assets, filters, project_id, beyond, size)
    older = assets.filter(pk__lt=beyond) if beyond else assets
    return _newest(older, filters, project_id, beyond, size)


def find_all(project_id: int, user: User, filters: Filters, most: int) -> VideoIds:
    """The ids of all that match, so many at most: as many pages as it takes to look at everything."""
    found = find(project_id, user, filters, size=most)
    ids = found.ids
    while found.beyond and len(ids) < most:
        found = find(project_id, user, filters, beyond=found.beyond, size=most - len(ids))
        ids = ids + found.ids
    return VideoIds(ids, found.beyond)


def counts(project_id: int, user: User, filters: Filters) -> FilterCounts:
    """The counts beside the filters."""
    assets = Asset.objects.in_project(project_id, user)
    columns = ("pk", "status", "late_at", "created_by_id", "provider", "created_at", "archived_at")
    rows = list(assets.order_by("-pk").values_list(*columns)[: FACETED + 1])
    if len(rows) <= FACETED:
        return _counts_of_few(_videos(rows, assets, filters, project_id), filters)
    newest = rows[:FACETED]
    recent = _counts_of_few(_videos(newest, assets.filter(pk__gte=newest[-1][0]), filters, project_id), filters)
    if filters.active:
        return replace(recent, exact=False)
    return replace(recent, exact=False, capped=True, status=_statuses_of_many(project_id, user))


# --- small projects --------------------------------------------------------------------------------------------------


def _videos(
    rows: list[tuple[int, str, datetime | None, int, str, datetime, datetime | None]],
    assets: AssetQuerySet,
    filters: Filters,
    project_id: int,
) -> list[_Video]:
    spoken: dict[int, set[str]] = {}
    for asset_id, code in (
        Dubbing.objects.filter(asset__in=assets.order_by().values("pk")).order_by().values_list("asset_id", "locale")
    ):
        spoken.setdefault(asset_id, set()).add(code)
    tags: dict[int, set[str]] = {}
    through = Asset.tags.through.objects.filter(asset__in=assets.order_by().values("pk")).order_by()
    for asset_id, tag in through.values_list("asset_id", "tag__name"):
        tags.setdefault(asset_id, set()).add(tag)
    spoken_in = text_search.among(assets, project_id, filters.search) if filters.search else set()
    named = (
        set(assets.filter(_searched(assets, filters.search, spoken_in)).order_by().values_list("pk", flat=True))
        if filters.search
        else set()
    )
    now = timezone.now()
    return [
        _Video(
            pk, status, status in Asset.OPEN and late_at is not None and late_at < now, person, provider,
            timezone.localtime(created_at).date(), frozenset(spoken.get(pk, ())), frozenset(tags.get(pk, ())),
            pk in named, archived_at is not None,
        )
        for pk, status, late_at, person, provider, created_at, archived_at in rows
    ]  # fmt: skip


def _counts_of_few(videos: list[_Video], filters: Filters) -> FilterCounts:
    active = filters.active
    failing = [(video, [name for name in active if not video.matches(filters, name)]) for video in videos]

    # What is archived is counted beside its own filter alone, unless that is the one that was chosen.
    in_list = [(video, fails) for video, fails in failing if video.archived == filters.archived]

    def under_others(name: str) -> list[_Video]:
        return [video for video, fails in in_list if not fails or fails == [name]]

    of_any_status = [video for video, fails in failing if not fails or fails == ["status"]]
    listed = [video for video in of_any_status if not video.archived]
    statuses = Counter[str](archived=len(of_any_status) - len(listed))
    for video in listed:
        statuses.update(
            key for key, among in STATUSES.items() if video.status in among and (key != "late" or video.late)
        )
    return FilterCounts(
        exact=True,
        status={"": len(listed), **statuses},
        language=Counter(code for video in under_others("language") for code in video.languages),
        person=Counter(video.person for video in under_others("person")),
        provider=Counter(video.provider for video in under_others("provider")),
        tag=Counter(tag for video in under_others("tag") for tag in video.tags),
        added=_added(under_others("added")),
        total=sum(not fails for _, fails in in_list),
        without={name: len(listed if name == "status" else under_others(name)) for name in active},
    )


def _added(videos: list[_Video]) -> dict[str, int]:
    """How many were added since each of the days that can be chosen."""
    first = {key: Filters(added=key).first_day for key in ADDED}
    return {key: sum(day is not None and video.day >= day for video in videos) for key, day in first.items()}


# --- large projects --------------------------------------------------------------------------------------------------

_CAPPED = (
    "(SELECT count(*) FROM (SELECT 1 FROM dubbing_asset"
    " WHERE project_id = %s AND status = %s AND archived_at IS NULL AND trashed_at IS NULL"
    " AND (status <> 'draft' OR created_by_id = %s) LIMIT %s) AS counted)"
)


def _statuses_of_many(project_id: int, user: User) -> dict[str, int]:
    """In each status by itself, as far as anybody counts: without a look at the other filters."""
    statuses = [str(status) for status in Asset.Status if status != Asset.Status.DRAFT]
    values = [value for status in statuses for value in (project_id, status, user.pk, COUNTED + 1)]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([_CAPPED] * len(statuses))}", values)
        each = dict(zip(statuses, cursor.fetchone() or (), strict=True))
    return {
        key: sum(each.get(status, 0) for status in among)
        for key, among in STATUSES.items()
        if key not in ("late", "drafts", "archived")
    }


def _tagged(project_id: int, tag: str) -> list[int] | None:
    """The ids of all that have the tag; None when they are so many that the newest videos have it anyway."""
    through = Asset.tags.through.objects.filter(tag__project=project_id, tag__name=tag).order_by()
    ids = list(through.values_list("asset_id", flat=True)[: WINDOW + 1])
    return None if len(ids) > WINDOW else ids


def _newest(older: AssetQuerySet, filters: Filters, project_id: int, beyond: int, size: int) -> VideoIds:
    """Several statuses are looked up one by one: each walks its index from the end, and none of them sorts."""
    rest = _rest(filters)
    mine = older.filter(created_by=filters.person) if filters.person else older
    among = [mine.filter(status=status) for status in filters.statuses] if filters.statuses else [mine]
    if filters.status == "edit":  # or a language of it
        among.append(mine.filter(waits_for_person=True, status=Asset.Status.DUBBING))
    if filters.search:
        plain = not filters.statuses and not filters.person and not rest
        searches = [
            _search(each.filter(rest), filters.search, project_id, beyond, size + 1, plain=plain) for each in among
        ]
        searches += [_in_texts(each.filter(rest), filters.search, project_id, beyond, size + 1) for each in among]
        others = _meant(older, filters.search)
        if requests := _requests(filters.search):
            searches += [(list(each.filter(rest, pk__in=requests).values_list("pk", flat=True)), 0) for each in among]
        elif others:
            searches += [_windowed(each, rest & others, size + 1) for each in among]
    elif rest:
        searches = [_windowed(each, rest, size + 1) for each in among]
    else:
        searches = [(list(each.order_by("-pk").values_list("pk", flat=True)[: size + 1]), 0) for each in among]
    return _together(searches, size)


def _together(searches: list[tuple[list[int], int]], size: int) -> VideoIds:
    ids = sorted({pk for matching, _ in searches for pk in matching}, reverse=True)
    if len(ids) > size:
        return VideoIds(ids[:size], ids[size - 1])
    end = max(end for _, end in searches)
    return VideoIds([pk for pk in ids if pk >= end], end)


def _windowed(assets: AssetQuerySet, wanted: Q, most: int) -> tuple[list[int], int]:
    """The newest that are wanted among the newest so many, and where it stopped looking: 0 when it saw all."""
    newest = list(assets.order_by("-pk").values_list("pk", flat=True)[WINDOW - 1 : WINDOW])
    end = newest[0] if newest else 0
    within = assets.filter(pk__gte=end) if end else assets
    ids = list(within.filter(wanted).order_by("-pk").values_list("pk", flat=True)[:most])
    return ids, 0 if len(ids) == most else end


def _search(
    assets: AssetQuerySet, query: str, project_id: int, beyond: int, most: int, *, plain: bool
) -> tuple[list[int], int]:
    """By the names: see ``asset_lists``."""
    search = asset_lists.NameSearch(query, most, project_id, beyond or None)
    return search.indexed(assets) if search.is_long and plain else search.near(assets)


def _in_texts(assets: AssetQuerySet, query: str, project_id: int, beyond: int, most: int) -> tuple[list[int], int]:
    """By what is said in them: the newest of the project that have it, and of those the ones that are wanted."""
    ids, before = list[int](), beyond or None
    for _ in range(TEXT_PAGES):
        some = text_search.newest(project_id, query, TEXTS, before=before)
        ids += assets.filter(pk__in=some).order_by("-pk").values_list("pk", flat=True) if some else []
        if len(ids) >= most:
            return ids[:most], 0
        if len(some) < TEXTS:
            return ids, 0
        before = some[-1]
    return ids, before or 0


def _rest(filters: Filters) -> Q:
    """What is asked of each video by itself, or of its id."""
    wanted = Q()
    if filters.only_late:
        wanted &= Q(late_at__lt=timezone.now())
    if filters.language:
        wanted &= Q(Exists(Dubbing.objects.filter(asset=OuterRef("pk"), locale=filters.language)))
    if filters.provider:
        wanted &= Q(provider=filters.provider)
    if filters.tag:
        wanted &= Q(Exists(Asset.tags.through.objects.filter(asset=OuterRef("pk"), tag__name=filters.tag)))
    if filters.first_day:
        wanted &= Q(created_at__gte=_midnight(filters.first_day))
    if filters.since:
        wanted &= Q(created_at__gte=_midnight(filters.since))
    if filters.until:
        wanted &= Q(created_at__lt=_midnight(filters.until, days=1))
    return wanted


def _midnight(day: date, *, days: int = 0) -> datetime:
    try:
        return timezone.make_aware(datetime.combine(day + timedelta(days=days), time()))
    except (OverflowError, ValueError):  # the first and the last days that there are
        return datetime.combine(day, time(), tzinfo=UTC)


# --- other orders ----------------------------------------------------------------------------------------------------


def _wanted(assets: AssetQuerySet, filters: Filters, project_id: int) -> Q:
    wanted = _rest(filters)
    if filters.statuses:
        wanted &= Q(status__in=filters.statuses) | (
            Q(waits_for_person=True, status=Asset.Status.DUBBING) if filters.status == "edit" else Q(pk__in=[])
        )
    if filters.person:
        wanted &= Q(created_by=filters.person)
    if not filters.search:
        return wanted
    spoken = text_search.newest(project_id, filters.search, TEXTS * TEXT_PAGES)
    return wanted & _searched(assets, filters.search, spoken)


def _by_name(assets: AssetQuerySet, filters: Filters, project_id: int, beyond: int, size: int) -> VideoIds:
    last = assets.filter(pk=beyond).values_list("name", flat=True).first() if beyond else None
    if last is not None:
        assets = assets.filter(Q(name__gt=last) | Q(name=last, pk__gt=beyond), name__gte=last)
    return _ordered(assets.order_by("name", "pk"), _wanted(assets, filters, project_id), size)


_DATES: dict[str, tuple[str, dict[str, Any]]] = {
    "late": ("late_at", {"status__in": Asset.OPEN, "late_at__isnull": False}),
    "due": ("due_on", {"due_on__isnull": False}),
}
"""Orders by a date: its column, and which videos have it."""
ATTENTION = [Asset.Status.FAILED, Asset.Status.PARTLY_DONE, Asset.Status.REFUSED, Asset.Status.READY]
"""What waits for somebody."""


def _by_attention(assets: AssetQuerySet, filters: Filters, project_id: int, beyond: int, size: int) -> VideoIds:
    """What waits for somebody, then everything else, both the newest first."""
    wanted = _wanted(assets, filters, project_id)
    first, waiting = VideoIds([], 0), assets.filter(status__in=ATTENTION)
    if not beyond or waiting.filter(pk=beyond).exists():
        older = assets.filter(pk__lt=beyond) if beyond else assets
        # One status at a time: each walks its index, and none of them sorts.
        heads = [_windowed(older.filter(status=status), wanted, size + 1) for status in ATTENTION]
        first = _together(heads, size)
        if first.beyond or len(first.ids) == size:
            return first if first.beyond else VideoIds(first.ids, first.ids[-1])
        beyond = 0
    others = assets.exclude(status__in=ATTENTION)
    others = others.filter(pk__lt=beyond) if beyond else others
    rest = _ordered(others.order_by("-pk"), wanted, size - len(first.ids))
    return VideoIds(first.ids + rest.ids, rest.beyond)


def _by_date(assets: AssetQuerySet, filters: Filters, project_id: int, beyond: int, size: int) -> VideoIds:
    """What has the date by that, then everything else, the newest first."""
    wanted = _wanted(assets, filters, project_id)
    column, having = _DATES[filters.sort]
    timed = assets.filter(**having)
    last = timed.filter(pk=beyond).values_list(column, flat=True).first() if beyond else None
    first = VideoIds([], 0)
    if last is not None or not beyond:
        after = (
            timed.filter(Q(**{f"{column}__gt": last}) | Q(**{column: last, "pk__gt": beyond}))
            if last is not None
            else timed
        )
        first = _ordered(after.order_by(column, "pk"), wanted, size)
        if first.beyond or len(first.ids) == size:
            return first if first.beyond else VideoIds(first.ids, first.ids[-1])
        beyond = 0
    others = assets.exclude(**having)
    others = others.filter(pk__lt=beyond) if beyond else others
    rest = _ordered(others.order_by("-pk"), wanted, size - len(first.ids))
    return VideoIds(first.ids + rest.ids, rest.beyond)


def _ordered(assets: AssetQuerySet, wanted: Q, size: int) -> VideoIds:
    """The first that are wanted among the first so many."""
    if not wanted:
        ids = list(assets.values_list("pk", flat=True)[: size + 1])
        return VideoIds(ids[:size], ids[size - 1] if len(ids) > size else 0)
    window = list(assets.values_list("pk", flat=True)[:WINDOW])
    among = Asset.objects.filter(pk__in=assets.values("pk")[:WINDOW]).filter(wanted)
    ids = list(among.order_by(*assets.query.order_by).values_list("pk", flat=True)[: size + 1])
    if len(ids) > size:
        return VideoIds(ids[:size], ids[size - 1])
    return VideoIds(ids, window[-1] if len(window) == WINDOW else 0)


# --- what words mean -------------------------------------------------------------------------------------------------


def _searched(assets: AssetQuerySet, query: str, spoken: Iterable[int]) -> Q:
    """In the name, or meant otherwise, or one of these, in whose texts it is."""
    named = name_search.named(query, assets.db) | Q(pk__in=spoken)
    meant = _meant(assets, query)
    return named | meant if meant else named


def _meant(assets: AssetQuerySet, query: str) -> Q:
    """What words mean that are no name: a person, language, state, error code, or the reference of a request."""
    folded = query.casefold()
    meant = Q()
    if people := _people(query):
        meant |= Q(created_by__in=people)
    if codes := _languages(folded):
        meant |= Q(Exists(Dubbing.objects.filter(asset=OuterRef("pk"), locale__in=codes)))
    if statuses := [
        status.value for status in Asset.Status if len(folded) > 2 and folded in str(status.label).casefold()
    ]:
        meant |= Q(status__in=statuses)
    if len(folded) > 2 and folded in str(status_badges.LATE.word).casefold():
        meant |= Q(status__in=Asset.OPEN, late_at__lt=timezone.now())
    if errors := _errors(folded):
        meant |= Q(error_code__in=errors) | Q(
            Exists(Dubbing.objects.filter(asset=OuterRef("pk"), error_code__in=errors))
        )
    if requests := _requests(query):
        meant |= Q(pk__in=requests)
    if meanings := [name for name in providers.all_names() if folded == providers.label(name).casefold()]:
        meant |= Q(provider__in=meanings)
    return meant


def _requests(query: str) -> list[int]:
    """Whose request has this reference."""
    if not query.casefold().startswith("dub-"):
        return []
    return list(Submission.objects.filter(reference=query.upper()).values_list("asset_id", flat=True))


def _people(query: str) -> list[int]:
    by_name = Q(username__icontains=query) | Q(first_name__icontains=query) | Q(last_name__icontains=query)
    return list(User.objects.filter(by_name).order_by().values_list("pk", flat=True)[:50]) if len(query) > 1 else []


def _languages(folded: str) -> list[str]:
    if len(folded) < 3:
        return []
    named: Iterable[locales.Locale] = locales.targets()
    return [
        locale.code
        for locale in named
        if any(folded in name.casefold() for name in (locale.name, locale.english_name, locale.native_name))
        or folded == locale.code.casefold()
    ]


def _errors(folded: str) -> list[str]:
    known = [code for code in failure_messages.CODES if len(folded) > 3 and folded in code.casefold()]
    return [*known, folded] if "_" in folded else known
