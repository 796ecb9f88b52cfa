"""The values of each filter of a project's videos, with counts: the same for the list and the grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from dubbing import providers
from dubbing.assets import details
from dubbing.models import Membership
from dubbing.platform import formatting, locales
from dubbing.web.project import video_filters, video_list
from dubbing.web.project.video_filters import Filters
from dubbing.web.shared import asset_lists

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class FilterChoice:
    """A value of a filter: its label, its count, and its address."""

    value: str
    label: StrOrPromise
    count: str
    query: str = ""
    chosen: bool = False

    @property
    def number(self) -> int:
        """The count, for plural forms."""
        return int(self.count)


def offer_statuses(role: str, filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """All, and each status that concerns this role."""
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


def offer_languages(filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """Languages that videos exist in; for a large project, all languages."""
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


def name_people(project: Any, user: User) -> dict[int, str]:
    """The members who may have added something, with their names."""
    members = Membership.objects.filter(project=project).select_related("user")
    names = {member.user_id: formatting.person(member.user) for member in members}
    return names | ({user.pk: gettext("%(name)s (you)") % {"name": names[user.pk]}} if user.pk in names else {})


def offer_people(names: dict[int, str], filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """The people who added something."""
    others = (set(counts.person) | ({filters.person} if filters.person else set())) - set(names)
    known = names | dict.fromkeys(others, gettext("someone else"))
    return [
        FilterChoice(str(pk), name, counts.text("person", pk), chosen=pk == filters.person)
        for pk, name in sorted(known.items(), key=lambda person: (person[1].casefold(), person[0]))
        if not counts.exact or counts.person.get(pk) or pk == filters.person
    ]


def offer_providers(filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """Providers that are available now, or that something was sent to."""
    return [
        FilterChoice(name, providers.label(name), counts.text("provider", name), chosen=name == filters.provider)
        for name in providers.all_names()
        if name in providers.provider_names() or counts.provider.get(name) or name == filters.provider
    ]


def offer_tags(project_id: int, user: User, filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """The project's tags, without tags of videos the person cannot see: they may be from somebody's draft."""
    known = set(counts.tag) | ({filters.tag} if filters.tag else set())
    if not counts.exact:
        known |= set(details.known_tags(project_id, user))
    return [
        FilterChoice(name, formatting.isolated(name), counts.text("tag", name), chosen=name == filters.tag)
        for name in sorted(known, key=lambda name: (name.casefold(), name))
    ]


def offer_reviews(filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """The statuses that the review of a language may have."""
    return [
        FilterChoice(key, label, counts.text("review", key), chosen=key == filters.review)
        for key, label in video_filters.REVIEWS.items()
    ]


def offer_added(filters: Filters, counts: video_list.FilterCounts) -> list[FilterChoice]:
    """How long ago something was added."""
    return [
        FilterChoice(key, label, counts.text("added", key), chosen=key == filters.added)
        for key, (_days, label) in video_filters.ADDED.items()
    ]
