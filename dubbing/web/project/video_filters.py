"""Filters, search and sorting of a project's videos, read from the address."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.utils import formats, timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.models import Asset, Tag
from dubbing.models.reviews import ReviewStatus
from dubbing.platform import formatting, locales, numbers
from dubbing.web.shared import asset_lists

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

LONGEST = 100
SORTS: dict[str, StrOrPromise] = {
    "": _("Newest first"),
    "name": _("Name"),
    "due": _("Due date"),
    "attention": _("Needs attention first"),
    "late": _("Most overdue first"),
}
STATUSES: dict[str, list[str]] = {
    **{key: statuses for key, (_label, statuses) in asset_lists.GROUPS.items()},
    "late": [str(status) for status in Asset.OPEN],
    "archived": [],
}
REVIEWS: dict[str, StrOrPromise] = {
    str(status.value): status.label for status in ReviewStatus if status != ReviewStatus.WAITING
}
"""The statuses that the review of a final video may have."""
ADDED: dict[str, tuple[int, StrOrPromise]] = {
    "today": (1, _("Today")),
    "week": (7, _("In the last 7 days")),
    "month": (30, _("In the last 30 days")),
    "year": (365, _("In the last 365 days")),
}
"""Periods that end today, so that a saved view always means its own last week. Days, including today."""


def first_day_of(period: str) -> date:
    """The first day of one of the periods in ``ADDED``, counted back from today in the reader's zone."""
    return timezone.localdate() - timedelta(days=ADDED[period][0] - 1)


@dataclass(frozen=True, slots=True)
class Filters:
    """The filters. Invalid values in an address are ignored, so that every address is a page."""

    search: str = ""
    status: str = ""
    review: str = ""
    """With a language: the review of that language."""
    language: str = ""
    person: int = 0
    provider: str = ""
    tag: str = ""
    added: str = ""
    since: date | None = None
    until: date | None = None
    sort: str = ""

    @property
    def statuses(self) -> list[str] | None:
        """The statuses to find; None for all."""
        return STATUSES[self.status] if self.status and not self.archived else None

    @property
    def archived(self) -> bool:
        """Whether only archived videos are wanted. Otherwise they are left out."""
        return self.status == "archived"

    @property
    def only_late(self) -> bool:
        """Whether only videos past their deadline are wanted."""
        return self.status == "late"

    @property
    def first_day(self) -> date | None:
        """The first day of the chosen period, counted back from today."""
        return first_day_of(self.added) if self.added else None

    @property
    def active(self) -> list[str]:
        """The names of filters that leave something out."""
        return [name for name in NAMES if name != "sort" and getattr(self, name)]

    @property
    def folded(self) -> list[str]:
        """Those of them in the fold: all but the search and the status."""
        return [name for name in self.active if name not in ("search", "status")]

    @property
    def sorted(self) -> list[str]:
        """The name of the order, if it is not the default."""
        return ["sort"] if self.sort else []

    @property
    def query(self) -> str:
        """The filters as a query string."""
        return self.query_with()

    def query_with(self, **more: object) -> str:
        """The query string with further parameters."""
        given = {key: _written(getattr(self, name)) for name, key in NAMES.items()}
        return urlencode({key: value for key, value in {**more, **given, **more}.items() if value})

    def without(self, name: str) -> Filters:
        """The same filters without one of them."""
        return replace(self, **{name: getattr(_NONE, name)})

    def label(self, name: str, people: Mapping[int, str]) -> str:
        """One filter in words: "Language: French (France)"."""
        value = getattr(self, name)
        labels: dict[str, Any] = {
            "search": lambda: gettext("Search: “%(value)s”") % {"value": value},
            "status": lambda: gettext("Status: %(value)s") % {"value": status_label(value)},
            "review": lambda: gettext("Review: %(value)s") % {"value": REVIEWS[value]},
            "language": lambda: gettext("Language: %(value)s") % {"value": locales.display_name(value)},
            "person": lambda: gettext("Added by: %(value)s") % {"value": people.get(value, gettext("someone else"))},
            "provider": lambda: gettext("Provider: %(value)s") % {"value": providers.label(value)},
            "tag": lambda: gettext("Tag: %(value)s") % {"value": formatting.isolated(value)},
            "added": lambda: gettext("Added: %(value)s") % {"value": ADDED[value][1]},
            "sort": lambda: gettext("Sorted by: %(value)s") % {"value": SORTS[value]},
            "since": lambda: gettext("Added from: %(value)s") % {"value": formats.date_format(value)},
            "until": lambda: gettext("Added until: %(value)s") % {"value": formats.date_format(value)},
        }
        return str(labels[name]())


NAMES = {
    "search": "q",
    "status": "status",
    "review": "review",
    "language": "language",
    "person": "person",
    "provider": "provider",
    "tag": "tag",
    "added": "added",
    "since": "from",
    "until": "to",
    "sort": "sort",
}
"""The filters and their names in addresses."""
_NONE = Filters()


def parse(given: QueryDict) -> Filters:
    """The filters in an address."""
    values = {name: str(given.get(name, "")) for name in NAMES.values()}
    status, language, provider, sort = (values[name] for name in ("status", "language", "provider", "sort"))
    return Filters(
        search=values["q"].replace("\0", "").strip()[:LONGEST],
        status=status if status in STATUSES else "",
        review=values["review"] if values["review"] in REVIEWS else "",
        language=locales.canonical(language[:20]) or "" if language.isascii() else "",
        person=numbers.whole(values["person"]) or 0,
        provider=provider if provider in providers.all_names() else "",
        tag=formatting.one_line(values["tag"])[: Tag.LONGEST].strip(),
        added=values["added"] if values["added"] in ADDED else "",
        since=_day(values["from"]),
        until=_day(values["to"]),
        sort=sort if sort in SORTS else "",
    )


def status_label(key: str) -> StrOrPromise:
    """The label of a status filter."""
    if key == "archived":
        return gettext("Archived")
    return gettext("Late") if key == "late" else asset_lists.GROUPS[key][0]


def _day(text: str) -> date | None:
    try:
        return parse_date(text[:10])
    except ValueError:  # such as 31 February
        return None


def _written(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value or "")
