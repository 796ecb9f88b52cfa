"""A portal with a history, made quickly: one row of each kind as the portal makes it, copied by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.db.models import Max, Model
from django.utils import timezone

from dubbing.batches import batches
from dubbing.models import (
    Asset,
    Batch,
    BatchRow,
    Dubbing,
    Event,
    LedgerEntry,
    Project,
    Result,
    Upload,
    Version,
    name_search,
)
from dubbing.projects import projects

ROWS = 200
OPEN = 100
RARE = "Lighthouse"
# Assets of the small project: as many in the small portal as in the large one.
FEW = 300

_SERIES = {
    "postgresql": "SELECT generate_series(0, %(last)s) AS n",
    "sqlite": "SELECT value AS n FROM (WITH RECURSIVE s(value) AS (SELECT 0 UNION ALL SELECT value + 1 FROM s WHERE "
    "value < %(last)s) SELECT value FROM s)",
}


def make(count: int, project: Project, user: User) -> None:
    """So many assets in two languages each, nearly all of them done, and what belongs to them; a batch of 200 rows.

    A third of them is in a project of its own, and some are in a small one: other names are common there.
    """
    others = [projects.create_project(user, name) for name in ("Mills", "A few mills")]
    with _quickly():
        _make(count, project, others, user)
    batch = Batch.objects.create(project=project, created_by=user, name="Many")
    given = [({"file": f"{number}.mp4"}, {"name": f"{number}"}) for number in range(ROWS)]
    batches.add_rows(batch, user, given)
    BatchRow.objects.update(stale=False)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _make(count: int, project: Project, others: list[Project], user: User) -> None:
    now = timezone.now()
    first = Asset.objects.create(project=project, created_by=user, status="completed", remote_id="0", submitted_at=now)
    upload = Upload.objects.create(owner=user, kind="video", status="complete", name="film.mp4", size=1)
    dubbings = [
        Dubbing.objects.create(asset=first, locale=locale, status="completed", booked=True)
        for locale in ("es-ES", "fr-FR")
    ]
    version = Version.objects.create(dubbing=dubbings[0], provider="panjaya", remote_id="0", status="completed")
    result = Result.objects.create(version=version, key="results/100/f", sha256="0" * 64, size=1, duration=60)
    reserve, month = LedgerEntry.Kind.RESERVE, now.date().replace(day=1)
    common: dict[str, Any] = {"project": project, "month": month, "locale": "es-ES", "milliseconds": 60_000}
    line = LedgerEntry.objects.create(asset=first, kind=reserve, closed=True, **common)
    end = LedgerEntry.objects.create(asset=first, kind=LedgerEntry.Kind.SETTLE, closes=line, **common)
    event = Event.objects.record(first, Event.Kind.STATUS)
    last, age = count - 2, timedelta(days=700)
    at = _spread(now - age, age, count)
    place = _place(count, project.pk, *(other.pk for other in others))
    named = f"CASE WHEN ({place}) = {project.pk} THEN {_name(count)} ELSE 'Old mill ' || n END"
    _copy(first, last, project_id=place, name=named, status=_status(count), remote_id="'r' || n", submitted_at=at)
    base = f"{first.pk} + 1 + n"
    for dubbing in dubbings:
        _copy(dubbing, last, asset_id=base, changed_at=at)
    _copy(version, last, dubbing_id=f"{dubbings[1].pk} + 1 + n", remote_id="'v' || n")
    _copy(result, last, version_id=f"{version.pk} + 1 + n", key=_key("results"), sha256="'s' || n")
    _copy(event, last, asset_id=base, at=at)
    _copy(line, last, asset_id=base)
    _copy(end, last, asset_id=base, closes_id=f"{end.pk} + 1 + n")
    _copy(upload, last, id=_uuid(), name="'film ' || n", key=_key("sources"), sha256="'s' || n")
    _renumber()


@contextmanager
def _quickly() -> Iterator[None]:
    """Indexes are made after the rows, foreign keys are believed, and a power cut would be bad luck."""
    postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for setting in _CARELESS[connection.vendor]:
            cursor.execute(setting)
        cursor.execute(_INDEXES[connection.vendor])
        indexes = [row for row in cursor.fetchall() if row[1].startswith("dubbing_")]
        for name, _, _ in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        if not postgresql:
            name_search.uninstall(connection.alias)
        with transaction.atomic():
            yield
        for _, _, definition in indexes:
            cursor.execute(definition)
    name_search.install(apps.get_app_config("dubbing"), connection.alias)


_CARELESS = {
    "postgresql": [
        "SET statement_timeout = 0",
        "SET idle_in_transaction_session_timeout = 0",
        "SET synchronous_commit = off",
        "SELECT set_config('session_replication_role', 'replica', false) WHERE current_setting('is_superuser') = 'on'",
        "SET maintenance_work_mem = '512MB'",
    ],
    "sqlite": ["PRAGMA synchronous = OFF", "PRAGMA foreign_keys = OFF", "PRAGMA cache_size = -400000"],
}
_INDEXES = {
    "postgresql": "SELECT indexname, tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conname = indexname)",
    "sqlite": "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL",
}


def _copy(row: Model, last: int, **changes: str) -> None:
    """``last`` + 1 copies of a row; ``changes`` are columns as SQL, of the copy's number ``n``."""
    columns = [str(field.column) for field in row._meta.concrete_fields]
    values = {column: f't."{column}"' for column in columns} | {"id": f"{_newest(row)} + 1 + n"} | changes
    table, series = row._meta.db_table, _SERIES[connection.vendor] % {"last": last}
    names, chosen = ", ".join(f'"{column}"' for column in columns), ", ".join(values[column] for column in columns)
    pk = row.pk.hex if hasattr(row.pk, "hex") and connection.vendor == "sqlite" else row.pk
    with connection.cursor() as cursor:
        copies = f"SELECT {chosen} FROM {table} t, ({series}) s WHERE t.id = %s"
        cursor.execute(f"INSERT INTO {table} ({names}) {copies}", [pk])


