"""The thresholds of automatic checks on the settings page: validated beside their fields, kept, and used."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dubbing.models import ProjectThresholds
from dubbing.review.quality_reports import thresholds_of
from dubbing.review.thresholds import Thresholds
from tests.support.people import People

pytestmark = pytest.mark.django_db
USUAL = {name: str(value) for name, value in Thresholds().as_row().items()}


@pytest.fixture
def base(people: People) -> str:
    return f"/projects/{people.project.pk}/settings/"


def save(client: Client, base: str, **changes: str) -> Any:
    return client.post(f"{base}checks/", USUAL | changes)


def test_an_owner_changes_them_and_only_what_differs_is_kept(owner: Client, people: People, base: str) -> None:
    assert save(owner, base, profile="ebu", still_seconds="2,5", length_ms="80").status_code == 302
    row = ProjectThresholds.objects.get(project=people.project)
    assert row.figures == {"profile": "ebu", "still_seconds": 2.5, "length_ms": 80.0}
    wanted = thresholds_of(people.project.pk)
    assert (wanted.profile, wanted.still_seconds, wanted.highest_peak) == ("ebu", 2.5, -1.0)
    html = owner.get(base).content.decode()
    assert 'value="2.5"' in html
    assert '<option value="ebu" selected>' in html


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("peak", "3", "Enter a number from -9 to 0."),
        ("silence_percent", "much", "Enter a number from 20 to 100."),
        ("length_ms", "99.5", "Enter a whole number from 50 to 5000."),
        ("black_seconds", "", "This field is required."),
        ("profile", "loud", "Select a valid choice."),
        ("channels", "", "This field is required."),
        ("late_ms", "nan", "Enter a whole number from 80 to 500."),
    ],
)
def test_invalid_values_are_reported_beside_their_field_and_stay_typed(
    owner: Client, base: str, name: str, value: str, expected: str
) -> None:
    answer = save(owner, base, **{name: value, "still_seconds": "7"})
    html = answer.content.decode()
    assert answer.status_code == 200
    after = html[html.index(f'id="id_{name}_error"') :]
    assert expected in after[: after.index("</div></div>")].replace("−", "-")
    assert 'value="7"' in html
    assert not ProjectThresholds.objects.exists()


def test_members_read_them(viewer: Client, owner: Client, base: str) -> None:
    save(owner, base, profile="streaming", late_ms="200")
    html = viewer.get(base).content.decode()
    assert "Streaming, −27 LUFS" in html
    assert "200 ms" in html
    assert "Save automatic checks" not in html
    assert save(viewer, base).status_code == 404
