"""A person's notices in the portal: the number of unread ones, and one page of the list."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from django.contrib.auth.models import User

from dubbing.models import Notice
from dubbing.models.notices import OF_REVIEW, sees_ops_notices
from dubbing.models.prepared import PreparedQuery
from dubbing.notices import texts
from dubbing.notices.notice_keys import notice_key

if TYPE_CHECKING:
    from django.db.models import QuerySet

PAGE = 50
MOST_COUNTED = 99


def count_unread(user: User) -> int:
    """Number of unread notices, up to one more than is ever shown."""
    return len(_UNREAD[sees_ops_notices(user)].rows(user=user.pk))


def _unread(user: int, *, for_ops: bool) -> QuerySet[Notice, tuple[int]]:
    unread = Notice.objects.of_person(user, for_ops=for_ops).unread()
    return unread.order_by().values_list("pk")[: MOST_COUNTED + 1]


_UNREAD = {for_ops: PreparedQuery(partial(_unread, for_ops=for_ops), "user") for for_ops in (False, True)}


def _unread_of_asset(user: int, asset: int) -> QuerySet[Notice, tuple[int, str, str]]:
    mine = Notice.objects.unread().filter(recipient=user, asset=asset)
    return mine.order_by().values_list("pk", "kind", "locale")


_UNREAD_OF_ASSET = PreparedQuery(_unread_of_asset, "user", "asset")


def page(user: User, *, before: int, unread: bool) -> tuple[list[texts.NoticeText], int]:
    """The newest notices older than ``before`` (0: all), and the ``before`` of the next page (0: this is the last)."""
    rows = Notice.objects.visible_to(user).select_related("asset", "project")
    rows = rows.unread() if unread else rows
    notices = list((rows.filter(pk__lt=before) if before else rows).order_by("-pk")[: PAGE + 1])
    shown = notices[:PAGE]
    return texts.lines(shown), shown[-1].pk if len(notices) > PAGE else 0


def new_since(user: User, after: int | None) -> tuple[int, list[texts.NoticeText]]:
    """The id of the newest notice, and unread ones after ``after``, oldest first; none if that is None."""
    mine = Notice.objects.visible_to(user)
    newest = mine.order_by("-pk").values_list("pk", flat=True).first() or 0
    if after is None:
        return newest, []
    rows = mine.unread().filter(pk__gt=after, pk__lte=newest).select_related("asset", "project")
    return newest, texts.lines(reversed(rows.order_by("-pk")[:PAGE]))


def mark_read_of_asset(user: User, asset_id: int) -> None:
    """Mark notices about this asset as read, because the person is looking at it. Writes nothing if there are none."""
    if _UNREAD_OF_ASSET.rows(user=user.pk, asset=asset_id):
        Notice.objects.unread().filter(recipient=user, asset=asset_id).mark_read()


def mark_read_of_review(user: User, asset_id: int, locale: str) -> None:
    """Mark notices about this language's review as read. Writes nothing if there are none."""
    unread = _UNREAD_OF_ASSET.rows(user=user.pk, asset=asset_id)
    of_review = [pk for pk, kind, language in unread if kind in OF_REVIEW and language == locale]
    if of_review:
        Notice.objects.filter(pk__in=of_review).mark_read()


def mark_read_of_comparison(user: User, comparison: int) -> None:
    """Mark notices about this blind comparison as read. Writes nothing if there are none."""
    keys = [notice_key(comparison, closed=closed) for closed in (False, True)]
    mine = Notice.objects.unread().filter(recipient=user, kind=Notice.Kind.VOTE, key__in=keys)
    if mine.exists():
        mine.mark_read()
