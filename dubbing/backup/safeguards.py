"""What has to be true right after a restore, so that nothing that was paid for since the backup is paid for again."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session
from django.db import connection, transaction

from dubbing import providers
from dubbing.models import Asset, Hold, Submission, Version
from dubbing.submissions.outcomes import lose, needs_person

GAP = 10_000
"""More assets than anybody creates between a backup and its restore."""
_WHY = "the database was restored: it may have been sent after the backup"
_NOT_PREPARED = "the database was restored: look at the provider for a job of this video"


def apply(made_at: datetime) -> int:
    """Hold every provider, and doubt every request that may have been sent after the backup. Returns how many."""
    with transaction.atomic():
        used = set(Asset.objects.order_by().values_list("provider", flat=True).distinct())
        for name in sorted({*used, *providers.provider_names()}):
            Hold.objects.put_restored(name, made_at)
        _forget_revisions()
        _leave_numbers_free()
        # Nobody knows which sessions ended after the backup.
        Session.objects.all().delete()
        return _doubt_requests()


def _doubt_requests() -> int:
    """Have the requests looked for before they are sent: READY and SENDING become UNKNOWN."""
    doubted = 0
    for submission in Submission.objects.filter(status__in=Submission.OPEN).select_related("asset", "asset__source"):
        can = providers.capabilities(submission.asset.provider)
        if can.prepares and not submission.candidate_id:
            # Its id came before it was paid for, but after the backup: no search can find it.
            needs_person(submission, _NOT_PREPARED)
        elif submission.status == Submission.Status.UNKNOWN:
            continue
        else:
            Submission.objects.filter(pk=submission.pk).update(status=Submission.Status.SENDING)
            whole = submission.asset.source.size if submission.asset.source else 0
            lose(Submission.objects.all(), submission, _WHY, cause="restore", sent_bytes=whole)
        doubted += 1
    return doubted


def _leave_numbers_free() -> None:
    """Give new assets other numbers than those created after the backup had: references and links may name these."""
    table, column = Asset._meta.db_table, Asset._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "pg_get_serial_sequence(%s, %s)"
            last = f"coalesce(pg_sequence_last_value({sequence}::regclass), 0) + %s"
            cursor.execute(f"SELECT setval({sequence}, {last})", [table, column, table, column, GAP])
        else:
            cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [GAP, table])


def _forget_revisions() -> None:
    """Drop requests to send a version back to editing: they were carried out, and what was made since would be lost."""
    asked = Version.objects.filter(revise_asked_at__isnull=False)
    asked.update(revise_asked_at=None, next_revise_at=None, revise_problem="")
