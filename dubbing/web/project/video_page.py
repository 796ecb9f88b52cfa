"""What the page of a project's videos shows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from django.utils.translation import gettext

from dubbing import providers
from dubbing.assets import details
from dubbing.models import Asset, ListChoice, Membership, RowHeight
from dubbing.platform import formatting, locales
from dubbing.web.project import excerpts, video_filters, video_list
from dubbing.web.project.video_filters import Filters
from dubbing.web.shared import asset_lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django_stubs_ext import StrOrPromise

DENSE_FROM = 20


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A value of a filter: what it is called, how many there are, and where it leads."""

    value: str
    label: StrOrPromise
    count: str
    query: str = ""
    chosen: bool = False

    @property
    def number(self) -> int:
        """The count, for words that depend on it."""
        return int(self.count)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPage:
    """The page."""

    rows: list[asset_lists.AssetRow]
    beyond: int
    counts: video_list.FilterCounts
    statuses: list[FilterChoice]
    languages: list[FilterChoice]
    people: list[FilterChoice]
    providers: list[FilterChoice]
    tags: list[FilterChoice]
    added: list[FilterChoice]
    active: list[tuple[str, str]]
    """Each filter in the fold in words, and the address without it."""
    suggestions: list[FilterChoice]
    """For a page without videos: the filters without which there are some."""
    dense: bool
    hidden: list[tuple[str, str]]
    """The filters, as fields of a form."""
    part: str
    older: str
    """Queries: of what the page looks at again, and of the next page."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here, and nothing further on."""
        return not self.rows and not self.beyond

    @property
    def shown(self) -> list[object]:
        """All that is to be seen, as plain values: when they change, the page does."""
        choices = (self.statuses, self.languages, self.people, self.providers, self.tags, self.added)
        counted = [[(choice.value, choice.count) for choice in group] for group in choices]
        return [
            self.beyond,
            self.dense,
            counted,
            [row.shown for row in self.rows],
            [choice.label for choice in self.suggestions],
        ]


def build(project: Any, user: User, filters: Filters, beyond: int) -> VideoPage:
    """The page, in a fixed number of queries. ``project``: with the reader's ``role``."""
    videos = video_list.find(project.pk, user, filters, beyond=beyond)
    counts = video_list.counts(project.pk, user, filters)
    assets = {asset.pk: asset for asset in asset_lists.prefetched(Asset.objects.filter(pk__in=videos.ids))}
    rows = _with_excerpts(asset_lists.rows(assets[pk] for pk in videos.ids if pk in assets), project.pk, filters.search)
    names = _names(project, user)
    height = ListChoice.objects.filter(user=user).values_list("rows", flat=True).first() or RowHeight.AUTO
    many = len(rows) >= DENSE_FROM or counts.status.get("", 0) >= DENSE_FROM or not counts.exact
    return VideoPage(
        rows=rows,
        beyond=videos.beyond,
        counts=counts,
        statuses=_statuses(project.role, filters, counts),
        languages=_languages(filters, counts),
        people=_people(names, filters, counts),
        providers=_providers(filters, counts),
        tags=_tags(project.pk, user, filters, counts),
        added=[
            FilterChoice(key, label, counts.text("added", key), chosen=key == filters.added)
            for key, (_days, label) in video_filters.ADDED.items()
        ],
        active=[
            (filters.label(name, names), filters.without(name).query) for name in (*filters.folded, *filters.sorted)
        ],
        suggestions=_suggestions(filters, counts, names) if not rows and not beyond else [],
        dense=height == RowHeight.DENSE or (height == RowHeight.AUTO and many),
        hidden=parse_qsl(filters.query),
        part=filters.query_with(part="list", before=beyond or ""),
        older=filters.query_with(before=videos.beyond or ""),
    )


def _with_excerpts(rows: list[asset_lists.AssetRow], project_id: int, query: str) -> list[asset_lists.AssetRow]:
    """Where the search found those that do not have it in their names."""
    unnamed = [row for row in rows if query and query.casefold() not in row.asset.name.casefold()]
    spoken = excerpts.find([row.asset.pk for row in unnamed], project_id, query) if unnamed else {}
    return [replace(row, excerpt=spoken.get(row.asset.pk)) for row in rows]


def _statuses(role: str, filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    labels: dict[str, StrOrPromise] = {"": gettext("All")}
    for key, (label, _statuses) in asset_lists.groups(role).items():
        labels[key] = label
        if key == "running":
            labels["late"] = video_filters.status_label("late")
    labels["archived"] = video_filters.status_label("archived")
    return [
        FilterChoice(
            key,
            label,
            counts.text("status", key),
            query=filters.without("status").query_with(status=key),
            chosen=key == filters.status,
        )
        for key, label in labels.items()
    ]


def _languages(filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    there = set(counts.language) if counts.exact else {locale.code for locale in locales.targets()}
    codes = there | ({filters.language} if filters.language else set())
    return [
        FilterChoice(
            code,
            f"{locales.display_name(code)} · {code}",
            counts.text("language", code),
            chosen=code == filters.language,
        )
        for code in locales.by_name(codes)
    ]


def _names(project: Any, user: User) -> dict[int, str]:
    """Who may have added something: members, by what they are called."""
    members = Membership.objects.filter(project=project).select_related("user")
    names = {member.user_id: formatting.person(member.user) for member in members}
    return names | ({user.pk: gettext("%(name)s (you)") % {"name": names[user.pk]}} if user.pk in names else {})


def _people(names: dict[int, str], filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    others = (set(counts.person) | ({filters.person} if filters.person else set())) - set(names)
    known = names | dict.fromkeys(others, gettext("someone else"))
    return [
        FilterChoice(str(pk), name, counts.text("person", pk), chosen=pk == filters.person)
        for pk, name in sorted(known.items(), key=lambda person: (person[1].casefold(), person[0]))
        if not counts.exact or counts.person.get(pk) or pk == filters.person
    ]


def _providers(filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    return [
        FilterChoice(name, providers.label(name), counts.text("provider", name), chosen=name == filters.provider)
        for name in providers.all_names()
        if name in providers.provider_names() or counts.provider.get(name) or name == filters.provider
    ]


def _tags(project_id: int, user: User, filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """The project's tags. One that no video a person sees has is not offered: it may be that of somebody's draft."""
    known = set(counts.tag) | ({filters.tag} if filters.tag else set())
    if not counts.exact:
        known |= set(details.known_tags(project_id, user))
    return [
        FilterChoice(name, name, counts.text("tag", name), chosen=name == filters.tag)
        for name in sorted(known, key=lambda name: (name.casefold(), name))
    ]


def _suggestions(filters: Filters, counts: video_list.FilterCounts, names: dict[int, str]) -> list[FilterChoice]:
    """Which filter to drop. Of large projects nobody knows whether that helps: all of them."""
    return [
        FilterChoice(
            name,
            filters.label(name, names),
            str(counts.without[name]) if counts.exact else "",
            query=filters.without(name).query,
        )
        for name in filters.active
        if not counts.exact or counts.without[name]
    ]
