"""A project's minutes: what is used, reserved and left, and a file for finance that a spreadsheet reads safely."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dubbing.minutes.settlement import close_due
from dubbing.models import Asset, LedgerEntry, MonthlyUse, Project, Submission
from dubbing.platform import tables
from dubbing.web.usage import page as usage_page
from tests.support.journey import touch
from tests.support.minutes import allow, order
from tests.support.people import People, client_of, make_user

pytestmark = pytest.mark.django_db


def page(client: Client, project: Project, month: str = "") -> str:
    return client.get(reverse("usage", args=[project.pk]), {"month": month} if month else {}).content.decode()


def table(client: Client, project: Project, month: str = "") -> list[dict[str, str]]:
    answer: Any = client.get(reverse("usage-file", args=[project.pk]), {"month": month} if month else {})
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.fixture
def two_sent(people: People) -> list[Asset]:
    """One used, one reserved; three minutes in all."""
    allow(people.project, 10)
    used = order(people.project, people.editor, "es-ES", seconds=60, name="Harbour")
    reserved = order(people.project, people.owner, "fr-FR", seconds=120, name="Lighthouse")
    used.submissions.update(status=Submission.Status.ACCEPTED)
    touch(used, status=Asset.Status.COMPLETED)
    used.dubbings.update(status="completed")
    close_due()
    return [used, reserved]


def test_it_says_what_is_used_reserved_and_left(viewer: Client, people: People, two_sent: list[Asset]) -> None:
    found = usage_page.build(people.project, usage_page.chosen(""))
    assert (found.whole.used, found.whole.reserved, found.balance.left) == (60_000, 120_000, 420_000)
    words = page(viewer, people.project)
    assert "7 min <span" in words
    assert "of 10 min" in words


def test_it_shows_people_and_assets(viewer: Client, people: People, two_sent: list[Asset]) -> None:
    found = usage_page.build(people.project, usage_page.chosen(""))
    assert {(one.name, one.used, one.reserved) for one in found.people} == {
        ("editor", 60_000, 0),
        ("owner", 0, 120_000),
    }
    assert [(one.name, one.total) for one in found.assets] == [("Lighthouse", 120_000), ("Harbour", 60_000)]
    assert "Lighthouse" in page(viewer, people.project)


def test_other_months_can_be_chosen(viewer: Client, people: People) -> None:
    with time_machine.travel(date(2025, 3, 4)):
        order(people.project, people.editor, seconds=60, name="In March")
    assert "In March" not in page(viewer, people.project)
    march = page(viewer, people.project, "2025-03")
    assert "In March" in march
    assert '<option value="2025-03" selected>March 2025' in march


@pytest.mark.parametrize("month", ["x", "2025-13", "2025-00", "0000-01", "2025-3", "٢٠٢٥-٠٣", "2025-03-04", "-"])
def test_an_invalid_month_shows_this_one(viewer: Client, people: People, month: str) -> None:
    assert "Nothing sent" in page(viewer, people.project, month)
    assert usage_page.chosen(month) == usage_page.chosen("")


def test_an_empty_month_says_so(viewer: Client, people: People) -> None:
    assert "Nothing sent" in page(viewer, people.project)


def test_overuse_is_shown(viewer: Client, people: People, two_sent: list[Asset]) -> None:
    allow(people.project, 1)
    assert "2 min over the monthly limit" in page(viewer, people.project)


def test_the_file_has_every_line_and_adds_up(viewer: Client, people: People, two_sent: list[Asset]) -> None:
    rows = table(viewer, people.project)
    assert list(rows[0]) == ["date", "project", "asset id", "name", "locale", "kind", "minutes", "person", "reference"]
    assert [(row["name"], row["kind"], row["minutes"], row["person"]) for row in rows] == [
        ("Harbour", "reserved", "1", "editor"),
        ("Lighthouse", "reserved", "2", "owner"),
        ("Harbour", "used", "0", "editor"),
    ]
    assert rows[0]["reference"] == two_sent[0].submissions.get().reference
    assert sum(float(row["minutes"]) for row in rows) == 3
    assert rows[0]["asset id"] == str(two_sent[0].pk)


@pytest.mark.parametrize("name", ["=1+1", "+49", "-1", "@x", "\t=1", " =cmd|' /C calc'!A0"])
def test_a_name_is_no_formula_for_a_spreadsheet(viewer: Client, people: People, name: str) -> None:
    order(people.project, people.editor, seconds=6, name=name)
    assert table(viewer, people.project)[0]["name"] == f"'{name}"


def test_what_is_released_is_a_number_and_not_a_text(viewer: Client, people: People) -> None:
    asset = order(people.project, people.editor, seconds=90)
    asset.submissions.update(status=Submission.Status.REFUSED)
    close_due()
    assert [row["minutes"] for row in table(viewer, people.project)] == ["1.5", "-1.5"]


def test_names_arrive_as_they_are(viewer: Client, people: People) -> None:
    order(people.project, people.editor, seconds=6, name='Café, "Hafen"\nビデオ')
    assert table(viewer, people.project)[0]["name"] == 'Café, "Hafen"\nビデオ'


def test_the_file_has_a_name_and_covers_the_month(viewer: Client, people: People, two_sent: list[Asset]) -> None:
    answer = viewer.get(reverse("usage-file", args=[people.project.pk]), {"month": "2020-01"})
    assert answer["Content-Disposition"] == 'attachment; filename="minutes-harbour-2020-01.csv"'
    assert table(viewer, people.project, "2020-01") == []


def test_another_teams_minutes_are_private(people: People, two_sent: list[Asset]) -> None:
    outsider = client_of(people.outsider)
    for name in ("usage", "usage-file"):
        assert outsider.get(reverse(name, args=[people.project.pk])).status_code == 404
    elsewhere = Project.objects.get(name="Elsewhere")
    assert "Lighthouse" not in page(outsider, elsewhere)
    assert table(outsider, elsewhere) == []


def test_the_project_leads_there(viewer: Client, people: People) -> None:
    answer = viewer.get(reverse("project", args=[people.project.pk]))
    assert reverse("usage", args=[people.project.pk]) in answer.content.decode()


def test_a_month_of_thousands_of_entries_takes_few_queries(
    viewer: Client, people: People, django_assert_max_num_queries: Any
) -> None:
    fill(people.project, people.editor, assets=200)
    with django_assert_max_num_queries(12):
        words = page(viewer, people.project)
    assert "Showing the 50 largest. 150 more are in the CSV." in words


def test_ops_see_all_of_it_and_change_none(people: People, two_sent: list[Asset]) -> None:
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    for name in ("ledgerentry", "monthlyuse"):
        assert ops.get(reverse(f"admin:dubbing_{name}_changelist")).status_code == 200
        assert ops.get(reverse(f"admin:dubbing_{name}_add")).status_code == 403
    line = LedgerEntry.objects.order_by("id")[0]
    address = reverse("admin:dubbing_ledgerentry_change", args=[line.pk])
    assert ops.get(address).status_code == 200
    assert ops.post(address, {"milliseconds": 1}).status_code == 403
    assert ops.post(reverse("admin:dubbing_ledgerentry_delete", args=[line.pk])).status_code == 403


def test_ops_set_the_allowance(people: People) -> None:
    ops = client_of(make_user("ops", is_staff=True, is_superuser=True))
    address = reverse("admin:dubbing_project_change", args=[people.project.pk])
    forms = {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    ops.post(address, {"name": "Harbour", "provider": "panjaya", "monthly_minutes": "90", **forms})
    assert Project.objects.get(pk=people.project.pk).monthly_minutes == 90


def fill(project: Project, user: User, *, assets: int) -> None:
    """Many assets of two languages each: one used, one reserved."""
    month = usage_page.chosen("")
    made = Asset.objects.bulk_create(
        Asset(project=project, created_by=user, name=f"Film {number}", status="dubbing") for number in range(assets)
    )
    usual: dict[str, Any] = {"project": project, "month": month, "actor": user}
    reserved = LedgerEntry.objects.bulk_create(
        LedgerEntry(asset=asset, locale=code, kind="reserve", milliseconds=60_000, **usual)
        for asset in made
        for code in ("es-ES", "fr-FR")
    )
    LedgerEntry.objects.bulk_create(
        LedgerEntry(asset=line.asset, locale=line.locale, kind="settle", milliseconds=0, closes=line, **usual)
        for line in reserved[::2]
    )
    MonthlyUse.objects.create(project=project, month=month, milliseconds=assets * 120_000)


@pytest.mark.parametrize(
    "name", ["=cmd()|' /C calc'!A0", "'=1", "''-x", 'He said "no"; then, | left', "-5", "'quoted'"]
)
def test_names_come_back_from_the_file_as_they_are(viewer: Client, people: People, name: str) -> None:
    Project.objects.filter(pk=people.project.pk).update(name=name)
    people.project.name = name
    order(people.project, people.editor, seconds=90, name=name)
    answer: Any = viewer.get(reverse("usage-file", args=[people.project.pk]))
    text = b"".join(answer.streaming_content).decode()
    head, *found = [cells for _, cells in tables.rows(text, columns=usage_page.HEAD)]
    assert head == usage_page.HEAD
    assert [(row[1], row[3], row[6]) for row in found] == [(name, name, "1.5")]
