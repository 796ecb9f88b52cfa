"""Who used a share link, when, and for what."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.utils import timezone

from dubbing.models import ShareLink, ShareVisit

SAME_WITHIN = timedelta(minutes=10)
"""The same from the same address within this time is one row that counts: reloading writes no log of a million rows."""
KEPT_FOR = timedelta(days=90)
"""How long visits are kept after their link has ended: they name people and their addresses."""


def note(link: ShareLink, kind: ShareVisit.Kind, *, address: str, name: str = "", what: str = "") -> None:
    """Write down that somebody used the link. ``name``: of the guest, if they gave one; ``what``: a file."""
    now = timezone.now()
    same = {"kind": kind, "address": address, "name": name, "what": what}
    latest = link.visits.filter(last_at__gt=now - SAME_WITHIN, **same).order_by("-pk")
    pk = latest.values_list("pk", flat=True).first()
    if pk is None:
        ShareVisit.objects.create(link=link, at=now, last_at=now, **same)
    else:
        ShareVisit.objects.filter(pk=pk).update(times=F("times") + 1, last_at=now)


def forget_old() -> None:
    """Delete visits by links that ended long ago."""
    ShareVisit.objects.filter(link__expires_at__lt=timezone.now() - KEPT_FOR).delete()
