"""The asset page: what is true now, what comes next, what can be done, and by whom."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from dubbing.models import Asset, DefaultReviewer, Dubbing, Event, Hold, Submission, Version, status_badges
from dubbing.platform import failure_messages
from tests.conftest import WakeUps
from tests.support import rows
from tests.support.people import People, client_of
from tests.support.sentences import KITCHEN

STOP = 286


def page(client: Client, asset: Asset) -> str:
    answer = client.get(reverse("asset", args=[asset.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def status(client: Client, asset: Asset, **headers: str) -> Any:
    return client.get(reverse("asset-status", args=[asset.pk]), headers=headers)


# --- what it says ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", Asset.Status.values)
def test_every_state_has_a_word_and_a_sentence(viewer: Client, people: People, state: str) -> None:
    asset = rows.make_asset(people.project, people.viewer, status=state)
    words = page(viewer, asset)
    assert str(status_badges.of_asset(state).word) in words
    assert 'class="now-text">' in words
    assert 'class="now-text"></p>' not in words


@pytest.mark.parametrize("code", sorted(failure_messages.CODES | {"something_new", ""}))
def test_every_failure_says_what_happened_why_what_to_do_and_who_can(viewer: Client, people: People, code: str) -> None:
    asset = rows.make_asset(
        people.project, people.owner, status="failed", error_code=code, error_message="theirs: <b>x</b>"
    )
    entry = failure_messages.explain(code or "failed", "Panjaya")
    words = page(viewer, asset).replace("&#x27;", "'")
    for part in map(str, (entry.what, entry.why, entry.remedy, entry.who.label)):
        assert part in words
    assert "theirs: &lt;b&gt;x&lt;/b&gt;" in words
    assert "{provider}" not in words
    assert "%(provider)s" not in words


def test_a_failure_of_the_whole_asset_is_shown_once(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="failed", error_code="empty_transcript")
    asset.dubbings.update(error_code="empty_transcript")
    assert page(viewer, asset).count("No speech was found.") == 1


@pytest.mark.parametrize("reason", Hold.Reason.values)
def test_an_asset_on_hold_says_why_and_that_it_is_sent_automatically(
    viewer: Client, people: People, reason: str
) -> None:
    asset = rows.make_asset(people.project, people.owner, status="held")
    rows.make_submission(asset, status="ready")
    Hold.objects.put("panjaya", reason, "their words")
    words = page(viewer, asset)
    assert str(failure_messages.explain(f"hold_{reason}", "Panjaya").what) in words
    assert "their words" in words


def test_a_lost_answer_says_that_nothing_is_sent_twice(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="unconfirmed")
    submission = rows.make_submission(asset, status="unknown")
    assert "Nothing is sent twice" in page(viewer, asset)
    Submission.objects.filter(pk=submission.pk).update(needs_person=True)
    assert "An administrator has to decide" in page(viewer, asset)


def test_a_late_asset_says_so_and_is_still_followed(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, late_at=timezone.now() - timedelta(minutes=1))
    assert "Late" in page(viewer, asset)
    assert "This is taking longer than usual" in page(viewer, asset)
    assert status(viewer, asset).status_code == 200


def test_sending_shows_the_bytes_that_really_went_out(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="submitting", with_source=True)
    Asset.objects.get(pk=asset.pk)
    assert asset.source
    type(asset.source).objects.update(size=412_000_000)
    rows.make_submission(asset, sent_bytes=103_000_000)
    words = page(viewer, asset)
    assert "Sending to Panjaya: 103 MB of 412 MB." in words
    assert 'max="412000000" value="103000000"' in words


def test_a_result_that_cannot_be_saved_is_shown_beside_its_language(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, locales=[])
    dubbing = rows.make_dubbing(asset, status="keeping")
    rows.make_version(dubbing, keep=Version.Keep.STUCK, keep_attempts=7, keep_problem="too short by half")
    words = page(viewer, asset)
    assert "The result could not be saved." in words
    assert "Stuck" in words
    assert "too short by half" in words


def test_the_usual_time_is_learnt_from_assets_like_it(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, end=60.0)
    assert "usually" not in page(viewer, asset)
    for minutes in (4, 5, 5, 6, 7):
        sent = timezone.now() - timedelta(days=1)
        times: dict[str, Any] = {"submitted_at": sent, "finished_at": sent + timedelta(minutes=minutes)}
        rows.make_asset(people.project, people.owner, status="completed", end=50.0, **times)
    cache.clear()  # what was learnt before is good for a minute
    assert "usually take 5–7 min" in page(viewer, asset)


def test_the_timeline_says_who_did_what_in_sentences(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    rows.make_event(asset, Event.Kind.SUBMITTED, actor=people.owner, cause="person", locales=["es-ES", "fr-FR"])
    rows.make_event(asset, Event.Kind.DUBBING_STATUS, cause="callback", locale="es-ES", to="ready")
    words = page(viewer, asset)
    assert "Submitted for dubbing into Spanish (Spain) and French (France)." in words
    assert "Spanish (Spain): Ready to edit." in words
    assert "reported by Panjaya" in words
    assert "<time datetime=" in words


@pytest.mark.parametrize("kind", Event.Kind.values)
def test_every_kind_of_event_has_a_sentence(viewer: Client, people: People, kind: str) -> None:
    asset = rows.make_asset(people.project, people.owner)
    rows.make_event(asset, kind, **{"to": "ready", "from": "dubbing"})
    assert 'class="moment-text"' in page(viewer, asset)


def test_names_and_words_of_others_never_become_markup(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, name="<script>alert(1)</script>", media_url="https://x/<b>")
    words = page(viewer, asset)
    assert "<script>alert" not in words
    assert "<b>" not in words


def test_the_number_of_queries_does_not_depend_on_the_number_of_languages(viewer: Client, people: People) -> None:
    def asked(locales: list[str]) -> int:
        asset = rows.make_asset(people.project, people.owner, status="completed", locales=[])
        for locale in locales:
            rows.make_result(rows.make_version(rows.make_dubbing(asset, locale, status="completed")))
        with CaptureQueriesContext(connection) as queries:
            page(viewer, asset)
        return len(queries)

    assert asked(["es-ES"]) == asked(["es-ES", "fr-FR", "de-DE", "pl-PL", "ja-JP"])


# --- the moving part ------------------------------------------------------------------------------------------------


def test_the_status_is_not_sent_again_while_nothing_moves(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    first = status(viewer, asset)
    assert first.status_code == 200
    again = status(viewer, asset, **{"if-none-match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""


@pytest.mark.parametrize(
    "change",
    ["event", "version", "bytes", "late", "hold", "mark", "tries", "keep", "revise", "hand", "warning", "language"],
)
def test_the_status_is_sent_again_when_anything_moves(viewer: Client, people: People, change: str) -> None:
    asset = rows.make_asset(people.project, people.owner, with_source=True)
    submission = rows.make_submission(asset)
    version = rows.make_version(asset.dubbings.get(), status="preparing")
    etag = status(viewer, asset)["ETag"]
    changes: dict[str, Callable[[], Any]] = {
        "event": lambda: rows.make_event(asset, Event.Kind.CALLBACK),
        "version": lambda: Version.objects.filter(pk=version.pk).update(progress=0.4),
        "bytes": lambda: Submission.objects.filter(pk=submission.pk).update(sent_bytes=7),
        "late": lambda: Asset.objects.filter(pk=asset.pk).update(late_at=timezone.now() - timedelta(seconds=1)),
        "hold": lambda: Hold.objects.put("panjaya", "down", ""),
        "mark": lambda: Asset.objects.mark(asset.pk),
        "tries": lambda: Submission.objects.filter(pk=submission.pk).update(tries=2),
        "keep": lambda: Version.objects.filter(pk=version.pk).update(keep="stuck", keep_attempts=6),
        "revise": lambda: Version.objects.filter(pk=version.pk).update(revise_asked_at=timezone.now()),
        "hand": lambda: Version.objects.filter(pk=version.pk).update(by_hand=True),
        "warning": lambda: asset.dubbings.update(warning="odd_length"),
        "language": lambda: rows.make_dubbing(asset, "fr-FR"),
    }
    changes[change]()
    assert status(viewer, asset, **{"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("state", Asset.FINAL)
def test_polling_stops_when_everything_is_final(viewer: Client, people: People, state: str) -> None:
    asset = rows.make_asset(people.project, people.owner, status=state, locales=[])
    answer = status(viewer, asset)
    assert answer.status_code == STOP
    assert "data-final" in answer.content.decode()


def test_polling_continues_while_languages_are_being_added_to_a_finished_asset(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    rows.make_submission(asset, kind=Submission.Kind.ADD_LOCALES, status="ready")
    assert status(viewer, asset).status_code == 200


def test_asking_for_the_status_takes_few_queries(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    etag = status(viewer, asset)["ETag"]
    with CaptureQueriesContext(connection) as queries:
        status(viewer, asset, **{"if-none-match": etag})
    assert len(queries) <= 4  # the session, the person, their role, and one for all that moves


def test_the_status_says_when_to_poll_again(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    with time_machine.travel(timezone.now() - timedelta(hours=1)):
        rows.make_event(asset, Event.Kind.SUBMITTED)
    calm = int(status(viewer, asset)["Poll-After"])
    rows.make_event(asset, Event.Kind.STATUS)
    answer = status(viewer, asset)
    soon = int(answer["Poll-After"])
    assert 1 < soon < calm < 5  # however long nothing has moved: who sees the page sees a change within 5 s
    assert int(status(viewer, asset, **{"if-none-match": answer["ETag"]})["Poll-After"]) == soon


def test_somebody_who_asks_for_a_check_soon_sees_it(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    calm = int(status(editor, asset)["Poll-After"])
    Asset.objects.mark(asset.pk)
    assert int(status(editor, asset)["Poll-After"]) < calm


def test_former_members_and_strangers_do_not_get_the_status(people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    draft = rows.make_asset(people.project, people.owner, status="draft")
    assert status(client_of(people.outsider), asset).status_code == 404
    assert status(client_of(people.viewer), draft).status_code == 404
    former = client_of(people.editor)
    people.project.memberships.filter(user=people.editor).delete()
    assert status(former, asset).status_code == 404


# --- what can be done -----------------------------------------------------------------------------------------------


def test_opening_the_page_makes_a_sync_due_if_there_was_none_lately(
    viewer: Client, people: People, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    then = timezone.now() - timedelta(minutes=1)
    asset = rows.make_asset(people.project, people.owner, last_ok_at=then)
    with committed():
        page(viewer, asset)
    assert wake_ups == [("sync", asset.pk)]
    asset.refresh_from_db()
    assert asset.dirty_seq == 1


def test_a_finished_asset_being_synced_again_is_polled_until_the_answer_is_there(
    viewer: Client, people: People
) -> None:
    then = timezone.now() - timedelta(minutes=1)
    asset = rows.make_asset(people.project, people.owner, status="completed", last_ok_at=then)
    assert "data-final" not in page(viewer, asset)
    assert status(viewer, asset).status_code == 200
    Asset.objects.filter(pk=asset.pk).update(done_seq=1, last_ok_at=timezone.now())
    assert status(viewer, asset).status_code == STOP
    assert "data-final" in page(viewer, asset)


def test_opening_the_page_causes_no_sync_if_there_just_was_one(
    viewer: Client, people: People, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    with committed():
        page(viewer, rows.make_asset(people.project, people.owner))
        page(viewer, rows.make_asset(people.project, people.owner, status="submitting"))
    assert wake_ups == []


def test_sync_now_marks_the_asset_and_enqueues_it(
    editor: Client, people: People, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = rows.make_asset(people.project, people.owner)
    with committed():
        editor.post(reverse("asset-sync", args=[asset.pk]))
    assert wake_ups == [("sync", asset.pk)]


def test_sync_now_says_so_if_there_is_nothing_to_sync(editor: Client, people: People, wake_ups: WakeUps) -> None:
    asset = rows.make_asset(people.project, people.owner, status="submitting")
    answer = editor.post(reverse("asset-sync", args=[asset.pk]), follow=True)
    assert "nothing to check" in answer.content.decode()
    assert wake_ups == []


def test_trying_again_makes_a_draft_of_what_failed_and_sends_nothing(
    editor: Client, people: People, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = rows.make_asset(people.project, people.owner, status="partly_done", locales=[])
    rows.make_dubbing(asset, "es-ES", status="completed")
    rows.make_dubbing(asset, "fr-FR", status="failed", srt=rows.SRT)
    with committed():
        answer = editor.post(reverse("asset-retry", args=[asset.pk]))
    copy = Asset.objects.get(copied_from=asset)
    assert answer.url == f"{reverse('asset-edit', args=[copy.pk])}#causes"  # type: ignore[attr-defined]
    assert copy.status == Asset.Status.DRAFT
    assert list(copy.dubbings.values_list("locale", "srt")) == [("fr-FR", rows.SRT)]
    assert wake_ups == []


def test_what_is_still_being_worked_on_is_not_tried_again(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner)
    editor.post(reverse("asset-retry", args=[asset.pk]))
    assert not Asset.objects.filter(copied_from=asset).exists()


@pytest.mark.parametrize(
    ("state", "button"),
    [("refused", "Edit and send again"), ("failed", "Send again"), ("partly_done", "Send the missing")],
)
def test_buttons_are_where_they_help_and_only_for_those_who_may_use_them(
    editor: Client, viewer: Client, people: People, state: str, button: str
) -> None:
    asset = rows.make_asset(people.project, people.owner, status=state)
    if state != "refused":
        rows.make_dubbing(asset, "fr-FR", status="failed")
    assert button in page(editor, asset)
    assert button not in page(viewer, asset)
    assert "Check now" not in page(viewer, asset)
    assert "#add-languages" not in page(viewer, asset)


def test_my_own_draft_opens_in_the_form(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.editor, status="draft")
    answer = editor.get(reverse("asset", args=[asset.pk]))
    assert answer.url == reverse("asset-edit", args=[asset.pk])  # type: ignore[attr-defined]


# --- more languages -------------------------------------------------------------------------------------------------


def added(*wanted: tuple[str, bytes | None], **more: str) -> dict[str, Any]:
    """The form's fields for these locales and files."""
    data: dict[str, Any] = {"languages-TOTAL_FORMS": "6", "languages-INITIAL_FORMS": "0"}
    for number, (locale, srt) in enumerate(wanted):
        data[f"languages-{number}-locale"] = locale
        if srt is not None:
            data[f"languages-{number}-srt"] = SimpleUploadedFile("given.srt", srt)
    return data | more


