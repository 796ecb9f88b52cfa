"""Odd hours for the minutes and the policy: what changes between a look and a click, and figures that make no sense."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from dubbing.batches import batches
from dubbing.drafts import saved_drafts
from dubbing.management.commands.sweep import sweep_once
from dubbing.minutes import ledger, settlement
from dubbing.minutes.settlement import close_due
from dubbing.models import Asset, Dubbing, Membership, Policy, Project, Submission
from dubbing.platform.errors import NotEnoughMinutes, NotPossible
from dubbing.providers import base
from dubbing.submissions import approvals, records, submit
from dubbing.web.asset_form import draft_submission
from tests.support import rows
from tests.support.drafts import a_draft, typed
from tests.support.journey import fresh, reconcile, reconcile_for_good, send, touch
from tests.support.minutes import allow, contradictions, fields_of, kinds, order, used_by
from tests.support.people import People, client_of
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
MINUTE = 60_000


def accepted(asset: Asset) -> Asset:
    asset.submissions.filter(status="ready").update(status=Submission.Status.ACCEPTED)
    touch(asset, status=Asset.Status.DUBBING)
    return fresh(asset)


def be(asset: Asset, locale: str, status: str) -> None:
    asset.dubbings.filter(locale=locale).update(status=status)


# --- closing ----------------------------------------------------------------------------------------------------------


def test_a_studio_language_whose_worker_was_killed_is_settled_by_the_sweep(project: Project, user: User) -> None:
    asset = accepted(order(project, user, "es-ES", seconds=60))
    be(asset, "es-ES", "completed")
    close_due(asset.pk)
    Dubbing.objects.create(asset=asset, locale="fr-FR", status="completed")  # and the worker is gone
    touch(asset, status="completed", next_poll_at=None)
    sweep_once()
    assert [(locale, kind) for locale, kind, _ in kinds(asset)][2:] == [("fr-FR", "reserve"), ("fr-FR", "settle")]
    assert (used_by(project), close_due(), contradictions()) == (2 * MINUTE, 0, [])


def test_assets_from_before_the_ledger_are_left_alone_by_the_sweep_too(project: Project, user: User) -> None:
    asset = accepted(Asset.objects.create(project=project, created_by=user))
    Dubbing.objects.create(asset=asset, locale="fr-FR", status="completed")
    assert (close_due(), asset.ledger.count()) == (0, 0)


@pytest.mark.parametrize("claimed", [1e18, 1e300])
def test_an_impossible_length_counts_for_nothing_and_stops_nobody(project: Project, user: User, claimed: float) -> None:
    odd, usual = (accepted(order(project, user, seconds=60)) for _ in range(2))
    for asset in (odd, usual):
        be(asset, "es-ES", "completed")
    touch(odd, duration=claimed)
    assert close_due() == 2
    assert [kinds(asset)[-1] for asset in (odd, usual)] == [("es-ES", "settle", 0)] * 2
    assert (used_by(project), contradictions()) == (2 * MINUTE, [])


def test_what_cannot_be_closed_yet_does_not_block_what_can(
    project: Project, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settlement, "_MOST", 1)
    first = order(project, user, seconds=60)
    lost = first.submissions.get()
    touch(lost, status=Submission.Status.ABANDONED)
    records.next_attempt(lost, locales=["es-ES"])  # still to be sent: nothing is due here
    second = accepted(order(project, user, seconds=60))
    be(second, "es-ES", "completed")
    close_due()
    assert [kind for _, kind, _ in kinds(second)] == ["reserve", "settle"]
    assert [kind for _, kind, _ in kinds(first)] == ["reserve"]


# --- reserving --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allowance", [None, 100])
@pytest.mark.parametrize("seconds", [1e17, 1e300])
def test_a_video_that_claims_to_last_for_ever_is_not_free(
    project: Project, user: User, allowance: int | None, seconds: float
) -> None:
    allow(project, allowance)
    asset = Asset.objects.create(project=project, created_by=user)
    with pytest.raises(NotPossible):
        submit.submit(asset, fields_of(make_upload(user, duration=seconds)), user)
    assert (fresh(asset).status, asset.ledger.count(), used_by(project)) == (Asset.Status.DRAFT, 0, 0)


def test_four_tenths_of_a_millisecond_are_one(project: Project, user: User) -> None:
    asset = order(project, user, start=1.0, end=1.0004)
    assert kinds(asset) == [("es-ES", "reserve", 1)]


def test_a_used_up_month_stops_videos_of_unknown_length_too(project: Project, people: People) -> None:
    order(project, people.editor, seconds=120)
    allow(project, 1)  # less than is taken already
    for user in (people.editor, people.owner):
        asset = Asset.objects.create(project=project, created_by=user)
        with pytest.raises(NotEnoughMinutes):
            submit.submit(asset, fields_of(None), user)
    assert contradictions() == []


# --- between the look and the click -----------------------------------------------------------------------------------


def test_a_provider_chosen_in_another_tab_meanwhile_is_not_judged_as_the_one_before(
    people: People, settings: Settings
) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com", "key"
    Policy.objects.create(project=people.project, least_anonymization=0.5)
    asset = Asset.objects.create(project=people.project, created_by=people.editor)
    wanted = fields_of(make_upload(people.editor), "es-ES", "fr-FR", voice_anonymization=0.5)
    saved_drafts.choose_provider(fresh(asset), "modelslab")  # which cannot anonymize
    with pytest.raises(NotPossible, match="provider"):
        submit.submit(asset, wanted, people.editor)
    assert (fresh(asset).status, Submission.objects.count(), used_by(people.project)) == ("draft", 0, 0)


@pytest.mark.parametrize("role", [Membership.Role.VIEWER, None])
def test_people_who_may_no_longer_add_assets_send_nothing(people: People, role: str | None) -> None:
    asset = Asset.objects.create(project=people.project, created_by=people.editor)
    mine = Membership.objects.filter(project=people.project, user=people.editor)
    mine.update(role=role) if role else mine.delete()
    with pytest.raises(NotPossible):
        submit.submit(asset, fields_of(make_upload(people.editor)), people.editor)
    assert (fresh(asset).status, Submission.objects.count()) == ("draft", 0)


def test_languages_that_failed_are_above_the_limit_as_they_are_when_they_are_added(people: People) -> None:
    film = make_upload(people.editor, duration=180)
    asset = rows.make_asset(people.project, people.editor, status="failed", provider="modelslab", source=film)
    allow(people.project, None, approval_above=1)
    with pytest.raises(NotPossible, match="owner"):
        submit.send_missing(asset, people.editor)
    assert asset.ledger.count() == 0
    assert submit.send_missing(fresh(asset), people.owner)


def test_what_an_owner_approved_may_be_sent_again_where_it_failed(people: People) -> None:
    allow(people.project, None, approval_above=1)
    asset = Asset.objects.create(project=people.project, created_by=people.editor, provider="modelslab")
    submit.submit(asset, fields_of(make_upload(people.editor, duration=180)), people.editor)
    event = approvals.question(fresh(asset))
    assert event
    approvals.approve(asset, people.owner, asked=event.pk, milliseconds=3 * MINUTE)
    asset = accepted(asset)
    be(asset, "es-ES", "failed")
    touch(asset, status="failed")
    assert submit.send_missing(fresh(asset), people.editor)
    assert contradictions() == []


def test_a_row_that_is_removed_while_those_before_it_are_sent_stops_nobody(people: People) -> None:
    batch = batches.start(people.project, people.editor, shared={})
    films = [make_upload(people.editor, name=f"{number}.mp4") for number in range(3)]
    rows_made = batches.add_rows(batch, people.editor, [({"file": film.name}, {}) for film in films])
    batch.rows.update(status="good")

    def checked(asset: Asset, user: User) -> batches.Checked:
        """Another tab removes the second row while the first is sent, and the third while it is sent itself."""
        for row in (rows_made[1], rows_made[2]):
            if row.asset_id and (row is rows_made[1] or asset.pk == row.asset_id):
                batches.remove(fresh(row), user) if batch.rows.filter(pk=row.pk).exists() else None
        return batches.Checked(fields_of(films[0]))

    assert len(list(batches.send(batch, people.editor, checked))) == 1
    assert list(batch.rows.values_list("status", flat=True)) == ["sent"]


def test_a_draft_deleted_during_its_link_check_is_not_sent(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = a_draft(people.editor, people.project)
    form = typed(source_from="url", media_url="https://media.example.com/harbour.mp4", name="Harbour", action="submit")
    monkeypatch.setattr(draft_submission, "check_links", lambda *_: saved_drafts.discard(draft, people.editor))
    answer = client_of(people.editor).post(reverse("asset-edit", args=[draft.pk]), form, follow=True)
    assert (answer.status_code, answer.request["PATH_INFO"]) == (200, reverse("project", args=[people.project.pk]))
    assert "draft was deleted" in answer.content.decode()
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("changed", [False, True])
def test_a_lost_request_that_shows_up_does_not_replace_a_new_one(
    people: People, provider: ScriptedProvider, changed: bool
) -> None:
    """Refused after it had been given up, then changed by a person: what they want now is another thing."""
    asset = order(people.project, people.editor, "es-ES", seconds=60)
    provider.fail("create_asset", base.AnswerLost("timed out"))
    send(asset.submissions.get(), provider)
    reconcile_for_good(asset.submissions.get(), provider)
    first, second = asset.submissions.order_by("id")
    if changed:
        provider.fail("create_asset", base.Rejected("no", status=400))
        send(second, provider)
        submit.submit(fresh(asset), fields_of(make_upload(people.editor), "es-ES", "fr-FR"), people.editor)
    touch(first, candidate_id=provider.add(f"[{first.reference}] Harbour tour").remote_id, next_at=timezone.now())
    reconcile(first, provider)
    newest = asset.submissions.latest("id")
    assert (fresh(first).status, newest.status) == (("duplicate", "ready") if changed else ("accepted", "abandoned"))
    close_due()
    assert used_by(people.project) == (2 * MINUTE if changed else MINUTE)
    assert contradictions() == []


# --- waiting for approval ---------------------------------------------------------------------------------------------


def test_a_lost_request_that_shows_up_does_not_send_what_waits_for_approval(
    people: People, provider: ScriptedProvider
) -> None:
    """Given up, sent again, refused, changed, and above the limit now: the old one turns up at the provider."""
    asset = order(people.project, people.editor, "es-ES", seconds=60)
    provider.fail("create_asset", base.AnswerLost("timed out"))
    send(asset.submissions.get(), provider)
    reconcile_for_good(asset.submissions.get(), provider)
    first, second = asset.submissions.order_by("id")
    provider.fail("create_asset", base.Rejected("no", status=400))
    send(second, provider)
    allow(people.project, None, approval_above=1)
    submit.submit(fresh(asset), fields_of(make_upload(people.editor, duration=60), "es-ES", "fr-FR"), people.editor)
    assert fresh(asset).status == Asset.Status.AWAITING
    late = provider.add(f"[{first.reference}] Harbour tour")
    touch(first, candidate_id=late.remote_id, next_at=timezone.now())
    reconcile(first, provider)
    assert (fresh(first).status, fresh(asset).status) == (Submission.Status.DUPLICATE, Asset.Status.AWAITING)
    assert list(asset.dubbings.values_list("status", flat=True)) == ["pending", "pending"]


@pytest.mark.parametrize("what", ["discard", "keep_typed", "choose_provider", "add", "missing", "submit"])
def test_assets_awaiting_approval_cannot_be_changed(people: People, what: str) -> None:
    allow(people.project, None, approval_above=0)
    asset = order(people.project, people.editor, seconds=60)
    assert asset.status == Asset.Status.AWAITING
    ways: dict[str, Callable[[], object]] = {
        "discard": lambda: saved_drafts.discard(asset, people.owner),
        "keep_typed": lambda: saved_drafts.keep_typed(asset, {"name": "Another"}, people.owner),
        "choose_provider": lambda: saved_drafts.choose_provider(asset, "modelslab"),
        "add": lambda: submit.add_locales(asset, [], people.owner),
        "missing": lambda: submit.send_missing(asset, people.owner),
        "submit": lambda: submit.submit(asset, fields_of(make_upload(people.owner)), people.owner),
    }
    with pytest.raises(NotPossible):
        ways[what]()
    sweep_once()
    assert (fresh(asset).status, Submission.objects.count(), ledger.balance(people.project).taken) == ("awaiting", 0, 0)
