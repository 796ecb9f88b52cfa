"""From a draft to the intention to pay for it, once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.drafts import creation
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Dubbing, Membership, Project, Submission
from dubbing.platform.errors import NotPossible
from dubbing.providers.base import Rejected
from dubbing.submissions import submit
from dubbing.submissions.references import new_reference
from dubbing.sync import sync_asset
from tests.support import rows
from tests.support.journey import events, fresh, look, send, touch
from tests.support.people import People
from tests.support.provider import ScriptedProvider

pytestmark = pytest.mark.django_db
Sent = Callable[..., Asset]
Wish = Callable[..., Submission]
FIELDS = AssetFields(name="Film", source_locale="en-US", targets=(TargetText("es-ES", "1\n"), TargetText("fr-FR")))


@pytest.mark.parametrize(("there", "wanted"), [("fr", "fr-FR"), ("fr_FR", "fr-FR"), ("FR-fr", "fr-FR")])
def test_a_language_that_is_there_in_another_spelling_is_not_paid_for_again(
    sent: Callable[..., Asset], user: User, there: str, wanted: str
) -> None:
    asset = sent()
    Dubbing.objects.create(asset=asset, locale=there, status="preparing")
    with pytest.raises(NotPossible, match="This video already has fr-FR"):
        submit.add_locales(asset, [TargetText(wanted)], user)
    submit.add_locales(asset, [TargetText("fr-CA") if there != "fr" else TargetText("de-DE")], user)


def test_the_request_is_recorded_before_anything_is_sent(project: Project, user: User) -> None:
    asset = creation.create_draft(project, user)
    (submission,) = submit.submit(asset, FIELDS, user)
    assert fresh(asset).status == Asset.Status.SUBMITTING
    assert (submission.status, submission.locales) == (Submission.Status.READY, ["es-ES", "fr-FR"])
    assert dict(asset.dubbings.values_list("locale", "srt")) == {"es-ES": "1\n", "fr-FR": ""}


def test_it_says_who_asked_and_when(project: Project, user: User) -> None:
    asset = creation.create_draft(project, user)
    (submission,) = submit.submit(asset, FIELDS, user)
    event = asset.events.get(kind="submitted")
    assert (event.actor, submission.asked_by) == (user, user)
    assert fresh(asset).submitted_at is not None


def test_an_open_asset_has_a_deadline_from_the_start(project: Project, user: User) -> None:
    asset = creation.create_draft(project, user)
    submit.submit(asset, FIELDS, user)
    deadline = fresh(asset).late_at
    assert deadline
    assert deadline > timezone.now() + timedelta(minutes=30)


def test_the_second_click_is_refused(project: Project, user: User) -> None:
    asset = creation.create_draft(project, user)
    seen_by_another_tab = fresh(asset)
    submit.submit(asset, FIELDS, user)
    with pytest.raises(NotPossible):
        submit.submit(seen_by_another_tab, FIELDS, user)
    assert asset.submissions.count() == 1


def test_somebody_who_lost_the_project_sends_nothing_in_it_whatever_else_they_may_edit(people: People) -> None:
    draft = creation.create_draft(people.project, people.editor)
    Membership.objects.filter(user=people.editor).delete()
    rows.make_project("Another one of theirs", owner=people.editor)
    with pytest.raises(NotPossible, match="can no longer send videos in this project"):
        submit.submit(draft, FIELDS, people.editor)
    assert (fresh(draft).status, Submission.objects.count()) == (Asset.Status.DRAFT, 0)


def test_a_refused_asset_can_be_changed_and_sent_again(wish: Wish, user: User) -> None:
    asset = wish(locales=["de-DE"]).asset
    asset.submissions.update(status=Submission.Status.REFUSED)
    touch(asset, status=Asset.Status.REFUSED, error_code="refused", error_message="no")
    submit.submit(fresh(asset), FIELDS, user)
    again = fresh(asset)
    assert (again.status, again.error_code) == (Asset.Status.SUBMITTING, "")
    assert set(again.dubbings.values_list("locale", flat=True)) == {"es-ES", "fr-FR"}


def test_every_time_a_person_sends_it_counts_as_a_first_attempt(wish: Wish, user: User) -> None:
    asset = wish().asset
    for _ in range(4):
        asset.submissions.update(status=Submission.Status.REFUSED)
        touch(asset, status=Asset.Status.REFUSED)
        (last,) = submit.submit(fresh(asset), FIELDS, user)
    assert last.attempt == 1


def test_untouched_drafts_do_not_pile_up(project: Project, user: User) -> None:
    assert creation.create_draft(project, user) == creation.create_draft(project, user)


def test_languages_can_be_added_to_what_the_provider_has(sent: Sent, user: User, provider: ScriptedProvider) -> None:
    asset = sent()
    (submission,) = submit.add_locales(asset, [TargetText("fr-FR")], user)
    send(submission, provider)
    assert set(provider.only.versions) == {"es-ES", "fr-FR"}


def test_adding_a_language_never_shows_the_asset_as_being_sent(
    sent: Sent, user: User, provider: ScriptedProvider
) -> None:
    asset = sent()
    (submission,) = submit.add_locales(asset, [TargetText("fr-FR")], user)
    statuses: list[str] = []
    provider.then("add_locales", lambda: statuses.append(fresh(asset).status))
    send(submission, provider)
    assert [*statuses, fresh(asset).status] == [Asset.Status.DUBBING, Asset.Status.DUBBING]


def test_languages_cannot_be_added_before_the_provider_has_the_asset(wish: Wish, user: User) -> None:
    with pytest.raises(NotPossible, match="does not have"):
        submit.add_locales(wish().asset, [TargetText("fr-FR")], user)


def test_languages_cannot_be_added_twice_at_once(sent: Sent, user: User) -> None:
    asset = sent()
    submit.add_locales(asset, [TargetText("fr-FR")], user)
    with pytest.raises(NotPossible, match="being added"):
        submit.add_locales(asset, [TargetText("de-DE")], user)


@pytest.mark.parametrize("wanted", [["es-ES"], ["ES-es"], ["fr-FR", "fr-FR"], []])
def test_a_language_that_exists_is_repeated_or_is_missing_is_refused(sent: Sent, user: User, wanted: list[str]) -> None:
    with pytest.raises(NotPossible):
        submit.add_locales(sent(), map(TargetText, wanted), user)


def test_subtitles_that_nobody_filled_in_are_never_sent(sent: Sent, user: User) -> None:
    asset = sent()
    with pytest.raises(NotPossible, match="not filled in"):
        submit.add_locales(asset, [TargetText("fr-FR", "1\n00:00:01,000 --> 00:00:02,000\n[…]\n")], user)
    assert not asset.dubbings.filter(locale="fr-FR").exists()


def test_no_language_is_added_to_what_failed_at_the_provider(
    sent: Sent, user: User, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.only.failed = True
    look(asset, provider)
    with pytest.raises(NotPossible, match="could not dub this video"):
        submit.add_locales(asset, [TargetText("fr-FR")], user)


def test_a_refused_language_is_shown_as_failed_and_can_be_asked_for_again(
    sent: Sent, user: User, provider: ScriptedProvider
) -> None:
    asset = sent()
    provider.before["add_locales"].append(_refuse)
    send(submit.add_locales(asset, [TargetText("fr-FR", "bad")], user)[0], provider)
    refused = asset.dubbings.get(locale="fr-FR")
    assert (refused.status, refused.error_message) == (Dubbing.Status.FAILED, "bad srt")
    sync_asset(asset.pk, provider=provider, cause="test")
    assert fresh(asset).status == Asset.Status.DUBBING
    send(submit.add_locales(asset, [TargetText("fr-FR", "good")], user)[0], provider)
    assert asset.dubbings.get(locale="fr-FR").status == Dubbing.Status.PREPARING


def _refuse() -> None:
    raise Rejected("bad srt", status=400)


def test_trying_again_copies_the_languages_that_failed(sent: Sent, user: User) -> None:
    asset = sent(locales=["es-ES", "fr-FR"], start=1.0, end=9.5)
    asset.dubbings.filter(locale="fr-FR").update(status=Dubbing.Status.FAILED)
    copy = creation.copy_for_retry(asset, user)
    assert list(copy.dubbings.values_list("locale", flat=True)) == ["fr-FR"]
    assert (copy.status, copy.start, copy.end, copy.copied_from) == (Asset.Status.DRAFT, 1.0, 9.5, asset)
    assert events(asset)[-1] == "retried"


def test_references_do_not_repeat_and_can_be_read_out() -> None:
    references = {new_reference(number) for number in range(500)}
    assert len({reference[:14] for reference in references}) == 500
    assert all(len(reference) <= 17 and not set("01IOLU") & set(reference[4:]) for reference in references)
