"""What failed is edited and sent again in the same video: one video with all its languages, whatever it took."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from dubbing import tasks
from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Dubbing, Event, LedgerEntry, Policy, Project, Submission, Upload
from dubbing.submissions import submit
from tests.support.journey import fresh
from tests.support.people import People
from tests.support.rows import make_upload
from tests.support.sandbox import SandboxProcess
from tests.support.several import die_while_sending, dubbings, order, work, work_later, work_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
Step = Asset.Status
Order = Callable[..., Asset]
TWO = ("es-ES", "fr-FR")
SRT = "1\n00:00:00,000 --> 00:00:01,000\nBonjour.\n\n"


@pytest.fixture
def ask(project: Project, user: User, film: Path, sandbox: SandboxProcess) -> Order:
    source: Upload = make_upload(user, content=film.read_bytes(), duration=2.0)
    return lambda **fields: order(project, user, "panjaya", locales=TWO, source=source, **fields)


@pytest.fixture
def failed(ask: Order, sandbox: SandboxProcess) -> Asset:
    """All of it failed."""
    sandbox.fault("asset", "fail", code="invalid_input")
    return work_until(ask(start=0.5), Step.FAILED)


@pytest.fixture
def partly_done(ask: Order, sandbox: SandboxProcess) -> Asset:
    """One language is done, the other one failed."""
    sandbox.fault("version", "fail", rule={"skip": 1})
    return work_until(ask(start=0.5), Step.PARTLY_DONE)


def open_retry(client: Client, asset: Asset, **data: str) -> Asset:
    """The draft that "Edit and try again" opens."""
    answer = client.post(reverse("asset-retry", args=[asset.pk]), data)
    number = int(answer.url.split("/")[2])  # type: ignore[attr-defined]
    assert number != asset.pk
    return Asset.objects.get(pk=number)


def press(client: Client, draft: Asset, **changes: Any) -> Any:
    """What the button of the form sends, with these changes."""
    data = saved_drafts.read_draft(draft).form_data() | {"targets_shown": "1", "action": "submit"} | changes
    return client.post(reverse("asset-edit", args=[draft.pk]), data)


def paid(sandbox: SandboxProcess) -> list[list[str]]:
    return [sorted(entry["locales"]) for entry in sandbox.ledger()]


def kinds(asset: Asset, locale: str) -> list[str]:
    return list(LedgerEntry.objects.filter(asset=asset, locale=locale).order_by("pk").values_list("kind", flat=True))


def test_a_video_that_failed_is_edited_and_sent_again_as_the_same_video(
    failed: Asset, editor: Client, sandbox: SandboxProcess
) -> None:
    draft = open_retry(editor, failed)
    page = editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()
    assert "this becomes the next attempt for" in page
    assert fresh(failed).status == Step.FAILED  # a draft alone ends nothing
    answer = press(editor, draft, start="0.25", auto_generate="with_lips")
    assert answer.url == reverse("asset", args=[failed.pk]), answer.content.decode()
    asset = work_until(failed, Step.COMPLETED)
    assert list(Asset.objects.all()) == [asset]
    assert (asset.start, asset.auto_generate) == (0.25, "with_lips")
    assert set(dubbings(asset).values()) == {"completed"}
    assert paid(sandbox) == [sorted(TWO), sorted(TWO)]
    assert kinds(asset, "es-ES") == ["reserve", "release", "reserve", "settle"]
    first, second = asset.submissions.order_by("pk")
    assert (first.status, second.status) == ("superseded", "accepted")
    assert (first.sent_settings["start"], first.sent_settings["auto_generate"]) == (0.5, "no_lips")


def test_what_needs_somebody_needs_them_until_the_retry_is_sent(failed: Asset, editor: Client) -> None:
    draft = open_retry(editor, failed)
    section = 'id="failed"'
    assert section in editor.get(reverse("work")).content.decode()
    press(editor, draft, start="")
    assert section not in editor.get(reverse("work")).content.decode()


def test_one_language_that_failed_is_edited_and_keeps_its_settings_to_itself(
    partly_done: Asset, editor: Client, sandbox: SandboxProcess
) -> None:
    code = partly_done.dubbings.get(status="failed").locale
    other = partly_done.dubbings.get(status="completed")
    draft = open_retry(editor, partly_done)
    page = editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()
    assert "Its other languages stay as they are." in page
    answer = press(editor, draft, start="0.25", **{f"srt_{code}": SRT})
    assert answer.url == reverse("asset", args=[partly_done.pk]), answer.content.decode()
    asset = work_until(partly_done, Step.COMPLETED)
    assert list(Asset.objects.all()) == [asset]
    assert paid(sandbox) == [sorted(TWO), [code]]
    again = asset.dubbings.get(locale=code)
    assert (asset.start, other.as_sent(asset).start, again.as_sent(asset).start) == (0.5, 0.5, 0.25)
    assert "Bonjour." in again.srt
    assert kinds(asset, code) == ["reserve", "release", "reserve", "settle"]
    used = LedgerEntry.objects.filter(asset=asset, locale=code, kind="reserve").values_list("milliseconds", flat=True)
    assert sorted(used) == [1500, 1750]
    page = editor.get(reverse("asset", args=[asset.pk])).content.decode()
    assert "1 earlier attempt" in page
    assert "Sent with other settings: Start: 0:00.25" in page
    assert "Start: 0:00.5" in page


def test_a_double_click_sends_it_once(failed: Asset, editor: Client, sandbox: SandboxProcess) -> None:
    draft = open_retry(editor, failed)
    data = saved_drafts.read_draft(draft).form_data() | {"targets_shown": "1", "action": "submit"}
    answers = [editor.post(reverse("asset-edit", args=[draft.pk]), data) for _ in range(2)]
    assert {answer.url for answer in answers} == {reverse("asset", args=[failed.pk])}  # type: ignore[attr-defined]
    work_until(failed, Step.COMPLETED)
    assert len(paid(sandbox)) == 2


def test_a_draft_in_another_tab_leads_to_the_video_once_it_was_sent(
    failed: Asset, editor: Client, client: Client, people: People
) -> None:
    draft = open_retry(editor, failed)
    press(editor, draft)
    for name in ("asset-edit", "asset"):
        assert editor.get(reverse(name, args=[draft.pk])).url == reverse("asset", args=[failed.pk])  # type: ignore[attr-defined]
    saved = editor.post(reverse("asset-autosave", args=[draft.pk]), {"start": "1"}, headers={"HX-Request": "true"})
    assert saved["HX-Redirect"] == reverse("asset", args=[failed.pk])
    client.force_login(people.outsider)
    assert client.get(reverse("asset-edit", args=[draft.pk])).status_code == 404


def test_two_drafts_of_one_failure_send_it_once(
    failed: Asset, editor: Client, owner: Client, sandbox: SandboxProcess
) -> None:
    mine, theirs = open_retry(editor, failed), open_retry(owner, failed)
    press(editor, mine)
    assert press(owner, theirs).status_code in (302, 422)
    assert fresh(theirs).status == Step.DRAFT
    work_until(failed, Step.COMPLETED)
    assert len(paid(sandbox)) == 2


def test_the_same_sent_again_beside_a_draft_is_not_sent_twice(
    partly_done: Asset, editor: Client, sandbox: SandboxProcess, user: User
) -> None:
    draft = open_retry(editor, partly_done)
    submit.send_missing(partly_done, user)
    answer = press(editor, draft)
    assert answer.status_code == 422
    assert "sent again in the meantime" in answer.content.decode()
    work_until(partly_done, Step.COMPLETED)
    assert len(paid(sandbox)) == 2


def test_a_worker_killed_between_the_record_and_the_request_loses_nothing_and_pays_once(
    partly_done: Asset, editor: Client, sandbox: SandboxProcess
) -> None:
    press(editor, open_retry(editor, partly_done), start="0.25")
    again = partly_done.submissions.latest("pk")
    assert again.status == Submission.Status.READY  # written down, and nobody has sent it
    die_while_sending(again)
    work_later(work(partly_done), 3, rounds=5)
    asset = work_until(partly_done, Step.COMPLETED)
    assert len(paid(sandbox)) == 2
    assert {one.sent_settings["start"] for one in asset.submissions.filter(locale=again.locale)} == {0.25}


def test_a_lost_answer_is_found_and_not_paid_for_twice(
    partly_done: Asset, editor: Client, sandbox: SandboxProcess
) -> None:
    press(editor, open_retry(editor, partly_done), start="0.25")
    sandbox.fault("upload", "cut_after")
    again = partly_done.submissions.latest("pk")
    tasks.submit.run(again.pk)
    assert fresh(again).status == Submission.Status.UNKNOWN
    assert work_until(partly_done, Step.COMPLETED)
    assert len(paid(sandbox)) == 2


def test_an_edited_attempt_that_fails_is_sent_again_with_its_own_settings(
    partly_done: Asset, editor: Client, sandbox: SandboxProcess, user: User
) -> None:
    code = partly_done.dubbings.get(status="failed").locale
    sandbox.fault("version", "fail")
    press(editor, open_retry(editor, partly_done), start="0.25")
    asset = work_until(partly_done, Step.PARTLY_DONE)
    assert saved_drafts.read_draft(open_retry(editor, asset)).get("start") == "0.25"
    (again,) = submit.send_missing(asset, user)
    assert again.sent_settings["start"] == 0.25
    asset = work_until(asset, Step.COMPLETED)
    assert asset.dubbings.get(locale=code).as_sent(asset).start == 0.25
    assert kinds(asset, code) == ["reserve", "release", "reserve", "release", "reserve", "settle"]


def test_another_file_makes_a_new_video_and_the_page_says_so(
    failed: Asset, editor: Client, user: User, film: Path
) -> None:
    draft = open_retry(editor, failed)
    other = make_upload(user, content=film.read_bytes() + b" ", duration=2.0)
    saved_drafts.keep_typed(draft, {"source": str(other.pk), "source_from": "file"}, user)
    assert "so it is sent as a new video" in editor.get(reverse("asset-edit", args=[draft.pk])).content.decode()
    press(editor, fresh(draft))
    assert fresh(draft).status == Step.SUBMITTING
    assert fresh(failed).status == Step.FAILED


def test_a_language_that_is_done_is_not_taken_into_another_attempt(partly_done: Asset, editor: Client) -> None:
    done = partly_done.dubbings.get(status="completed").locale
    draft = open_retry(editor, partly_done)
    answer = press(editor, draft, targets=list(TWO))
    assert answer.status_code == 422
    assert "did not fail" in answer.content.decode()
    assert partly_done.dubbings.get(locale=done).status == Dubbing.Status.COMPLETED
    assert partly_done.submissions.count() == 1


def test_above_the_limit_an_owner_approves_the_attempt_as_it_is(
    failed: Asset, editor: Client, owner: Client, people: People, sandbox: SandboxProcess
) -> None:
    Policy.objects.update_or_create(project=failed.project, defaults={"approval_above": 0})
    draft = open_retry(editor, failed)
    press(editor, draft, start="0.25")
    assert (fresh(draft).status, fresh(failed).status) == (Step.AWAITING, Step.FAILED)
    asked = Event.objects.filter(asset=draft, kind=Event.Kind.APPROVAL_ASKED).latest("pk")
    data = {"asked": asked.pk, "milliseconds": asked.data["milliseconds"]}
    answer = owner.post(reverse("asset-approve", args=[draft.pk]), data)
    assert answer.url == reverse("asset", args=[failed.pk])  # type: ignore[attr-defined]
    asset = work_until(failed, Step.COMPLETED)
    assert list(Asset.objects.all()) == [asset]
    assert asset.start == 0.25
    approved = Event.objects.get(asset=asset, kind=Event.Kind.APPROVED)
    assert approved.data["settings"] == asked.data["settings"]
    assert set(approved.data["texts"]) == set(TWO)
    assert len(paid(sandbox)) == 2


def test_a_pilot_of_an_attempt_that_passed_has_the_same_video_sent_again(
    failed: Asset, editor: Client, sandbox: SandboxProcess
) -> None:
    draft = open_retry(editor, failed)
    editor.post(reverse("asset-pilot", args=[draft.pk]))
    pilot = work_until(Asset.objects.get(pilot_of=draft), Step.COMPLETED)
    answer = editor.post(reverse("asset-promote", args=[pilot.pk]), {"targets": list(TWO)})
    assert answer.url == reverse("asset", args=[failed.pk])  # type: ignore[attr-defined]
    assert work_until(failed, Step.COMPLETED)
    assert fresh(pilot).pilot_of_id == failed.pk
    assert len(paid(sandbox)) == 3


def test_viewers_and_strangers_retry_nothing(failed: Asset, viewer: Client, client: Client, people: People) -> None:
    assert viewer.post(reverse("asset-retry", args=[failed.pk])).status_code == 404
    client.force_login(people.outsider)
    assert client.post(reverse("asset-retry", args=[failed.pk])).status_code == 404
    assert failed.submissions.count() == 1