def _newest(row: Model) -> int:
    newest = type(row)._default_manager.aggregate(at=Max("pk"))["at"] if not hasattr(row.pk, "hex") else 0
    return int(newest or 0)


def _place(count: int, largest: int, large: int, small: int) -> str:
    few = f"{_rest(max(2, count // FEW))} = 1"
    return f"CASE WHEN {few} THEN {small} WHEN {_rest(3)} = 2 THEN {large} ELSE {largest} END"


def _key(folder: str) -> str:
    """As files are called that ``tests.bench.inside`` makes."""
    return f"'{folder}/' || ({_rest(256)} + 100) || '/f' || n"


def _name(count: int) -> str:
    return f"CASE WHEN {_rest(max(1, count // 20))} = 0 THEN '{RARE} ' || n ELSE 'Harbour tour ' || n END"


def _status(count: int) -> str:
    newest = f"n >= {count - OPEN}"
    open_ones = f"CASE {_rest(4)} WHEN 0 THEN 'dubbing' WHEN 1 THEN 'ready' WHEN 2 THEN 'draft' ELSE 'completed' END"
    return f"CASE WHEN {newest} THEN {open_ones} WHEN {_rest(10)} = 9 THEN 'failed' ELSE 'completed' END"


def _rest(of: int) -> str:
    """A percent sign would be taken for a place for a value."""
    return f"(n - n / {of} * {of})"


def _spread(since: Any, age: timedelta, count: int) -> str:
    seconds = age.total_seconds() / count
    if connection.vendor == "postgresql":
        return f"timestamptz '{since.isoformat()}' + n * interval '{seconds:.6f} seconds'"
    return f"strftime('%Y-%m-%d %H:%M:%f', {since.timestamp():.3f} + n * {seconds:.6f}, 'unixepoch')"


def _uuid() -> str:
    return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"


def _renumber() -> None:
    """PostgreSQL counts on from what was copied."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in (Asset, Dubbing, Version, Result, Event, LedgerEntry):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
