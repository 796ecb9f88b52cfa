"""Above the project's limit an asset waits until an owner says yes, to exactly what was asked."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dubbing.drafts import creation, saved_drafts
from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, Policy, Project, Submission
from dubbing.platform.errors import NotEnoughMinutes, NotPossible, PolicyBroken
from dubbing.submissions import approvals, submit
from tests.support.journey import events, fresh, touch
from tests.support.minutes import allow, contradictions, fields_of, kinds, order, used_by
from tests.support.people import People
from tests.support.rows import make_upload

pytestmark = pytest.mark.django_db
MINUTE = 60_000


@pytest.fixture
def waiting(project: Project, user: User) -> Asset:
    """Three minutes, where more than one needs approval."""
    allow(project, None, approval_above=1)
    return order(project, user, "es-ES", "fr-FR", "de-DE", seconds=60)


def yes(asset: Asset, user: User, **other: int) -> list[Submission]:
    event = approvals.question(asset)
    assert event is not None
    cost = approvals.cost_now(asset, event).total
    return approvals.approve(asset, user, **{"asked": event.pk, "milliseconds": cost or 0} | other)


def asked(asset: Asset) -> int:
    event = approvals.question(asset)
    assert event is not None
    return event.pk


def test_above_the_limit_nothing_is_sent_or_reserved(waiting: Asset) -> None:
    assert (waiting.status, waiting.submissions.count(), kinds(waiting)) == (Asset.Status.AWAITING, 0, [])
    assert waiting.submitted_at is None
    assert set(waiting.dubbings.values_list("locale", flat=True)) == {"es-ES", "fr-FR", "de-DE"}
    assert events(waiting)[-1] == "approval_asked"


def test_exactly_the_limit_needs_nobody(project: Project, user: User) -> None:
    allow(project, None, approval_above=1)
    assert order(project, user, seconds=60.0).status == Asset.Status.SUBMITTING
    assert order(project, user, seconds=60.001).status == Asset.Status.AWAITING


def test_a_limit_of_nothing_means_everything_needs_approval(project: Project, user: User) -> None:
    allow(project, None, approval_above=0)
    assert order(project, user, seconds=0.5).status == Asset.Status.AWAITING


def test_an_owner_needs_nobody_else_and_it_is_written_down(project: Project, people: People) -> None:
    allow(project, None, approval_above=1)
    asset = order(project, people.owner, seconds=120)
    assert asset.status == Asset.Status.SUBMITTING
    event = asset.events.get(kind="approved")
    assert (event.actor, event.data["own"], event.data["milliseconds"]) == (people.owner, True, 120_000)


def test_approving_sends_and_reserves_in_the_name_of_the_person_who_asked(waiting: Asset, people: People) -> None:
    made = yes(waiting, people.owner)
    assert fresh(waiting).status == Asset.Status.SUBMITTING
    assert fresh(waiting).submitted_at is not None
    assert [one.asked_by for one in made] == [people.editor]
    assert used_by(waiting.project) == 3 * MINUTE
    assert waiting.events.get(kind="approved").actor == people.owner
    assert contradictions() == []


def test_only_owners_approve(waiting: Asset, people: People) -> None:
    for person in (people.editor, people.viewer, people.outsider):
        with pytest.raises(NotPossible):
            yes(waiting, person)
        with pytest.raises(NotPossible):
            approvals.give_back(waiting, person, asked=asked(waiting), reason="no")
    assert fresh(waiting).status == Asset.Status.AWAITING


def test_the_second_yes_sends_nothing(waiting: Asset, people: People) -> None:
    seen = asked(waiting)
    yes(waiting, people.owner)
    with pytest.raises(NotPossible):
        approvals.approve(waiting, people.owner, asked=seen, milliseconds=3 * MINUTE)
    assert waiting.submissions.count() == 1


def test_an_approval_covers_what_was_requested_then_and_nothing_since(waiting: Asset, people: People) -> None:
    seen = asked(waiting)
    approvals.take_back(waiting, people.editor)
    submit.submit(fresh(waiting), fields_of(waiting.source, "es-ES", "it-IT", "ja-JP"), people.editor)
    with pytest.raises(NotPossible, match="already decided or withdrawn"):
        approvals.approve(fresh(waiting), people.owner, asked=seen, milliseconds=3 * MINUTE)
    assert fresh(waiting).status == Asset.Status.AWAITING


def test_a_changed_price_has_to_be_seen_first(waiting: Asset, people: People, settings: object) -> None:
    settings.WEIGHT_NO_LIPS = 2.0  # type: ignore[attr-defined]
    with pytest.raises(NotPossible, match="cost changed since you opened the page"):
        approvals.approve(waiting, people.owner, asked=asked(waiting), milliseconds=3 * MINUTE)
    yes(waiting, people.owner)
    assert used_by(waiting.project) == 6 * MINUTE


def test_minutes_that_are_gone_meanwhile_are_not_approved(waiting: Asset, people: People) -> None:
    allow(waiting.project, 2, approval_above=1)
    with pytest.raises(NotEnoughMinutes):
        yes(waiting, people.owner)
    assert (fresh(waiting).status, waiting.submissions.count(), kinds(waiting)) == (Asset.Status.AWAITING, 0, [])


def test_a_policy_that_is_stricter_meanwhile_is_kept(waiting: Asset, people: People) -> None:
    Policy.objects.filter(project=waiting.project).update(least_anonymization=0.5)
    with pytest.raises(PolicyBroken, match="Request changes, so that it can be edited"):
        yes(waiting, people.owner)
    assert fresh(waiting).status == Asset.Status.AWAITING


def test_what_cannot_be_sent_is_not_asked_for(project: Project, user: User) -> None:
    allow(project, 2, approval_above=1)
    with pytest.raises(NotEnoughMinutes):
        order(project, user, seconds=180)


def test_a_returned_request_is_a_draft_with_all_values_and_the_reason(project: Project, people: People) -> None:
    allow(project, None, approval_above=1)
    asset = creation.create_draft(project, people.editor)
    saved_drafts.keep_typed(asset, {"name": "Long film", "notes": "x"}, people.editor)
    submit.submit(asset, fields_of(make_upload(people.editor, duration=120.0)), people.editor)
    approvals.give_back(asset, people.owner, asked=asked(asset), reason="  Only Spanish,\n please. ")
    draft = fresh(asset)
    assert (draft.status, draft.typed["name"]) == (Asset.Status.DRAFT, "Long film")
    answer = approvals.given_back(draft)
    assert answer is not None
    assert (answer.actor, answer.data["why"]) == (people.owner, "Only Spanish, please.")


@pytest.mark.parametrize("reason", ["", " \n ", "x" * 501])
def test_returning_a_request_needs_a_reason_of_valid_length(waiting: Asset, people: People, reason: str) -> None:
    with pytest.raises(NotPossible):
        approvals.give_back(waiting, people.owner, asked=asked(waiting), reason=reason)
    assert fresh(waiting).status == Asset.Status.AWAITING


def test_the_reason_is_gone_once_it_is_asked_again(waiting: Asset, people: People) -> None:
    approvals.give_back(waiting, people.owner, asked=asked(waiting), reason="Shorter, please")
    submit.submit(fresh(waiting), fields_of(waiting.source), people.owner)
    assert approvals.given_back(fresh(waiting)) is None


def test_only_the_person_who_asked_can_withdraw_it(waiting: Asset, people: People) -> None:
    with pytest.raises(NotPossible):
        approvals.take_back(waiting, people.owner)
    approvals.take_back(waiting, people.editor)
    assert fresh(waiting).status == Asset.Status.DRAFT
    assert approvals.given_back(fresh(waiting)) is None
    with pytest.raises(NotPossible):
        approvals.take_back(waiting, people.editor)


def test_what_was_sent_once_keeps_its_history_when_it_is_given_back(project: Project, people: People) -> None:
    asset = order(project, people.editor, seconds=120)
    asset.submissions.update(status=Submission.Status.REFUSED)
    touch(asset, status=Asset.Status.REFUSED, error_code="refused")
    allow(project, None, approval_above=1)
    submit.submit(fresh(asset), fields_of(asset.source), people.editor)
    assert fresh(asset).status == Asset.Status.AWAITING
    approvals.give_back(asset, people.owner, asked=asked(fresh(asset)), reason="no")
    assert fresh(asset).status == Asset.Status.REFUSED
    with pytest.raises(NotPossible):
        saved_drafts.discard(fresh(asset), people.editor)
    assert contradictions() == []


@pytest.mark.parametrize(("minutes", "above"), [(10, None), (None, 5), (10, 5)])
def test_an_unknown_length_needs_an_owner_where_there_is_a_limit(
    project: Project, people: People, minutes: int | None, above: int | None
) -> None:
    allow(project, minutes, approval_above=above)
    asset = Asset.objects.create(project=project, created_by=people.editor)
    assert submit.submit(asset, fields_of(None), people.editor) == []
    event = approvals.question(fresh(asset))
    assert event is not None
    assert "The length of the video is not known before it is dubbed" in approvals.why(event)
    approvals.approve(fresh(asset), people.owner, asked=event.pk, milliseconds=None)
    assert kinds(asset) == [("es-ES", "reserve", 0)]


def test_without_any_limit_an_unknown_length_is_sent(project: Project, user: User) -> None:
    asset = Asset.objects.create(project=project, created_by=user)
    assert len(submit.submit(asset, fields_of(None), user)) == 1


def test_languages_that_take_it_above_the_limit_are_an_owners_to_add(project: Project, people: People) -> None:
    asset = order(project, people.editor, "es-ES", seconds=60)
    asset.submissions.update(status=Submission.Status.ACCEPTED)
    touch(asset, status=Asset.Status.DUBBING)
    allow(project, None, approval_above=1)
    with pytest.raises(NotPossible, match=r"Ask a project owner \(owner\) to do this"):
        submit.add_locales(fresh(asset), [TargetText("fr-FR")], people.editor)
    assert asset.dubbings.count() == 1
    assert len(submit.add_locales(fresh(asset), [TargetText("fr-FR")], people.owner)) == 1
