"""Which migrations a portal survives whose older code still runs."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from dubbing.upgrade.migration_risks import LARGE, risks_of

VIDEO = migrations.CreateModel(
    "Video",
    [
        ("id", models.BigAutoField(primary_key=True)),
        ("name", models.CharField(max_length=20)),
        ("note", models.TextField(null=True)),
    ],
)


def risks(*operations: Operation, rows: int = 0, existing: bool = True) -> list[str]:
    """Why the portal must be stopped for these operations."""

    class Next(migrations.Migration):
        pass

    Next.operations = [*([] if existing else [VIDEO]), *operations]
    state = ProjectState()
    if existing:
        VIDEO.state_forwards("dubbing", state)
    return risks_of(Next("0002_next", "dubbing"), state, set(), count=lambda table: rows)


def alter(name: str, field: models.Field[Any, Any]) -> Operation:
    return migrations.AlterField("video", name, field)


INDEX = migrations.AddIndex("video", models.Index(fields=["name"], name="video_by_name"))
CHECK = models.CheckConstraint(condition=models.Q(name__gt=""), name="video_has_name")
FIRST = migrations.AddConstraint("video", CHECK)


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("video", "size", models.IntegerField(null=True)),
        migrations.AddField("video", "size", models.IntegerField(default=0, db_default=0)),
        migrations.AlterModelOptions("video", {"ordering": ["name"]}),
        alter("name", models.CharField(max_length=20, help_text="What people call it.")),
        alter("name", models.CharField(max_length=40)),
        alter("name", models.CharField(max_length=20, null=True)),
        INDEX,
    ],
)
def test_additions_and_texts_are_harmless(operation: Operation) -> None:
    assert risks(operation) == []


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("video", "note"), "still uses it"),
        (migrations.RenameField("video", "note", "remark"), "still uses it"),
        (migrations.DeleteModel("Video"), "still uses it"),
        (migrations.RenameModel("Video", "Film"), "still uses it"),
        (migrations.AddField("video", "size", models.IntegerField(default=0)), "writes rows without it"),
        (alter("note", models.TextField()), "writes rows without it"),
        (alter("name", models.CharField(max_length=10)), "its type changes"),
        (alter("name", models.IntegerField()), "its type changes"),
        (FIRST, "does not know it"),
        (migrations.RunSQL("SELECT 1"), "read what it does"),
        (migrations.RunPython(migrations.RunPython.noop), "read what it does"),
    ],
)
def test_what_older_code_does_not_survive_is_named(operation: Operation, why: str) -> None:
    (risk,) = risks(operation)
    assert why in risk


def test_a_constraint_that_is_replaced_is_harmless() -> None:
    assert risks(FIRST, migrations.RemoveConstraint("video", CHECK.name), FIRST)[1:] == []


def test_an_index_of_a_large_table_locks_it() -> None:
    (risk,) = risks(INDEX, rows=LARGE)
    assert f"locks a table of {LARGE} rows" in risk


def test_a_new_table_may_have_anything() -> None:
    field = migrations.AddField("video", "size", models.IntegerField(default=0))
    assert risks(field, migrations.RemoveField("video", "note"), INDEX, FIRST, rows=LARGE, existing=False) == []


def test_a_migration_may_say_that_older_code_survives_its_function() -> None:
    operation = migrations.RunPython(migrations.RunPython.noop)
    assert risks(operation) == ["Raw Python operation: read what it does"]

    class Declared(migrations.Migration):
        survived_by_old_code = True
        operations = [operation]

    assert risks_of(Declared("0002_next", "dubbing"), ProjectState(), set(), count=lambda table: 0) == []
