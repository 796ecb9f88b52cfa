"""All drafts of one person together have a size, in whatever way they come about."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from dubbing.batches import batches
from dubbing.drafts import presets, saved_drafts
from dubbing.drafts.creation import copy_for_retry, create_draft
from dubbing.models import Asset, Project
from dubbing.platform.errors import NotPossible
from dubbing.submissions import pilots
from tests.support import rows
from tests.support.drafts import SRT, typed
from tests.support.journey import fresh, touch
from tests.support.minutes import allow, fields_of
from tests.support.people import People, client_of

pytestmark = pytest.mark.django_db
TEXT = "x" * 4000


@pytest.fixture(autouse=True)
def _room_for_ten_thousand(settings: Settings) -> None:
    settings.DRAFT_QUOTA_BYTES = 10_000


def draft_of(user: User, project: Project, text: str = "", **values: Any) -> Asset:
    asset = Asset.objects.create(project=project, created_by=user)
    saved_drafts.keep_typed(asset, {"name": "Harbour", "source_srt": text} | values, user)
    return fresh(asset)


def full(user: User, project: Project) -> list[Asset]:
    """Two drafts that leave no room for another one like them."""
    return [draft_of(user, project, TEXT, name=f"Film {number}") for number in (1, 2)]


def failed_with_text(user: User, project: Project) -> Asset:
    asset = rows.make_asset(project, user, status="failed", source_srt=TEXT)
    asset.dubbings.update(srt=SRT)
    return asset


def test_a_draft_knows_how_large_it_is_however_it_is_changed(project: Project, user: User, settings: Settings) -> None:
    settings.VOICECHANGER_API_URL, settings.VOICECHANGER_API_KEY = "https://voice.example.com", "key"
    asset = draft_of(user, project, targets=["es-ES"], **{"srt_es-ES": SRT})
    saved_drafts.choose_provider(asset, "voicechanger")
    moved = draft_of(user, project, "", targets=["es-ES"], **{"srt_es-ES": SRT})
    preset = presets.save(project, "Ours", {"targets": ["fr-FR"], "speakers": "3"}, user)
    presets.apply(moved, preset, user)
    presets.choose_default(project, preset)
    begun = create_draft(project, user)
    batch = batches.start(project, user, shared={"targets": ["es-ES"]})
    (row,) = batches.add_rows(batch, user, [({"file": "a.mp4"}, {"name": "a"})])
    for one in (asset, moved, begun, row.asset):
        assert one
        found = fresh(one)
        assert found.typed_bytes == saved_drafts.read_draft(found).columns()["typed_bytes"]
    assert fresh(moved).typed_bytes > len(SRT)


def test_what_does_not_fit_is_not_saved_and_the_largest_drafts_are_named(project: Project, user: User) -> None:
    first, _ = full(user, project)
    third = draft_of(user, project, name="Film 3")
    with pytest.raises(saved_drafts.NotKept, match=r"the limit is 10 kB.*“.*Film 1.*” \(4.\d kB\), “.*Film 2"):
        saved_drafts.keep_typed(third, {"source_srt": TEXT}, user)
    assert saved_drafts.read_draft(fresh(third)).text("source") == ""
    saved_drafts.discard(first, user)
    saved_drafts.keep_typed(third, {"source_srt": TEXT}, user)


def test_what_is_too_much_already_may_shrink_and_stay_but_not_grow(
    project: Project, user: User, settings: Settings
) -> None:
    first, second = full(user, project)
    settings.DRAFT_QUOTA_BYTES = 1000
    saved_drafts.keep_typed(first, {"source_srt": TEXT[:-1]}, user)
    saved_drafts.keep_typed(second, {"source_srt": TEXT}, user)
    with pytest.raises(saved_drafts.NotKept):
        saved_drafts.keep_typed(second, {"source_srt": TEXT + "x"}, user)


def test_what_was_sent_does_not_count_and_what_was_refused_does(project: Project, user: User) -> None:
    first, second = full(user, project)
    third = draft_of(user, project)
    touch(first, status="refused")
    touch(second, status="awaiting")
    with pytest.raises(saved_drafts.NotKept):
        saved_drafts.keep_typed(third, {"source_srt": TEXT}, user)
    touch(first, status="dubbing")
    saved_drafts.keep_typed(third, {"source_srt": TEXT}, user)


def test_everybody_has_their_own_quota(people: People) -> None:
    full(people.editor, people.project)
    draft_of(people.owner, people.project, TEXT)


def test_a_colleague_who_adds_to_a_draft_uses_its_authors_quota(people: People) -> None:
    _, second = full(people.editor, people.project)
    with pytest.raises(saved_drafts.NotKept, match=people.editor.username):
        saved_drafts.keep_typed(second, {"source_srt": TEXT + TEXT}, people.owner)


def test_a_copy_counts_before_anybody_has_changed_it(project: Project, user: User) -> None:
    asset = failed_with_text(user, project)
    copies = [copy_for_retry(asset, user) for _ in range(2)]
    assert [copy.typed_bytes for copy in copies] == [len(TEXT) + len(SRT.encode())] * 2
    with pytest.raises(NotPossible, match="unsent drafts"):
        copy_for_retry(asset, user)
    with pytest.raises(NotPossible, match="unsent drafts"):
        saved_drafts.try_with(asset, "voicechanger", user)
    assert Asset.objects.count() == 3


def test_texts_kept_for_undoing_count(project: Project, user: User) -> None:
    asset = draft_of(user, project, TEXT)
    with pytest.raises(saved_drafts.NotKept):
        saved_drafts.keep_typed(asset, {"source_srt": TEXT + "y" * 3000}, user, undoable={"source": "Filled."})


def test_a_pilot_that_waits_for_approval_counts(people: People) -> None:
    allow(people.project, None, approval_above=0)
    first, _ = full(people.editor, people.project)
    fields = fields_of(rows.make_upload(people.editor), source_srt=TEXT)
    with pytest.raises(NotPossible, match="unsent drafts"):
        pilots.send(first, fields, people.editor)


def test_rows_of_a_batch_count_together(project: Project, user: User) -> None:
    batch = batches.start(project, user, shared={})
    wanted = [({"file": f"{number}.mp4"}, {"name": "n", "notes": "x" * 900}) for number in range(12)]
    with pytest.raises(NotPossible, match="unsent drafts"):
        batches.add_rows(batch, user, wanted)
    assert (batch.rows.count(), Asset.objects.count()) == (0, 0)
    full(user, project)
    batches.add_rows(batch, user, wanted[:1])
    told = batches.add_files(batch, user, [(f"{number}" * 200 + ".mp4", 5) for number in range(9)])
    assert told[0].row
    assert (told[-1].row, "unsent drafts" in told[-1].message) == (None, True)


# --- pages


@pytest.mark.parametrize("road", ["projects/{project}/assets/new/", "assets/{asset}/try-again/"])
def test_pages_that_create_drafts_say_so_and_create_none(people: People, road: str, settings: Settings) -> None:
    asset = failed_with_text(people.editor, people.project)
    full(people.editor, people.project)
    settings.DRAFT_QUOTA_BYTES = 1
    preset = presets.save(people.project, "Ours", {"targets": ["es-ES"], "speakers": "3"}, people.editor)
    presets.choose_default(people.project, preset)
    before = Asset.objects.count()
    where = road.format(project=people.project.pk, asset=asset.pk)
    answer = client_of(people.editor).post(f"/{where}", follow=True)
    assert answer.status_code == 200
    assert "Submit or delete drafts that are no longer needed" in answer.content.decode()
    assert Asset.objects.count() == before


def test_the_page_of_a_draft_says_so_and_keeps_what_was_typed(people: People) -> None:
    full(people.editor, people.project)
    third = draft_of(people.editor, people.project)
    page: Client = client_of(people.editor)
    answer = page.post(f"/assets/{third.pk}/edit/", typed(source_srt=TEXT))
    html = answer.content.decode()
    assert (answer.status_code, "Nothing was saved" in html, TEXT in html) == (413, True, True)
