"""Presets: saved from a draft, applied to a draft, taken back; and what a new draft begins with."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from dubbing.batches import batches
from dubbing.drafts import presets, saved_drafts
from dubbing.drafts.creation import create_draft
from dubbing.models import Asset, Policy, Preset, Project
from dubbing.platform.errors import NotPossible
from dubbing.submissions.submit import submit
from dubbing.web.asset_form.form import AssetForm
from tests.support import rows
from tests.support.people import People

pytestmark = pytest.mark.django_db

VALUES: dict[str, Any] = {
    "source_locale": "en-US",
    "targets": ["es-MX", "pt-BR"],
    "auto_generate": "no_lips",
    "voice_anonymization": "0.6",
    "speakers": "2",
    "speakers_from": "count",
}


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com", "key"


def a_preset(people: People, name: str = "Latin America", **fields: Any) -> Preset:
    values = {"project": people.project, "values": VALUES, "created_by": people.owner} | fields
    return Preset.objects.create(name=name, **values)


def a_draft(people: People, **fields: Any) -> Asset:
    return Asset.objects.create(project=people.project, created_by=people.editor, **fields)


def test_it_holds_languages_and_options_and_nothing_about_the_video(people: People) -> None:
    typed = VALUES | {"name": "Welcome", "start": "3", "srt_es-MX": "1\n", "notes": "Tone", "seed": "", "consent": "17"}
    preset = presets.save(people.project, "  Latin   America ", typed, people.editor)
    assert (preset.name, preset.values) == ("Latin America", VALUES)


def test_it_needs_a_name_of_its_own_and_something_to_hold(people: People) -> None:
    a_preset(people)
    for name, says in (
        ("latin america", "already"),
        (" ", "Enter a name for the preset"),
        ("x" * 81, "81 characters and the limit is 80"),
    ):
        with pytest.raises(NotPossible, match=says):
            presets.save(people.project, name, VALUES, people.editor)
    with pytest.raises(NotPossible, match="nothing to save"):
        presets.save(people.project, "Empty", {"name": "Welcome"}, people.editor)
    elsewhere = Project.objects.get(name="Elsewhere")
    assert presets.save(elsewhere, "Latin America", VALUES, people.outsider)


def test_applying_says_what_changed_and_undoing_restores_it(people: People) -> None:
    draft = a_draft(people)
    saved_drafts.keep_typed(
        draft, {"name": "Welcome", "targets": ["fr-FR"], "speakers": "4", "consent": "17"}, people.editor
    )
    before = saved_drafts.read_draft(draft).stored()
    applied = presets.apply(draft, a_preset(people), people.editor)
    typed = saved_drafts.read_draft(draft).stored()
    assert (typed["targets"], typed["speakers"], typed["consent"]) == (["es-MX", "pt-BR"], "2", "17")
    changed = {one.name: (one.before, one.after) for one in applied.changes}
    assert changed["targets"] == (["fr-FR"], ["es-MX", "pt-BR"])
    assert changed["speakers"] == ("4", "2")
    assert "lips_model" not in changed
    assert presets.undo(draft, people.editor) == "Latin America"
    again = saved_drafts.read_draft(draft).stored()
    assert {name: again.get(name) for name in before} == before
    with pytest.raises(NotPossible, match="nothing to undo"):
        presets.undo(draft, people.editor)


def test_what_was_typed_after_a_preset_and_is_not_of_it_survives_undoing(people: People) -> None:
    draft = a_draft(people)
    presets.apply(draft, a_preset(people), people.editor)
    saved_drafts.keep_typed(draft, {"name": "Typed later"}, people.editor)
    presets.undo(draft, people.editor)
    assert saved_drafts.read_draft(draft).stored()["name"] == "Typed later"


def test_unsupported_languages_are_left_out_and_named(people: People) -> None:
    values = {"targets": ["en-US", "es-MX", "he-IL", "xx-YY", "th-TH"]}
    draft = a_draft(people)
    saved_drafts.keep_typed(draft, {"source_locale": "en-US"}, people.editor)
    applied = presets.apply(draft, a_preset(people, values=values), people.editor)
    assert saved_drafts.read_draft(draft).stored()["targets"] == ["es-MX"]
    assert applied.as_source == ("en-US",)
    left = {*applied.left_out.targets, *applied.unknown}
    assert left == {"he-IL", "xx-YY", "th-TH"}


def test_what_the_provider_cannot_do_is_left_out_and_named(people: People) -> None:
    draft = a_draft(people, provider="modelslab")
    applied = presets.apply(draft, a_preset(people, values=VALUES | {"voice_id": "madison"}), people.editor)
    typed = saved_drafts.read_draft(draft).stored()
    assert typed["voice_id"] == "madison"
    assert "voice_anonymization" in applied.left_out.features
    assert not typed.get("voice_anonymization", "").strip("0.")


def test_a_preset_does_not_go_below_a_minimum(people: People) -> None:
    Policy.objects.create(project=people.project, least_anonymization=0.8, no_lips=True)
    draft = a_draft(people)
    applied = presets.apply(draft, a_preset(people, values=VALUES | {"auto_generate": "with_lips"}), people.editor)
    typed = saved_drafts.read_draft(draft).stored()
    assert (typed["voice_anonymization"], typed["auto_generate"]) == ("0.8", "no_lips")
    assert set(applied.by_policy) == {"least_anonymization", "no_lips"}


def test_a_preset_of_another_project_is_not_applied(people: People) -> None:
    theirs = a_preset(people, project=Project.objects.get(name="Elsewhere"))
    with pytest.raises(NotPossible, match="another project"):
        presets.apply(a_draft(people), theirs, people.editor)


def test_what_was_sent_is_not_changed_by_a_preset(people: People) -> None:
    with pytest.raises(NotPossible, match="already sent"):
        presets.apply(rows.make_asset(people.project, people.editor), a_preset(people), people.editor)


def test_a_new_draft_starts_with_the_default_and_an_untouched_one_is_reused(people: People) -> None:
    presets.choose_default(people.project, a_preset(people))
    draft = create_draft(people.project, people.editor)
    typed = saved_drafts.read_draft(draft).stored()
    assert {name: typed[name] for name in VALUES} == VALUES
    assert create_draft(people.project, people.editor).pk == draft.pk
    presets.choose_default(people.project, None)
    assert create_draft(people.project, people.editor).typed == {}
    saved_drafts.keep_typed(draft, {"consent": "touched"}, people.editor)
    assert create_draft(people.project, people.editor).pk != draft.pk


def test_a_touched_draft_that_began_with_a_preset_is_never_handed_out_again(people: People) -> None:
    presets.choose_default(people.project, a_preset(people))
    draft = create_draft(people.project, people.editor)
    saved_drafts.keep_typed(draft, {"speakers": "3"}, people.editor)
    assert create_draft(people.project, people.editor).pk != draft.pk


def test_a_new_draft_starts_at_the_minimums(people: People) -> None:
    Policy.objects.create(project=people.project, least_anonymization=0.5, no_lips=True)
    typed = create_draft(people.project, people.editor).typed
    assert (typed["voice_anonymization"], typed["auto_generate"]) == ("0.5", "no_lips")


def test_one_default_at_most_however_it_is_chosen(people: People) -> None:
    first, second = a_preset(people), a_preset(people, "Second")
    presets.choose_default(people.project, first)
    presets.choose_default(people.project, second)
    assert list(Preset.objects.filter(is_default=True)) == [second]
    with pytest.raises(IntegrityError), transaction.atomic():
        Preset.objects.update(is_default=True)  # what two requests that do not wait for each other would come to


def test_the_default_of_another_project_is_neither_removed_nor_used(people: People) -> None:
    elsewhere = Project.objects.get(name="Elsewhere")
    theirs = a_preset(people, project=elsewhere, is_default=True)
    ours = a_preset(people)
    presets.choose_default(people.project, ours)
    assert set(Preset.objects.filter(is_default=True)) == {theirs, ours}
    with pytest.raises(NotPossible):
        presets.choose_default(people.project, a_preset(people, "Second", project=elsewhere))
    assert set(Preset.objects.filter(is_default=True)) == {theirs, ours}


def test_a_default_that_was_deleted_meanwhile_leaves_the_one_before(people: People) -> None:
    first, gone = a_preset(people), a_preset(people, "Second")
    presets.choose_default(people.project, first)
    presets.delete(Preset.objects.get(pk=gone.pk))
    with pytest.raises(NotPossible, match="preset was deleted"):
        presets.choose_default(people.project, gone)
    assert list(Preset.objects.filter(is_default=True)) == [first]


def test_renaming_keeps_names_apart(people: People) -> None:
    first, second = a_preset(people), a_preset(people, "Second")
    presets.rename(second, "second")
    assert second.name == "second"
    with pytest.raises(NotPossible, match="already"):
        presets.rename(second, first.name)


def test_a_whole_preset_can_be_submitted_as_it_is(people: People) -> None:
    """The values are those of the form: nothing between them has to be translated."""
    draft = a_draft(people)
    presets.apply(draft, a_preset(people), people.editor)
    source = rows.make_upload(people.editor)
    typed = saved_drafts.keep_typed(
        draft, {"name": "Welcome", "source": str(source.pk), "source_from": "file"}, people.editor
    )
    form = AssetForm(typed, asset=draft, user=people.editor)
    assert form.is_valid(), form.errors
    submit(draft, form.asset_fields(), people.editor)
    draft.refresh_from_db()
    assert (draft.speakers, draft.voice_anonymization, draft.auto_generate) == (2, 0.6, "no_lips")
    assert set(draft.dubbings.values_list("locale", flat=True)) == {"es-MX", "pt-BR"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speakers", "²"),
        ("speakers", "٣"),
        ("speakers", "9" * 5000),
        ("speakers", "1e999"),
        ("voice_anonymization", "nan"),
        ("speed", "-inf"),
        ("seed", "1.5"),
        ("auto_generate", "everything"),
        ("voice_id", "x" * 201),
    ],
)
def test_impossible_values_are_not_saved_as_a_preset(people: People, name: str, value: str) -> None:
    with pytest.raises(NotPossible, match="Correct these values first"):
        presets.save(people.project, "Odd", VALUES | {name: value}, people.editor)
    assert not Preset.objects.exists()


@pytest.mark.parametrize(
    "values", [{"speakers": "²"}, {"targets": "es-MX"}, {"targets": [7]}, {"start": "3"}, [], "x", None]
)
def test_the_row_itself_refuses_values_that_make_no_sense(people: People, values: Any) -> None:
    preset = Preset(project=people.project, name="Odd", values=values, created_by=people.owner)
    with pytest.raises(ValidationError) as refused:
        preset.full_clean()
    assert "values" in refused.value.message_dict


BAD_ROWS: list[Any] = [
    VALUES | {"speakers": "²", "voice_anonymization": "nan"},
    {"speakers": 10**400, "speed": [], "targets": None, "auto_generate": {}},
    {"targets": [None, 7, {"a": 1}, "\ud7ff"], "source_locale": ["en-US"], "lips_model": 3},
    [],
    "text",
    7,
]


@pytest.mark.parametrize("values", BAD_ROWS, ids=lambda values: str(values)[:30])
def test_pages_and_drafts_survive_a_row_with_bad_values(people: People, editor: Client, values: Any) -> None:
    preset = a_preset(people, values=values, is_default=True)
    draft = create_draft(people.project, people.editor)
    batch = batches.start(people.project, people.editor, shared={})
    addresses = [f"/projects/{people.project.pk}/settings/", f"/assets/{draft.pk}/edit/", f"/batches/{batch.pk}/"]
    assert [editor.get(address).status_code for address in addresses] == [200, 200, 200]
    assert editor.post(f"/assets/{draft.pk}/preset/", {"preset": preset.pk}).status_code == 302
    shared = editor.post(f"/batches/{batch.pk}/settings/", {"action": "preset", "preset": preset.pk})
    assert shared.status_code == 302
    manifest = editor.post(f"/projects/{people.project.pk}/manifest/", {"text": f"file,preset\na.mp4,{preset.name}\n"})
    assert manifest.status_code in {200, 422}
    assert editor.get(f"/assets/{draft.pk}/edit/").status_code == 200
