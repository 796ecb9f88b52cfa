"""People who run the portal, and a portal that is well."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.models import Permission, User
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone
from pytest_django import Settings

from dubbing.models import AccessCheck, Alert, ConsistencyCheck, Process
from dubbing.models.access_checks import PORTAL
from dubbing.operation import database
from tests.support.people import make_user

_TABLE = "CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied datetime)"


def make_operator(name: str = "ops") -> User:
    """Staff who may view holds."""
    user = make_user(name, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_hold"))
    return user


def make_process(kind: str, *, host: str = "machine-1", pid: int = 7, **values: object) -> Process:
    """A process that has just given a sign of life."""
    Process.objects.note(kind, host, pid, version="0.1.0", started_at=datetime.now(UTC))
    Process.objects.filter(kind=kind, host=host, pid=pid).update(**values)
    return Process.objects.get(kind=kind, host=host, pid=pid)


def make_check(subject: str = PORTAL, outcome: str = "good", **values: object) -> AccessCheck:
    """A check that was made just now."""
    return AccessCheck.objects.create(subject=subject, outcome=outcome, checked_at=timezone.now(), **values)


def make_alert(line: str) -> Alert:
    """An open alert that was announced."""
    now = timezone.now()
    return Alert.objects.create(line=line, problem="worker_none", noticed_at=now, seen_at=now, announced_at=now)


def make_well(settings: Settings) -> None:
    """Everything runs, and all migrations are applied: the tests' own tables are made without them."""
    settings.MIGRATION_MODULES = {}
    database.migrations_of_code.cache_clear()
    make_process("worker")
    make_process("beat")
    make_check()
    make_check("panjaya")
    ConsistencyCheck.objects.create(violations=0, doubts=0)
    recorder = MigrationRecorder(connection)
    if not recorder.has_table():  # goes with the test's transaction
        with connection.cursor() as cursor:
            cursor.execute(_TABLE)
    applied = set(recorder.applied_migrations())
    for app, name in database.migrations_of_code()[0] - applied:
        recorder.record_applied(app, name)