def add(client: Client, asset: Asset, data: dict[str, Any]) -> Any:
    return client.post(reverse("asset-languages", args=[asset.pk]), data)


def test_languages_are_added_with_their_subtitles_and_enqueued(
    editor: Client, people: People, wake_ups: WakeUps, committed: Callable[[], Any]
) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    with committed():
        answer = add(editor, asset, added(("fr-FR", rows.SRT.encode("utf-16")), ("de-DE", None)))
    assert answer.status_code == 302
    assert dict(asset.dubbings.values_list("locale", "srt")) == {"es-ES": "", "fr-FR": rows.SRT, "de-DE": ""}
    submission = asset.submissions.get()
    assert submission.locales == ["fr-FR", "de-DE"]
    assert wake_ups == [("submit", submission.pk)]


@pytest.mark.parametrize("locale", ["es-ES", "en-US", "he-IL", "xx-XX"])
def test_an_unsupported_language_is_neither_offered_nor_accepted(editor: Client, people: People, locale: str) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    assert f'<option value="{locale}"' not in page(editor, asset)
    answer = add(editor, asset, added((locale, None)))
    assert answer.status_code == 200
    assert not asset.submissions.exists()


def test_bad_subtitles_are_refused_by_line_and_good_ones_are_kept(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    answer = add(editor, asset, added(("fr-FR", rows.SRT.encode()), ("de-DE", b"1\n00:00:0x --> 00:00:02\nNein.\n")))
    words = answer.content.decode()
    assert "Line 2" in words
    assert "given.srt is saved" in words
    assert not asset.submissions.exists()
    kept = {"languages-0-kept": rows.SRT, "languages-0-kept_name": "given.srt"}
    add(editor, asset, added(("fr-FR", None), **kept))
    assert asset.dubbings.get(locale="fr-FR").srt == rows.SRT


def test_subtitles_in_another_language_are_added_only_after_a_warning(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    german = "".join(
        f"{at + 1}\n00:00:{at * 5:02},000 --> 00:00:{at * 5 + 4:02},500\n{text}\n\n"
        for at, text in enumerate(KITCHEN["de-DE"])
    )
    told = add(editor, asset, added(("fr-FR", german.encode()))).content.decode()
    assert "The text looks like German, but this slot is for French (France)." in told
    assert "If they are correct, send them again." in told
    assert not asset.submissions.exists()
    hidden = re.search(r'name="languages-0-looked_at" value="([^"]+)"', told)
    assert hidden
    kept = {"languages-0-kept": german, "languages-0-kept_name": "de.srt", "languages-0-looked_at": hidden[1]}
    assert add(editor, asset, added(("fr-FR", None), **kept)).status_code == 302
    assert asset.dubbings.get(locale="fr-FR").srt == german


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([], "Choose at least one language"),
        ([("fr-FR", None), ("fr-FR", None)], "more than once"),
        ([("", rows.SRT.encode())], "Choose the language of these subtitles"),
        ([("fr-FR", b"x" * 2_100_000)], "too large"),
        ([("fr-FR", b"")], "empty"),
    ],
    ids=["none", "twice", "no language", "too large", "empty"],
)
def test_invalid_input_is_reported_beside_the_form(editor: Client, people: People, wanted: Any, expected: str) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    assert expected in add(editor, asset, added(*wanted)).content.decode()
    assert not asset.submissions.exists()


