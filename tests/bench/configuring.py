"""Rows of somebody who is in the middle of configuring: a full draft, a large batch, a month of bookings."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.models import Asset, Batch, BatchRow, LedgerEntry, MonthlyUse, Policy, Preset, Project, Term, Upload

LOCALES = ("es-ES", "fr-FR", "de-DE", "it-IT", "pt-BR")
CUES, ROWS, LINES = 1_500, 200, 10_000
MINUTE_MS = 60_000


def make(project: Project, user: User) -> dict[str, int]:
    """Ids by what they are, as the bench's addresses name them."""
    Policy.objects.create(project=project, least_anonymization=0.3, consent_required=True)
    Preset.objects.create(project=project, name="Europe", values={"targets": list(LOCALES)}, created_by=user)
    Term.objects.bulk_create(Term(project=project, source=f"Harbour {at}", target=f"Puerto {at}") for at in range(50))
    draft = _draft(project, user, name="A full one", srts=LOCALES)
    _bookings(project, user)
    return {"project": project.pk, "draft": draft.pk, "batch": _batch(project, user).pk}


def _draft(project: Project, user: User, *, name: str, srts: tuple[str, ...] = ()) -> Asset:
    source = Upload.objects.create(
        owner=user,
        kind="video",
        status="complete",
        name=f"{name}.mp4",
        size=10**9,
        duration=7200.0,
        key="sources/x.mp4",
    )
    typed: dict[str, Any] = {
        "name": name,
        "source_from": "file",
        "source": str(source.pk),
        "source_locale": "en-US",
        "targets": list(LOCALES),
        "consent": "Contract 12",
    }
    typed |= {f"srt_{code}": _srt(code) for code in srts}
    return Asset.objects.create(project=project, created_by=user, name=name, source=source, typed=typed)


def _srt(code: str) -> str:
    cues = ((number, 4 * number, 4 * number + 3) for number in range(1, CUES + 1))
    return "".join(
        f"{number}\n{_time(start)} --> {_time(end)}\nLine {number} in {code}, as long as lines are.\n\n"
        for number, start, end in cues
    )


def _time(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02},000"


def _batch(project: Project, user: User) -> Batch:
    batch = Batch.objects.create(project=project, created_by=user, name="Two hundred")
    for number in range(1, ROWS + 1):
        asset = _draft(project, user, name=f"Episode {number}")
        BatchRow.objects.create(batch=batch, number=number, asset=asset, status="good", milliseconds=600 * MINUTE_MS)
    return batch


def _bookings(project: Project, user: User) -> None:
    month = timezone.localdate().replace(day=1)
    assets = list(Asset.objects.filter(project=project).exclude(submitted_at=None)[: LINES // 4])
    common: dict[str, Any] = {"project": project, "month": month, "actor": user}
    reserved = [
        LedgerEntry(asset=asset, locale=code, kind="reserve", milliseconds=MINUTE_MS, **common)
        for asset in assets
        for code in LOCALES[:2]
    ]
    lines = LedgerEntry.objects.bulk_create(reserved)
    LedgerEntry.objects.bulk_create(
        LedgerEntry(asset=line.asset, locale=line.locale, kind="settle", milliseconds=0, closes=line, **common)
        for line in lines
    )
    MonthlyUse.objects.create(project=project, month=month, milliseconds=len(lines) * MINUTE_MS)
