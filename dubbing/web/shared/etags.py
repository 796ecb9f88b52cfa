"""Fingerprints of pages: short texts that change whenever the content of a page does. Open pages poll them.

So each is one query, written in SQL and read from the rows themselves: there is no counter that somebody could forget
to increase. Callers check permissions.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from django.db import connection
from django.utils import timezone

from portal import page_polling
from portal.page_polling import Fingerprint

_ASSET = """
SELECT a.status, a.late_at < %(now)s, a.dirty_seq > a.done_seq, a.stuck_at < %(now)s, a.duration,
  (SELECT max(e.id) FROM dubbing_event e WHERE e.asset_id = a.id),
  (SELECT {gather}(s.id || ' ' || s.status || ' ' || s.sent_bytes || ' ' || s.tries || ' ' || s.needs_person{comma})
   FROM dubbing_submission s WHERE s.asset_id = a.id),
  (SELECT {gather}(v.id || ' ' || v.status || ' ' || v.keep || ' ' || coalesce(v.progress, -1) || ' ' ||
     v.keep_attempts || ' ' || coalesce(cast(v.revise_asked_at AS text), '') || ' ' || v.by_hand{comma})
   FROM dubbing_version v JOIN dubbing_dubbing d ON d.id = v.dubbing_id WHERE d.asset_id = a.id),
  (SELECT {gather}(d.id || ' ' || d.status || ' ' || d.warning{comma})
   FROM dubbing_dubbing d WHERE d.asset_id = a.id),
  (SELECT h.reason FROM dubbing_hold h WHERE h.provider = a.provider),
  (SELECT count(*) FROM dubbing_event e WHERE e.asset_id = a.id AND e.at > %(just_now)s)
FROM dubbing_asset a WHERE a.id = %(asset)s
"""
_BATCH = """
SELECT
  (SELECT {gather}(r.id || ' ' || r.number || ' ' || r.status || ' ' || r.milliseconds || ' ' || r.stale || ' ' ||
     r.checks || ' ' || cast(r.words AS text) || ' ' || coalesce(u.status, '') || ' ' || coalesce(a.status, '') ||
     ' ' || coalesce(cast(a.source_id AS text), '') || ' ' || coalesce(cast(a.background_id AS text), '') || ' ' ||
     CASE WHEN a.purged_at IS NOT NULL THEN 'purged' WHEN a.trashed_at IS NOT NULL THEN 'trashed' ELSE '' END{comma})
   FROM dubbing_batchrow r LEFT JOIN dubbing_asset a ON a.id = r.asset_id
   LEFT JOIN dubbing_upload u ON u.id = r.waits_for_id WHERE r.batch_id = %(batch)s),
  (SELECT {gather}(d.id || ' ' || d.status || ' ' || d.warning{comma})
   FROM dubbing_batchrow r JOIN dubbing_dubbing d ON d.asset_id = r.asset_id
   WHERE r.batch_id = %(batch)s AND r.status = 'sent'),
  (SELECT count(*) FROM dubbing_batchrow r LEFT JOIN dubbing_asset a ON a.id = r.asset_id
   LEFT JOIN dubbing_upload u ON u.id = r.waits_for_id
   WHERE r.batch_id = %(batch)s AND (
     (r.status <> 'sent' AND (r.asset_id IS NULL OR a.status <> 'draft' OR r.stale
       OR u.status IN ('complete', 'refused')))
     OR (r.status = 'sent' AND a.status = 'draft')))
"""
_GRID = """
SELECT {gather}(a.id || ' ' || a.status || ' ' || a.name || ' ' || a.typed_bytes || ' ' || a.waits_for_person || ' ' ||
     CASE WHEN a.stuck_at < %(now)s THEN 'stuck' WHEN a.late_at < %(now)s THEN 'late' ELSE '' END || ' ' ||
     coalesce(d.locale || ' ' || d.status || ' ' || d.warning || ' ' || coalesce(r.status, ''), ''){comma})
FROM (SELECT * FROM dubbing_asset WHERE project_id = %(project)s AND archived_at IS NULL AND trashed_at IS NULL
        AND (status <> 'draft' OR created_by_id = %(user)s) AND id < %(before)s ORDER BY id DESC LIMIT %(size)s) a
  LEFT JOIN dubbing_dubbing d ON d.asset_id = a.id LEFT JOIN dubbing_review r ON r.dubbing_id = d.id
"""
_NEWEST = """
SELECT (SELECT max(id) FROM dubbing_event), (SELECT max(id) FROM dubbing_asset), (SELECT max(id) FROM dubbing_project),
  (SELECT max(id) FROM dubbing_membership)
"""
_NOTICES = """
SELECT
  (SELECT max(n.id) FROM dubbing_notice n WHERE n.recipient_id = %(user)s AND n.read_at IS NULL),
  (SELECT count(*) FROM (SELECT 1 FROM dubbing_notice n WHERE n.recipient_id = %(user)s AND n.read_at IS NULL
   LIMIT 100) unread),
  (SELECT count(*) FROM dubbing_membership m WHERE m.user_id = %(user)s),
  (SELECT max(m.id) FROM dubbing_membership m WHERE m.user_id = %(user)s)
"""
_COMMENTS = """
SELECT max(c.id), count(*), max(c.edited_at), max(c.deleted_at), max(c.resolved_at), max(c.answered_at),
  max(c.suggestion_used_at), count(c.resolved_at), count(c.deleted_at)
