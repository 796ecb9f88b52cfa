"""Floors of a project: kept by the service whatever a form said, and set aside only by an owner with a reason."""

from __future__ import annotations

from typing import Any

import pytest

from dubbing.drafts.creation import copy_for_retry
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.models import Asset, Dubbing, Event, LedgerEntry, Membership, Policy, Project, Submission
from dubbing.platform.errors import NotPossible, PolicyBroken
from dubbing.projects import policies
from dubbing.providers import capabilities
from dubbing.submissions.submit import add_locales, send_missing, submit
from tests.support import rows
from tests.support.people import People, make_user

pytestmark = pytest.mark.django_db
REASON = "The speaker asked for it in writing."


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com", "key"


def a_policy(people: People, **floors: Any) -> Policy:
    return Policy.objects.update_or_create(project=people.project, defaults=floors)[0]


def a_draft(people: People, **fields: Any) -> Asset:
    values: dict[str, Any] = {"source": rows.make_upload(people.owner)} | fields
    return rows.make_asset(people.project, people.editor, status="draft", locales=[], **values)


def wanted(asset: Asset, **changes: Any) -> AssetFields:
    values: dict[str, Any] = {"name": "Welcome", "source_locale": "en-US", "targets": (TargetText("es-ES"),)}
    values |= {"source": asset.source, "auto_generate": "no_lips"}
    return AssetFields(**(values | changes))


def refused(asset: Asset) -> None:
    """The provider said no: it can be changed, and sent again."""
    asset.submissions.update(status=Submission.Status.REFUSED)
    Asset.objects.filter(pk=asset.pk).update(status=Asset.Status.REFUSED)
    asset.refresh_from_db()


@pytest.mark.parametrize(
    ("floors", "kept", "not_kept"),
    [
        ({"least_anonymization": 0.6}, {"voice_anonymization": 0.6}, {"voice_anonymization": 0.59}),
        ({"consent_required": True}, {"consent": "Contract 17"}, {"consent": "  "}),
        ({"no_lips": True}, {"auto_generate": "off"}, {"auto_generate": "with_lips"}),
    ],
)
def test_every_minimum_is_enforced_whatever_a_form_said(
    people: People, floors: dict[str, Any], kept: dict[str, Any], not_kept: dict[str, Any]
) -> None:
    a_policy(people, **floors)
    refused = a_draft(people)
    with pytest.raises(PolicyBroken, match="does not meet the project policy"):
        submit(refused, wanted(refused, **not_kept), people.owner)
    assert Asset.objects.get(pk=refused.pk).status == "draft"
    assert not Submission.objects.exists()
    assert not LedgerEntry.objects.exists()
    taken = a_draft(people)
    assert submit(taken, wanted(taken, **kept), people.editor)


def test_a_provider_that_cannot_anonymize_cannot_meet_a_minimum(people: People) -> None:
    a_policy(people, least_anonymization=0.3)
    asset = a_draft(people, provider="modelslab")
    assert not capabilities("modelslab").voice_anonymization
    with pytest.raises(PolicyBroken, match="ModelsLab cannot anonymize voices"):
        submit(asset, wanted(asset, voice_anonymization=0.9), people.owner)


def test_the_policy_at_the_time_of_sending_counts_not_that_of_the_form(people: People) -> None:
    asset = a_draft(people)
    fields = wanted(asset)
    a_policy(people, consent_required=True)
    with pytest.raises(PolicyBroken):
        submit(asset, fields, people.editor)


def test_another_project_s_policy_does_not_apply(people: People) -> None:
    Policy.objects.create(project=Project.objects.get(name="Elsewhere"), consent_required=True)
    asset = a_draft(people)
    assert submit(asset, wanted(asset), people.editor)


def test_an_owner_overrides_it_with_a_reason_which_is_recorded(people: People) -> None:
    a_policy(people, no_lips=True, consent_required=True)
    asset = a_draft(people)
    submit(asset, wanted(asset, auto_generate="with_lips", override_reason=f" {REASON} "), people.owner)
    asset.refresh_from_db()
    assert (asset.override_reason, asset.overridden_by) == (REASON, people.owner)
    event = asset.events.get(kind=Event.Kind.OVERRIDDEN)
    assert event.actor == people.owner
    assert event.data == {"rules": ["consent_required", "no_lips"], "why": REASON}


