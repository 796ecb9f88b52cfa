"""Approving in the browser: owners are asked, say yes or give back, and who asked can follow it."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from dubbing.models import Asset
from dubbing.submissions import approvals
from tests.conftest import WakeUps
from tests.support.journey import fresh
from tests.support.minutes import allow, order
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(people: People) -> Asset:
    allow(people.project, 10, approval_above=1)
    return order(people.project, people.editor, "es-ES", "fr-FR", "de-DE", seconds=60, name="Long film")


def asset_page(client: Client, asset: Asset) -> str:
    return client.get(reverse("asset", args=[asset.pk])).content.decode()


def question(asset: Asset) -> dict[str, str]:
    event = approvals.question(asset)
    assert event is not None
    return {"asked": str(event.pk), "milliseconds": "180000"}


def test_owners_find_it_on_their_first_page(owner: Client, editor: Client, viewer: Client, waiting: Asset) -> None:
    mine = owner.get(reverse("work")).content.decode()
    assert "Awaiting your approval" in mine
    assert "Long film" in mine
    assert "Nothing needs your attention" not in mine
    for others in (editor, viewer):
        assert "Awaiting your approval" not in others.get(reverse("work")).content.decode()
    assert "Awaiting approval" in editor.get(reverse("work")).content.decode()


def test_the_button_says_the_minutes(owner: Client, waiting: Asset) -> None:
    words = asset_page(owner, waiting)
    assert "Approve and send: 3 min, 3 languages" in words
    assert "10 min left this month" in words
    assert "It needs more than 1 minute" in words


def test_only_owners_get_the_buttons_and_only_the_person_who_asked_can_withdraw(
    owner: Client, editor: Client, viewer: Client, waiting: Asset
) -> None:
    pages = [asset_page(client, waiting) for client in (owner, editor, viewer)]
    assert ["Approve and send" in words for words in pages] == [True, False, False]
    assert ["asset-take-back" in words or "/take-back/" in words for words in pages] == [False, True, False]
    assert "Project owners: owner." in pages[2]


def test_approving_sends_it(owner: Client, waiting: Asset, wake_ups: WakeUps, committed: object) -> None:
    with committed():  # type: ignore[operator]
        answer = owner.post(reverse("asset-approve", args=[waiting.pk]), question(waiting))
    assert answer.status_code == 302
    assert fresh(waiting).status == Asset.Status.SUBMITTING
    assert ("submit", waiting.submissions.get().pk) in wake_ups
    words = asset_page(owner, waiting)
    assert "Approved: 3 min, 3 languages." in words
    assert "Approval requested for 3 min, 3 languages." in words


def test_approving_something_else_is_not_an_approval(owner: Client, waiting: Asset) -> None:
    for wrong in ({"milliseconds": "1"}, {"asked": "0"}, {"asked": "x"}, {"milliseconds": ""}, {"asked": "9" * 40}):
        owner.post(reverse("asset-approve", args=[waiting.pk]), question(waiting) | wrong)
        assert fresh(waiting).status == Asset.Status.AWAITING


def test_returning_it_shows_the_reason_to_its_author(owner: Client, editor: Client, waiting: Asset) -> None:
    given = question(waiting) | {"reason": "Spanish <b>first</b>, please"}
    answer = owner.post(reverse("asset-give-back", args=[waiting.pk]), given)
    assert answer["Location"] == reverse("project", args=[waiting.project_id])
    words = editor.get(reverse("asset-edit", args=[waiting.pk])).content.decode()
    assert "owner requested changes:" in words
    assert "Spanish &lt;b&gt;first&lt;/b&gt;, please" in words


def test_returning_it_without_a_reason_says_what_is_missing(owner: Client, waiting: Asset) -> None:
    answer = owner.post(reverse("asset-give-back", args=[waiting.pk]), question(waiting), follow=True)
    assert "Explain what needs to change" in answer.content.decode()
    assert fresh(waiting).status == Asset.Status.AWAITING


def test_the_author_withdraws_it_and_continues_editing(editor: Client, waiting: Asset) -> None:
    answer = editor.post(reverse("asset-take-back", args=[waiting.pk]), follow=True)
    assert answer.redirect_chain[-1][0] == reverse("asset-edit", args=[waiting.pk])
    assert "requested changes" not in answer.content.decode()


def test_others_cannot_answer(people: People, editor: Client, viewer: Client, waiting: Asset) -> None:
    for client in (editor, viewer, client_of(people.outsider)):
        for name in ("asset-approve", "asset-give-back"):
            answer = client.post(reverse(name, args=[waiting.pk]), question(waiting) | {"reason": "no"})
            assert answer.status_code == 404
    assert client_of(people.owner).post(reverse("asset-take-back", args=[waiting.pk])).status_code == 404
    assert fresh(waiting).status == Asset.Status.AWAITING


def test_members_see_it_and_strangers_do_not(people: People, viewer: Client, waiting: Asset) -> None:
    assert "Awaiting approval" in asset_page(viewer, waiting)
    assert client_of(people.outsider).get(reverse("asset", args=[waiting.pk])).status_code == 404


def test_what_waits_cannot_be_edited(editor: Client, waiting: Asset) -> None:
    answer = editor.get(reverse("asset-edit", args=[waiting.pk]))
    assert answer["Location"] == reverse("asset", args=[waiting.pk])


def test_too_few_minutes_are_shown_before_the_click(owner: Client, people: People, waiting: Asset) -> None:
    allow(people.project, 2, approval_above=1)
    assert "This needs 3 min. The project has 2 min of 2 min left" in asset_page(owner, waiting)
    owner.post(reverse("asset-approve", args=[waiting.pk]), question(waiting))
    assert fresh(waiting).status == Asset.Status.AWAITING


GERMAN = """1
00:00:01,000 --> 00:00:08,000
Guten Abend und herzlich willkommen am Hafen, wo wir heute die Boote zeigen.

