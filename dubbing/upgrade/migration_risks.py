"""What a pending migration does to a portal whose older code still runs: what breaks it, and what locks it for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.migrations import Migration, operations
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field

SURVIVED = "survived_by_old_code"
"""The attribute of a migration that says so of its functions and statements, which nobody else can tell."""
LARGE = 1_000_000
"""Rows from which reading or copying a whole table locks it for longer than anybody waits."""

CountRows = Callable[[str], int]

_REMOVING = (
    operations.RemoveField,
    operations.RenameField,
    operations.DeleteModel,
    operations.RenameModel,
    operations.AlterModelTable,
)
_UNREADABLE = (operations.RunSQL, operations.RunPython)
_READS_ALL = (operations.AddIndex, operations.AddConstraint, operations.AlterUniqueTogether)


@dataclass(frozen=True, slots=True)
class PendingMigration:
    """One migration that is not applied yet, and why the portal must be stopped for it; no reason: it may run."""

    name: str
    risks: tuple[str, ...]


def pending() -> list[PendingMigration]:
    """The migrations that ``migrate`` would apply, in order."""
    executor = MigrationExecutor(connection)
    loader = executor.loader
    applied = [node for node in loader.applied_migrations if node in loader.graph.nodes]
    state = loader.project_state(applied)
    created: set[tuple[str, str]] = set()
    migrations = []
    for migration, _backwards in executor.migration_plan(loader.graph.leaf_nodes()):
        risks = risks_of(migration, state, created)
        migrations.append(PendingMigration(f"{migration.app_label}.{migration.name}", tuple(risks)))
    return migrations


def risks_of(
    migration: Migration, state: ProjectState, created: set[tuple[str, str]], *, count: CountRows | None = None
) -> list[str]:
    """Why the portal has to be stopped for a migration.

    ``state`` and ``created``: the models before it, and those that earlier pending migrations create; both are changed
    to what they are after it. ``count``: how many rows a table has.
    """
    return list(_Examination(migration, state, created, count or count_rows).risks())


def count_rows(table: str) -> int:
    """How many rows a table has, at least about; 0 if there is none."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [table])
            row = cursor.fetchone()
            return max(0, row[0]) if row else 0
        if table not in connection.introspection.table_names(cursor):
            return 0
        cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608
        return int(cursor.fetchone()[0])


class _Examination:
    """One migration, in the middle of being examined."""

    def __init__(
        self, migration: Migration, state: ProjectState, created: set[tuple[str, str]], count: CountRows
    ) -> None:
        self.migration, self.state, self.created, self.count = migration, state, created, count
        self.app = migration.app_label
        self._replaced: set[str] = set()

    def risks(self) -> Iterator[str]:
        """Why the portal has to be stopped for it."""
        for operation in self.migration.operations:
            yield from self._of(operation)
            operation.state_forwards(self.app, self.state)

    def _of(self, operation: Operation) -> Iterator[str]:
        if isinstance(operation, operations.SeparateDatabaseAndState):
            for inner in operation.database_operations:
                yield from self._of(inner)
        elif isinstance(operation, operations.CreateModel):
            self.created.add((self.app, operation.name_lower))
        elif isinstance(operation, _UNREADABLE) and not getattr(self.migration, SURVIVED, False):
            yield f"{operation.describe()}: read what it does"
        elif not isinstance(operation, _UNREADABLE) and self._model(operation) not in self.created:
            yield from self._of_existing(operation)

    def _of_existing(self, operation: Operation) -> Iterator[str]:
        if isinstance(operation, _REMOVING):
            yield f"{operation.describe()}: the code that runs still uses it"
        elif isinstance(operation, operations.AddField):
            if not _is_optional(operation.field):
                yield f"{operation.describe()}: the code that runs writes rows without it"
        elif isinstance(operation, operations.AlterField):
            yield from self._of_altered(operation)
        elif isinstance(operation, operations.RemoveConstraint):
            self._replaced.add(operation.name)
        elif isinstance(operation, operations.AddConstraint) and operation.constraint.name not in self._replaced:
            yield f"{operation.describe()}: the code that runs does not know it"
        if isinstance(operation, _READS_ALL):
            yield from self._long(operation)

    def _of_altered(self, operation: operations.AlterField) -> Iterator[str]:
        before = self.state.models[self._model(operation)].get_field(operation.name)
        after = operation.field
        if before.null and not after.null:
            yield f"{operation.describe()}: the code that runs writes rows without it"
        if _shape(before) == _shape(after):
            return
        if _is_wider(before, after):
            yield from self._long(operation) if connection.vendor == "sqlite" else ()
        else:
            yield f"{operation.describe()}: its type changes"

    def _long(self, operation: Operation) -> Iterator[str]:
        model = self.state.models[self._model(operation)]
        rows = self.count(str(model.options.get("db_table") or f"{self.app}_{model.name_lower}"))
        if rows >= LARGE:
            yield f"{operation.describe()}: locks a table of {rows} rows while it reads or copies it"

    def _model(self, operation: Operation) -> tuple[str, str]:
        name = (
            getattr(operation, "model_name", "") or getattr(operation, "old_name", "") or getattr(operation, "name", "")
        )
        return self.app, str(name).lower()


def _is_optional(field: Field[Any, Any]) -> bool:
    """Whether rows can be written without naming the column."""
    return bool(field.many_to_many or field.null or field.db_default is not NOT_PROVIDED)


def _shape(field: Any) -> tuple[object, ...]:
    """What the database knows of a field."""
    return type(field), field.max_length, field.db_index, field.unique, field.db_column, field.remote_field is None


def _is_wider(before: Any, after: Any) -> bool:
    """Whether the only difference is that longer texts fit, or fewer checks are made."""
    longer = (after.max_length or 0) >= (before.max_length or 0)
    looser = (before.unique or not after.unique) and (before.db_index or not after.db_index)
    same = type(before) is type(after) and before.db_column == after.db_column
    return same and longer and looser
