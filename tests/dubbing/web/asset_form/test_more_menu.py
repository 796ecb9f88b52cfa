"""The menu "More" of a draft: name, due date, tags, project, archive; and deleting it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from dubbing.models import Asset, Membership, Project, SubtitleWords
from dubbing.submissions import submit
from tests.support import rows
from tests.support.minutes import allow, fields_of
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(people: People) -> Client:
    return client_of(people.editor)


@pytest.fixture
def draft(people: People) -> Asset:
    typed = {"name": "Harbour tour", "targets": ["es-ES"]}
    return rows.make_asset(people.project, people.editor, status="draft", locales=[], with_source=True, typed=typed)


@pytest.fixture
def elsewhere(people: People) -> Project:
    """A project where the editor is one too."""
    project = rows.make_project("Lighthouse", owner=people.owner)
    Membership.objects.create(project=project, user=people.editor, role=Membership.Role.EDITOR)
    return project


def press(client: Client, address: str, asset: Asset, /, **data: Any) -> str:
    return client.post(reverse(address, args=[asset.pk]), data, follow=True).content.decode()


def shown(client: Client, asset: Asset) -> str:
    return client.get(reverse("asset-edit", args=[asset.pk])).content.decode()


def test_a_draft_is_renamed_dated_and_tagged_from_its_menu(editor: Client, draft: Asset) -> None:
    html = shown(editor, draft)
    assert 'id="more-menu"' in html
    assert f'href="{reverse("asset-discard", args=[draft.pk])}"' in html
    assert "Move to trash" not in html
    html = press(editor, "asset-name", draft, name="Lighthouse tour")
    assert 'value="Lighthouse tour"' in html
    press(editor, "asset-due-date", draft, due="2027-03-04")
    assert "Season 2" in press(editor, "asset-tags", draft, tag="Season 2")
    draft.refresh_from_db()
    assert (draft.name, str(draft.due_on), draft.status) == ("Lighthouse tour", "2027-03-04", "draft")


def test_a_draft_moves_with_its_tags_and_stays_its_makers_alone(
    editor: Client, draft: Asset, people: People, elsewhere: Project
) -> None:
    press(editor, "asset-tags", draft, tag="Season 2")
    html = press(editor, "asset-move", draft, project=elsewhere.pk)
    assert "Moved to" in html
    assert "Lighthouse" in html
    draft.refresh_from_db()
    assert (draft.project, draft.status) == (elsewhere, "draft")
    assert draft.tags.get().project == elsewhere
    assert draft.typed["targets"] == ["es-ES"]
    assert client_of(people.owner).get(reverse("asset-edit", args=[draft.pk])).status_code == 404
    assert client_of(people.owner).post(reverse("asset-move", args=[draft.pk])).status_code == 404
    assert not SubtitleWords.objects.exists()


def test_a_draft_of_a_batch_or_with_pilots_stays_where_it_is_and_the_menu_says_why(
    editor: Client, draft: Asset, people: People, elsewhere: Project
) -> None:
    pilot = rows.make_asset(people.project, people.editor, pilot_of=draft)
    assert "has pilots" in shown(editor, draft)
    assert "has pilots" in press(editor, "asset-move", draft, project=elsewhere.pk)
    Asset.objects.filter(pk=pilot.pk).update(pilot_of=None)
    batch = people.project.batches.create(created_by=people.editor, name="Many")
    batch.rows.create(number=1, asset=draft)
    assert "row of a batch" in press(editor, "asset-move", draft, project=elsewhere.pk)
    draft.refresh_from_db()
    assert draft.project == people.project


def test_an_archived_draft_is_in_no_list_until_it_is_submitted(editor: Client, draft: Asset, people: People) -> None:
    address = f'href="{reverse("asset-edit", args=[draft.pk])}"'
    listing = reverse("project", args=[people.project.pk])
    assert address in editor.get(listing).content.decode()
    html = press(editor, "asset-archive", draft)
    assert "This draft is archived" in html
    assert address not in editor.get(listing).content.decode()
    assert address not in editor.get("/").content.decode()
    assert address in editor.get(listing, {"status": "archived"}).content.decode()
    assert "Harbour tour" not in client_of(people.owner).get(listing, {"status": "archived"}).content.decode()
    allow(people.project, 100)
    submit.submit(Asset.objects.get(pk=draft.pk), fields_of(draft.source, "es-ES"), people.editor)
    draft.refresh_from_db()
    assert draft.archived_at is None
    assert [event.kind for event in draft.events.filter(kind__in=["archived", "unarchived"])] == [
        "unarchived",
        "archived",
    ]


def test_what_was_refused_has_its_menu_on_its_own_page(editor: Client, people: People) -> None:
    refused = rows.make_asset(people.project, people.editor, status="refused")
    assert "more-menu" not in shown(editor, refused)
