"""A project's videos, filtered, searched and sorted: a page at a time, with counts.

Small projects are read completely: their counts are exact, for every filter given all others. In large ones only a
limited number of videos is read for a page, along an index, and the next page continues from there. Counts are then
those among the newest videos, shown as "12+".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import compress
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from dubbing import providers
from dubbing.models import Asset, Dubbing, Review, Submission, name_search, status_badges, text_search
from dubbing.models.subqueries import ListedIds
from dubbing.platform import failure_messages, formatting, locales
from dubbing.web.project.video_filters import ADDED, STATUSES, Filters, first_day_of
from dubbing.web.shared import asset_lists

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dubbing.models.assets import AssetQuerySet

PAGE = asset_lists.PAGE
FACETED = 1000
"""Projects up to this size are counted exactly."""
RECENT = 300
"""In larger ones, this many of the newest videos are counted: for minimums."""
WINDOW = 5000
"""Videos of a larger project that are read for a page."""
COUNTED = 1000
"""Videos counted in each status."""
TEXTS, TEXT_PAGES = 60, 5
"""Videos found by their subtitles that are read at a time, and how many times for a page."""


@dataclass(frozen=True, slots=True)
class VideoIds:
    """Some ids in order, and the id to continue from (0: these are the last)."""

    ids: list[int]
    beyond: int


@dataclass(frozen=True, slots=True)
class FilterCounts:
    """The count for each value of a filter, given all others; empty where nothing is counted."""

    exact: bool
    capped: bool = False
    """Whether statuses were counted separately, up to ``COUNTED``. Otherwise inexact counts are minimums."""
    status: dict[str, int] = field(default_factory=dict)
    review: dict[str, int] = field(default_factory=dict)
    language: dict[str, int] = field(default_factory=dict)
    person: dict[int, int] = field(default_factory=dict)
    provider: dict[str, int] = field(default_factory=dict)
    tag: dict[str, int] = field(default_factory=dict)
    added: dict[str, int] = field(default_factory=dict)
    total: int = 0
    without: dict[str, int] = field(default_factory=dict)
    """The number there would be without this filter."""

    def text(self, name: str, value: object) -> str:
        """A count for people: "12"; "12+" if counting stopped there; empty if none were found before that."""
        count: int = getattr(self, name).get(value, 0)
        if self.exact:
            return str(count)
        if name == "status" and self.capped:
            return "" if value not in self.status else formatting.capped(count, COUNTED)
        return f"{count}+" if count else ""


@dataclass(frozen=True, slots=True)
class _Video:
    """What filters need to know about a video of a small project."""

    pk: int
    status: str
    late: bool
    person: int
    provider: str
    archived: bool
    periods: frozenset[str]
    """The periods that it was added in: those of ``ADDED``, "since" and "until"."""
    languages: frozenset[str]
    reviews: frozenset[tuple[str, str]]
    """Languages with a final video, and the status of their reviews."""
    tags: frozenset[str]
    named: bool

    def matches(self, filters: Filters, name: str) -> bool:
        """Whether it matches this filter."""
        if name == "status" and filters.archived:
            return self.archived
        if name == "status":
            return (
                not self.archived and self.status in STATUSES[filters.status] and (self.late or not filters.only_late)
            )
        if name == "language":
            return filters.language in self.languages
        if name == "review":
            return filters.review in self.reviews_in(filters.language)
        if name == "tag":
            return filters.tag in self.tags
        if name == "added":
            return filters.added in self.periods
        if name in ("since", "until"):
            return name in self.periods
        if name == "search":
            return self.named
        return bool(getattr(self, name) == getattr(filters, name))

    def reviews_in(self, language: str) -> set[str]:
        """The statuses of its reviews, in this language or in any."""
        return {status for code, status in self.reviews if language in ("", code)}

    def languages_in(self, review: str) -> frozenset[str] | set[str]:
        """Its languages, or those whose review has this status."""
        return {code for code, status in self.reviews if status == review} if review else self.languages


def find(project_id: int, user: User, filters: Filters, *, beyond: int = 0, size: int = PAGE) -> VideoIds:
    """The ids of a page."""
    assets = Asset.objects.in_project(project_id, user).filter(archived_at__isnull=not filters.archived)
    if filters.tag and (tagged := _tagged(project_id, filters.tag, max(WINDOW, size))) is not None:
        assets, filters = assets.filter(pk__in=ListedIds(tagged)), filters.without("tag")
    if filters.review and (reviewed := _reviewed(project_id, filters)) is not None:
        assets, filters = assets.filter(pk__in=ListedIds(reviewed)), filters.without("review")
    if filters.sort == "name":
        return _by_name(assets, filters, project_id, beyond, size)
    if filters.sort == "attention":
        return _by_attention(assets, filters, project_id, beyond, size)
    if filters.sort in _DATES:
        return _by_date(assets, filters, project_id, beyond, size)
    older = assets.filter(pk__lt=beyond) if beyond else assets
    return _newest(older, filters, project_id, beyond, size)


def find_all(project_id: int, user: User, filters: Filters, most: int) -> VideoIds:
    """The ids of all matches, up to ``most``: reads as many pages as it takes."""
    page = find(project_id, user, filters, size=most)
    ids = page.ids
    while page.beyond and len(ids) < most:
        page = find(project_id, user, filters, beyond=page.beyond, size=most - len(ids))
        ids = ids + page.ids
    return VideoIds(ids, page.beyond)


def counts(project_id: int, user: User, filters: Filters) -> FilterCounts:
    """The counts beside the filters."""
    assets = Asset.objects.in_project(project_id, user)
    # Compared by the database: to read a thousand times and dates takes longer than all the rest.
    late = Q(status__in=Asset.OPEN, late_at__lt=timezone.now())
    periods = _periods(filters)
    facts = {"late": late, "archived": Q(archived_at__isnull=False), **periods}
    judged = assets.annotate(**{f"is_{name}": fact for name, fact in facts.items()})
    columns = ("pk", "status", "created_by_id", "provider", *(f"is_{name}" for name in facts))
    is_large = bool(assets.order_by("-pk").values_list("pk", flat=True)[FACETED : FACETED + 1])
    rows = list(judged.order_by("-pk").values_list(*columns)[: RECENT if is_large else FACETED])
    among = assets.filter(pk__gte=rows[-1][0]) if is_large else assets
    counted = _counts_of_few(_videos(rows, list(periods), among, filters, project_id), filters)
    if not is_large:
        return counted
    if filters.active:
        return replace(counted, exact=False)
    return replace(counted, exact=False, capped=True, status=_statuses_of_many(project_id, user))


# --- small projects --------------------------------------------------------------------------------------------------


def _periods(filters: Filters) -> dict[str, Q]:
    """The periods that matter to the filters and their counts, as conditions."""
    periods = {key: Q(created_at__gte=_midnight(first_day_of(key))) for key in ADDED}
    if filters.since:
        periods["since"] = Q(created_at__gte=_midnight(filters.since))
    if filters.until:
        periods["until"] = Q(created_at__lt=_midnight(filters.until, days=1))
    return periods


def _videos(
    rows: list[tuple[Any, ...]], periods: list[str], assets: AssetQuerySet, filters: Filters, project_id: int
) -> list[_Video]:
    """``rows``: as ``counts`` reads them, of these assets; ``periods``: the names of their last columns."""
    spoken: dict[int, set[str]] = {}
    reviews: dict[int, set[tuple[str, str]]] = {}
    dubbings = Dubbing.objects.filter(asset__in=assets.order_by().values("pk")).order_by()
    for asset_id, code, status, review in dubbings.values_list("asset_id", "locale", "status", "review__status"):
        spoken.setdefault(asset_id, set()).add(code)
        # In the grid, a language being generated again is in progress, whatever its review says.
        if review and status == Dubbing.Status.COMPLETED:
            reviews.setdefault(asset_id, set()).add((code, review))
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
    return [
        _Video(
            pk, status, late, person, provider, archived, frozenset(compress(periods, within)),
            frozenset(spoken.get(pk, ())), frozenset(reviews.get(pk, ())), frozenset(tags.get(pk, ())), pk in named,
        )
        for pk, status, person, provider, late, archived, *within in rows
    ]  # fmt: skip


def _counts_of_few(videos: list[_Video], filters: Filters) -> FilterCounts:
    active = filters.active
    failing = [(video, [name for name in active if not video.matches(filters, name)]) for video in videos]

    # Archived videos count only beside their own filter, unless that is the chosen one.
    in_list = [(video, fails) for video, fails in failing if video.archived == filters.archived]

    def under_others(name: str) -> list[_Video]:
        return [video for video, fails in in_list if not fails or fails == [name]]

    # With a chosen language, reviews are those of that language; otherwise of all languages.
    others, anywhere = [name for name in active if name != "language"], filters.without("language")
    of_any_language = (
        [video for video, _ in in_list if all(video.matches(anywhere, name) for name in others)]
        if filters.review
        else under_others("language")
    )
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
        review=Counter(review for video in under_others("review") for review in video.reviews_in(filters.language)),
        language=Counter(code for video in of_any_language for code in video.languages_in(filters.review)),
        person=Counter(video.person for video in under_others("person")),
        provider=Counter(video.provider for video in under_others("provider")),
        tag=Counter(tag for video in under_others("tag") for tag in video.tags),
        added=_added(under_others("added")),
        total=sum(not fails for _, fails in in_list),
        without={name: len(listed if name == "status" else under_others(name)) for name in active},
    )


def _added(videos: list[_Video]) -> dict[str, int]:
    """How many were added in each of the periods."""
    counted = Counter(period for video in videos for period in video.periods)
    return {key: counted[key] for key in ADDED}


# --- large projects --------------------------------------------------------------------------------------------------

_CAPPED = (
    "(SELECT count(*) FROM (SELECT 1 FROM dubbing_asset"
    " WHERE project_id = %s AND status = %s AND archived_at IS NULL AND trashed_at IS NULL"
    " AND (status <> 'draft' OR created_by_id = %s) LIMIT %s) AS counted)"
)


def _statuses_of_many(project_id: int, user: User) -> dict[str, int]:
    """The count of each status, up to the limit, ignoring other filters."""
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


def _tagged(project_id: int, tag: str, most: int) -> list[int] | None:
    """The ids of all that have the tag; None if there are so many that they can be found among the newest videos."""
    through = Asset.tags.through.objects.filter(tag__project=project_id, tag__name=tag).order_by()
    ids = list(through.values_list("asset_id", flat=True)[: most + 1])
    return None if len(ids) > most else ids


def _reviewed(project_id: int, filters: Filters) -> list[int] | None:
    """The ids of all with such a review; None if there are so many that they can be found among the newest videos."""
    reviews = Review.objects.filter(project=project_id, status=filters.review).order_by()
    if reviews.values_list("pk", flat=True)[WINDOW : WINDOW + 1]:
        return None
    shown = reviews.filter(dubbing__status=Dubbing.Status.COMPLETED)
    shown = shown.filter(dubbing__locale=filters.language) if filters.language else shown
    return list(set(shown.values_list("dubbing__asset_id", flat=True)))


def _newest(older: AssetQuerySet, filters: Filters, project_id: int, beyond: int, size: int) -> VideoIds:
    """The newest matches. Several statuses are read one by one: each walks its index from the end, and none sorts."""
    rest = _rest(filters)
    mine = older.filter(created_by=filters.person) if filters.person else older
    among = [mine.filter(status=status) for status in filters.statuses] if filters.statuses else [mine]
    if filters.status == "edit":  # or one of its languages is
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
    """The newest matches within the window, and where it stopped reading: 0 if it read everything."""
    newest = list(assets.order_by("-pk").values_list("pk", flat=True)[WINDOW - 1 : WINDOW])
    end = newest[0] if newest else 0
    within = assets.filter(pk__gte=end) if end else assets
    ids = list(within.filter(wanted).order_by("-pk").values_list("pk", flat=True)[:most])
    return ids, 0 if len(ids) == most else end


def _search(
    assets: AssetQuerySet, query: str, project_id: int, beyond: int, most: int, *, plain: bool
) -> tuple[list[int], int]:
    """Search the names: see ``asset_lists``."""
    search = asset_lists.NameSearch(query, most, project_id, beyond or None)
    return search.indexed(assets) if search.is_long and plain else search.near(assets)


def _in_texts(assets: AssetQuerySet, query: str, project_id: int, beyond: int, most: int) -> tuple[list[int], int]:
    """Search the texts: the newest of the project that have all words, and among those the matches."""
    ids, before, number = list[int](), beyond or None, max(TEXTS, most)
    for _ in range(TEXT_PAGES):
        some = text_search.newest(project_id, query, number, before=before)
        ids += assets.filter(pk__in=ListedIds(some)).order_by("-pk").values_list("pk", flat=True) if some else []
        if len(ids) >= most:
            return ids[:most], 0
        if len(some) < number:
            return ids, 0
        before = some[-1]
    return ids, before or 0


def _rest(filters: Filters) -> Q:
    """The conditions that are checked for each video, or by its id."""
    wanted = Q()
    if filters.only_late:
        wanted &= Q(late_at__lt=timezone.now())
    if filters.review or filters.language:
        dubbings = Dubbing.objects.filter(asset=OuterRef("pk"))
        if filters.language:
            dubbings = dubbings.filter(locale=filters.language)
        if filters.review:
            dubbings = dubbings.filter(status=Dubbing.Status.COMPLETED, review__status=filters.review)
        wanted &= Q(Exists(dubbings))
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
    except (OverflowError, ValueError):  # beyond the first or last possible day
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
"""Statuses that need somebody."""


def _by_attention(assets: AssetQuerySet, filters: Filters, project_id: int, beyond: int, size: int) -> VideoIds:
    """Videos that need somebody, then all others, each newest first."""
    wanted = _wanted(assets, filters, project_id)
    first, waiting = VideoIds([], 0), assets.filter(status__in=ATTENTION)
    if not beyond or waiting.filter(pk=beyond).exists():
        older = assets.filter(pk__lt=beyond) if beyond else assets
        # One status at a time: each walks its index, and none sorts.
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
    """Videos with the date in its order, then all others, newest first."""
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
    """The first matches within the window."""
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
    """Matches in the name, in another meaning, or among ``spoken``, whose texts have the words."""
    named = name_search.named(query, assets.db) | Q(pk__in=ListedIds(spoken))
    meant = _meant(assets, query)
    return named | meant if meant else named


def _meant(assets: AssetQuerySet, query: str) -> Q:
    """What words can mean besides names: a person, language, status, error code, or the reference of a request."""
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
    """The ids of assets whose request has this reference."""
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
