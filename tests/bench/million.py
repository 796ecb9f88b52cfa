"""A portal with a history, made quickly: one row of each kind as the portal makes it, copied by the database itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    Comment,
    Dubbing,
    Event,
    LedgerEntry,
    Project,
    Result,
    Review,
    Tag,
    Upload,
    Version,
    name_search,
    text_search,
)
from dubbing.projects import projects

ROWS = 200
OPEN = 100
RARE = "Lighthouse"
# Assets of the small project: as many in the small portal as in the large one.
FEW = 300
# Every so many-th dub has an issue, and one room so many comments on two hours.
EVERY = 10
ROOM_COMMENTS, ROOM_SECONDS = 2000, 7200.0
# As many are from the last weeks, in the small portal as in the large one: what is read of a page is the same.
LATELY, LATELY_DAYS, DAYS = 1000, 28, 700
# Of those with a rare name or tag there are about as many in both, and more than fit on a page.
RARELY = 100
# What is said in all videos, in 6 %, in the oldest alone, and in all of another project and no other.
COMMON_WORD, RARER_WORD, SINGLE_WORD, FOREIGN_WORD = "morning", "lantern", "compass", "anchor"
# Of as many different words each text has so many more.
VOCABULARY, FURTHER_WORDS = 5000, 24
SOME = 16
_LINES = "\n\n".join(
    f"{number}\n00:00:{number:02},000 --> 00:00:{number:02},900\nThen we went on and saw what there was to be seen."
    for number in range(2, 12)
)

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
    version = Version.objects.create(
        dubbing=dubbings[0], provider="panjaya", remote_id="0", status="completed", keep=Version.Keep.KEPT
    )
    result = Result.objects.create(version=version, key="results/100/f", sha256="0" * 64, size=1, duration=60)
    reserve, month = LedgerEntry.Kind.RESERVE, now.date().replace(day=1)
    common: dict[str, Any] = {"project": project, "month": month, "locale": "es-ES", "milliseconds": 60_000}
    line = LedgerEntry.objects.create(asset=first, kind=reserve, closed=True, **common)
    review = Review.objects.create(
        dubbing=dubbings[0], project=project, status="approved", result=result, result_sha256="0" * 64
    )
    end = LedgerEntry.objects.create(asset=first, kind=LedgerEntry.Kind.SETTLE, closes=line, **common)
    issue = Comment.objects.create(dubbing=dubbings[0], author=user, text="Too loud.", kind="mix", severity="minor")
    event = Event.objects.record(first, Event.Kind.STATUS)
    last, at = count - 2, _spread(now, count)
    place = _place(count, project.pk, *(other.pk for other in others))
    named = f"CASE WHEN ({place}) = {project.pk} THEN {_name(count)} ELSE 'Old mill ' || n END"
    dates = {"submitted_at": at, "created_at": at, "late_at": at, "due_on": _due(at)}
    dates |= {"archived_at": f"CASE WHEN {_rest(20)} = 3 THEN {at} END"}
    _copy(first, last, project_id=place, name=named, status=_status(count), remote_id="'r' || n", **dates)
    base = f"{first.pk} + 1 + n"
    _copy(dubbings[0], last, asset_id=base, changed_at=at, srt=_subtitles(place, others[0].pk))
    _copy(dubbings[1], last, asset_id=base, changed_at=at)
    _copy(version, last, dubbing_id=f"{dubbings[1].pk} + 1 + n", remote_id="'v' || n")
    _copy(result, last, version_id=f"{version.pk} + 1 + n", key=_key("results"), sha256="'s' || n")
    _copy(event, last, asset_id=base, at=at)
    _copy(line, last, asset_id=base)
    _copy(end, last, asset_id=base, closes_id=f"{end.pk} + 1 + n")
    _copy(review, last, dubbing_id=f"{dubbings[1].pk} + 1 + n", project_id=place, **_reviewing(count, user))
    open_ones = f"n * {EVERY} >= {count - OPEN}"
    said = {"dubbing_id": f"{dubbings[1].pk} + 1 + n * {EVERY}", "created_at": _spread(now, count, f"n * {EVERY}")}
    said["resolved_at"] = f"CASE WHEN NOT ({open_ones}) THEN {said['created_at']} END"
    _copy(issue, (count - 2) // EVERY, **said)
    _renumber()
    _discuss(dubbings[0], result, user)
    _copy(upload, last, id=_uuid(), name="'film ' || n", key=_key("sources"), sha256="'s' || n")
    _tag(count, project, first.pk + 1)
    _keep_words(first.pk + 1, others[0].pk)


def _discuss(dubbing: Dubbing, result: Result, user: User) -> None:
    """A dub of two hours that everybody has something to say about: the room of version 1."""
    Result.objects.filter(pk=result.pk).update(duration=ROOM_SECONDS)
    Comment.objects.bulk_create(
        Comment(
            dubbing=dubbing,
            result=result,
            author=user,
            text=f"Listen to this once more, {number}.",
            start=number * ROOM_SECONDS / ROOM_COMMENTS,
            kind="mix" if number % 4 == 0 else "",
            severity="minor" if number % 4 == 0 else "",
            resolved_at=timezone.now() if number % 10 == 9 else None,
        )
        for number in range(ROOM_COMMENTS)
    )


def _tag(count: int, project: Project, base: int) -> None:
    """Half of the project's videos, some, and a few."""
    through = Asset.tags.through._meta.db_table
    for name, divisor in {"Series": 2, "Spring": SOME, "Pilot": max(1, count // RARELY)}.items():
        tag = Tag.objects.create(project=project, name=name)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {through} (asset_id, tag_id) SELECT id, {tag.pk} FROM"
                f" (SELECT id, id - {base} AS n FROM dubbing_asset WHERE project_id = {project.pk}) AS numbered"
                f" WHERE {_rest(divisor)} = 0"
            )


def _keep_words(base: int, foreign: int) -> None:
    """As ``text_search.refresh`` would: the codes of what ``_subtitles`` says, and of more."""
    spoken = {word: text_search.codes_of([word])[0] for word in (COMMON_WORD, RARER_WORD, SINGLE_WORD, FOREIGN_WORD)}
    parts = [f"'{spoken[COMMON_WORD]}'"]
    parts += [
        f"CASE WHEN {condition} THEN ' {spoken[word]}' ELSE '' END"
        for word, condition in _word_conditions(foreign).items()
    ]
    # Any other word is as good as its code.
    numbers = (f"n * {2 * at + 7919} + {at * 37}" for at in range(FURTHER_WORDS))
    parts += [f"' w' || ({number} - ({number}) / {VOCABULARY} * {VOCABULARY})" for number in numbers]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dubbing_subtitlewords (asset_id, project_id, words)"
            f" SELECT id, project_id, {' || '.join(parts)}"
            f" FROM (SELECT id, project_id, id - {base} AS n FROM dubbing_asset"
            f" WHERE status <> 'draft' AND id >= {base}) AS numbered"
        )


