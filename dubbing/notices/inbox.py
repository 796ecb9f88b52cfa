"""What a person finds in the portal: how many notices are unread, and those that one page of the list shows."""

from __future__ import annotations

from django.contrib.auth.models import User

from dubbing.models import Notice
from dubbing.models.notices import OF_REVIEW
from dubbing.notices import texts

PAGE = 50
MOST_COUNTED = 99


def count_unread(user: User) -> int:
    """How many are unread: up to one more than is ever shown."""
    return len(Notice.objects.visible_to(user).unread().order_by().values_list("pk", flat=True)[: MOST_COUNTED + 1])


def page(user: User, *, before: int, unread: bool) -> tuple[list[texts.NoticeText], int]:
    """The newest of those older than ``before`` (0: all), and where the next page goes on: 0 for the last."""
    rows = Notice.objects.visible_to(user).select_related("asset", "project")
    rows = rows.unread() if unread else rows
    notices = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    shown = notices[:PAGE]
    return texts.lines(shown), shown[-1].pk if len(notices) > PAGE else 0


def new_since(user: User, after: int | None) -> tuple[int, list[texts.NoticeText]]:
    """The id of the newest, and those unread after ``after``, the oldest first; none of them when that is None."""
    mine = Notice.objects.visible_to(user)
    newest = mine.order_by("-pk").values_list("pk", flat=True).first() or 0
    if after is None:
        return newest, []
    rows = mine.unread().filter(pk__gt=after, pk__lte=newest).select_related("asset", "project")
    return newest, texts.lines(reversed(rows.order_by("-pk")[:PAGE]))


def mark_read_of_asset(user: User, asset_id: int) -> None:
    """The person looks at what these are about. Nothing is written when there are none."""
    mine = Notice.objects.unread().filter(recipient=user, asset=asset_id)
    if mine.exists():
        mine.mark_read()


def mark_read_of_review(user: User, asset_id: int, locale: str) -> None:
    """The person looks at the review of a language. Nothing is written when there is nothing about it."""
    mine = Notice.objects.unread().filter(recipient=user, asset=asset_id, locale=locale, kind__in=OF_REVIEW)
    if mine.exists():
        mine.mark_read()
