"""Languages that failed are sent once more on the same asset, where the provider takes a language only once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dubbing import tasks
from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, LedgerEntry, Project, Submission, Upload, Version
from dubbing.platform.errors import NotPossible
from dubbing.providers import base
from dubbing.submissions import outcomes, submit
from dubbing.sync import revise_requests
from tests.support.journey import fresh, look, look_and_keep, make_sent, send, touch
from tests.support.people import People
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_upload
from tests.support.sandbox import SandboxProcess
from tests.support.several import dubbings, order, work, work_until

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("trusting")]
Step, Status = Asset.Status, Submission.Status
State = base.VersionState
Order = Callable[..., Asset]
TWO = ("es-ES", "fr-FR")
SRT = "1\n00:00:00,000 --> 00:00:01,000\nBonjour.\n"


@pytest.fixture
def ask(project: Project, user: User, film: Path, sandbox: SandboxProcess) -> Order:
    source: Upload = make_upload(user, content=film.read_bytes(), duration=2.0)
    return lambda **fields: order(project, user, "panjaya", locales=TWO, source=source, **fields)


@pytest.fixture
def partly_done(ask: Order, sandbox: SandboxProcess) -> Asset:
    """Spanish is done, French failed."""
    sandbox.fault("version", "fail", rule={"skip": 1})
    asset = work_until(ask(), Step.PARTLY_DONE)
    assert sorted(one.status for one in asset.dubbings.all()) == ["completed", "failed"]
    return asset


def failed(asset: Asset) -> str:
    return asset.dubbings.get(status="failed").locale


def paid(sandbox: SandboxProcess) -> list[list[str]]:
    return [sorted(entry["locales"]) for entry in sandbox.ledger()]


def entries(asset: Asset, locale: str) -> list[str]:
    return list(LedgerEntry.objects.filter(asset=asset, locale=locale).order_by("pk").values_list("kind", flat=True))


def test_one_language_that_failed_gets_its_next_attempt_in_the_same_asset(
    partly_done: Asset, sandbox: SandboxProcess, user: User
) -> None:
    locale = failed(partly_done)
    before = partly_done.remote_id
    (again,) = submit.send_missing(partly_done, user)
    assert (again.locale, again.kind) == (locale, "create")
    assert fresh(partly_done).status == Step.DUBBING
    asset = work_until(partly_done, Step.COMPLETED)
    assert asset.remote_id == before
    assert set(dubbings(asset).values()) == {"completed"}
    assert paid(sandbox) == [sorted(TWO), [locale]]
    assert entries(asset, locale) == ["reserve", "release", "reserve", "settle"]
    assert Asset.objects.count() == 1


def test_the_earlier_attempt_stays_and_no_longer_counts(partly_done: Asset, user: User, editor: Client) -> None:
    locale = failed(partly_done)
    submit.send_missing(partly_done, user)
    asset = work_until(partly_done, Step.COMPLETED)
    old, new = Version.objects.filter(dubbing__asset=asset, dubbing__locale=locale).order_by("pk")
    assert (old.superseded, old.status, new.superseded, new.status) == (True, "failed", False, "completed")
    page = editor.get(f"/assets/{asset.pk}/").content.decode()
    assert "1 earlier attempt" in page
    assert f"/versions/{old.pk}/" in page
    with pytest.raises(NotPossible, match="earlier attempt"):
        revise_requests.ask_to_revise(old, user)


def test_an_answer_about_the_first_attempt_does_not_undo_the_second(partly_done: Asset, user: User) -> None:
    """The provider still lists the language that failed, each time it is asked for the first asset."""
    locale = failed(partly_done)
    (again,) = submit.send_missing(partly_done, user)
    Asset.objects.mark(partly_done.pk)
    tasks.sync.run(partly_done.pk)
    assert dubbings(partly_done)[locale] == "pending"  # its own request is not out yet
    assert fresh(again).status == Status.READY
    assert work_until(partly_done, Step.COMPLETED)


def test_if_all_failed_one_request_makes_them_again(ask: Order, sandbox: SandboxProcess, user: User) -> None:
    sandbox.fault("asset", "fail", code="video_size_limit_reached")
    asset = work_until(ask(), Step.FAILED)
    before = asset.remote_id
    (again,) = submit.send_missing(asset, user)
    assert (again.locale, sorted(again.locales)) == ("", sorted(TWO))
    asset = work_until(asset, Step.COMPLETED)
    assert asset.remote_id not in {"", before}
    assert asset.error_code == ""
    assert paid(sandbox) == [sorted(TWO), sorted(TWO)]
    first, second = asset.submissions.order_by("pk")
    assert (first.status, second.status) == (Status.SUPERSEDED, Status.ACCEPTED)


@pytest.mark.parametrize("all_failed", [False, True])
def test_a_second_attempt_may_be_refused_and_a_third_one_sent(
    ask: Order, sandbox: SandboxProcess, user: User, all_failed: bool
) -> None:
    sandbox.fault("version", "fail", times=2 if all_failed else 1)
    asset = work_until(ask(), Step.FAILED if all_failed else Step.PARTLY_DONE)
    sandbox.fault("upload", "respond", status=400, body={"detail": "no voice for it"})
    submit.send_missing(asset, user)
    asset = work_until(asset, Step.FAILED if all_failed else Step.PARTLY_DONE)
    assert list(dubbings(asset).values()).count("refused") == (2 if all_failed else 1)
    submit.send_missing(asset, user)
    assert work_until(asset, Step.COMPLETED)


@pytest.mark.parametrize("all_failed", [False, True])
def test_a_second_attempt_whose_answer_is_lost_is_found_and_not_paid_for_twice(
    ask: Order, sandbox: SandboxProcess, user: User, all_failed: bool
) -> None:
    sandbox.fault("version", "fail", times=2 if all_failed else 1)
    asset = work_until(ask(), Step.FAILED if all_failed else Step.PARTLY_DONE)
    sandbox.fault("upload", "cut_after")
    (again,) = submit.send_missing(asset, user)
    tasks.submit.run(again.pk)
    assert fresh(again).status == Status.UNKNOWN
    assert work_until(asset, Step.COMPLETED)
    assert len(paid(sandbox)) == 2


def test_a_second_attempt_that_fails_as_a_whole_is_failed(
    partly_done: Asset, sandbox: SandboxProcess, user: User
) -> None:
    locale = failed(partly_done)
    sandbox.fault("asset", "fail", code="video_size_limit_reached")
    submit.send_missing(partly_done, user)
    asset = work_until(partly_done, Step.PARTLY_DONE)
    assert dubbings(asset)[locale] == "video_size_limit_reached"
    assert entries(asset, locale) == ["reserve", "release", "reserve", "release"]


def test_two_clicks_send_it_once(partly_done: Asset, sandbox: SandboxProcess, editor: Client) -> None:
    for _ in range(2):
        editor.post(f"/assets/{partly_done.pk}/send-missing/")
    work_until(partly_done, Step.COMPLETED)
    assert len(paid(sandbox)) == 2


def test_subtitles_are_replaced_before_it_is_sent_again(
    partly_done: Asset, sandbox: SandboxProcess, editor: Client, tmp_path: Path
) -> None:
    locale = failed(partly_done)
    url = f"/assets/{partly_done.pk}/send-missing/"
    page = editor.get(f"/assets/{partly_done.pk}/missing/").content.decode()
    assert "Sent without subtitles last time." in page
    form: dict[str, Any] = {"missing-TOTAL_FORMS": 1, "missing-INITIAL_FORMS": 1, "missing-0-locale": locale}
    broken = tmp_path / "fr.srt"
    broken.write_text("nonsense")
    with broken.open("rb") as file:
        answer = editor.post(url, form | {"missing-0-srt": file})
    assert answer.status_code == 200
    assert partly_done.submissions.count() == 1
    good = tmp_path / "good.srt"
    good.write_text(SRT)
    with good.open("rb") as file:
        answer = editor.post(url, form | {"missing-0-srt": file})
    assert answer.status_code == 302, answer.content.decode()
    assert "Bonjour." in partly_done.dubbings.get(locale=locale).srt
    assert work_until(partly_done, Step.COMPLETED)


def test_nobody_else_sends_anything(partly_done: Asset, people: People, viewer: Client, client: Client) -> None:
    url = f"/assets/{partly_done.pk}/send-missing/"
    assert viewer.get(f"/assets/{partly_done.pk}/missing/").status_code == 404
    assert viewer.post(url).status_code == 404
    client.force_login(people.outsider)
    assert client.post(url).status_code == 404
    assert partly_done.submissions.count() == 1


def test_a_result_of_the_first_attempt_that_comes_after_all_is_kept(
    partly_done: Asset, sandbox: SandboxProcess, user: User
) -> None:
    """Somebody finished it in the studio meanwhile. It is there to be seen, and the second attempt is what counts."""
    locale = failed(partly_done)
    submit.send_missing(partly_done, user)
    asset = work_until(partly_done, Step.COMPLETED)
    old = Version.objects.get(dubbing__asset=asset, dubbing__locale=locale, superseded=True)
    touch(old, status="completed", keep="waiting", next_keep_at=old.changed_at)
    work(asset)
    assert dubbings(asset)[locale] == "completed"
    assert fresh(asset).status == Step.COMPLETED


def test_all_sent_together_after_one_was_sent_alone_is_followed_again(
    partly_done: Asset, sandbox: SandboxProcess, user: User
) -> None:
    """What was sent alone once is part of the whole again, once the whole was sent."""
    locale = failed(partly_done)
    sandbox.fault("version", "fail")
    submit.send_missing(partly_done, user)
    asset = work_until(partly_done, Step.PARTLY_DONE)
    done = Version.objects.get(dubbing__asset=asset, status="completed")
    touch(done, status="failed", keep="none")  # sent back in the studio, and generating it failed
    touch(done.dubbing, status="failed", error_code="version_failed")
    touch(asset, status=Step.FAILED)
    (again,) = submit.send_missing(fresh(asset), user)
    assert sorted(again.locales) == sorted(TWO)
    asset = work_until(asset, Step.COMPLETED)
    assert set(dubbings(asset).values()) == {"completed"}
    assert entries(asset, locale) == ["reserve", "release", "reserve", "release", "reserve", "settle"]


def test_a_language_added_again_after_it_failed_alone_is_followed_again(
    ask: Order, sandbox: SandboxProcess, user: User
) -> None:
    asset = work_until(ask(), Step.COMPLETED)
    sandbox.fault("add_languages", "respond", status=400, body={"detail": "no voice for it"})
    submit.add_locales(asset, [TargetText("it-IT", "")], user)
    asset = work_until(asset, Step.PARTLY_DONE)
    sandbox.fault("asset", "fail", code="empty_transcript")
    submit.send_missing(asset, user)
    work_until(asset, Step.PARTLY_DONE)
    Version.objects.filter(dubbing__asset=asset, dubbing__locale="it-IT").delete()  # as if it had listed none
    asset.dubbings.filter(locale="it-IT").update(remote_id="")
    submit.add_locales(asset, [TargetText("it-IT", "")], user)
    asset = work_until(asset, Step.COMPLETED)
    assert dubbings(asset)["it-IT"] == "completed"
    assert entries(asset, "it-IT") == ["reserve", "release"] * 2 + ["reserve", "settle"]


def test_a_language_whose_request_is_still_open_is_not_sent_beside_it(
    ask: Order, sandbox: SandboxProcess, user: User
) -> None:
    """It is being added when the whole asset fails: sent once more it would be paid and booked twice."""
    asset = work_until(ask(), Step.COMPLETED)
    submit.add_locales(asset, [TargetText("it-IT", "")], user)
    asset.dubbings.update(status="failed", error_code="failed")
    touch(asset, status=Step.FAILED, error_code="failed")
    with pytest.raises(NotPossible, match="still being sent"):
        submit.send_missing(fresh(asset), user)
    assert entries(asset, "it-IT") == ["reserve"]


def test_somebody_removed_from_the_project_meanwhile_sends_nothing(
    partly_done: Asset, project: Project, user: User
) -> None:
    project.memberships.filter(user=user).delete()
    with pytest.raises(NotPossible, match="no longer send"):
        submit.send_missing(partly_done, user)
    with pytest.raises(NotPossible, match="no longer send"):
        submit.add_locales(partly_done, [TargetText("it-IT", "")], user)
    assert partly_done.submissions.count() == 1


def test_the_failed_attempt_named_again_is_not_mistaken_for_the_second(
    ask: Order, sandbox: SandboxProcess, user: User
) -> None:
    """Its own callback, sent to the new address: the new asset is there, and must not be lost for the failed one."""
    sandbox.fault("asset", "fail", code="video_size_limit_reached")
    asset = work_until(ask(), Step.FAILED)
    before = asset.remote_id
    (again,) = submit.send_missing(asset, user)
    outcomes.name_candidate(again, before)
    asset = work_until(asset, Step.COMPLETED)
    assert asset.remote_id != before
    assert paid(sandbox) == [sorted(TWO), sorted(TWO)]


def test_the_first_answer_may_spell_what_was_sent_again_in_another_way(
    project: Project, user: User, provider: ScriptedProvider
) -> None:
    asset = make_sent(project, user, provider, locales=TWO)
    main = provider.only
    main.versions["es-ES"][0].complete(b"s" * 1000)
    main.versions["fr-FR"][0].state = State.FAILED
    assert look_and_keep(asset, provider).status == Step.PARTLY_DONE
    (again,) = submit.send_missing(fresh(asset), user)
    send(again, provider)
    del main.versions["fr-FR"]
    main.versions["fr"] = [provider.version()]  # begun anew in the studio
    look(asset, provider)
    assert sorted(one.locale for one in asset.dubbings.all()) == sorted(TWO)
    assert Version.objects.filter(dubbing__asset=asset, superseded=True).count() == 2
