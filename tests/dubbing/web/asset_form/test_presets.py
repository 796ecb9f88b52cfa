"""Presets on the new-asset page, over HTTP, with a script and without."""

from __future__ import annotations

import html as markup
import json
import re
from typing import Any

import pytest
from django.test import Client

from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Event, Policy, Preset, Project
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db
VALUES = {"targets": ["es-MX", "pt-BR"], "auto_generate": "no_lips", "voice_anonymization": "0.6"}
REASON = "The speaker asked for it in writing."


@pytest.fixture
def preset(people: People) -> Preset:
    return Preset.objects.create(project=people.project, name="Latin America", values=VALUES, created_by=people.owner)


@pytest.fixture
def draft(people: People) -> Asset:
    return rows.make_asset(people.project, people.editor, status="draft", locales=[])


def act(client: Client, draft: Asset, *, script: bool = True, **data: Any) -> Any:
    headers = {"HX-Request": "true"} if script else {}
    return client.post(f"/assets/{draft.pk}/preset/", data, headers=headers)


def values_in(answer: Any) -> dict[str, Any]:
    found = re.search(r'data-values="([^"]*)"', answer.content.decode())
    assert found
    values: dict[str, Any] = json.loads(markup.unescape(found[1]))
    return values


def test_applying_keeps_what_was_typed_and_answers_with_the_values(
    editor: Client, draft: Asset, preset: Preset
) -> None:
    answer = act(editor, draft, preset=preset.pk, name="Typed just now", targets_shown="1", targets=["fr-FR"])
    values = values_in(answer)
    assert (values["targets"], values["voice_anonymization"]) == (["es-MX", "pt-BR"], "0.6")
    said = markup.unescape(answer.content.decode())
    assert "Portuguese (Brazil) added" in said
    assert "French (France) removed" in said
    draft.refresh_from_db()
    assert draft.name == "Typed just now"
    undone = values_in(act(editor, draft, preset_undo="1"))
    assert undone["targets"] == ["fr-FR"]


def test_without_a_script_the_page_reloads_and_offers_to_undo(editor: Client, draft: Asset, preset: Preset) -> None:
    answer = act(editor, draft, script=False, preset=preset.pk)
    assert answer["Location"] == f"/assets/{draft.pk}/edit/#step-languages"
    page = markup.unescape(editor.get(f"/assets/{draft.pk}/edit/").content.decode())
    assert "Preset “Latin America” applied" in page
    assert "Undo preset Latin America" in page


def test_what_is_chosen_is_saved_and_offered(editor: Client, people: People, draft: Asset) -> None:
    answer = act(editor, draft, preset_save="1", preset_name="Two", targets_shown="1", targets=["de-DE", "fr-FR"])
    assert "Saved as “Two”" in markup.unescape(answer.content.decode())
    assert people.project.presets.get().values["targets"] == ["de-DE", "fr-FR"]
    again = act(editor, draft, preset_save="1", preset_name="two")
    assert "already" in again.content.decode()
    assert people.project.presets.count() == 1


@pytest.mark.parametrize("pk", ["theirs", "0", "99999999999999999999999"])
def test_a_preset_of_another_project_is_not_there(editor: Client, people: People, draft: Asset, pk: str) -> None:
    theirs = Preset.objects.create(
        project=Project.objects.get(name="Elsewhere"), name="Theirs", values=VALUES, created_by=people.outsider
    )
    answer = act(editor, draft, preset=str(theirs.pk) if pk == "theirs" else pk, targets=["fr-FR"], targets_shown="1")
    assert answer.status_code == 404
    draft.refresh_from_db()
    assert saved_drafts.read_draft(draft).stored().get("targets") == []


@pytest.mark.parametrize(
    "data", [{}, {"preset": "' OR 1=1"}, {"preset": "²"}, {"preset_save": "1", "preset_name": "\x1b"}]
)
def test_odd_requests_are_answered_in_words(editor: Client, draft: Asset, data: dict[str, Any]) -> None:
    answer = act(editor, draft, **data)
    assert answer.status_code == 200
    assert "tone-red" in answer.content.decode()


