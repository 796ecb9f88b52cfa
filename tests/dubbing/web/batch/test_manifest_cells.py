"""Cells of a manifest that are corrected on the page of its dry run: nothing is uploaded again."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dubbing.batches import manifests
from dubbing.models import Asset, Batch, Project
from tests.support.people import client_of

pytestmark = pytest.mark.django_db

TABLE = (
    "name;file;source_locale;targets;consent\n"
    "One;1.mp4;en-US;es fr-FR;=1+1\n"
    "Two;2.mp4;English;de-DE;\n"
    'Three;3.mp4;en-US;it-IT;"a; b"\n'
)


@pytest.fixture
def client(user: User) -> Client:
    return client_of(user)


def check(client: Client, project: Project, text: str, **data: Any) -> str:
    return html.unescape(client.post(f"/projects/{project.pk}/manifest/", {"text": text, **data}).content.decode())


def text_of(page: str) -> str:
    match = re.search(r'<textarea[^>]* name="text"[^>]*hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert match
    return match[1]


def button(page: str, instead: str) -> str:
    match = re.search(rf'name="instead" value="([^"]*\|{instead})"', page)
    assert match, f"there is no button for {instead}"
    return match[1]


def test_a_language_without_its_region_offers_the_possible_ones(client: Client, project: Project) -> None:
    page = check(client, project, TABLE)
    assert "“es” is ambiguous: use es-ES or es-MX." in page
    assert "1 of 3 rows are ready" in page
    page = check(client, project, text_of(page), instead=button(page, "es-MX"), **{"cell-1-targets": "es fr-FR"})
    assert "2 of 3 rows are ready" in page
    assert "es-MX fr-FR" in text_of(page)
    page = check(client, project, text_of(page), instead=button(page, "en-US"), **{"cell-2-source_locale": "English"})
    assert "3 of 3 rows are ready" in page
    assert not Asset.objects.exists()


def test_an_edited_cell_is_checked_again_and_every_other_one_stays(client: Client, project: Project) -> None:
    page = check(client, project, TABLE)
    assert 'name="cell-1-targets" value="es fr-FR"' in page
    assert 'name="cell-3-targets"' not in page  # what is right is not in the way
    page = check(client, project, text_of(page), **{"cell-1-targets": "pt-BR", "cell-2-source_locale": "xx-XX"})
    assert "2 of 3 rows are ready" in page
    assert "“xx-XX” is not a supported source language." in page
    table = manifests.read(text_of(page))
    assert [line.cells.get("targets") for line in table.lines] == ["pt-BR", "de-DE", "it-IT"]
    assert [line.cells.get("consent") for line in table.lines] == ["=1+1", None, "a; b"]


def test_drafts_are_made_of_what_the_cells_say_when_the_button_is_pressed(client: Client, project: Project) -> None:
    cells = {"cell-1-targets": "es-ES", "cell-2-source_locale": "en-US", "action": "good"}
    client.post(f"/projects/{project.pk}/manifest/", {"text": TABLE, **cells})
    targets = [row.asset.typed["targets"] for row in Batch.objects.get().rows.select_related("asset") if row.asset]
    assert targets == [["es-ES"], ["de-DE"], ["it-IT"]]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"cell-99-targets": "x"},
        {"cell-1-nothing": "x"},
        {"cell--": "x"},
        {"cell-1": "x"},
        {"cell-0-targets": "x"},
        {"instead": "1|targets|es"},
        {"instead": "|||"},
        {"instead": "2|targets|de-DE|es-ES"},
        {"instead": "x|targets|es|es-ES"},
    ],
)
def test_unknown_cells_change_nothing(client: Client, project: Project, nonsense: dict[str, str]) -> None:
    page = check(client, project, TABLE, **nonsense)
    assert "1 of 3 rows are ready" in page
    assert [line.cells["targets"] for line in manifests.read(text_of(page)).lines] == ["es fr-FR", "de-DE", "it-IT"]


def test_no_more_cells_can_be_edited_than_a_form_may_have(client: Client, project: Project) -> None:
    rows = "".join(f"{number}.mp4,xx,yy\n" for number in range(300))
    page = check(client, project, f"file,source_locale,targets\n{rows}")
    assert page.count('name="cell-') == 200
