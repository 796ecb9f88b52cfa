"""Pages tell one story: in every place, to everybody by what they may do, and as long as they stay open."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dubbing.drafts.creation import copy_for_retry
from dubbing.models import Asset, Batch, BatchRow, Dubbing, Event, Submission, Version, status_badges
from tests.support import rows
from tests.support.people import People, client_of


def shown(client: Client, name: str, pk: int) -> str:
    return unescape(client.get(reverse(name, args=[pk])).content.decode())


def main_of(page: str) -> str:
    return re.sub(r'data-announcement="[^"]*"', "", page[page.index("<main") : page.index("</main>")])


# --- what nobody knows yet ------------------------------------------------------------------------------------------

CONTRADICTIONS = ("Not sent yet", "Not sent to", "not created yet", "It is sent next", "Requesting ")


def unconfirmed(people: People, **fields: Any) -> Asset:
    asset = rows.make_asset(people.project, people.editor, status="unconfirmed", locales=["es-ES", "fr-FR"], **fields)
    rows.make_submission(asset, status="unknown")
    return asset


@pytest.mark.parametrize("needs_person", [False, True])
def test_an_unconfirmed_asset_says_the_same_in_every_place(editor: Client, people: People, needs_person: bool) -> None:
    asset = unconfirmed(people)
    Submission.objects.update(needs_person=needs_person)
    page = main_of(shown(editor, "asset", asset.pk))
    assert [words for words in CONTRADICTIONS if words in page] == []
    assert page.count("Unconfirmed") == 3  # the asset and both of its languages
    assert "not known yet" in page  # what it is called at the provider
    decides = "Waiting for an administrator’s decision."
    assert page.count(decides) == (3 if needs_person else 0)
    assert ("No action needed: we check automatically" in page) is not needs_person


def test_lists_and_batches_say_the_same_of_its_languages(editor: Client, people: People) -> None:
    asset = unconfirmed(people)
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    BatchRow.objects.create(batch=batch, number=1, asset=asset, status="sent")
    for name, pk in (("project", people.project.pk), ("batch", batch.pk)):
        page = main_of(shown(editor, name, pk))
        assert "Not sent yet" not in page, name
        assert page.count(": Unconfirmed") >= 2, name


@pytest.mark.parametrize("status", ["awaiting", "submitting", "held", "unconfirmed", "refused"])
def test_a_language_nobody_confirmed_looks_like_its_asset(editor: Client, people: People, status: str) -> None:
    asset = rows.make_asset(people.project, people.editor, status=status)
    page = main_of(shown(editor, "asset", asset.pk))
    word = status_badges.of_asset(status).word
    assert "Not sent yet" not in page
    assert page.count(f">{word}</span>") + page.count(f"</svg>{word}") >= 2


def test_a_lost_answer_about_more_languages_is_not_shown_as_in_progress(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="completed")
    added = rows.make_dubbing(asset, "fr-FR", status="pending")
    rows.make_submission(asset, status="unknown", kind="add_locales", locales=[added.locale])
    page = main_of(shown(editor, "asset", asset.pk))
    assert [words for words in CONTRADICTIONS if words in page] == []
    assert "We requested 1 more language and lost the answer." in page


@pytest.mark.parametrize("status", ["unconfirmed", "submitting", "held"])
def test_what_the_provider_never_confirmed_is_late_in_words_that_fit(
    editor: Client, people: People, status: str
) -> None:
    late = timezone.now() - timedelta(minutes=1)
    page = shown(editor, "asset", rows.make_asset(people.project, people.editor, status=status, late_at=late).pk)
    assert "has not confirmed that it has the video" in page
    assert "has not said that it is done" not in page


def test_checking_an_unconfirmed_asset_does_not_say_that_it_is_missing(editor: Client, people: People) -> None:
    asset = unconfirmed(people)
    answer = editor.post(reverse("asset-sync", args=[asset.pk]), follow=True).content.decode()
    assert "We do not know yet whether the provider has this video." in answer
    assert "does not have this video" not in answer


# --- who reads it ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["asset", "language"])
def test_viewers_are_not_told_to_fix_it(people: People, where: str) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed", error_code="empty_transcript")
    if where == "language":
        Asset.objects.update(status="partly_done", error_code="")
        Dubbing.objects.update(error_code="processing_failed")
    said = {name: main_of(shown(client_of(user), "asset", asset.pk)) for name, user in (
        ("viewer", people.viewer), ("editor", people.editor), ("owner", people.owner))}  # fmt: skip
    assert "Who can fix it: an editor or owner of this project." in said["viewer"]
    assert "Who can fix it: you" not in said["viewer"]
    assert "Who can fix it: you." in said["editor"]
    assert "Who can fix it: you." in said["owner"]


def test_the_changing_part_is_for_the_same_reader(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="failed", error_code="empty_transcript")
    assert "an editor or owner" in shown(client_of(people.viewer), "asset-status", asset.pk)
    assert "an editor or owner" not in shown(client_of(people.editor), "asset-status", asset.pk)


def test_viewers_are_not_sent_to_the_studio(people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="ready", auto_generate="off")
    version = rows.make_version(asset.dubbings.get(), status="ready")
    for name, pk in (("asset", asset.pk), ("version", version.pk)):
        assert "finishes it in the studio" in shown(client_of(people.viewer), name, pk), name
        assert not re.search(r"[Oo]pen (it in )?the studio", main_of(shown(client_of(people.viewer), name, pk))), name
    assert "Open the studio" in shown(client_of(people.editor), "asset", asset.pk)


@pytest.mark.parametrize(
    ("role", "offered", "not_offered"),
    [
        ("owner", {"Awaiting your approval", "My drafts"}, {"Awaiting approval"}),
        ("editor", {"Awaiting approval", "My drafts"}, {"Awaiting your approval"}),
        ("viewer", {"Awaiting approval"}, {"Awaiting your approval", "My drafts"}),
    ],
)
def test_filters_are_those_of_the_reader(people: People, role: str, offered: set[str], not_offered: set[str]) -> None:
    rows.make_asset(people.project, people.editor)
    page = shown(client_of(getattr(people, role)), "project", people.project.pk)
    pills = set(re.findall(r'<a class="pill"[^>]*>([^<]+)</a>', page))
    assert offered <= pills
    assert not pills & not_offered


# --- what stays open ------------------------------------------------------------------------------------------------


def test_the_form_for_more_languages_comes_with_the_link_to_it(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="submitting")
    rows.make_submission(asset)
    before = shown(editor, "asset-status", asset.pk)
    assert 'href="#add-languages"' not in before
    assert 'id="add-languages"' not in before
    Submission.objects.update(status="accepted")
    Asset.objects.update(status="dubbing", remote_id="a1")
    after = shown(editor, "asset-status", asset.pk)
    assert 'href="#add-languages"' in after
    assert 'id="add-languages"' in after


def test_a_question_that_was_answered_elsewhere_leaves_the_page(owner: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="awaiting")
    rows.make_event(asset, Event.Kind.APPROVAL_ASKED, actor=people.editor, why="It is long.")
    assert "Approve and send" in shown(owner, "asset", asset.pk)
    assert "Approve and send" in shown(owner, "asset-status", asset.pk)
    Asset.objects.update(status="dubbing")
    now = shown(owner, "asset-status", asset.pk)
    assert "Approve and send" not in now
    assert 'id="asset-approval"' in now


def test_facts_beside_the_asset_move_with_it(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor)
    assert "Time taken" not in shown(editor, "asset-status", asset.pk)
    Asset.objects.update(status="completed", finished_at=timezone.now())
    assert "Time taken" in shown(editor, "asset-status", asset.pk)


# --- numbers and names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        ((4, 5, 5, 6, 7), "usually take 5–7 min"),
        ((1, 1, 5, 19680, 19680), "too few comparable videos"),
        ((19680,) * 5, "too few comparable videos"),
        ((1, 1, 5, 9, 9), "usually take 5–9 min"),
        ((2, 2, 2, 60, 60), "how long this takes has varied a lot recently"),
        ((100, 120, 120, 180, 180), "usually take 2–3 h"),
        ((0, 0, 0, 0, 0), "usually take 1 min"),
    ],
)
def test_a_usual_time_is_one_that_people_can_go_by(
    viewer: Client, people: People, minutes: tuple[int, ...], expected: str
) -> None:
    for taken in minutes:
        sent = timezone.now() - timedelta(days=30)
        times: dict[str, Any] = {"submitted_at": sent, "finished_at": sent + timedelta(minutes=taken)}
        rows.make_asset(people.project, people.owner, status="completed", end=50.0, **times)
    page = shown(viewer, "asset", rows.make_asset(people.project, people.owner, end=60.0).pk)
    assert expected in page
    assert "19680" not in page


@pytest.mark.parametrize(("provider", "heading"), [("", "Try again"), ("modelslab", "Try with ModelsLab")])
def test_another_attempt_is_not_called_a_new_asset(
    editor: Client, people: People, settings: Any, provider: str, heading: str
) -> None:
    settings.MODELSLAB_API_KEY = "key"
    asset = rows.make_asset(people.project, people.editor, status="failed", name="Harbour tour")
    copy = copy_for_retry(asset, people.editor, provider=provider)
    page = shown(editor, "asset-edit", copy.pk)
    assert f"<title>{heading} · Harbour tour" in page
    assert re.search(rf'<h1 class="page-heading">{heading}</h1>', page)
    assert f'<a href="/assets/{asset.pk}/" dir="auto">Harbour tour</a></li>' in page


def test_a_refused_asset_is_changed_and_a_draft_of_one_s_own_is_new(editor: Client, people: People) -> None:
    refused = rows.make_asset(people.project, people.editor, status="refused", error_code="refused")
    assert "<title>Change and submit again" in shown(editor, "asset-edit", refused.pk)
    draft = rows.make_asset(people.project, people.editor, status="draft")
    assert "<title>New video" in shown(editor, "asset-edit", draft.pk)


def test_attempts_with_one_provider_are_distinguished_everywhere(editor: Client, people: People) -> None:
    first = rows.make_done(people.project, people.editor)
    asset = first.version.dubbing.asset
    for status in ("failed", "dubbing"):
        rows.make_asset(people.project, people.editor, status=status, source=asset.source)
    compared = editor.get(reverse("asset-compare", args=[asset.pk])).context["page"]
    names = [take.title for take in compared.takes] + [one.title for one in compared.others]
    assert names == ["Panjaya 1", "Panjaya 2", "Panjaya 3"]
    beside = shown(editor, "asset", asset.pk)
    assert re.findall(r'aria-label="(Panjaya \d), video', beside) == ["Panjaya 2", "Panjaya 3"]
    assert "Other attempts" in beside
    assert "Provider comparison" not in beside


# --- pages beside the asset's own -----------------------------------------------------------------------------------


def test_a_version_is_followed_and_its_video_is_announced(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor)
    version = rows.make_version(asset.dubbings.get(), status="generating")
    page = shown(viewer, "version", version.pk)
    address = re.search(r'data-poll="([^"]+)"', page)
    assert address
    assert viewer.get(address[1]).status_code == 200
    rows.make_result(version)
    Version.objects.update(status="completed", keep="kept")
    asset.dubbings.update(status="completed")
    answer = viewer.get(address[1])
    assert answer.status_code == 286
    assert "The final video is ready." in answer.content.decode()
    again = re.search(r'data-poll="([^"]+)"', shown(viewer, "version", version.pk))
    assert again
    assert "is ready" not in viewer.get(again[1]).content.decode()


def test_a_comparison_says_when_another_one_can_be_heard(viewer: Client, people: People) -> None:
    asset = rows.make_done(people.project, people.editor).version.dubbing.asset
    other = rows.make_asset(people.project, people.editor, source=asset.source)
    address = re.search(r'data-poll="([^"]+)"', shown(viewer, "asset-compare", asset.pk))
    assert address
    answer = viewer.get(address[1])
    assert (answer.status_code, "ready to compare" in answer.content.decode()) == (200, False)
    rows.make_result(rows.make_version(other.dubbings.get()))
    Asset.objects.filter(pk=other.pk).update(status="completed")
    answer = viewer.get(address[1])
    assert (answer.status_code, "1 more dub is ready to compare" in answer.content.decode()) == (286, True)


def test_a_batch_shows_the_outcome_of_what_was_sent(editor: Client, people: People) -> None:
    batch = Batch.objects.create(project=people.project, created_by=people.editor)
    for number, status in enumerate(("failed", "unconfirmed", "dubbing", "completed"), start=1):
        asset = rows.make_asset(people.project, people.editor, status=status)
        BatchRow.objects.create(batch=batch, number=number, asset=asset, status="sent", stale=False)
    page = main_of(shown(editor, "batch", batch.pk))
    assert "4 sent (1 unconfirmed, 1 failed, 1 done)." in page
    assert "tone-amber batch-summary" in page


def test_many_attempts_are_folded_and_none_is_left_out(editor: Client, people: People) -> None:
    asset = rows.make_done(people.project, people.editor).version.dubbing.asset
    for _ in range(9):
        rows.make_asset(people.project, people.editor, status="failed", source=asset.source)
    page = shown(editor, "asset", asset.pk)
    assert ">3 more</summary>" in page
    assert len(re.findall(r'aria-label="Panjaya \d+, video', page)) == 9


def test_a_video_of_unknown_kind_is_not_shown_with_empty_brackets(editor: Client, people: People) -> None:
    draft = rows.make_asset(people.project, people.editor, status="draft", with_source=True)
    Asset.objects.filter(pk=draft.pk).update(typed={"source": str(draft.source_id), "source_from": "file"})
    assert "()" not in re.sub(r"<script.*?</script>", "", shown(editor, "asset-edit", draft.pk))
