"""What is found by its texts is what its texts say now: after every road that changes a text, a project or a status."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from django.utils import timezone

import dubbing as portal
from dubbing.assets import moves, trash
from dubbing.drafts import creation, saved_drafts
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.minutes import settlement
from dubbing.models import Asset, Dubbing, Project, SubtitleWords, text_search
from dubbing.review import comments
from dubbing.review.comments import NewComment
from dubbing.submissions import approvals, pilots, submit
from tests.support import rows
from tests.support.minutes import allow, fields_of
from tests.support.people import People

pytestmark = pytest.mark.django_db


def srt(*lines: str) -> str:
    cues = (f"{n}\n00:00:0{n},000 --> 00:00:0{n},900\n{line}\n" for n, line in enumerate(lines, 1))
    return "\n".join(cues)


def index_faults() -> list[str]:
    """Where the index says anything but the texts: rows that lack, differ or are left over, and words not found."""
    faults, kept = [], {row.asset_id: row for row in SubtitleWords.objects.all()}
    for asset in Asset.objects.prefetch_related("dubbings"):
        texts = [asset.source_srt, *(dubbing.srt for dubbing in asset.dubbings.all())]
        right = set(text_search.codes_of(texts)) if asset.status != Asset.Status.DRAFT else set()
        row = kept.pop(asset.pk, None)
        if (set(row.words.split()) if row else set()) != right:
            faults.append(f"the words of {asset.pk}, {asset.status}")
        if row and row.project_id != asset.project_id:
            faults.append(f"the project of {asset.pk}")
        words = {word for text in texts for word in text_search.words_of(text)} if right else set()
        faults += [
            f"{word} in {asset.pk}" for word in words if asset.pk not in text_search.newest(asset.project_id, word, 100)
        ]
    return faults + [f"a row of {pk}, which is gone" for pk in kept]


@pytest.fixture
def elsewhere(people: People) -> Project:
    return rows.make_project("Lighthouse", owner=people.owner)


def fields_with_texts(asset: Asset) -> AssetFields:
    assert asset.source
    fields = replace(fields_of(asset.source), source_srt=srt("Good morning, captain."))
    return replace(fields, targets=(TargetText("es-ES", srt("Buenos días.")), TargetText("fr-FR", srt("Bonjour."))))


@pytest.fixture
def draft(people: People) -> Asset:
    allow(people.project, 100)
    return rows.make_asset(people.project, people.owner, status="draft", locales=[], with_source=True)


@pytest.fixture
def sent(draft: Asset, people: People) -> Asset:
    """Submitted with texts, and done."""
    submit.submit(draft, fields_with_texts(draft), people.owner)
    Asset.objects.filter(pk=draft.pk).update(status="completed", remote_id="r1")
    draft.submissions.update(status="accepted", remote_id="r1")
    draft.dubbings.update(status="completed")
    return Asset.objects.get(pk=draft.pk)


def test_the_faults_of_an_index_are_noticed(sent: Asset, elsewhere: Project) -> None:
    assert index_faults() == []
    Dubbing.objects.filter(asset=sent, locale="fr-FR").update(srt=srt("Bonsoir."))
    assert index_faults() == [f"the words of {sent.pk}, completed", f"bonsoir in {sent.pk}"]
    text_search.refresh(sent.pk)
    Asset.objects.filter(pk=sent.pk).update(project=elsewhere)
    assert f"the project of {sent.pk}" in index_faults()


def test_what_waits_for_approval_is_found_until_it_is_a_draft_again(draft: Asset, people: People) -> None:
    allow(people.project, None, approval_above=0)
    for giving_back in (False, True):
        submit.submit(Asset.objects.get(pk=draft.pk), fields_with_texts(draft), people.editor)
        waiting = Asset.objects.get(pk=draft.pk)
        assert waiting.status == Asset.Status.AWAITING
        assert text_search.newest(people.project.pk, "captain", 10) == [draft.pk]
        assert index_faults() == []
        if giving_back:
            event = approvals.question(waiting)
            assert event
            approvals.give_back(waiting, people.owner, asked=event.pk, reason="Shorter.")
        else:
            approvals.take_back(waiting, people.owner)
        assert text_search.newest(people.project.pk, "captain", 10) == []
        assert index_faults() == []


def test_subtitles_that_are_replaced_when_a_language_is_sent_again_are_found(sent: Asset, people: People) -> None:
    Dubbing.objects.filter(asset=sent, locale="es-ES").update(status="failed")
    submit.send_missing(sent, people.owner, {"es-ES": srt("Buenas noches.")})
    assert text_search.newest(people.project.pk, "noches", 10) == [sent.pk]
    assert index_faults() == []


def test_the_texts_of_a_language_that_is_added_are_found(sent: Asset, people: People) -> None:
    submit.add_locales(sent, [TargetText("de-DE", srt("Guten Morgen."))], people.owner)
    assert text_search.newest(people.project.pk, "guten", 10) == [sent.pk]
    assert index_faults() == []


def test_a_suggestion_that_is_used_is_found_and_what_it_replaced_is_not(people: People) -> None:
    result = rows.make_done(people.project, people.owner, srt=srt("Hola.", "Adiós."))
    dubbing = result.version.dubbing
    text_search.refresh(dubbing.asset_id)
    new = NewComment("Warmer.", start=2.1, suggestion="Hasta pronto.")
    comments.use_suggestion(comments.add(dubbing, people.owner, new, result=result), people.owner)
    assert text_search.newest(people.project.pk, "pronto", 10) == [dubbing.asset_id]
    assert text_search.newest(people.project.pk, "adiós", 10) == []
    assert index_faults() == []


def test_texts_go_with_their_video_to_another_project_and_are_gone_with_its_files(
    sent: Asset, people: People, elsewhere: Project
) -> None:
    moves.move_asset(sent, elsewhere, people.owner)
    assert text_search.newest(elsewhere.pk, "captain", 10) == [sent.pk]
    assert index_faults() == []
    Asset.objects.filter(pk=sent.pk).update(trashed_at=timezone.now() - 2 * trash.KEPT_FOR)
    settlement.close_due(sent.pk)
    assert trash.purge_old() == 1
    assert not SubtitleWords.objects.exists()
    assert index_faults() == []


def test_retries_and_drafts_of_pilots_are_not_found_before_they_are_sent(
    sent: Asset, draft: Asset, people: People
) -> None:
    copy = creation.copy_for_retry(sent, people.owner)
    assert copy.source_srt
    assert text_search.newest(people.project.pk, "captain", 10) == [sent.pk]
    assert index_faults() == []
    pilot, _ = pilots.send(copy, replace(fields_with_texts(sent), end=10.0), people.owner)
    assert text_search.newest(people.project.pk, "captain", 10) == [pilot.pk, sent.pk]
    assert index_faults() == []
    saved_drafts.discard(copy, people.owner)
    assert index_faults() == []


# --- writers ----------------------------------------------------------------------------------------------------------

COLUMNS = {"srt", "source_srt"}
WRITING = {"update", "create", "bulk_create", "update_or_create", "Dubbing", "Asset"}
NOT_INDEXED = {"drafts/creation.py: copy_for_retry"}
"""What writes texts of drafts alone."""


def writers() -> Iterator[tuple[str, bool]]:
    """Each function that writes a text or the project of something, and whether it refreshes the index."""
    folder = Path(portal.__file__).parent
    for path in sorted(folder.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef) and any(map(writes, ast.walk(function))):
                refreshes = any(
                    isinstance(node, ast.Attribute)
                    and node.attr == "refresh"
                    and ast.unparse(node.value) == "text_search"
                    for node in ast.walk(function)
                )
                yield f"{path.relative_to(folder)}: {function.name}", refreshes


def writes(node: ast.AST) -> bool:
    """``asset.source_srt = …``, ``locked.project = …``, ``update(srt=…)``, ``Dubbing(srt=…)``."""
    if isinstance(node, ast.Assign):
        targets = [each for target in node.targets for each in ast.walk(target) if isinstance(each, ast.Attribute)]
        of_asset = {"asset", "locked", "draft", "copy", "pilot", "video"}
        return any(
            target.attr in COLUMNS
            or (target.attr in ("project", "project_id") and ast.unparse(target.value) in of_asset)
            for target in targets
        )
    if isinstance(node, ast.Call):
        called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        return called in WRITING and any(keyword.arg in COLUMNS for keyword in node.keywords)
    return False


def test_whoever_writes_a_text_or_moves_a_video_refreshes_the_index() -> None:
    """What is written by columns that are only known when it runs, `submit` has, goes on a road above."""
    found = dict(writers())
    assert {name for name, refreshes in found.items() if not refreshes} == NOT_INDEXED
    assert {
        "assets/moves.py: move_asset",
        "assets/trash.py: _purge",
        "review/comments.py: use_suggestion",
        "submissions/submit.py: _add_dubbings",
        "submissions/submit.py: _replace_texts",
    } <= set(found)
