"""Links to our copy of a source, for providers that fetch it: signed, and good for nobody after their time."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from dubbing.models import Upload

# A provider may fetch late and more than once.
LASTS = timedelta(hours=48)
SALT = "source-link"


def source_link(upload: Upload) -> str:
    """A public address of the file. It needs no sign-in and is not kept anywhere."""
    return (
        f"{settings.PORTAL_URL}{reverse('shared-file', args=[signing.TimestampSigner(salt=SALT).sign(upload.pk.hex)])}"
    )


def upload_behind(signed: str) -> Upload | None:
    """The file that the link is for; None when it was tampered with, has expired, or the file is gone."""
    try:
        pk = signing.TimestampSigner(salt=SALT).unsign(signed, max_age=LASTS)
    except signing.BadSignature:
        return None
    return Upload.objects.filter(pk=pk, status=Upload.Status.COMPLETE).first()
