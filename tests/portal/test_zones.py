"""Times are shown in the zone of whoever reads them; months and daily emails keep to the portal's own."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dubbing.minutes import ledger
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 6, 10, 12, tzinfo=UTC)


def times(client: Client, people: People) -> str:
    asset = rows.make_asset(people.project, people.editor, status="completed", submitted_at=NOON)
    return client.get(reverse("asset", args=[asset.pk])).content.decode()


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Berlin", "14:00:00 CEST"),
        ("America/New_York", "08:00:00 EDT"),
        ("", "12:00:00 UTC"),
        ("Nowhere/Land", "12:00:00 UTC"),
        ("../../etc/passwd", "12:00:00 UTC"),
        ("Europe", "12:00:00 UTC"),
    ],
)
def test_a_page_shows_times_in_the_zone_of_its_reader(editor: Client, people: People, zone: str, shown: str) -> None:
    with time_machine.travel(NOON, tick=False):
        editor.force_login(people.editor)
        editor.cookies["zone"] = zone
        assert shown in times(editor, people)
    assert timezone.get_current_timezone() == timezone.get_default_timezone()


def test_what_counts_for_a_month_is_the_same_for_every_reader() -> None:
    last_minute = datetime(2026, 5, 31, 23, 30, tzinfo=UTC)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert ledger.month_of(last_minute) == date(2026, 5, 1)