def _subtitles(place: str, foreign: int) -> str:
    """Two kilobytes of which the first line differs."""
    words = "".join(
        f" || CASE WHEN {condition} THEN ' {word}' ELSE '' END"
        for word, condition in _word_conditions(foreign, f"({place})").items()
    )
    return f"'1\n00:00:01,000 --> 00:00:01,900\nGood {COMMON_WORD}'{words} || '\n\n{_LINES}\n'"


def _word_conditions(foreign: int, project: str = "project_id") -> dict[str, str]:
    return {RARER_WORD: f"{_rest(SOME)} = 0", SINGLE_WORD: "n = 0", FOREIGN_WORD: f"{project} = {foreign}"}


def _reviewing(count: int, user: User) -> dict[str, str]:
    """Nearly all are approved; a few wait for somebody, and some, most of them lately, for nobody in particular."""
    newest, unassigned = f"n >= {count - OPEN}", f"({_rest(50)} = 7 OR (n >= {count - LATELY} AND {_rest(10)} = 7))"
    return {
        "status": f"CASE WHEN {newest} OR {unassigned} THEN 'to_review' ELSE 'approved' END",
        "reviewer_id": f"CASE WHEN {newest} AND NOT {unassigned} THEN {user.pk} END",
        "result_id": "NULL",
    }


def _due(at: str) -> str:
    """A date for every fifth."""
    day = f"({at})::date" if connection.vendor == "postgresql" else f"date({at})"
    return f"CASE WHEN {_rest(5)} = 4 THEN {day} END"


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
    return f"CASE WHEN {_rest(max(1, count // RARELY))} = 0 THEN '{RARE} ' || n ELSE 'Harbour tour ' || n END"


def _status(count: int) -> str:
    newest = f"n >= {count - OPEN}"
    open_ones = f"CASE {_rest(4)} WHEN 0 THEN 'dubbing' WHEN 1 THEN 'ready' WHEN 2 THEN 'draft' ELSE 'completed' END"
    return f"CASE WHEN {newest} THEN {open_ones} WHEN {_rest(10)} = 9 THEN 'failed' ELSE 'completed' END"


def _rest(of: int) -> str:
    """A percent sign would be taken for a place for a value."""
    return f"(n - n / {of} * {of})"


def _spread(now: Any, count: int, number: str = "n") -> str:
    """The times of two years, evenly; those of the last weeks are closer together in a small portal's history."""
    before, lately = max(0, count - LATELY), min(count, LATELY)
    earlier = (DAYS - LATELY_DAYS) * 86400 / max(1, before)
    later = LATELY_DAYS * 86400 / lately
    ago = (
        f"CASE WHEN {number} < {before} THEN {LATELY_DAYS * 86400} + ({before} - {number}) * {earlier:.6f}"
        f" ELSE ({count} - {number}) * {later:.6f} END"
    )
    if connection.vendor == "postgresql":
        return f"timestamptz '{now.isoformat()}' - ({ago}) * interval '1 second'"
    return f"strftime('%Y-%m-%d %H:%M:%f', {now.timestamp():.3f} - ({ago}), 'unixepoch')"


def _uuid() -> str:
    return "gen_random_uuid()" if connection.vendor == "postgresql" else "lower(hex(randomblob(16)))"


def _renumber() -> None:
    """PostgreSQL counts on from what was copied."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        for model in (Asset, Dubbing, Version, Result, Event, LedgerEntry, Review, Comment):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