@pytest.mark.parametrize(
    ("who", "reason", "says"),
    [
        ("editor", REASON, "Only a project owner can override the policy: owner\\."),
        ("owner", "please", "at least 10 characters"),
        ("owner", f"please{' ' * 40}", "at least 10 characters"),
        ("owner", " " * 40, "does not meet the project policy"),
    ],
)
def test_nobody_else_overrides_it_and_no_one_without_a_sentence(
    people: People, who: str, reason: str, says: str
) -> None:
    a_policy(people, no_lips=True)
    asset = a_draft(people)
    with pytest.raises(PolicyBroken, match=says):
        submit(asset, wanted(asset, auto_generate="with_lips", override_reason=reason), getattr(people, who))
    asset.refresh_from_db()
    assert (asset.status, asset.override_reason, asset.overridden_by) == ("draft", "", None)


def test_somebody_who_was_owner_when_the_page_was_opened_is_not_owner_any_more(people: People) -> None:
    a_policy(people, no_lips=True)
    asset = a_draft(people)
    Membership.objects.filter(user=people.owner).update(role="editor")
    with pytest.raises(PolicyBroken):
        submit(asset, wanted(asset, auto_generate="with_lips", override_reason=REASON), people.owner)


def test_a_reason_without_anything_to_override_is_not_kept(people: People) -> None:
    a_policy(people, no_lips=True)
    asset = a_draft(people)
    submit(asset, wanted(asset, override_reason=REASON), people.owner)
    asset.refresh_from_db()
    assert (asset.override_reason, asset.overridden_by) == ("", None)
    assert not asset.events.filter(kind=Event.Kind.OVERRIDDEN).exists()


def test_languages_are_added_only_where_the_policy_is_kept(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed", auto_generate="with_lips")
    a_policy(people, no_lips=True)
    with pytest.raises(PolicyBroken, match="Try it again as a new video"):
        add_locales(asset, [TargetText("fr-FR")], people.owner)
    assert not Dubbing.objects.filter(locale="fr-FR").exists()
    Policy.objects.update(no_lips=False)
    assert add_locales(asset, [TargetText("fr-FR")], people.owner)


def test_what_was_overridden_for_an_asset_stays_overridden_and_nothing_else(people: People) -> None:
    a_policy(people, no_lips=True)
    asset = a_draft(people)
    submit(asset, wanted(asset, auto_generate="with_lips", override_reason=REASON), people.owner)
    assert not policies.judge_sent(asset).refusal
    a_policy(people, consent_required=True)
    assert [one.rule for one in policies.judge_sent(asset).broken] == ["consent_required"]


def test_an_override_of_an_earlier_attempt_does_not_apply_to_what_was_sent(people: People) -> None:
    a_policy(people, least_anonymization=0.3)
    asset = a_draft(people)
    submit(asset, wanted(asset, voice_anonymization=0.0, override_reason=REASON), people.owner)
    refused(asset)
    submit(asset, wanted(asset, voice_anonymization=0.3), people.owner)
    a_policy(people, least_anonymization=0.6)
    asset.refresh_from_db()
    assert [one.rule for one in policies.judge_sent(asset).broken] == ["least_anonymization"]


def test_the_later_of_two_overrides_counts(people: People) -> None:
    a_policy(people, no_lips=True, consent_required=True)
    asset = a_draft(people)
    with_lips = wanted(asset, auto_generate="with_lips", consent="Contract 17", override_reason=REASON)
    submit(asset, with_lips, people.owner)
    refused(asset)
    submit(asset, wanted(asset, override_reason=REASON), people.owner)
    asset.refresh_from_db()
    assert policies.judge_sent(asset).refusal == ""
    Asset.objects.filter(pk=asset.pk).update(auto_generate="with_lips")
    asset.refresh_from_db()
    assert [one.rule for one in policies.judge_sent(asset).broken] == ["no_lips"]


def test_only_owners_who_can_sign_in_are_named(people: People) -> None:
    gone = make_user("gone", is_active=False)
    Membership.objects.create(project=people.project, user=gone, role=Membership.Role.OWNER)
    assert policies.owners(people.project.pk) == ["owner"]


def test_missing_languages_are_sent_again_only_where_the_policy_is_kept(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed", provider="modelslab", with_source=True)
    a_policy(people, consent_required=True)
    with pytest.raises(PolicyBroken):
        send_missing(asset, people.owner)
    Asset.objects.filter(pk=asset.pk).update(consent="Contract 17")
    assert send_missing(asset, people.owner)


def test_a_copy_keeps_the_consent_and_needs_a_new_override(people: People) -> None:
    asset = rows.make_asset(
        people.project, people.editor, status="failed", consent="Contract 17", override_reason=REASON,
        overridden_by=people.owner,
    )  # fmt: skip
    copy = copy_for_retry(asset, people.editor)
    assert (copy.consent, copy.override_reason, copy.overridden_by) == ("Contract 17", "", None)


def test_a_broken_policy_is_one_of_the_things_that_are_not_possible() -> None:
    assert issubclass(PolicyBroken, NotPossible)
