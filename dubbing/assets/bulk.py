"""Bulk actions: change many assets, each in its own transaction and with the permission required at that moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.accounts.languages import reading_as
from dubbing.assets import archive, details, moves, trash
from dubbing.models import Asset, BulkAction, BulkItem, Project, Tag
from dubbing.models.subqueries import ListedIds
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 10_000
"""Maximum number of assets in one bulk action."""
KEPT_FOR = timedelta(days=30)
"""How long outcomes are kept: as long as the trash keeps what was moved there."""
LEASE_SECONDS = 300.0
_AT_ONCE = 50
_REVERSED = {
    BulkAction.Kind.TAG: BulkAction.Kind.UNTAG,
    BulkAction.Kind.UNTAG: BulkAction.Kind.TAG,
    BulkAction.Kind.ARCHIVE: BulkAction.Kind.UNARCHIVE,
    BulkAction.Kind.UNARCHIVE: BulkAction.Kind.ARCHIVE,
    BulkAction.Kind.TRASH: BulkAction.Kind.RESTORE,
    BulkAction.Kind.RESTORE: BulkAction.Kind.TRASH,
}


def start(
    kind: str,
    asset_ids: Iterable[int],
    user: User,
    *,
    project: Project | None = None,
    tag: str = "",
    target: Project | None = None,
    query: str = "",
    undoes: BulkAction | None = None,
) -> BulkAction:
    """Record a bulk action for ``carry_on``. Raises NotPossible if it is certain to do nothing.

    ``project``: the one from whose list it was started. Assets this person may not change are refused one by one.
    """
    ids = list(dict.fromkeys(asset_ids))[:MOST]
    tag = formatting.one_line(tag).strip()
    if not ids:
        raise NotPossible(gettext("No videos are selected. Select some, or choose all that match."))
    if kind not in BulkAction.Kind.values:
        raise NotPossible(gettext("Choose what to do with the videos."))
    if kind in (BulkAction.Kind.TAG, BulkAction.Kind.UNTAG) and not tag:
        raise NotPossible(gettext("Enter a tag."))
    if len(tag) > Tag.LONGEST:
        raise NotPossible(gettext("This tag is too long. Use at most %(count)s characters.") % {"count": Tag.LONGEST})
    if kind == BulkAction.Kind.MOVE and target is None:
        raise NotPossible(gettext("Choose a project."))
    with transaction.atomic():
        action = BulkAction.objects.create(
            user=user, project=project, kind=kind, tag=tag, target=target, query=query[:500], undoes=undoes
        )
        there = set(Asset.objects.filter(pk__in=ListedIds(ids)).values_list("pk", flat=True))
        numbered = enumerate(pk for pk in ids if pk in there)
        BulkItem.objects.bulk_create(
            (BulkItem(action=action, asset_id=pk, position=position) for position, pk in numbered), batch_size=1000
        )
    return action


def undo_kind(action: BulkAction) -> str:
    """Return the kind of action that undoes this one; an empty string if none does, or it was undone already."""
    if action.kind == BulkAction.Kind.MOVE:
        return BulkAction.Kind.MOVE if action.project_id else ""
    return _REVERSED.get(BulkAction.Kind(action.kind), "")


def undo(action: BulkAction, user: User) -> BulkAction:
    """Undo the change for each asset that it was made to, and for no other. Raises NotPossible if it is too late."""
    kind = undo_kind(action)
    if not kind or action.finished_at is None:
        raise NotPossible(gettext("This cannot be undone."))
    if BulkAction.objects.filter(undoes=action).exists():
        raise NotPossible(gettext("This was already undone."))
    done = action.items.filter(status=BulkItem.Status.DONE).values_list("asset_id", flat=True)
    return start(
        kind,
        done,
        user,
        project=action.project,
        tag=action.tag,
        target=action.project if kind == BulkAction.Kind.MOVE else None,
        query=action.query,
        undoes=action,
    )


def carry_on(pk: int, *, seconds: float) -> bool:
    """Continue for about this many seconds from where it stopped. Return True if there are assets left."""
    token = BulkAction.objects.due().claim(pk, seconds=LEASE_SECONDS)
    if token is None:
        return False
    action = BulkAction.objects.select_related("user", "target").get(pk=pk)
    deadline, left = time.monotonic() + seconds, True
    with reading_as(action.user):  # the reasons are stored in this person's language
        while left and time.monotonic() < deadline:
            left = _some(action, token, deadline)
    BulkAction.objects.release(pk, token, **({} if left else {"finished_at": timezone.now(), "next_at": None}))
    return left


def forget_old() -> None:
    """Delete old bulk actions."""
    BulkAction.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).exclude(finished_at=None).delete()


def _some(action: BulkAction, token: UUID, deadline: float) -> bool:
    """Process the next few, each separately: a process that is killed leaves the others to the next worker."""
    waiting = action.items.filter(status=BulkItem.Status.WAITING)
    items = list(waiting.order_by("position")[:_AT_ONCE])
    for item in items:
        with transaction.atomic():
            if not BulkAction.objects.held(action.pk, token).exists():
                return False  # somebody else continues it
            item.status, item.reason = _outcome(action, item.asset_id)
            item.save(update_fields=["status", "reason"])
        if time.monotonic() > deadline:
            return True
    return len(items) == _AT_ONCE


def _outcome(action: BulkAction, asset_id: int) -> tuple[str, str]:
    """Change one asset and return its status and reason. If that is impossible, nothing changes."""
    objects = Asset.objects
    restores = action.kind == BulkAction.Kind.RESTORE
    mine = objects.restorable_by(action.user) if restores else objects.editable_by(action.user)
    asset = mine.filter(pk=asset_id).first()
    if asset is None:
        message = gettext("This video no longer exists, or you do not have permission to change it.")
        return BulkItem.Status.REFUSED, message
    try:
        with transaction.atomic():
            changed = _ACTS[BulkAction.Kind(action.kind)](action, asset)
    except NotPossible as problem:
        return BulkItem.Status.REFUSED, str(problem)
    return (BulkItem.Status.DONE if changed else BulkItem.Status.UNCHANGED), ""


def _tag(action: BulkAction, asset: Asset) -> bool:
    return details.add_tag(asset, action.tag, action.user)


def _untag(action: BulkAction, asset: Asset) -> bool:
    wanted = action.tag.lower()
    tag = next((tag for tag in asset.tags.all() if tag.name.lower() == wanted), None)
    if tag is not None:
        details.remove_tag(asset, tag.pk, action.user)
    return tag is not None


def _move(action: BulkAction, asset: Asset) -> bool:
    if action.target is None:
        raise NotPossible(gettext("This project no longer exists."))
    if asset.project_id == action.target_id:
        return False
    moves.move_asset(asset, action.target, action.user)
    return True


def _archive(action: BulkAction, asset: Asset) -> bool:
    archive.archive(asset, action.user)
    return asset.archived_at is None


def _unarchive(action: BulkAction, asset: Asset) -> bool:
    archive.unarchive(asset, action.user)
    return asset.archived_at is not None


def _trash(action: BulkAction, asset: Asset) -> bool:
    trash.trash(asset, action.user)
    return True


def _restore(action: BulkAction, asset: Asset) -> bool:
    trash.restore(asset, action.user)
    return True


_ACTS: dict[BulkAction.Kind, Callable[[BulkAction, Asset], bool]] = {
    BulkAction.Kind.TAG: _tag,
    BulkAction.Kind.UNTAG: _untag,
    BulkAction.Kind.MOVE: _move,
    BulkAction.Kind.ARCHIVE: _archive,
    BulkAction.Kind.UNARCHIVE: _unarchive,
    BulkAction.Kind.TRASH: _trash,
    BulkAction.Kind.RESTORE: _restore,
}
