"""Pilot, then promote: the whole film for the languages that passed, and nothing twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dubbing.drafts import saved_drafts
from dubbing.drafts.fields import AssetFields
from dubbing.models import Asset, Event, Policy, Project, Submission
from dubbing.platform.errors import NotPossible
from dubbing.submissions import approvals, pilots
from dubbing.web.asset_form.pilots import PromoteForm, pilot_form
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.drafts import a_draft, a_row, typed
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(project: Project, user: User) -> Asset:
    """Ten minutes, from 0:30 on, in two languages."""
    draft = a_draft(user, project)
    upload = a_row(user, seconds=600)
    saved_drafts.keep_typed(draft, typed(source=str(upload.pk), source_from="file", start="30", name="Harbour"), user)
    return draft


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


def a_pilot(draft: Asset, user: User) -> Asset:
    return pilots.send(draft, pilot_form(draft, user).asset_fields(), user)[0]


def done(pilot: Asset, *passed: str) -> None:
    """The provider is through with it."""
    Asset.objects.filter(pk=pilot.pk).update(status="partly_done")
    Submission.objects.filter(asset=pilot).update(status="accepted")
    pilot.dubbings.update(status="failed")
    for dubbing in pilot.dubbings.filter(locale__in=passed):
        pilot.dubbings.filter(pk=dubbing.pk).update(status="completed")
        rows.make_result(rows.make_version(dubbing))


@pytest.mark.parametrize(
    ("trim", "taken"),
    [
        ((None, None, 600), (None, 60)),
        ((30, None, 600), (30, 90)),
        ((30, 140, 600), (30, 140)),
        ((30, 150, 600), (30, 150)),
        ((30, 150.001, 600), (30, 90)),
        ((30, 160, 600), (30, 90)),
        ((None, None, 90), (None, None)),
        ((None, None, None), (None, 60)),
        ((5, 20, None), (5, 20)),
    ],
)
def test_a_pilot_takes_a_short_trim_or_its_first_minute(trim: Any, taken: Any) -> None:
    assert pilots.trim(*trim) == taken


def test_a_pilot_is_an_asset_of_its_own_and_the_draft_stays_one(draft: Asset, user: User) -> None:
    pilot = a_pilot(draft, user)
    assert (pilot.name, pilot.status, pilot.pilot_of) == ("Harbour · pilot", "submitting", draft)
    assert (pilot.start, pilot.end) == (30, 90)
    assert sorted(pilot.dubbings.values_list("locale", flat=True)) == ["es-ES", "fr-FR"]
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert draft.typed["start"] == "30"
    assert not draft.typed.get("end")
    kinds = Event.objects.filter(kind=Event.Kind.PILOT).values_list("asset_id", flat=True)
    assert sorted(kinds) == [draft.pk, pilot.pk]


def test_the_same_pilot_is_not_sent_twice_while_it_runs(draft: Asset, user: User) -> None:
    pilot = a_pilot(draft, user)
    with pytest.raises(NotPossible, match="already in progress"):
        a_pilot(draft, user)
    assert Submission.objects.count() == 1
    done(pilot, "es-ES")
    assert a_pilot(draft, user) != pilot


def test_the_same_pilot_does_not_await_approval_twice(draft: Asset, user: User, people: People) -> None:
    Policy.objects.create(project=draft.project, approval_above=1)
    pilot = a_pilot(draft, user)
    assert pilot.status == "awaiting"
    for person in (user, people.owner):
        with pytest.raises(NotPossible, match="already in progress"):
            a_pilot(draft, person)
    question = approvals.question(pilot)
    assert question is not None
    approvals.approve(pilot, people.owner, asked=question.pk, milliseconds=question.data["milliseconds"])
    with pytest.raises(NotPossible, match="already in progress"):
        a_pilot(draft, user)
    assert (draft.pilots.count(), Submission.objects.count()) == (1, 1)


@pytest.mark.parametrize("status", [*Asset.OPEN, "awaiting"])
def test_the_same_pilot_is_not_sent_twice_whatever_the_status_of_the_first(
    draft: Asset, user: User, status: str
) -> None:
    pilot = a_pilot(draft, user)
    Asset.objects.filter(pk=pilot.pk).update(status=status)
    with pytest.raises(NotPossible, match="already in progress"):
        a_pilot(draft, user)
    assert draft.pilots.get() == pilot


@pytest.mark.parametrize("status", ["completed", "partly_done", "failed", "refused", "draft"])
def test_a_finished_pilot_may_be_sent_again(draft: Asset, user: User, status: str) -> None:
    pilot = a_pilot(draft, user)
    Asset.objects.filter(pk=pilot.pk).update(status=status)
    assert a_pilot(draft, user) != pilot


def other(fields: AssetFields, what: str, user: User) -> AssetFields:
    """The same with another value there."""
    values: dict[str, dict[str, Any]] = {
        "source": {"source": rows.make_upload(user)},
        "media_url": {"source": None, "media_url": "https://media.example.com/harbour.mp4"},
        "background": {"background": rows.make_upload(user)},
        "background_url": {"background_url": "https://media.example.com/sea.wav"},
        "source_srt": {"source_srt": rows.SRT},
        "srt": {"targets": tuple(replace(one, srt=rows.SRT) for one in fields.targets)},
        "targets": {"targets": fields.targets[:1]},
        "end": {"end": 75.0},
        "start": {"start": 31.0},
        "speakers": {"speakers": 3},
        "auto_generate": {"auto_generate": "no_lips"},
        "lips_model": {"lips_model": "real_face_turbo"},
        "voice_anonymization": {"voice_anonymization": 0.5},
        "options": {"options": {"pitch": 2}},
        "source_locale": {"source_locale": "en-GB"},
    }
    return replace(fields, **values[what])


DIFFERENCES = ["source", "media_url", "background", "background_url", "source_srt", "srt", "targets", "end", "start"]
DIFFERENCES += ["speakers", "auto_generate", "lips_model", "voice_anonymization", "options", "source_locale"]


@pytest.mark.parametrize("what", DIFFERENCES)
def test_a_pilot_with_any_difference_is_another_pilot(draft: Asset, user: User, what: str) -> None:
    fields = pilot_form(draft, user).asset_fields()
    pilots.send(draft, fields, user)
    changed = other(fields, what, user)
    pilots.send(draft, changed, user)
    with pytest.raises(NotPossible, match="already in progress"):
        pilots.send(draft, changed, user)
    assert draft.pilots.count() == 2


def test_a_long_name_leaves_room_for_what_a_pilot_adds(draft: Asset, user: User) -> None:
    fields = replace(pilot_form(draft, user).asset_fields(), name="x" * 255)
    pilot = pilots.send(draft, fields, user)[0]
    assert (len(pilot.name), pilot.name[-9:]) == (255, "x · pilot")


def test_the_newest_pilot_of_each_language_counts(draft: Asset, user: User) -> None:
    done(a_pilot(draft, user), "es-ES")
    newer = a_pilot(draft, user)
    done(newer, "fr-FR")
    newest = pilots.newest_of_each_language(draft)
    assert {code: one.asset_id for code, one in newest.items()} == {"es-ES": newer.pk, "fr-FR": newer.pk}
    assert [one.code for one in PromoteForm(draft, user).choices if one.chosen] == ["fr-FR"]


def test_another_pilot_may_run_beside_it(draft: Asset, user: User) -> None:
    a_pilot(draft, user)
    saved_drafts.keep_typed(draft, {"voice_anonymization": "0.5"}, user)
    a_pilot(draft, user)
    assert draft.pilots.count() == 2


def test_a_draft_that_was_sent_has_no_more_pilots(draft: Asset, user: User) -> None:
    fields = pilot_form(draft, user).asset_fields()
    Asset.objects.filter(pk=draft.pk).update(status="dubbing")
    with pytest.raises(NotPossible, match="already sent"):
        pilots.send(draft, fields, user)
    assert Asset.objects.count() == 1


def test_subtitles_of_the_whole_video_are_sent_with_the_pilot(draft: Asset, user: User) -> None:
    srt = "1\n00:00:40,000 --> 00:00:43,000\nHola\n\n2\n00:05:00,000 --> 00:05:03,000\nAdiós\n"
    saved_drafts.keep_typed(draft, {"srt_es-ES": srt}, user)
    pilot = a_pilot(draft, user)
    assert "Adiós" in pilot.dubbings.get(locale="es-ES").srt


def test_the_pilot_keeps_its_video_when_the_draft_is_deleted(draft: Asset, user: User) -> None:
    pilot = a_pilot(draft, user)
    saved_drafts.discard(draft, user)
    pilot.refresh_from_db()
    assert pilot.pilot_of is None
    assert pilot.source is not None


def test_a_pilot_that_needs_approval_says_so(client: Client, draft: Asset, project: Project) -> None:
    Policy.objects.create(project=project, approval_above=1)
    answer = client.post(f"/assets/{draft.pk}/pilot/", follow=True)
    assert "waiting for approval from a project owner" in answer.content.decode()
    assert draft.pilots.get().status == "awaiting"
    assert not Submission.objects.exists()


def test_languages_that_passed_are_ticked(draft: Asset, user: User) -> None:
    done(a_pilot(draft, user), "fr-FR")
    chosen = PromoteForm(draft, user)
    assert [(one.code, one.chosen) for one in chosen.choices] == [("es-ES", False), ("fr-FR", True)]
    assert chosen.button == "Send the whole video: 9.5 min, 1 language"
    assert chosen.choices[1].result is not None


def test_the_whole_video_is_sent_in_the_chosen_languages(
    client: Client, draft: Asset, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    pilot = a_pilot(draft, user)
    done(pilot, "fr-FR")
    page = client.get(f"/assets/{pilot.pk}/promote/")
    assert "Send the whole video: 9.5 min, 1 language" in page.content.decode()
    with committed():
        answer = client.post(f"/assets/{pilot.pk}/promote/", {"targets": ["fr-FR"]})
    assert answer["Location"] == f"/assets/{draft.pk}/"
    draft.refresh_from_db()
    assert (draft.status, draft.start, draft.end) == ("submitting", 30, None)
    assert list(draft.dubbings.values_list("locale", flat=True)) == ["fr-FR"]
    assert wake_ups
    events = Event.objects.filter(kind=Event.Kind.PILOT, data__promoted=["fr-FR"])
    assert sorted(events.values_list("asset_id", flat=True)) == sorted([draft.pk, pilot.pk])


def test_promoting_twice_sends_once(client: Client, draft: Asset, user: User) -> None:
    pilot = a_pilot(draft, user)
    done(pilot, "fr-FR")
    for _ in range(2):
        client.post(f"/assets/{draft.pk}/promote/", {"targets": ["fr-FR"]})
    assert Submission.objects.filter(asset=draft).count() == 1


def test_no_language_at_all_is_an_error_and_sends_nothing(client: Client, draft: Asset, user: User) -> None:
    a_pilot(draft, user)
    answer = client.post(f"/assets/{draft.pk}/promote/", {})
    assert answer.status_code == 422
    assert "Choose at least one language" in answer.content.decode()
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert draft.typed["targets"] == ["es-ES", "fr-FR"]


def test_a_language_that_was_never_offered_is_not_sent(client: Client, draft: Asset, user: User) -> None:
    a_pilot(draft, user)
    answer = client.post(f"/assets/{draft.pk}/promote/", {"targets": ["de-DE"]})
    assert answer.status_code == 422
    assert not Submission.objects.filter(asset=draft).exists()


def test_changes_since_the_pilot_are_listed(client: Client, draft: Asset, user: User) -> None:
    done(a_pilot(draft, user), "fr-FR")
    saved_drafts.keep_typed(draft, {"auto_generate": "no_lips"}, user)
    assert "since the pilot: the result." in client.get(f"/assets/{draft.pk}/promote/").content.decode()


def test_a_pilot_is_sent_from_the_drafts_page_with_its_current_content(
    client: Client, draft: Asset, user: User, wake_ups: WakeUps, committed: Any
) -> None:
    page = client.get(f"/assets/{draft.pk}/edit/").content.decode()
    assert "Send a pilot: 2 min" in page
    posted = {**draft.typed, "targets": ["de-DE"], "files": "", "checked": ""}
    with committed():
        answer = client.post(f"/assets/{draft.pk}/pilot/", {name: value for name, value in posted.items() if value})
    assert answer["Location"] == f"/assets/{draft.pk}/edit/"
    pilot = draft.pilots.get()
    assert list(pilot.dubbings.values_list("locale", flat=True)) == ["de-DE"]
    assert [name for name, _ in wake_ups] == ["submit"]
    assert f"/assets/{pilot.pk}/" in client.get(answer["Location"]).content.decode()


def test_a_pilot_that_cannot_be_sent_says_why(client: Client, draft: Asset, user: User) -> None:
    answer = client.post(f"/assets/{draft.pk}/pilot/", {"source_locale": "", "targets": ["de-DE"]}, follow=True)
    assert "The pilot was not sent. Choose the language spoken" in answer.content.decode()
    assert not draft.pilots.exists()


def test_the_pilots_page_offers_the_whole_video_to_the_drafts_author(
    client: Client, draft: Asset, user: User, people: People
) -> None:
    pilot = a_pilot(draft, user)
    assert f"/assets/{pilot.pk}/promote/" in client.get(f"/assets/{pilot.pk}/").content.decode()
    assert f"/assets/{pilot.pk}/promote/" not in client_of(people.owner).get(f"/assets/{pilot.pk}/").content.decode()
    assert client_of(people.owner).get(f"/assets/{pilot.pk}/promote/").status_code == 404
    assert client_of(people.owner).post(f"/assets/{draft.pk}/pilot/").status_code == 404