FROM dubbing_comment c WHERE c.dubbing_id = %(dubbing)s
"""
_DIALECTS = {
    "postgresql": {"gather": "string_agg", "comma": ", ','"},
    "sqlite": {"gather": "group_concat", "comma": ""},
}

JUST_NOW = timedelta(seconds=30)
# Seconds until the next poll. A poll for which nothing changed is cheap (``portal.page_polling``), so an open page
# shows every change within a few seconds, however long nothing has changed.
SOON, CALM = 3, 4
HEADER = 10


def of_asset(asset_id: int, role: str) -> Fingerprint:
    """For the changing part of an asset's page, as somebody with this role sees it."""
    now = timezone.now()
    times = {"now": now, "just_now": now - JUST_NOW}
    adapt = connection.ops.adapt_datetimefield_value
    *seen, just_now = _fetch_row(_ASSET, {name: adapt(at) for name, at in times.items()} | {"asset": asset_id})
    asked, sending = seen[2], seen[0] == "submitting"
    return Fingerprint(_digest(role, seen), SOON if just_now or asked or sending else CALM)


def of_batch(batch_id: int, number: int) -> Fingerprint:
    """For a page of a batch's rows."""
    rows, dubbings, due = _fetch_row(_BATCH, {"batch": batch_id})
    # While files are uploaded or verified, something changes every few seconds.
    coming = due or any(f" {status} " in (rows or "") for status in ("receiving", "arrived"))
    return Fingerprint(_digest(number, rows, dubbings), SOON if coming else CALM, due)


def of_grid(project_id: int, *, user: int, before: int, size: int, totals: object) -> Fingerprint:
    """For a page of a project's grid. ``user``: whose drafts are on it, 0 for nobody's."""
    values = {"project": project_id, "user": user, "before": before, "size": size}
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return Fingerprint(_digest(before, totals, *_fetch_row(_GRID, values | {"now": now})), CALM)


def of_comments(dubbing_id: int, name: Hashable) -> Fingerprint:
    """For the comments of a dubbing. ``name``: which of them are shown, and to whom."""
    return Fingerprint(_digest(name, *_fetch_row(_COMMENTS, {"dubbing": dubbing_id})), CALM)


def of_values(*values: object) -> Fingerprint:
    """For a part that was read anyway: everything it shows, as plain values."""
    return Fingerprint(_digest(*values), CALM)


def of_several(*fingerprints: Fingerprint, pause: int | None = None) -> Fingerprint:
    """For a page whose parts have fingerprints of their own. ``pause``: seconds, instead of the shortest of theirs."""
    text = _digest(*(part.text for part in fingerprints))
    return Fingerprint(text, min(part.pause for part in fingerprints) if pause is None else pause)


class Shown(Protocol):
    """Something with everything visible of it, as plain values."""

    @property
    def shown(self) -> object:
        """All of these values."""


List = TypeVar("List", bound=Shown)
UNNOTED_SECONDS = 20.0
"""A list is read this often even if nothing was recorded: names and minutes change without an event."""


def of_notices(user_id: int) -> Fingerprint:
    """For the number of unread notices in the header of this person's pages: as every page polls it, not often."""
    return Fingerprint(_digest(*_fetch_row(_NOTICES, {"user": user_id})[:4]), HEADER)


def of_list(name: Hashable, read: Callable[[], object]) -> Fingerprint:
    """For a list: ``read`` returns everything it shows, as plain values.

    Nothing is read while nothing happened in the whole portal, which one cheap query shows for all lists together.
    """
    newest, now = _newest_of_all(), time.monotonic()
    before = _lists.get(name)
    if before is not None and before[0] == newest and now < before[1]:
        return before[2]
    return _keep_list(name, newest, read())


def read_list(name: Hashable, build: Callable[[], List]) -> List:
    """A list for a page that shows all of it anyway: its fingerprint is made from that, without reading it again."""
    newest = _newest_of_all(anew=True)
    built = build()
    _keep_list(name, newest, built.shown)
    return built


def _keep_list(name: Hashable, newest: object, shown: object) -> Fingerprint:
    fingerprint = Fingerprint(_digest(name, shown), CALM)
    _lists.pop(name, None)
    _lists[name] = (newest, time.monotonic() + UNNOTED_SECONDS, fingerprint)
    while len(_lists) > page_polling.MOST:
        _lists.pop(next(iter(_lists)), None)
    return fingerprint


_lists: dict[Hashable, tuple[object, float, Fingerprint]] = {}
_newest: tuple[float, object] = (0.0, None)


def _newest_of_all(*, anew: bool = False) -> object:
    """The latest change to anything that lists show; cached for a moment for all of them."""
    global _newest
    until, newest = _newest
    if anew or time.monotonic() >= until:
        newest = _fetch_row(_NEWEST, {})
        _newest = (time.monotonic() + page_polling.FRESH_SECONDS, newest)
    return newest


def _fetch_row(statement: str, values: dict[str, Any]) -> tuple[Any, ...]:
    """The one row that the statement returns, in this database's dialect."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITTEN[connection.vendor, statement], values)
        row = cursor.fetchone()
    return row or (None,) * 11


_WRITTEN = {
    (vendor, statement): statement.format(**dialect)
    for vendor, dialect in _DIALECTS.items()
    for statement in (_ASSET, _BATCH, _GRID, _NEWEST, _NOTICES, _COMMENTS)
}


def _digest(*seen: object) -> str:
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]