def test_what_was_sent_meanwhile_is_not_changed(editor: Client, people: People, preset: Preset) -> None:
    sent = rows.make_asset(people.project, people.editor)
    answer = act(editor, sent, preset=preset.pk)
    assert answer["HX-Redirect"] == f"/assets/{sent.pk}/"
    assert sent.dubbings.get().locale == "es-ES"


# --- the policy, over HTTP --------------------------------------------------------------------------------------------


def filled(people: People, **changes: Any) -> dict[str, Any]:
    data = {"name": "Welcome", "source_locale": "en-US", "targets": ["es-ES"], "targets_shown": "1", "action": "submit"}
    source = rows.make_upload(people.editor)
    return data | {"source": str(source.pk), "source_from": "file", "auto_generate": "no_lips"} | changes


@pytest.mark.parametrize(
    "attack",
    [
        {"voice_anonymization": "0.1", "consent": "17"},
        {"voice_anonymization": "0.9", "consent": ""},
        {"voice_anonymization": "0.9", "consent": "17", "auto_generate": "with_lips"},
        {"voice_anonymization": "0.1", "consent": "17", "override_reason": REASON},
    ],
)
def test_an_editor_cannot_go_below_the_minimums(
    editor: Client, people: People, draft: Asset, attack: dict[str, str]
) -> None:
    Policy.objects.create(project=people.project, least_anonymization=0.5, consent_required=True, no_lips=True)
    answer = editor.post(f"/assets/{draft.pk}/edit/", filled(people, **attack))
    assert answer.status_code == 422
    draft.refresh_from_db()
    assert (draft.status, draft.submissions.count()) == ("draft", 0)
    assert editor.post(
        f"/assets/{draft.pk}/edit/", filled(people, voice_anonymization="0.5", consent="17")
    ).status_code == 302  # fmt: skip
    draft.refresh_from_db()
    assert (draft.status, draft.consent) == ("submitting", "17")


def test_the_editor_s_page_names_the_owners_and_the_owner_s_page_has_the_way(
    owner: Client, editor: Client, people: People, draft: Asset
) -> None:
    Policy.objects.create(project=people.project, consent_required=True)
    page = markup.unescape(editor.get(f"/assets/{draft.pk}/edit/").content.decode())
    assert "An owner can override it for one video: owner." in page
    assert "Override the policy" not in page
    mine = rows.make_asset(people.project, people.owner, status="draft", locales=[])
    assert "Override the policy for this video" in owner.get(f"/assets/{mine.pk}/edit/").content.decode()


def test_an_override_is_shown_on_the_assets_page(owner: Client, viewer: Client, people: People) -> None:
    Policy.objects.create(project=people.project, consent_required=True)
    draft = rows.make_asset(people.project, people.owner, status="draft", locales=[])
    source = rows.make_upload(people.owner)
    data = filled(people, source=str(source.pk), override_reason=REASON)
    assert owner.post(f"/assets/{draft.pk}/edit/", data).status_code == 302
    assert draft.events.filter(kind=Event.Kind.OVERRIDDEN).count() == 1
    page = markup.unescape(viewer.get(f"/assets/{draft.pk}/").content.decode())
    assert f"Overridden by owner: {REASON}" in " ".join(page.split())
    assert "Policy overridden: consent reference." in page


def test_languages_added_later_meet_the_policy_too(owner: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed", auto_generate="with_lips")
    Policy.objects.create(project=people.project, no_lips=True)
    data = {"languages-TOTAL_FORMS": "1", "languages-INITIAL_FORMS": "0", "languages-0-locale": "fr-FR"}
    page = owner.post(f"/assets/{asset.pk}/languages/", data)
    assert "Lip sync is off in this project" in markup.unescape(page.content.decode())
    assert asset.dubbings.count() == 1


def test_only_members_can_listen_to_the_background(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, background=rows.make_upload(people.owner, name="music.wav"))
    answer: Any = viewer.get(f"/files/assets/{asset.pk}/background/")
    assert b"".join(answer.streaming_content) == rows.BYTES
    without = rows.make_asset(people.project, people.owner)
    assert viewer.get(f"/files/assets/{without.pk}/background/").status_code == 404
