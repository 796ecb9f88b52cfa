"""The limit on the total size of a person's drafts. Each draft records its size, so that none has to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext

from dubbing.models import Asset
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UNSENT = [Asset.Status.DRAFT, Asset.Status.AWAITING, Asset.Status.REFUSED]
"""Nothing was paid for these, so nothing else limits their number."""
_NAMED = 3


class DraftsFull(NotPossible):
    """The person's drafts have no room for more text."""


def check_quota(owner: User, size: int, *, before: int = 0) -> None:
    """Raise DraftsFull unless a draft of this size, previously ``before`` bytes, fits. Shrinking it is always allowed.

    Nothing is locked: the number of a person's large forms read at once is limited, and so is any excess.
    """
    if size <= before:
        return
    held = _held_by(owner) - before + size
    if held > settings.DRAFT_QUOTA_BYTES:
        raise DraftsFull(_message(owner, held))


def _held_by(owner: User) -> int:
    mine = Asset.objects.filter(created_by=owner, status__in=UNSENT)
    return mine.aggregate(bytes=Sum("typed_bytes"))["bytes"] or 0


def _message(owner: User, held: int) -> str:
    mine = Asset.objects.filter(created_by=owner, status__in=UNSENT, typed_bytes__gt=0).only("name", "typed_bytes")
    largest = [
        f"“{formatting.isolated(str(draft))}” ({formatting.size(draft.typed_bytes)})"
        for draft in mine.order_by("-typed_bytes", "pk")[:_NAMED]
    ]
    message = gettext(
        "The texts of all unsent drafts of %(person)s add up to %(size)s and the limit is %(limit)s. "
        "Submit or delete drafts that are no longer needed."
    ) % {
        "person": owner.get_username(),
        "size": formatting.size(held),
        "limit": formatting.size(settings.DRAFT_QUOTA_BYTES),
    }
    named = gettext("The largest are %(drafts)s.") % {"drafts": ", ".join(largest)}
    return f"{message} {named}" if largest else message