2
00:00:10,000 --> 00:00:18,000
Wir gehen nicht auf das Wasser, sondern bleiben hier und warten auf die Fischer.
"""


def test_the_owner_sees_what_there_is_to_look_at_in_the_subtitles(
    owner: Client, editor: Client, waiting: Asset
) -> None:
    heading = "Check the subtitles before you approve."
    assert heading not in asset_page(owner, waiting)
    waiting.dubbings.filter(locale="es-ES").update(srt=GERMAN)
    for client in (owner, editor):
        page = asset_page(client, waiting)
        assert heading in page
        assert re.search(r"Spanish.*: [^<]*German", page)
    part = owner.get(reverse("asset-status", args=[waiting.pk])).content.decode()
    assert heading in part
    waiting.dubbings.filter(locale="es-ES").update(srt="")
    waiting.dubbings.filter(locale="de-DE").update(srt=GERMAN)
    assert heading not in asset_page(owner, waiting)


def read_in(client: Client, language: str, asset: Asset) -> str:
    return client.get(reverse("asset", args=[asset.pk]), headers={"Accept-Language": language}).content.decode()


def test_why_owners_are_asked_is_said_in_the_readers_language(owner: Client, people: People) -> None:
    allow(people.project, 10, approval_above=1)
    with translation.override("de"):
        asset = order(people.project, people.editor, "es-ES", "fr-FR", "de-DE", seconds=60)
    assert "It needs more than 1 minute, so a project owner has to approve it." in read_in(owner, "en", asset)
    german = read_in(owner, "de", asset)
    assert "It needs more than" not in german


def test_a_request_of_an_earlier_release_keeps_its_sentence(owner: Client, waiting: Asset) -> None:
    event = approvals.question(waiting)
    assert event is not None
    event.data = {"milliseconds": 180000, "languages": 3, "why": "Es sind mehr als 1 Minute."}
    event.save()
    assert "Es sind mehr als 1 Minute." in asset_page(owner, waiting)
