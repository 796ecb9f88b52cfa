"""Links as lists and their own pages show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models import ShareLink, ShareVisit, status_badges

ACTIVE = status_badges.State(_("Active"), "circle-check", "green")
PAUSED = status_badges.State(_("Not working now"), "player-pause", "amber")
EXPIRED = status_badges.State(_("Expired"), "history", "grey")
REVOKED = status_badges.State(_("Revoked"), "ban", "grey")


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A link, how it stands, and how often it was opened."""

    link: ShareLink
    state: status_badges.State
    opened: int
    opened_at: datetime | None

    @property
    def is_paused(self) -> bool:
        """Neither over nor working."""
        return self.state is PAUSED

    @property
    def rights(self) -> list[str]:
        """What guests may do, in words."""
        link = self.link
        allowed = [
            (True, gettext("View")),
            (link.may_comment, gettext("Comment")),
            (link.may_download, gettext("Download")),
            (link.shows_source, gettext("Source video")),
        ]
        return [words for is_allowed, words in allowed if is_allowed]


def lines(links: Iterable[ShareLink]) -> list[LinkLine]:
    """These links, in a fixed number of queries."""
    rows = list(links)
    ids = [link.pk for link in rows]
    live = set(ShareLink.objects.live().filter(pk__in=ids).values_list("pk", flat=True))
    opened = ShareVisit.objects.filter(link__in=ids, kind=ShareVisit.Kind.OPENED).order_by()
    counted = opened.values("link").annotate(times_=Sum("times"), latest=Max("last_at"))
    visits = {row["link"]: (row["times_"], row["latest"]) for row in counted}
    return [LinkLine(link, _state(link, is_live=link.pk in live), *visits.get(link.pk, (0, None))) for link in rows]


def _state(link: ShareLink, *, is_live: bool) -> status_badges.State:
    if link.revoked_at:
        return REVOKED
    if link.is_over:
        return EXPIRED
    return ACTIVE if is_live else PAUSED
