"""The part of the settings in which owners have the AI label left out, and where that is shown."""

from __future__ import annotations

import pytest
from django.urls import reverse

from dubbing.delivery import labels
from dubbing.models import AuditEvent, Result
from tests.support import rows
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

REASON = "The broadcaster shows a notice of its own."


@pytest.fixture
def address(people: People) -> str:
    return reverse("ai-label", args=[people.project.pk])


@pytest.fixture
def settings_page(people: People) -> str:
    return reverse("project-settings", args=[people.project.pk])


def test_an_owner_turns_it_off_with_a_reason_and_on_again(people: People, address: str, settings_page: str) -> None:
    owner = client_of(people.owner)
    assert "Turn off the AI label" in owner.get(settings_page).content.decode()
    answer = owner.post(address, {"action": "leave-out", "reason": f" {REASON} "}, follow=True)
    assert "New deliveries have no AI label" in answer.content.decode()
    event = AuditEvent.objects.latest("position")
    assert event.actor_name == "owner"
    (change,) = event.data["changes"]
    assert change["before"] == {}
    assert (change["after"]["role"], change["after"]["reason"]) == ("owner", REASON)
    shown = client_of(people.viewer).get(settings_page).content.decode()
    assert REASON in shown
    assert "Turned off by" in shown
    assert "owner</bdi> (Owner)" in shown or "owner (Owner)" in shown
    assert "Turn on the AI label" not in shown
    assert "Turn on the AI label" in owner.get(settings_page).content.decode()
    answer = owner.post(address, {"action": "put-back"}, follow=True)
    assert "New deliveries have the AI label." in answer.content.decode()
    (change,) = AuditEvent.objects.latest("position").data["changes"]
    assert (change["before"]["reason"], change["after"]) == (REASON, {})
    assert labels.policy_of(people.project.pk) is None


@pytest.mark.parametrize(
    ("reason", "expected"),
    [("", "Give a reason."), ("  ", "Give a reason."), ("because", "Use at least 10 characters.")],
)
def test_a_missing_or_short_reason_is_refused_beside_the_field(
    people: People, address: str, reason: str, expected: str
) -> None:
    answer = client_of(people.owner).post(address, {"action": "leave-out", "reason": reason})
    (error,) = answer.context["label_form"].errors["reason"]
    assert expected in error
    page = answer.content.decode()
    assert page.index(expected) > page.index('id="id_reason"')
    assert f'value="{reason.strip()}"' in page or not reason.strip()
    assert labels.policy_of(people.project.pk) is None


def test_nobody_but_an_owner_changes_it(people: People, address: str) -> None:
    for person in (people.editor, people.viewer, people.outsider):
        client = client_of(person)
        assert client.post(address, {"action": "leave-out", "reason": REASON}).status_code == 404
    labels.leave_out(people.project, people.owner, REASON)
    assert client_of(people.editor).post(address, {"action": "put-back"}).status_code == 404
    assert labels.policy_of(people.project.pk) is not None


def test_a_new_delivery_warns_and_a_delivery_says_why(people: People, result: Result) -> None:
    asset = result.version.dubbing.asset
    client = client_of(people.editor)
    choose = reverse("delivery-new", args=[people.project.pk]) + f"?assets={asset.pk}&part=preview&which=all"
    choose += "&locale=es-ES&pattern={project}_{asset}_{locale}_{version}.{ext}&days=1"
    warning = "will have no AI label"
    assert warning not in client.get(f"{choose}&audio=on").content.decode()
    labels.leave_out(people.project, people.owner, REASON)
    assert warning in client.get(f"{choose}&audio=on").content.decode()
    assert warning not in client.get(choose).content.decode()
    delivery = rows.make_delivery(people.editor, result, srt=True)
    page = client.get(reverse("delivery", args=[delivery.pk])).content.decode()
    assert REASON in page
    assert "Left out by" in page
