"""Rows that hold what no version of the portal has written: pages survive them, and what is usable is used."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from dubbing.management.commands import sweep
from dubbing.minutes import settlement
from dubbing.models import Asset, Event, Mail, Notice, NoticeCursor, Preset
from dubbing.models.json_fields import ListField, ObjectField
from dubbing.notices import consumer, mails
from tests.support import hostile, rows
from tests.support.people import People, client_of, make_people

pytestmark = pytest.mark.django_db

WRONG: tuple[Any, ...] = (1, "a", [1], [[]], {"x": {}}, None, True)


def pages_of(asset: Asset) -> list[str]:
    slot = [asset.pk, "es-ES"]
    project = [asset.project_id]
    return [
        reverse("asset-edit", args=[asset.pk]),
        reverse("asset", args=[asset.pk]),
        reverse("subtitles-edit", args=slot),
        reverse("subtitles-cues", args=slot),
        reverse("project", args=project),
        reverse("project-grid", args=project),
        reverse("project-settings", args=project),
        reverse("work"),
    ]


def assert_pages_answer(browser: Client, asset: Asset) -> None:
    answers = {address: browser.get(address).status_code for address in pages_of(asset)}
    assert {address: code for address, code in answers.items() if code not in {200, 302, 404}} == {}


@pytest.mark.parametrize("value", [value for value in WRONG if value is not None], ids=repr)
@pytest.mark.parametrize("column", ["typed", "options"])
def test_pages_survive_a_draft_of_the_wrong_form(editor: Client, people: People, column: str, value: Any) -> None:
    for status in ("draft", "refused"):
        asset = rows.make_asset(people.project, people.editor, status=status)
        Asset.objects.filter(pk=asset.pk).update(**{column: value})
        assert_pages_answer(editor, asset)


@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize(
    "name", ["targets", "files", "aside", "before_preset", "dropped", "undo", "tab", "checked", "source", "start"]
)
def test_pages_survive_a_part_of_a_draft_of_the_wrong_form(
    editor: Client, people: People, name: str, value: Any
) -> None:
    asset = rows.make_asset(people.project, people.editor, status="draft", typed={"name": "Harbour", name: value})
    assert_pages_answer(editor, asset)


@pytest.mark.parametrize("value", [value for value in WRONG if value is not None], ids=repr)
def test_pages_survive_a_preset_of_the_wrong_form(editor: Client, people: People, value: Any) -> None:
    preset = Preset.objects.create(project=people.project, name="Usual", created_by=people.owner)
    Preset.objects.filter(pk=preset.pk).update(values=value)
    assert_pages_answer(editor, rows.make_asset(people.project, people.editor, status="draft"))


# --- every field of every model that holds JSON

NAMES = [
    "actor", "asset", "attempt", "bind_to", "callback", "cause", "count", "due", "error", "events", "failed", "file",
    "file_name", "found", "from", "hold", "http_status", "language", "languages", "locale", "locales", "message",
    "milliseconds", "minutes", "name", "named", "names", "new", "old", "own", "ours", "person", "project",
    "provider", "reason", "reference", "remote_id", "rule", "rules", "seconds", "size", "stuck", "tag", "tags", "to",
    "told", "until", "user", "warnings", "why", "word", "words",
]  # fmt: skip
ODD: dict[str, Any] = {
    "number": 1, "text": "a", "list": [1], "lists": [[]], "object": {"x": {}}, "yes": True, "nothing in it": {},
    "empty list": [], "none in a list": [None], "texts in lists": [["a"]], "objects in a list": [{"a": 1}],
}  # fmt: skip
INSIDE: dict[str, Any] = {
    "number": 1, "minus": -1, "huge": 1e308, "text": "a", "list": [1], "object": {"x": {}}, "none": None, "yes": True,
    "lists": [["a"]],
}  # fmt: skip


def json_fields() -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    tables = apps.get_app_config("dubbing").get_models()
    return [(table, field) for table in tables for field in table._meta.fields if isinstance(field, models.JSONField)]


def test_every_field_that_holds_json_has_a_form() -> None:
    without = [str(field) for _table, field in json_fields() if not isinstance(field, ObjectField | ListField)]
    assert without == []


def names_in_use() -> set[str]:
    """The names of values that the rows have, and some that only events and notices of some kinds have."""
    values = [
        value for table, field in json_fields() for value in table._default_manager.values_list(field.name, flat=True)
    ]
    return {*NAMES, *(name for value in values if isinstance(value, dict) for name in value)}


def fill_with(value: Any) -> None:
    """Put this into every field that holds JSON, past everything that would refuse it."""
    with connection.cursor() as cursor:
        for table, field in json_fields():
            quoted = [connection.ops.quote_name(name) for name in (table._meta.db_table, str(field.column))]
            cursor.execute("UPDATE {} SET {} = %s".format(*quoted), [json.dumps(value)])


@pytest.fixture
def ids() -> dict[str, Any]:
    """Rows of every kind, events and notices of each of theirs among them; the owner is staff, too."""
    people = make_people()
    people.owner.is_staff = people.owner.is_superuser = True
    people.owner.email = "owner@example.com"
    people.owner.save()
    ids = hostile.make_ids(people) | {"people": people}
    for asset in Asset.objects.filter(pk__in=[ids["assets"], ids["files/assets"]]):
        for kind in Event.Kind.values:
            rows.make_event(asset, kind)
        for kind in Notice.Kind.values:
            Notice.objects.create(recipient=people.owner, kind=kind, key=str(900 + asset.pk), asset=asset)
    for status in Asset.Status.values:
        rows.make_submission(rows.make_asset(people.project, people.owner, status=status), status="accepted")
    NoticeCursor.objects.get_or_create(pk=consumer.CURSOR)
    return ids


def every_page(ids: dict[str, Any]) -> Iterator[str]:
    """Every address, with rows in it, and the pages of the admin site that show a row."""
    yield from (hostile.address(pattern, ids) for pattern in hostile.patterns())
    yield from (reverse("asset", args=[pk]) for pk in Asset.objects.values_list("pk", flat=True))
    yield from (reverse("asset-edit", args=[pk]) for pk in Asset.objects.values_list("pk", flat=True))
    for table in apps.get_app_config("dubbing").get_models():
        name = f"admin:dubbing_{table._meta.model_name}"
        try:
            yield reverse(f"{name}_changelist")
        except NoReverseMatch:
            continue
        yield from (
            reverse(f"{name}_change", args=[pk]) for pk in table._default_manager.values_list("pk", flat=True)[:2]
        )


def assert_every_page_answers(ids: dict[str, Any]) -> None:
    browser = client_of(ids["people"].owner)
    browser.raise_request_exception = False
    broken = []
    for page in dict.fromkeys(every_page(ids)):
        with transaction.atomic():
            answer = browser.get(page)
        if answer.status_code >= 500:
            broken.append(page)
        elif answer.streaming:
            list(answer)
    assert broken == []


@pytest.mark.long
@pytest.mark.parametrize("value", ODD.values(), ids=ODD)
def test_every_page_survives_a_value_of_the_wrong_form_in_every_field(ids: dict[str, Any], value: Any) -> None:
    fill_with(value)
    assert_every_page_answers(ids)


@pytest.mark.long
@pytest.mark.parametrize("value", INSIDE.values(), ids=INSIDE)
def test_every_page_survives_wrong_values_inside_of_every_field(ids: dict[str, Any], value: Any) -> None:
    fill_with(dict.fromkeys(names_in_use(), value))
    assert_every_page_answers(ids)


def background_work() -> dict[str, Callable[[], object]]:
    """What runs by itself, over all rows: a row that stops it would stop it for everybody, each time anew."""
    return {
        "notices": consumer.take_events,
        "mails": lambda: [mails.send(pk) for pk in Mail.objects.values_list("pk", flat=True)],
        "lateness": sweep.note_lateness,
        "reservations": settlement.close_due,
        "housekeeping": sweep.tidy_up,
    }


@pytest.mark.parametrize(("name", "inside"), [*((name, False) for name in ODD), *((name, True) for name in INSIDE)])
def test_no_wrong_value_stops_periodic_tasks(ids: dict[str, Any], name: str, inside: bool) -> None:
    Asset.objects.update(late_at=timezone.now() - timedelta(days=1), stuck_at=timezone.now() - timedelta(hours=1))
    fill_with(dict.fromkeys(names_in_use(), INSIDE[name]) if inside else ODD[name])
    for work in background_work().values():
        work()
    consumer.take_events()  # what the rest has noted down meanwhile
    assert consumer.waiting_since() is None
