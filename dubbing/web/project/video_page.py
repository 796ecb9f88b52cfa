"""The content of a project's page of videos."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from dubbing.models import ListChoice, RowHeight
from dubbing.web.project import excerpts, filter_choices, video_list
from dubbing.web.project.filter_choices import FilterChoice
from dubbing.web.project.video_filters import Filters
from dubbing.web.shared import asset_lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User

DENSE_FROM = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoPage:
    """The page."""

    rows: list[asset_lists.AssetRow]
    beyond: int
    counts: video_list.FilterCounts
    statuses: list[FilterChoice]
    reviews: list[FilterChoice]
    languages: list[FilterChoice]
    people: list[FilterChoice]
    providers: list[FilterChoice]
    tags: list[FilterChoice]
    added: list[FilterChoice]
    active: list[tuple[str, str]]
    """Each filter in the fold in words, and the address without it."""
    suggestions: list[FilterChoice]
    """For a page without videos: filters without which there are some."""
    dense: bool
    hidden: list[tuple[str, str]]
    """The filters as hidden fields of a form."""
    part: str
    older: str
    """Query strings: of the part that the page polls, and of the next page."""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing here, and nothing on later pages."""
        return not self.rows and not self.beyond

    @property
    def shown(self) -> list[object]:
        """Everything visible, as plain values: the page changes if and only if they do."""
        choices = (self.statuses, self.reviews, self.languages, self.people, self.providers, self.tags, self.added)
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
    assets = {asset.pk: asset for asset in asset_lists.with_ids(videos.ids)}
    rows = _with_excerpts(asset_lists.rows(assets[pk] for pk in videos.ids if pk in assets), project.pk, filters.search)
    names = filter_choices.name_people(project, user)
    height = ListChoice.objects.filter(user=user).values_list("rows", flat=True).first() or RowHeight.AUTO
    many = len(rows) >= DENSE_FROM or counts.status.get("", 0) >= DENSE_FROM or not counts.exact
    return VideoPage(
        rows=rows,
        beyond=videos.beyond,
        counts=counts,
        statuses=filter_choices.offer_statuses(project.role, filters, counts),
        languages=filter_choices.offer_languages(filters, counts),
        people=filter_choices.offer_people(names, filters, counts),
        providers=filter_choices.offer_providers(filters, counts),
        tags=filter_choices.offer_tags(project.pk, user, filters, counts),
        reviews=filter_choices.offer_reviews(filters, counts),
        added=filter_choices.offer_added(filters, counts),
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
    """Add excerpts to those rows that were not found by their names."""
    unnamed = [row for row in rows if query and query.casefold() not in row.asset.name.casefold()]
    spoken = excerpts.find([row.asset.pk for row in unnamed], project_id, query) if unnamed else {}
    return [replace(row, excerpt=spoken.get(row.asset.pk)) for row in rows]


def _suggestions(filters: Filters, counts: video_list.FilterCounts, names: dict[int, str]) -> list[FilterChoice]:
    """Filters to drop. In large projects it is unknown whether that helps, so all of them."""
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
