"""The audit log shows whatever was done to it: changed, removed, added, moved or cut off."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Iterator

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from dubbing.audit import chain
from dubbing.models import AuditEvent, AuditHead, audit_triggers
from tests.support.people import People

pytestmark = pytest.mark.django_db
EVENTS = 30
T = "dubbing_auditevent"
Break = Callable[[random.Random], str]


@pytest.fixture
def log(people: People) -> list[AuditEvent]:
    """A log of thirty events."""
    actors = (people.owner, people.editor, None)
    return [
        AuditEvent.objects.record(
            "request", subject=f"POST /assets/{n}/", actor=actors[n % 3], project=people.project, n=n, text=f"é 🎬 {n}"
        )
        for n in range(EVENTS)
    ]


@pytest.fixture
def triggers() -> Iterator[None]:
    """The triggers that a migrated database has."""
    audit_triggers.install()
    yield
    audit_triggers.remove()


def run(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount > 0, sql
    return sql


def change_text(column: str) -> Break:
    return lambda chance: run(f"UPDATE {T} SET {column} = 'forged' WHERE position = {chance.randint(1, EVENTS)}")


def change_number(column: str) -> Break:
    return lambda chance: run(f"UPDATE {T} SET {column} = 999 WHERE position = {chance.randint(1, EVENTS)}")


def change_details(chance: random.Random) -> str:
    details = json.dumps({"n": chance.randint(1000, 2000)})
    return run(f"UPDATE {T} SET details = '{details}' WHERE position = {chance.randint(1, EVENTS)}")


def remove_one(chance: random.Random) -> str:
    return run(f"DELETE FROM {T} WHERE position = {chance.randint(1, EVENTS)}")


def cut_off(chance: random.Random) -> str:
    return run(f"DELETE FROM {T} WHERE position > {chance.randint(0, EVENTS - 1)}")


def remove_beginning(chance: random.Random) -> str:
    return run(f"DELETE FROM {T} WHERE position <= {chance.randint(1, EVENTS - 1)}")


def swap_two(chance: random.Random) -> str:
    one, other = chance.sample(range(1, EVENTS + 1), 2)
    run(f"UPDATE {T} SET position = 0 WHERE position = {one}")
    run(f"UPDATE {T} SET position = {one} WHERE position = {other}")
    return run(f"UPDATE {T} SET position = {other} WHERE position = 0")


def change_and_hash_again(chance: random.Random) -> str:
    """As somebody would who has read this code."""
    event = AuditEvent.objects.get(position=chance.randint(1, EVENTS - 1))
    event.subject = "POST /forged/"
    return run(f"UPDATE {T} SET subject = '{event.subject}', hash = '{event.digest()}' WHERE id = {event.pk}")


def change_head(chance: random.Random) -> str:
    return run(f"UPDATE dubbing_audithead SET position = {chance.randint(0, EVENTS - 1)}")


def change_time(chance: random.Random) -> str:
    return run(f"UPDATE {T} SET at = '2020-01-01 00:00:00+00:00' WHERE position = {chance.randint(1, EVENTS)}")


BREAKS: list[Break] = [
    *map(change_text, ("subject", "actor_name", "project_name", "address", "request_id", "previous", "hash")),
    *map(change_number, ("actor_id", "project_id")),
    change_details, change_details, change_time, remove_one, remove_one, cut_off, remove_beginning, swap_two,
    change_and_hash_again, change_and_hash_again, change_head,
]  # fmt: skip


@pytest.mark.usefixtures("log")
def test_a_hundred_breaks_are_found_and_a_whole_log_has_none() -> None:
    assert list(chain.find_breaks()) == []
    missed = []
    for number in range(100):
        with transaction.atomic():
            done = BREAKS[number % len(BREAKS)](random.Random(number))
            if not list(chain.find_breaks()):
                missed.append(done)
            transaction.set_rollback(True)
    assert missed == []
    assert list(chain.find_breaks()) == []


def test_a_log_that_was_replaced_whole_is_found_with_an_earlier_head(log: list[AuditEvent], people: People) -> None:
    earlier = str(chain.current_head())
    run(f"DELETE FROM {T} WHERE position >= 20")
    AuditHead.objects.update(position=19, hash=log[18].hash)
    for _ in range(15):
        AuditEvent.objects.record("request", subject="POST /forged/", actor=people.owner)
    # It fits together, so that only what is kept elsewhere shows it.
    assert list(chain.find_breaks()) == []
    (found,) = chain.find_breaks(chain.read_head(earlier))
    assert found.position == EVENTS
    AuditHead.objects.update(position=19, hash=log[18].hash)
    run(f"DELETE FROM {T} WHERE position >= 20")
    assert [each.position for each in chain.find_breaks(chain.read_head(earlier))] == [20]


@pytest.mark.usefixtures("log", "triggers")
@pytest.mark.parametrize("sql", [f"UPDATE {T} SET subject = ''", f"DELETE FROM {T}"])
def test_the_database_refuses_to_change_or_remove_events(sql: str) -> None:
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(sql)
    assert AuditEvent.objects.count() == EVENTS
    assert list(chain.find_breaks()) == []


def test_events_keep_their_names_when_people_and_projects_are_gone(log: list[AuditEvent], people: People) -> None:
    actor = people.editor.pk
    people.editor.delete()
    event = AuditEvent.objects.get(position=2)
    assert (event.actor_id, event.actor_name, event.project_name) == (actor, "editor", people.project.name)
    assert list(chain.find_breaks()) == []


@pytest.mark.usefixtures("log")
def test_the_command_says_whether_the_log_is_whole() -> None:
    out = io.StringIO()
    call_command("audit", "head", stdout=out)
    head = out.getvalue().strip()
    call_command("audit", "verify", "--head", head, stdout=out)
    assert out.getvalue().endswith(f"The audit log is whole. Its head: {head}\n")
    run(f"UPDATE {T} SET subject = 'forged' WHERE position = 7")
    with pytest.raises(CommandError) as failed:
        call_command("audit", "verify", stdout=(out := io.StringIO()))
    assert failed.value.returncode == 1
    assert out.getvalue() == "7: It was changed.\n"
    with pytest.raises(CommandError, match="A head is") as failed:
        call_command("audit", "verify", "--head", "7:nonsense")
    assert failed.value.returncode == 2


@pytest.mark.usefixtures("log")
def test_the_export_has_every_event_with_its_hash() -> None:
    call_command("audit", "export", stdout=(out := io.StringIO()))
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["position"] for line in lines] == list(range(1, EVENTS + 1))
    assert lines[4]["details"] == {"n": 4, "text": "é 🎬 4"}
    assert lines[4]["hash"] == lines[5]["previous"]
    call_command("audit", "export", "--since", "2999-01-01", stdout=(out := io.StringIO()))
    assert out.getvalue() == ""
    with pytest.raises(CommandError, match="not a date"):
        call_command("audit", "export", "--since", "yesterday")
