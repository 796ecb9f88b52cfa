"""The project's policy and the explained options in the new-asset form: each floor beside its field, in words."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from dubbing.models import Asset, Policy, Preset
from dubbing.platform.errors import PolicyBroken
from dubbing.submissions.submit import submit
from dubbing.web.asset_form.explanations import callback_text
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.page import DraftPage
from tests.support import rows
from tests.support.drafts import SRT, a_row, typed
from tests.support.people import People

pytestmark = pytest.mark.django_db
REASON = "The speaker asked for it in writing."


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com", "key"


@pytest.fixture
def policy(people: People) -> Policy:
    return Policy.objects.create(project=people.project)


def demand(policy: Policy, **floors: Any) -> None:
    Policy.objects.filter(pk=policy.pk).update(**floors)


def form_of(
    people: People, who: User | None = None, *, provider: str = "panjaya", strict: bool = False, **changes: Any
) -> AssetForm:
    """A filled-in form of this person, the editor's unless said otherwise."""
    user = who or people.editor
    asset = Asset.objects.create(project=people.project, created_by=user, provider=provider)
    data = typed(**{"source": str(a_row(user).pk), "auto_generate": "no_lips"} | changes)
    return AssetForm(data, asset=asset, user=user, strict=strict)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(
    ("floors", "field", "wrong", "right"),
    [
        ({"least_anonymization": 0.6}, "voice_anonymization", "0.3", "0,6"),
        ({"consent_required": True}, "consent", "", "Contract 17"),
        ({"no_lips": True}, "auto_generate", "with_lips", "off"),
    ],
)
def test_a_minimum_is_shown_beside_its_field(
    people: People, policy: Policy, floors: dict[str, Any], field: str, wrong: Any, right: Any, strict: bool
) -> None:
    demand(policy, **floors)
    form = form_of(people, strict=strict, **{field: wrong})
    assert list(form.errors) == [field]
    kept = form_of(people, strict=strict, **{field: right})
    assert kept.is_valid(), kept.errors


def test_an_unset_anonymization_starts_at_the_minimum(people: People, policy: Policy) -> None:
    demand(policy, least_anonymization=0.6)
    form = form_of(people)
    assert form.is_valid(), form.errors
    assert form.asset_fields().voice_anonymization == 0.6
    assert form["voice_anonymization"].value() == "0.6"
    assert "voice_anonymization" in form_of(people, voice_anonymization="0").errors
    assert "voice_anonymization" in form_of(people, voice_anonymization=0).errors


def test_the_minimum_is_filled_in_for_data_of_a_request(people: People, policy: Policy) -> None:
    demand(policy, least_anonymization=0.6)
    asset = rows.make_asset(people.project, people.editor, status="draft", locales=[])
    data = QueryDict("targets=es-ES&targets=fr-FR&voice_anonymization=")
    form = AssetForm(data, asset=asset, user=people.editor)
    assert (form.chosen_codes(), form["voice_anonymization"].value()) == (["es-ES", "fr-FR"], "0.6")


def test_a_provider_that_cannot_anonymize_is_ruled_out(people: People, policy: Policy) -> None:
    demand(policy, least_anonymization=0.6)
    form = form_of(people, provider="modelslab")
    assert "ModelsLab cannot anonymize voices" in str(form.non_field_errors())


def test_missing_consent_is_no_error_before_somebody_tries_to_submit(people: People, policy: Policy) -> None:
    demand(policy, consent_required=True)
    page = DraftPage(form_of(people))
    assert not page.form.errors
    assert any("requires a consent reference" in words for words in page.missing)
    assert "consent" in DraftPage(form_of(people, checked=True)).form.errors


def test_lips_are_not_offered_and_the_reason_is_shown(people: People, policy: Policy) -> None:
    demand(policy, no_lips=True)
    options = DraftPage(form_of(people)).auto_generate()
    assert [option.value for option in options if option.barred] == ["with_lips"]
    assert "Lip sync is off in this project" in options[-1].help
    blank = form_of(people)
    blank.data = {**blank.data, "auto_generate": ""}
    assert blank.is_valid()
    assert blank.asset_fields().auto_generate == "no_lips"


