"""The page on which owners say how long unused videos are kept, and see which would go."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from dubbing.assets import retention
from dubbing.models import Asset, AuditEvent, RetentionPolicy
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(people: People) -> str:
    with time_machine.travel(timezone.now() - timedelta(days=100), tick=False):
        rows.make_asset(people.project, people.editor, status="completed", name="Lighthouse")
    rows.make_asset(people.project, people.editor, status="completed", name="Harbour")
    return reverse("retention", args=[people.project.pk])


def test_a_preview_lists_what_would_go_and_saves_nothing(people: People, address: str) -> None:
    answer = client_of(people.owner).post(address, {"days": "30", "action": "preview"}, follow=True)
    assert answer.redirect_chain == [(f"{address}?days=30", 302)]
    page = answer.content.decode()
    assert "1 video would be moved to trash now." in page
    assert "This is only a preview" in page
    assert "Lighthouse" in page
    assert [row.row.asset.name for row in answer.context["rows"]] == ["Lighthouse"]
    assert not RetentionPolicy.objects.exists()
    assert Asset.objects.exclude(trashed_at=None).count() == 0


def test_an_owner_saves_the_days_and_turns_retention_off_again(people: People, address: str) -> None:
    owner = client_of(people.owner)
    assert "within an hour" in owner.post(address, {"days": "30", "action": "save"}, follow=True).content.decode()
    assert retention.days_of(people.project.pk) == 30
    event = AuditEvent.objects.latest("position")
    assert event.data["changes"][0]["after"]["days"] == 30
    settings = owner.get(reverse("project-settings", args=[people.project.pk])).content.decode()
    assert "moved to trash after 30 days without activity" in settings
    owner.post(address, {"days": "", "action": "save"})
    assert retention.days_of(people.project.pk) is None


@pytest.mark.parametrize("days", ["6", "0", "-1", "3651", "7.5", "soon", "1e9"])
def test_other_numbers_are_refused_beside_the_field(people: People, address: str, days: str) -> None:
    answer = client_of(people.owner).post(address, {"days": days, "action": "save"})
    assert answer.status_code == 200
    assert "whole number from 7 to 3650" in answer.context["form"].errors["days"][0]
    assert f'value="{days}"' in answer.content.decode()
    assert not RetentionPolicy.objects.exists()


def test_others_see_what_applies_and_cannot_change_it(people: People, address: str) -> None:
    retention.set_days(people.project, 30, people.owner)
    for who in (people.editor, people.viewer):
        page = client_of(who).get(address).content.decode()
        assert "after 30 days without activity" in page
        assert "Save retention" not in page
        assert client_of(who).post(address, {"days": "7"}).status_code == 404
    assert client_of(people.outsider).get(address).status_code == 404
    assert retention.days_of(people.project.pk) == 30


def test_what_was_moved_automatically_is_shown_as_such(people: People, address: str) -> None:
    retention.set_days(people.project, 30, people.owner)
    retention.apply_policies()
    page = client_of(people.viewer).get(reverse("project-trash", args=[people.project.pk])).content.decode()
    assert "by the retention policy" in page
