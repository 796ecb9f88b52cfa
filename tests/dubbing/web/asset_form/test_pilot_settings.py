"""The same pilot at several settings: one quote for all, one press, and nothing sent twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Membership, Policy, Project, Submission
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.drafts import a_draft, a_row, typed
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db

SLIGHT, CLEAR, TURBO = "voice_anonymization:0.3", "voice_anonymization:0.6", "lips_model:real_face_turbo"


@pytest.fixture
def draft(project: Project, user: User) -> Asset:
    """Ten minutes in two languages."""
    draft = a_draft(user, project)
    upload = a_row(user, seconds=600)
    saved_drafts.keep_typed(draft, typed(source=str(upload.pk), source_from="file", name="Harbour"), user)
    return draft


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


@pytest.fixture
def another_provider(settings: Any) -> None:
    settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = "https://api.voicechanger.example", "key"


def page_of(client: Client, draft: Asset, *keys: str, **more: str) -> str:
    answer = client.get(f"/assets/{draft.pk}/pilots/settings/", {"with": list(keys), **more})
    assert answer.status_code == 200
    return answer.content.decode()


def lines_of(page: str) -> list[str]:
    """What the page promised, as its form sends it back."""
    return re.findall(r'name="line" value="([^"]+)"', page)


def press(client: Client, draft: Asset, lines: list[str]) -> str:
    answer = client.post(f"/assets/{draft.pk}/pilots/settings/", {"line": lines})
    assert answer.status_code == 200
    return answer.content.decode()


def test_one_quote_says_the_minutes_of_all(client: Client, draft: Asset) -> None:
    page = page_of(client, draft, "draft", SLIGHT, TURBO)
    assert "Send 3 pilots: 6 min" in page
    assert page.count('<span class="figure">2 min</span>') == 3
    assert len(lines_of(page)) == 3


def test_one_press_sends_each_and_the_draft_stays_one(
    client: Client, draft: Asset, wake_ups: WakeUps, committed: Any
) -> None:
    page = page_of(client, draft, "draft", SLIGHT, TURBO)
    with committed():
        report = press(client, draft, lines_of(page))
    assert "3 pilots sent" in report
    settings = draft.pilots.order_by("pk").values_list("voice_anonymization", "lips_model", "start", "end", "name")
    assert list(settings) == [
        (0.0, "real_face", None, 60.0, "Harbour · pilot"),
        (0.3, "real_face", None, 60.0, "Harbour · pilot 2"),
        (0.0, "real_face_turbo", None, 60.0, "Harbour · pilot 3"),
    ]
    assert [name for name, _ in wake_ups] == ["submit"] * 3
    before = draft.typed
    draft.refresh_from_db()
    assert (draft.status, draft.typed) == ("draft", before)


def test_pressing_twice_sends_once(client: Client, draft: Asset) -> None:
    lines = lines_of(page_of(client, draft, "draft", SLIGHT))
    press(client, draft, lines)
    report = press(client, draft, lines)
    assert report.count("Sent before") == 2
    assert (draft.pilots.count(), Submission.objects.count()) == (2, 2)


def test_a_tab_left_open_sends_nothing_twice_even_when_the_pilots_are_done(client: Client, draft: Asset) -> None:
    first, second = (lines_of(page_of(client, draft, "draft", SLIGHT)) for _ in range(2))
    press(client, draft, first)
    draft.pilots.update(status="completed")
    assert press(client, draft, second).count("Sent before") == 2
    assert draft.pilots.count() == 2


def test_what_was_not_sent_at_the_first_press_is_sent_at_the_second(client: Client, draft: Asset) -> None:
    lines = lines_of(page_of(client, draft, "draft", SLIGHT))
    press(client, draft, lines[:1])
    report = press(client, draft, lines)
    assert (report.count("Sent before"), draft.pilots.count()) == (1, 2)


def test_a_new_page_sends_the_same_again_once_it_is_done(client: Client, draft: Asset) -> None:
    press(client, draft, lines_of(page_of(client, draft, "draft", SLIGHT)))
    draft.pilots.update(status="completed")
    assert "2 pilots sent" in press(client, draft, lines_of(page_of(client, draft, "draft", SLIGHT)))


def test_a_running_pilot_is_shown_before_the_click(client: Client, draft: Asset) -> None:
    press(client, draft, lines_of(page_of(client, draft, "draft", SLIGHT)))
    page = page_of(client, draft, SLIGHT, CLEAR)
    assert "The same pilot is already in progress." in page
    assert "Send 1 pilot: 2 min" in page


def test_a_draft_that_changed_since_is_not_sent(client: Client, draft: Asset, user: User) -> None:
    lines = lines_of(page_of(client, draft, "draft", SLIGHT))
    saved_drafts.keep_typed(draft, {"targets": ["es-ES"]}, user)
    report = press(client, draft, lines)
    assert "Nothing was sent" in report
    assert report.count("The draft has changed since you opened this page") == 2
    assert not draft.pilots.exists()


def test_losing_the_right_to_send_meanwhile_sends_nothing(client: Client, draft: Asset, user: User) -> None:
    lines = lines_of(page_of(client, draft, "draft", SLIGHT))
    Membership.objects.filter(user=user, project=draft.project).update(role="viewer")
    answer = client.post(f"/assets/{draft.pk}/pilots/settings/", {"line": lines})
    assert answer.status_code == 404
    assert not draft.pilots.exists()


def test_a_promise_of_another_draft_or_of_nobody_sends_nothing(client: Client, draft: Asset, user: User) -> None:
    other = a_draft(user, draft.project)
    saved_drafts.keep_typed(other, draft.typed | {"name": "Other"}, user)
    lines = lines_of(page_of(client, draft, "draft", SLIGHT))
    press(client, other, [*lines, "made up", lines[0] + "x"])
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([], "Choose at least 2 settings."),
        (["draft"], "Choose at least 2 settings."),
        (["draft", SLIGHT, CLEAR, TURBO, "voice_anonymization:1"], "Choose at most 4 settings."),
        (["draft", "lips_model:no_such", "provider:nobody"], "Choose at least 2 settings."),
    ],
)
def test_too_few_and_too_many_are_reported_and_cannot_be_sent(
    client: Client, draft: Asset, keys: list[str], expected: str
) -> None:
    page = page_of(client, draft, *(keys or [""]))
    assert expected in page
    assert "Send " not in re.sub(r"(?s)<p class=\"line-text\">.*?</p>", "", page[page.index('id="pilot-plan"') :])


def test_minutes_insufficient_for_all_are_shown_at_the_row(client: Client, draft: Asset) -> None:
    Project.objects.filter(pk=draft.project_id).update(monthly_minutes=5)
    page = page_of(client, draft, "draft", SLIGHT, CLEAR)
    assert page.count("Not enough minutes are left this month to send this pilot as well.") == 1
    assert "Send 2 pilots: 4 min" in page
    assert "1 min left this month afterwards" in page


def test_minutes_that_ran_out_since_the_quote_stop_one_row_and_not_the_others(client: Client, draft: Asset) -> None:
    lines = lines_of(page_of(client, draft, "draft", SLIGHT))
    Project.objects.filter(pk=draft.project_id).update(monthly_minutes=3)
    report = press(client, draft, lines)
    assert "1 pilot sent" in report
    assert "The project has 1 min of 3 min left this month." in report
    assert draft.pilots.count() == 1


def test_what_is_below_the_policy_is_not_offered(client: Client, draft: Asset, user: User) -> None:
    saved_drafts.keep_typed(draft, {"voice_anonymization": "0.5"}, user)
    Policy.objects.create(project=draft.project, least_anonymization=0.5)
    page = page_of(client, draft, "draft", SLIGHT, CLEAR)
    assert SLIGHT not in page
    assert CLEAR in page


def test_above_the_limit_each_waits_for_an_owner(client: Client, draft: Asset, people: People) -> None:
    Policy.objects.create(project=draft.project, approval_above=1)
    page = page_of(client, draft, "draft", SLIGHT)
    assert "Request approval for 2 pilots: 4 min" in page
    report = press(client, draft, lines_of(page))
    assert report.count("Awaiting approval") == 4
    assert set(draft.pilots.values_list("status", flat=True)) == {"awaiting"}
    assert not Submission.objects.exists()


def test_another_provider_gets_the_pilot_where_it_is_the_whole_video(
    client: Client, draft: Asset, user: User, another_provider: None
) -> None:
    assert "dubs whole videos only" in page_of(client, draft, "draft", SLIGHT)
    upload = a_row(user, seconds=60)
    saved_drafts.keep_typed(draft, {"source": str(upload.pk)}, user)
    page = page_of(client, draft, "draft", "provider:voicechanger")
    assert "Send 2 pilots: 4 min" in page
    press(client, draft, lines_of(page))
    assert sorted(draft.pilots.values_list("provider", flat=True)) == ["panjaya", "voicechanger"]
    draft.refresh_from_db()
    assert draft.provider == "panjaya"


def test_a_part_of_the_page_has_the_quote_and_its_address(client: Client, draft: Asset) -> None:
    answer = client.get(f"/assets/{draft.pk}/pilots/settings/", {"with": ["", "draft", SLIGHT], "part": "plan"})
    assert "Send 2 pilots: 4 min" in answer.content.decode()
    assert answer["HX-Replace-Url"] == f"/assets/{draft.pk}/pilots/settings/?with=draft&with=voice_anonymization%3A0.3"


def test_an_unfinished_draft_says_what_is_missing(client: Client, user: User, project: Project) -> None:
    page = page_of(client, a_draft(user, project), "draft", SLIGHT)
    assert "You cannot send this yet." in page
    assert 'id="pilot-plan"' not in page


def test_the_drafts_page_keeps_what_was_typed_and_leads_there(client: Client, draft: Asset) -> None:
    assert "Compare settings…" in client.get(f"/assets/{draft.pk}/edit/").content.decode()
    answer = client.post(f"/assets/{draft.pk}/edit/", {"action": "pilots", "voice_anonymization": "0.8"})
    assert answer["Location"] == f"/assets/{draft.pk}/pilots/settings/"
    draft.refresh_from_db()
    assert draft.typed["voice_anonymization"] == "0.8"


def test_pilots_that_are_done_can_be_compared_blind(client: Client, draft: Asset) -> None:
    press(client, draft, lines_of(page_of(client, draft, "draft", SLIGHT)))
    first, second = draft.pilots.order_by("pk")
    for pilot in (first, second):
        assert "Compare blind" not in client.get(f"/assets/{draft.pk}/pilots/").content.decode()
        rows.make_result(rows.make_version(pilot.dubbings.get(locale="es-ES")))
    part = client.get(f"/assets/{draft.pk}/pilots/").content.decode()
    assert "Compare blind: Spanish (Spain)" in part
    assert "Compare blind: French" not in part
    assert "Anonymization 0.3" in part
    link = re.search(r'href="(/projects/[^"]+blind/new/[^"]+)"', part)
    assert link is not None
    comparing = client.get(link[1].replace("&amp;", "&")).content.decode()
    assert comparing.count('name="candidates"') == 2


def test_a_draft_that_was_sent_leads_to_its_video(client: Client, draft: Asset) -> None:
    Asset.objects.filter(pk=draft.pk).update(status="dubbing")
    answer = client.get(f"/assets/{draft.pk}/pilots/settings/")
    assert answer["Location"] == f"/assets/{draft.pk}/"