def test_languages_are_not_added_while_others_are_being_added(editor: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    rows.make_submission(asset, kind=Submission.Kind.ADD_LOCALES, status="ready")
    assert "#add-languages" not in page(editor, asset)
    assert "Languages are already being added" in add(editor, asset, added(("fr-FR", None))).content.decode()


@pytest.mark.parametrize("total", ["", "x", "9999999", "-1"])
def test_a_form_that_was_tampered_with_breaks_nothing(editor: Client, people: People, total: str) -> None:
    asset = rows.make_asset(people.project, people.owner, status="completed")
    answer = add(editor, asset, added(("fr-FR", None)) | {"languages-TOTAL_FORMS": total})
    assert answer.status_code == 200
    assert Dubbing.objects.filter(asset=asset).count() == 1


def test_a_language_without_a_reviewer_is_named_where_it_is_chosen_and_sent_again(
    editor: Client, people: People
) -> None:
    DefaultReviewer.objects.create(project=people.project, locale="fr-FR", reviewer=people.viewer)
    asset = rows.make_asset(people.project, people.editor, status="completed", locales=["es-ES"], with_source=True)
    page = editor.get(reverse("asset", args=[asset.pk])).content.decode()
    assert "Deutsch · de-DE · no reviewer yet</option>" in page
    assert "français · fr-FR</option>" in page
    failed = rows.make_asset(people.project, people.editor, status="failed", locales=["de-DE"], with_source=True)
    page = editor.get(reverse("asset-missing", args=[failed.pk])).content.decode()
    assert "No reviewer for German (Germany) yet." in page


def test_what_is_wrong_with_a_result_is_said_in_the_readers_language(viewer: Client, people: People) -> None:
    asset = rows.make_asset(people.project, people.owner, locales=[])
    dubbing = rows.make_dubbing(asset, status="keeping")
    stored = "The final video is shorter than the source.\nThis file has no sound."
    version = rows.make_version(dubbing, keep=Version.Keep.STUCK, keep_attempts=7, keep_problem=stored)
    rows.make_event(asset, "keep_failed", cause="keep", locale="es-ES", why=stored)
    address = reverse("asset", args=[asset.pk])
    english = viewer.get(address).content.decode()
    assert english.count("The final video is shorter than the source. This file has no sound.") == 2
    german = viewer.get(address, headers={"Accept-Language": "de"}).content.decode()
    assert "shorter than the source" not in german
    assert "has no sound" not in german
    assert german.count("Das fertige Video ist kürzer als") == 2
    assert version.dubbing == dubbing
