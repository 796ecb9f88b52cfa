"""Raw callback deliveries from providers."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connections, models, transaction
from django.db.models import Q
from django.utils import timezone

from dubbing.models.assets import Asset
from dubbing.models.submissions import Submission

# Every event of every provider comes this way, so this is plain SQL: one round trip where the database allows it, and
# no query building. The asset's row is locked first, as everywhere. ``Asset.objects.mark`` defines what a mark means;
# a repeated body (``known``) that arrives just after a sync causes the next one a little later.
_POSTGRESQL = """
WITH told AS (
  SELECT EXISTS (
    SELECT 1 FROM dubbing_callback WHERE submission_id = %(submission)s AND sha256 = %(sha256)s
  ) AS known
), marked AS (
  UPDATE dubbing_asset SET dirty_seq = dirty_seq + 1, next_poll_at = CASE
    WHEN NOT COALESCE(known AND (last_ok_at > %(just_now)s OR lease_until > %(now)s), FALSE) THEN %(now)s
    WHEN next_poll_at < %(later)s THEN next_poll_at ELSE %(later)s END
  FROM told WHERE dubbing_asset.id = %(asset)s
  RETURNING dirty_seq = done_seq + 1
    AND NOT COALESCE(known AND (last_ok_at > %(just_now)s OR lease_until > %(now)s), FALSE) AS unheard
)
INSERT INTO dubbing_callback (submission_id, body, sha256, event, remote_asset_id, remote_version_id, count,
  received_at, last_received_at)
SELECT %(submission)s, %(body)s, %(sha256)s, %(event)s, %(remote_asset_id)s, %(remote_version_id)s, 1, %(now)s, %(now)s
FROM marked
ON CONFLICT (submission_id, sha256) DO UPDATE SET count = dubbing_callback.count + 1,
  last_received_at = excluded.last_received_at, processed_at = NULL
RETURNING (SELECT unheard FROM marked)
"""
# The same for SQLite, which needs one statement per step.
_KNOWN = "SELECT 1 FROM dubbing_callback WHERE submission_id = %(submission)s AND sha256 = %(sha256)s"
_MARK = """
UPDATE dubbing_asset SET dirty_seq = dirty_seq + 1, next_poll_at = CASE
  WHEN NOT COALESCE(%(known)s AND (last_ok_at > %(just_now)s OR lease_until > %(now)s), FALSE) THEN %(now)s
  WHEN next_poll_at < %(later)s THEN next_poll_at ELSE %(later)s END
WHERE id = %(asset)s
RETURNING dirty_seq = done_seq + 1
  AND NOT COALESCE(%(known)s AND (last_ok_at > %(just_now)s OR lease_until > %(now)s), FALSE)
"""
_STORE = """
INSERT INTO dubbing_callback (submission_id, body, sha256, event, remote_asset_id, remote_version_id, count,
  received_at, last_received_at)
VALUES (%(submission)s, %(body)s, %(sha256)s, %(event)s, %(remote_asset_id)s, %(remote_version_id)s, 1,
  %(now)s, %(now)s)
ON CONFLICT (submission_id, sha256) DO UPDATE SET count = dubbing_callback.count + 1,
  last_received_at = excluded.last_received_at, processed_at = NULL
"""


class CallbackQuerySet(models.QuerySet["Callback"]):
    """Storing and reading deliveries."""

    def take(self, submission: Submission, body: bytes, *, event: str, asset_id: str, version_id: str) -> bool:
        """Store a delivery and make its asset due for sync.

        There is one row per body, which counts how often it came: two genuine events can have the same bytes.
        Returns True if no sync was due already, so that one wake-up serves many deliveries.
        """
        connection = connections[self.db]
        moment = timezone.now()
        times = {"now": moment, "later": moment + Asset.BETWEEN_REPEATS, "just_now": moment - Asset.BETWEEN_REPEATS}
        values: dict[str, Any] = {
            "submission": submission.pk,
            "asset": submission.asset_id,
            "body": body,
            "sha256": hashlib.sha256(body).hexdigest(),
            "event": event,
            "remote_asset_id": asset_id,
            "remote_version_id": version_id,
            **{name: connection.ops.adapt_datetimefield_value(at) for name, at in times.items()},
        }
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(_POSTGRESQL, values)
                return any(cursor.fetchone() or ())
            with transaction.atomic(using=self.db):
                cursor.execute(_KNOWN, values)
                values["known"] = cursor.fetchone() is not None
                cursor.execute(_MARK, values)
                unheard = any(cursor.fetchone() or ())
                cursor.execute(_STORE, values)
                return unheard


class Callback(models.Model):
    """One verified body that a provider sent to a submission's address. It is a hint: all it ever causes is a sync."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="callbacks")
    body = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    event = models.CharField(max_length=40, blank=True)
    remote_asset_id = models.CharField(max_length=128, blank=True)
    remote_version_id = models.CharField(max_length=128, blank=True)
    count = models.PositiveIntegerField(default=1)
    received_at = models.DateTimeField(auto_now_add=True)
    last_received_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True)

    objects = CallbackQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["submission", "processed_at"], name="callback_by_processed"),
            models.Index(fields=["remote_asset_id"], name="callback_by_asset"),
            models.Index(fields=["remote_version_id"], name="callback_by_version"),
            models.Index(fields=["last_received_at"], condition=Q(processed_at=None), name="callback_unprocessed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["submission", "sha256"], name="one_row_per_body"),
            models.CheckConstraint(condition=Q(count__gte=1), name="delivered_at_least_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event or 'unknown'} · {self.received_at:%Y-%m-%d %H:%M:%S}"
