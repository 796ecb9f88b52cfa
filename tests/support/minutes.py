"""What the ledger has to say at any time: sums that agree, and for each locale one reservation, open or closed once."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Sum

from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, LedgerEntry, MonthlyTotal, MonthlyUse, Policy, Project, Submission, Upload
from dubbing.submissions.submit import submit
from tests.support.rows import make_upload


def contradictions() -> list[str]:
    """Where the ledger disagrees with itself or with what was sent; nothing when all is well."""
    return [*_sums(), *_totals(), *_reservations()]


def _totals() -> list[str]:
    months = MonthlyUse.objects.order_by().values("month").annotate(sum=Sum("milliseconds"))
    of_all = dict(MonthlyTotal.objects.values_list("month", "milliseconds"))
    wrong = [row for row in months if of_all.get(row["month"], row["sum"]) != row["sum"]]
    return [f"{row['month']}: projects {row['sum']}, all {of_all[row['month']]}" for row in wrong]


def _sums() -> list[str]:
    lines = LedgerEntry.objects.order_by().values("project", "month").annotate(sum=Sum("milliseconds"))
    booked = {(row["project"], row["month"]): row["sum"] for row in lines}
    kept = {(use.project_id, use.month): use.milliseconds for use in MonthlyUse.objects.all()}
    keys = {key for key in booked.keys() | kept.keys() if booked.get(key, 0) != kept.get(key, 0)}
    return [f"{key}: lines {booked.get(key, 0)}, month {kept.get(key, 0)}" for key in keys]


def _reservations() -> list[str]:
    reserved: Counter[tuple[int, str]] = Counter()
    for line in LedgerEntry.objects.filter(kind="reserve").exclude(submission=None):
        assert line.submission_id is not None
        reserved[(line.submission_id, line.locale)] += 1
    first = Submission.objects.filter(attempt=1)
    asked = Counter((one.pk, locale) for one in first for locale in one.locales)
    found = [
        f"{key}: asked {asked[key]}, reserved {reserved[key]}"
        for key in asked | reserved
        if asked[key] != reserved[key]
    ]
    lines = LedgerEntry.objects.exclude(closes=None).select_related("closes")
    wrong = [line for line in lines if line.kind == "release" and line.milliseconds != -line.closes.milliseconds]  # type: ignore[union-attr]
    return [*found, *(f"{line} gives back something else than was reserved" for line in wrong)]


def kinds(asset: Asset) -> list[tuple[str, str, int]]:
    """The lines of an asset in order: locale, kind, milliseconds."""
    return list(asset.ledger.order_by("id").values_list("locale", "kind", "milliseconds"))


def used_by(project: Project) -> int:
    """Milliseconds that are reserved and used in all months."""
    return sum(project.monthly_use.values_list("milliseconds", flat=True))


def allow(project: Project, minutes: int | None, *, approval_above: int | None = None) -> None:
    """The project's limits."""
    Project.objects.filter(pk=project.pk).update(monthly_minutes=minutes)
    Policy.objects.update_or_create(project=project, defaults={"approval_above": approval_above})


def fields_of(source: Upload | None, *locales: str, **values: Any) -> AssetFields:
    """A checked form, for these languages."""
    where: dict[str, Any] = {"source": source} if source else {"media_url": "https://media.example.com/harbour.mp4"}
    usual: dict[str, Any] = {"name": "Harbour tour", "source_locale": "en-US", "auto_generate": "no_lips"}
    return AssetFields(targets=tuple(map(TargetText, locales or ("es-ES",))), **(usual | where | values))


def order(project: Project, user: User, *locales: str, seconds: float = 60.0, **values: Any) -> Asset:
    """An asset of this length that somebody submitted, sent or waiting for approval."""
    asset = Asset.objects.create(project=project, created_by=user)
    submit(asset, fields_of(make_upload(user, duration=seconds), *locales, **values), user)
    return Asset.objects.get(pk=asset.pk)
