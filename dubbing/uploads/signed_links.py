"""Signed links to our copy of a source, for providers that download it. They expire with their job."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.urls import reverse

from dubbing.models import Dubbing, Submission, Upload
from dubbing.platform import numbers, storage

# A provider may fetch the file late, and more than once.
LASTS = timedelta(hours=48)
SALT = "source-link"
_MAY_FETCH = [*Submission.OPEN, Submission.Status.ACCEPTED]


def source_link(submission: Submission, upload: Upload) -> str:
    """Return a public address of the file, for the job that this request creates.

    It needs no sign-in and is not stored. If the file is in a bucket, it is an address there. Raises OSError.
    """
    if address := storage.link(upload.key, lasts=LASTS, kind=upload.content_type or "application/octet-stream"):
        return address
    signed = signing.TimestampSigner(salt=SALT).sign(f"{upload.pk.hex}.{submission.pk}")
    return f"{settings.PORTAL_URL}{reverse('shared-file', args=[signed])}"


def upload_behind(signed: str) -> Upload | None:
    """Return the file of the link; None if it is forged, it or its job is over, or the file is gone."""
    try:
        pk, _, submission = signing.TimestampSigner(salt=SALT).unsign(signed, max_age=LASTS).partition(".")
    except signing.BadSignature:
        return None
    if not _is_wanted(numbers.whole(submission) or 0, UUID(pk)):
        return None
    return Upload.objects.filter(pk=pk, status=Upload.Status.COMPLETE).first()


def _is_wanted(submission_pk: int, upload_pk: UUID) -> bool:
    """Whether the request may still be carried out, and one of its languages is unfinished."""
    sent = Submission.objects.filter(pk=submission_pk, status__in=_MAY_FETCH, asset__source=upload_pk)
    submission = sent.only("asset_id", "locales").first()
    if submission is None:
        return False
    codes = submission.locales if isinstance(submission.locales, list) else []
    theirs = Dubbing.objects.filter(asset=submission.asset_id, locale__in=codes)
    return theirs.exclude(status__in=Dubbing.FINAL).exists()
