"""All health lines, in groups: what the page, the command, the alerts and the admin's first page show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import Error as DatabaseDown
from django.utils.translation import gettext

from dubbing.models import AccessCheck, Process
from dubbing.operation import (
    broker,
    clocks_and_versions,
    database,
    file_storage,
    providers_and_mail,
    shared_limits,
    signs_of_life,
    waiting_work,
)
from dubbing.operation.health_lines import HealthLine, State, failing


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading."""

    name: str
    lines: list[HealthLine]


def read_groups() -> list[Group]:
    """Measure everything now. Takes about a second at most if the broker does not answer."""
    try:
        answer = database.read_time()
        processes = list(Process.objects.all())
        living = [process for process in processes if process.is_living(answer.now)]
        checks = {check.subject: check for check in AccessCheck.objects.all()}
        running = [database.database_line(answer), database.schema_line(), broker.broker_line()]
        running += [*shared_limits.shared_limits_lines(), *signs_of_life.process_lines(processes, answer.now)]
        others = [*providers_and_mail.provider_lines(checks), *providers_and_mail.callback_lines(checks)]
        others.append(providers_and_mail.mail_line())
        work = [*waiting_work.waiting_lines(), waiting_work.decisions_line()]
        work.append(waiting_work.consistency_line())
        clock = clocks_and_versions.clock_line(answer.clock_offset, living, checks.values())
        machine = [*file_storage.storage_lines(), clock, clocks_and_versions.versions_line(living)]
    except DatabaseDown as error:
        return _groups_without_database(error)
    return [
        Group(gettext("Services"), running),
        Group(gettext("Outside"), others),
        Group(gettext("Files, clocks and versions"), machine),
        Group(gettext("Work that is due"), work),
    ]


def _groups_without_database(error: DatabaseDown) -> list[Group]:
    """What can be told without rows. A schema that is half migrated looks like this as well."""
    try:
        lines = [database.database_line(database.read_time()), _schema_line(error)]
    except DatabaseDown as down:
        lines = [failing("database", type(down).__name__, "database_down")]
    return [Group(gettext("Services"), [*lines, broker.broker_line(), *file_storage.storage_lines()])]


def _schema_line(error: DatabaseDown) -> HealthLine:
    line = database.schema_line()
    return line if line.state == State.PROBLEM else failing("schema", type(error).__name__, "schema_behind")


def lines_of(groups: Iterable[Group]) -> Iterator[HealthLine]:
    """All lines of the groups."""
    for group in groups:
        yield from group.lines


def problems_of(groups: Iterable[Group]) -> list[HealthLine]:
    """The red lines, then the amber ones."""
    bad = [line for line in lines_of(groups) if line.state in (State.PROBLEM, State.WARNING)]
    return sorted(bad, key=lambda line: line.state != State.PROBLEM)
