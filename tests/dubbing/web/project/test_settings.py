"""The settings of a project: read by members, changed by owners."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from dubbing.models import Policy, Preset, Project, Term
from tests.support.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(people: People) -> str:
    return f"/projects/{people.project.pk}"


@pytest.fixture
def preset(people: People) -> Preset:
    values = {"targets": ["es-MX"], "auto_generate": "no_lips"}
    return Preset.objects.create(project=people.project, name="Usual", values=values, created_by=people.owner)


def test_an_owner_sets_the_minimums_and_members_read_them(
    owner: Client, viewer: Client, people: People, base: str
) -> None:
    data = {"least_anonymization": "0,6", "consent_required": "on", "approval_above": "90"}
    assert owner.post(f"{base}/settings/", data).status_code == 302
    policy = Policy.objects.get(project=people.project)
    assert (policy.least_anonymization, policy.consent_required, policy.no_lips, policy.approval_above) == (
        0.6,
        True,
        False,
        90,
    )
    html = viewer.get(f"{base}/settings/").content.decode()
    for said in ("0.6 of 1", "required", "above 90 minutes", "Only project owners can change these settings (owner)"):
        assert said in html
    assert "Save policy" not in html
    owner.post(f"{base}/settings/", {})
    policy.refresh_from_db()
    assert (policy.least_anonymization, policy.consent_required, policy.approval_above) == (0.0, False, None)


@pytest.mark.parametrize(
    ("name", "value"), [("least_anonymization", "1.2"), ("least_anonymization", "nan"), ("approval_above", "-1")]
)
def test_impossible_minimums_are_explained_and_not_kept(owner: Client, base: str, name: str, value: str) -> None:
    html = owner.post(f"{base}/settings/", {name: value, "no_lips": "on"}).content.decode()
    assert "is not valid" in html
    assert f'value="{value}"' in html
    assert not Policy.objects.exists()


def test_an_editor_cannot_change_them(editor: Client, base: str, preset: Preset) -> None:
    for address in ("settings/", f"presets/{preset.pk}/", "terms/"):
        assert editor.post(f"{base}/{address}", {"source": "a", "target": "b", "action": "delete"}).status_code == 404
    assert Preset.objects.exists()
    assert not Policy.objects.exists()
    assert not Term.objects.exists()


def test_presets_are_listed_renamed_made_the_default_and_deleted(owner: Client, base: str, preset: Preset) -> None:
    html = owner.get(f"{base}/settings/").content.decode()
    assert "1 language: es-MX" in html
    address = f"{base}/presets/{preset.pk}/"
    owner.post(address, {"action": "rename", "name": "Mexico"})
    owner.post(address, {"action": "default"})
    preset.refresh_from_db()
    assert (preset.name, preset.is_default) == ("Mexico", True)
    assert "Default for new drafts" in owner.get(f"{base}/settings/").content.decode()
    owner.post(address, {"action": "no-default"})
    preset.refresh_from_db()
    assert not preset.is_default
    assert "Deleted “Mexico”" in owner.post(address, {"action": "delete"}, follow=True).content.decode()
    assert not Preset.objects.exists()


def test_a_name_that_is_taken_is_explained(owner: Client, people: People, base: str, preset: Preset) -> None:
    other = Preset.objects.create(project=people.project, name="Other", created_by=people.owner)
    html = owner.post(
        f"{base}/presets/{other.pk}/", {"action": "rename", "name": "usual"}, follow=True
    ).content.decode()
    assert "A preset called “usual” already exists" in html


def test_a_preset_or_a_term_of_another_project_is_not_there(owner: Client, people: People, base: str) -> None:
    elsewhere = Project.objects.get(name="Elsewhere")
    theirs = Preset.objects.create(project=elsewhere, name="Theirs", created_by=people.outsider)
    term = Term.objects.create(project=elsewhere, source="a", target="b")
    assert owner.post(f"{base}/presets/{theirs.pk}/", {"action": "delete"}).status_code == 404
    assert owner.post(f"{base}/terms/{term.pk}/", {"delete": "1"}).status_code == 404
    assert Preset.objects.exists()
    assert Term.objects.exists()


def test_terms_are_added_changed_and_deleted(owner: Client, people: People, base: str) -> None:
    data = {"source": " Harbour ", "target": "Puerto", "locale": "es-ES", "rule": "required"}
    owner.post(f"{base}/terms/", data)
    term = people.project.terms.get()
    assert (term.source, term.target, term.locale) == ("Harbour", "Puerto", "es-ES")
    assert "already" in owner.post(f"{base}/terms/", data).content.decode()
    owner.post(f"{base}/terms/{term.pk}/", data | {"target": "Ensenada"})
    term.refresh_from_db()
    assert term.target == "Ensenada"
    assert (
        "Enter the required translation"
        in owner.post(f"{base}/terms/{term.pk}/", data | {"target": ""}).content.decode()
    )
    owner.post(f"{base}/terms/{term.pk}/", {"delete": "1"})
    assert not Term.objects.exists()


def test_a_table_is_uploaded_or_pasted_and_every_line_has_an_outcome(owner: Client, people: People, base: str) -> None:
    file = SimpleUploadedFile("terms.csv", "source,target\nKäse,cheese\nQuay\n".encode("cp1252"))
    html = owner.post(f"{base}/terms/", {"bring": "1", "file": file}).content.decode()
    assert "1 added, 0 changed, 0 unchanged, 1 skipped" in html
    assert "Käse" in html
    html = owner.post(f"{base}/terms/", {"bring": "1", "text": "<script>alert(1)</script>,x"}).content.decode()
    assert "<script>alert(1)" not in html
    assert "Choose a file or paste lines" in owner.post(f"{base}/terms/", {"bring": "1"}).content.decode()
    export = owner.get(f"{base}/terms.csv")
    assert export["Content-Disposition"].startswith("attachment")
    assert export.content.decode().startswith("\ufeffsource,target,locale,rule,note")


def test_empty_lists_say_what_belongs_there(owner: Client, viewer: Client, base: str) -> None:
    assert "No presets yet" in owner.get(f"{base}/settings/").content.decode()
    assert "No terms yet" in viewer.get(f"{base}/terms/").content.decode()
    assert "Project owners can add terms" in viewer.get(f"{base}/terms/").content.decode()


def test_a_list_of_any_length_costs_the_same_queries(
    owner: Client, people: People, base: str, django_assert_max_num_queries: Any
) -> None:
    Term.objects.bulk_create(Term(project=people.project, source=f"word {at}", target="x") for at in range(50))
    Preset.objects.bulk_create(
        Preset(project=people.project, name=f"Preset {at}", created_by=people.owner) for at in range(10)
    )
    for address in ("terms/", "settings/"):
        with django_assert_max_num_queries(18):
            owner.get(f"{base}/{address}")


def test_a_minimum_that_the_default_provider_cannot_meet_is_pointed_out(
    owner: Client, people: People, base: str, settings: Any
) -> None:
    settings.MODELSLAB_API_URL, settings.MODELSLAB_API_KEY = "https://modelslab.com", "key"
    Project.objects.filter(pk=people.project.pk).update(provider="modelslab")
    html = owner.post(f"{base}/settings/", {"least_anonymization": "0.5"}, follow=True).content.decode()
    assert "ModelsLab cannot anonymize voices" in html
    draft = owner.post(f"{base}/assets/new/", follow=True).content.decode()
    assert "ModelsLab (cannot anonymize: against policy)" in draft