def test_an_owner_overrides_it_and_submitting_accepts_that(people: People, policy: Policy) -> None:
    demand(policy, no_lips=True)
    form = form_of(people, people.owner, auto_generate="with_lips", override_reason=REASON)
    assert form.is_valid(), form.errors
    assert submit(form.asset, form.asset_fields(), people.owner)


def test_an_owner_has_to_say_more_than_a_word(people: People, policy: Policy) -> None:
    demand(policy, no_lips=True)
    form = form_of(people, people.owner, auto_generate="with_lips", override_reason="please")
    assert list(form.errors) == ["override_reason"]


def test_an_editor_who_sends_a_reason_is_told_who_the_owners_are(people: People, policy: Policy) -> None:
    demand(policy, no_lips=True)
    form = form_of(people, auto_generate="with_lips", override_reason=REASON)
    assert set(form.errors) == {"override_reason", "auto_generate"}
    assert "owner can override the policy: owner" in str(form.errors["override_reason"])
    assert not DraftPage(form).may_override


def test_a_form_older_than_the_policy_is_refused_when_submitted(people: People, policy: Policy) -> None:
    form = form_of(people)
    assert form.is_valid()
    demand(policy, least_anonymization=0.9)
    with pytest.raises(PolicyBroken, match=r"at least 0\.9"):
        submit(form.asset, form.asset_fields(), people.editor)


def test_a_project_without_minimums_asks_for_no_reason(people: People) -> None:
    assert "override_reason" not in form_of(people).fields
    assert DraftPage(form_of(people)).demands == []


# --- options that explain themselves ----------------------------------------------------------------------------------


def test_not_sure_sends_no_number_even_when_one_is_left_behind(people: People) -> None:
    form = form_of(people, speakers_from="unsure", speakers="3")
    assert form.is_valid()
    assert form.asset_fields().speakers is None
    assert not DraftPage(form).knows_speakers
    counted = form_of(people, speakers="3")
    assert counted.is_valid()
    assert counted.asset_fields().speakers == 3
    assert DraftPage(counted).knows_speakers


def test_labels_in_the_subtitles_hint_at_the_number_of_speakers(people: People) -> None:
    labelled = SRT.replace("Hola", "[Ana] Hola").replace("Adiós", "[Luis] Adiós")
    texts: dict[str, Any] = {"srt_es-ES": labelled}
    page = DraftPage(form_of(people, speakers="3", **texts))
    assert set(page.labelled) == {"Ana", "Luis"}
    assert page.speakers_differ
    assert not DraftPage(form_of(people, speakers="2", **texts)).speakers_differ
    assert not DraftPage(form_of(people)).labelled


def test_the_page_says_how_results_arrive(settings: Any) -> None:
    settings.PORTAL_URL = "https://dubbing.example.com"
    assert "notifies us when a dub is ready" in callback_text("panjaya")
    settings.PORTAL_URL = "http://localhost:8000"
    assert "has no public https address" in callback_text("panjaya")
    assert callback_text("nobody") == ""


def test_every_stop_of_the_slider_has_a_name_and_those_below_the_minimum_are_barred(
    people: People, policy: Policy
) -> None:
    demand(policy, least_anonymization=0.5)
    stops = DraftPage(form_of(people)).stops
    assert [(stop.value, stop.barred) for stop in stops] == [("0", True), ("0.3", True), ("0.6", False), ("1", False)]
    assert all(stop.label for stop in stops)


def test_the_picker_offers_sets_without_what_cannot_be_dubbed_into(people: People) -> None:
    values = {"targets": ["es-MX", "he-IL", "xx-YY"]}
    Preset.objects.create(project=people.project, name="Mixed", values=values, created_by=people.owner)
    Preset.objects.create(
        project=people.project, name="Options alone", values={"speakers": "2"}, created_by=people.owner
    )
    page = DraftPage(form_of(people))
    assert [(one.name, one.codes) for one in page.sets] == [("Mixed", ["es-MX"])]
    found = {language.locale.code for language in page.languages() if "mexico" in language.search_text}
    assert found == {"es-MX"}
    assert {language.locale.code for language in page.languages() if "brasil" in language.search_text} == {"pt-BR"}
