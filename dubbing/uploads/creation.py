"""Create an upload: its row, its owner, its size, and whether there is room for it."""

from __future__ import annotations

import mimetypes
import re
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.models import Asset, Upload
from dubbing.platform import formatting, storage
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

UNFINISHED_FOR = timedelta(hours=48)
UNFINISHED_AT_ONCE = 200
_INVISIBLE = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MEDIA_TYPE = re.compile(r"(video|audio)/[A-Za-z0-9.+-]{1,90}")
_SENT = [status for status in Asset.Status if status not in (Asset.Status.DRAFT, Asset.Status.REFUSED)]


class UploadRefused(NotPossible):
    """The file cannot be accepted: ``message`` says what and why, ``remedy`` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message, self.remedy = message, remedy


class InvalidUpload(UploadRefused):
    """The declared values are invalid."""


class TooLarge(UploadRefused):
    """Larger than the portal accepts, or than this person has left."""


class TooManyUploads(UploadRefused):
    """This person has too many unfinished uploads."""


class NoSpace(UploadRefused):
    """The portal's disk has no space for the file now."""


def create_upload(user: User, *, kind: str, name: str, size: int, content_type: str = "", sha256: str = "") -> Upload:
    """Create the row of a file of ``size`` bytes and reserve its space before any of them come.

    Raises UploadRefused.
    """
    if size <= 0:
        raise InvalidUpload(gettext("This file is empty."), gettext("Check it on your computer, then upload it again."))
    if sha256 and not _SHA256.fullmatch(sha256):
        remedy = gettext("Enter 64 lowercase hexadecimal digits, or leave it out.")
        raise InvalidUpload(gettext("This is not a SHA-256 hash."), remedy)
    _check_limit(size)
    plain = plain_name(name)
    guessed = mimetypes.guess_type(plain)[0] or "application/octet-stream"
    key = storage.new_key(storage.Kind.UPLOAD, Path(plain).suffix)
    with transaction.atomic():
        _check_quota(user, size)
        _check_unfinished(user)
        upload = Upload.objects.create(
            owner=user,
            kind=kind,
            name=plain,
            size=size,
            content_type=content_type if _MEDIA_TYPE.fullmatch(content_type) else guessed,
            key=key,
            announced_sha256=sha256,
            expires_at=timezone.now() + UNFINISHED_FOR,
        )
    with storage.Partial(key, create=True):
        return upload


def twin_of(upload: Upload, user: User) -> Asset | None:
    """Return another asset that this person may see and whose source is the same file; None if there is none."""
    if upload.kind != Upload.Kind.VIDEO or not upload.sha256:
        return None
    same = Asset.objects.visible_to(user).filter(source__sha256=upload.sha256, source__size=upload.size)
    return same.exclude(source=upload).order_by("-pk").first()


def plain_name(name: str) -> str:
    """Return the last part of a path of any system, without invisible characters.

    It is shown to people and providers.
    """
    harmless = "".join(
        c for c in unicodedata.normalize("NFC", formatting.unturned(name)) if unicodedata.category(c) not in _INVISIBLE
    )
    return Path(harmless.replace("\\", "/")).name.strip()[:255] or "video"


def name_key(name: str) -> str:
    """Return a key that is the same for a file as different systems name it: in other case, Unicode form or folder."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    return unicodedata.normalize("NFC", last.strip().casefold())


def _check_limit(size: int) -> None:
    limit = settings.UPLOAD_MAX_BYTES
    if size > limit:
        message = gettext("This file is %(size)s and the limit is %(limit)s.")
        message %= {"size": formatting.size(size), "limit": formatting.size(limit)}
        raise TooLarge(message, gettext("Export it at a lower bit rate, or split it into parts."))
    if not storage.has_room(size):
        message = gettext("The portal does not have enough space for this file right now.")
        raise NoSpace(message, gettext("Contact an administrator."))


def _check_unfinished(user: User) -> None:
    unfinished = Upload.objects.owned_by(user).filter(status=Upload.Status.RECEIVING, expires_at__gt=timezone.now())
    if unfinished.count() >= UNFINISHED_AT_ONCE:
        message = gettext("You have %(count)s unfinished uploads, which is the limit.") % {"count": UNFINISHED_AT_ONCE}
        raise TooManyUploads(message, gettext("Resume or delete some, then upload this file again."))


def _check_quota(user: User, size: int) -> None:
    # One upload is created per person at a time, so that two cannot both take what is left.
    get_user_model().objects.select_for_update().filter(pk=user.pk).first()
    sent = Q(source_of__status__in=_SENT) | Q(background_of__status__in=_SENT)
    mine = Upload.objects.owned_by(user).exclude(status=Upload.Status.REFUSED)
    held = mine.exclude(pk__in=mine.filter(sent).values("pk")).aggregate(bytes=Sum("size"))["bytes"] or 0
    quota = settings.UPLOAD_QUOTA_BYTES
    if held + size > quota:
        message = gettext("Your unsent files use %(size)s of %(limit)s, which leaves too little space for this file.")
        message %= {"size": formatting.size(held), "limit": formatting.size(quota)}
        raise TooLarge(message, gettext("Submit or delete drafts you no longer need, then upload this file again."))
