"""The portal's steps one by one, with its real client, against the witness."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from dubbing.drafts.fields import TargetText
from dubbing.models import Asset, Dubbing, Hold, Result, Submission, Upload, Version
from dubbing.providers.base import Provider, Rejected, Sought, Target
from dubbing.providers.panjaya import PanjayaProvider
from dubbing.submissions.submit import add_locales
from dubbing.sync import revise_requests, sync_asset
from tests.support.journey import (
    fresh,
    keep,
    look,
    look_and_keep,
    make_sent,
    make_wish,
    only_version,
    reconcile,
    reconcile_for_good,
    send,
    touch,
)
from tests.support.people import People
from tests.witness.process import WitnessProcess

pytestmark = [pytest.mark.long, pytest.mark.django_db]


def through(asset: Asset, provider: Provider) -> Asset:
    """Look and keep until there is nothing left to wait for."""
    until = time.monotonic() + 120
    while asset.status not in Asset.FINAL:
        assert time.monotonic() < until, asset.status
        asset = look_and_keep(asset, provider)
        time.sleep(0.05)
    return asset


def wait_for(asset: Asset, provider: Provider, *, completed: bool) -> None:
    """Look until there is a version, and it is completed."""
    until = time.monotonic() + 80
    while not Version.objects.filter(dubbing__asset=asset, **({"status": "completed"} if completed else {})).exists():
        assert time.monotonic() < until
        look(asset, provider)
        time.sleep(0.05)


def done(people: People, provider: Provider, source: Upload, **fields: Any) -> Asset:
    """An asset that went all the way."""
    return through(make_sent(people.project, people.editor, provider, source=source, **fields), provider)


# --- a lost answer ----------------------------------------------------------------------------------------------------


def test_an_answer_that_was_lost_is_found_at_the_end_of_a_list_of_two_a_page(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(age=7200)
    for _ in range(4):
        make_sent(people.project, people.editor, panjaya, source=source)
    witness.mode(age=0, lose_answers=1)
    lost = send(make_wish(people.project, people.editor, source=source), panjaya)
    assert lost.status == Submission.Status.UNKNOWN
    found = reconcile(lost, panjaya)
    assert found.status == Submission.Status.ACCEPTED
    assert found.remote_id == witness.seen()["assets"][-1]["asset_id"]
    assert witness.seen()["counts"]["created"] == 5


def test_a_request_that_never_arrived_is_sent_again_once(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    make_sent(people.project, people.editor, panjaya, source=source)
    witness.mode(lose_requests=1)
    lost = send(make_wish(people.project, people.editor, source=source), panjaya)
    settled = reconcile_for_good(lost, panjaya)
    assert settled.status == Submission.Status.ABANDONED
    again = send(settled.asset.submissions.get(attempt=2), panjaya)
    assert again.status == Submission.Status.ACCEPTED
    assert witness.seen()["counts"]["created"] == 2


def test_a_list_that_never_says_where_it_ends_is_not_believed_to_be_complete(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    make_sent(people.project, people.editor, panjaya, source=source)
    witness.mode(lose_requests=1, listing="endless")
    lost = reconcile_for_good(send(make_wish(people.project, people.editor, source=source), panjaya), panjaya)
    assert lost.status == Submission.Status.UNKNOWN
    assert witness.seen()["counts"]["created"] == 1


def test_old_assets_of_the_same_second_do_not_pass_for_the_end_of_the_list(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(age=7200, coarse=True)
    for _ in range(2):
        make_sent(people.project, people.editor, panjaya, source=source)
    witness.mode(age=0, lose_answers=1)
    lost = reconcile_for_good(send(make_wish(people.project, people.editor, source=source), panjaya), panjaya)
    assert lost.status == Submission.Status.ACCEPTED
    assert not lost.asset.submissions.filter(attempt=2).exists()


# --- ids, durations, refusals -----------------------------------------------------------------------------------------


def test_ids_may_have_any_characters_that_fit_into_an_address(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(ids="dotted")
    asset = done(people, panjaya, source)
    assert asset.status == Asset.Status.COMPLETED
    assert only_version(asset).remote_id.startswith("ver.")


def test_a_provider_that_states_the_length_of_the_trimmed_video_is_understood(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    asset = make_sent(people.project, people.editor, panjaya, source=source, start=2.0)
    touch(asset, source=None)  # as if it had come by link: the portal has no length of its own
    wait_for(asset, panjaya, completed=True)
    assert keep(only_version(asset), panjaya).keep == Version.Keep.KEPT


def test_a_refusal_in_three_forms_is_understood(panjaya: Provider, people: People, source: Upload) -> None:
    sent = [
        send(make_wish(people.project, people.editor, source=source, **fields), panjaya)
        for fields in ({"source_locale": "tlh-QO"}, {"locales": ["xx-XX"]})
    ]
    assert [one.status for one in sent] == [Submission.Status.REFUSED] * 2
    assert sent[0].error_message == "We do not understand tlh-QO."
    assert sent[1].error_message == "These languages do not go together: ['xx-XX']"
    srt = (TargetText("es-ES", "no subtitles"),)
    asset = make_sent(people.project, people.editor, panjaya, source=source, locales=["fr-FR"])
    [adding] = add_locales(asset, srt, people.editor)
    refused = send(adding, panjaya)
    assert refused.error_message == "body.languages.0.srt: This is not SRT"


@pytest.mark.parametrize("shape", ["object", "text"])
def test_a_failed_asset_shows_the_words_of_the_provider(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload, editor: Client, shape: str
) -> None:
    witness.mode(error=shape)
    asset = through(make_sent(people.project, people.editor, panjaya, source=source, end=99.0), panjaya)
    assert asset.status == Asset.Status.FAILED
    assert asset.error_code == ("invalid_input" if shape == "object" else "failed")
    assert "start_time and end_time must lie within 4.0 s." in editor.get(f"/assets/{asset.pk}/").content.decode()


def test_a_429_with_a_date_causes_a_hold_and_a_retry(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(throttle=1)
    waiting = send(make_wish(people.project, people.editor, source=source), panjaya)
    hold = Hold.objects.get()
    assert (waiting.status, hold.reason) == (Submission.Status.READY, Hold.Reason.THROTTLED)
    assert hold.next_try_at - datetime.now(UTC) < timedelta(seconds=5)
    touch(hold, next_try_at=datetime.now(UTC))
    assert send(waiting, panjaya).status == Submission.Status.ACCEPTED
    assert not Hold.objects.exists()
    assert witness.seen()["counts"]["created"] == 1


def test_a_callback_ahead_of_what_can_be_read_causes_another_sync_soon(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(work=60.0, empty_looks=99)
    asset = make_sent(people.project, people.editor, panjaya, source=source)
    look(asset, panjaya)
    touch(asset, poll_count=6, next_poll_at=datetime.now(UTC) + timedelta(minutes=15))
    path = urlsplit(witness.seen()["assets"][0]["order"]["callback_url"]).path
    told = {"event": "version_generated", "asset_id": asset.remote_id, "version_id": "seen-nowhere-yet"}
    body = json.dumps(told).encode()
    signed = {"X-Signature": witness.sign(body)}
    assert Client().post(path, body, content_type="application/json", headers=signed).status_code == 204
    sync_asset(asset.pk, provider=panjaya, cause="test")
    next_look = fresh(asset).next_poll_at
    assert next_look
    assert next_look < datetime.now(UTC) + timedelta(minutes=2)


# --- more languages, and back to editing ------------------------------------------------------------------------------


def test_a_second_language_is_added_and_done(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    asset = done(people, panjaya, source)
    with pytest.raises(Rejected, match="There already"):
        panjaya.add_locales(asset.remote_id, (Target("es-ES"),), auto_generate="off")
    [adding] = add_locales(asset, [TargetText("sv-SE")], people.editor)
    assert send(adding, panjaya).status == Submission.Status.ACCEPTED
    asset = through(fresh(asset), panjaya)
    assert asset.status == Asset.Status.COMPLETED
    assert Result.objects.filter(version__dubbing__asset=asset).count() == 2
    assert witness.seen()["counts"]["added"] == 1


def test_a_revised_version_is_edited_again_and_its_new_result_is_kept_beside_the_old(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    asset = done(people, panjaya, source)
    version = only_version(asset)
    revise_requests.ask_to_revise(version, people.editor)
    assert revise_requests.revise(version.pk, provider=panjaya)
    assert look(asset, panjaya).status == Asset.Status.READY
    assert version.results.count() == 1
    witness.call("generate", version_id=version.remote_id)
    assert through(fresh(asset), panjaya).status == Asset.Status.COMPLETED
    assert version.results.count() == 2


def test_going_back_to_editing_does_not_destroy_a_newer_result_that_is_not_kept_yet(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    asset = done(people, panjaya, source)
    version = only_version(asset)
    witness.call("generate", version_id=version.remote_id)
    revise_requests.ask_to_revise(version, people.editor)
    revise_requests.revise(version.pk, provider=panjaya)
    assert "revised" not in witness.seen()["counts"]
    assert fresh(version).revise_problem == str(revise_requests.NOT_KEPT)


# --- results ----------------------------------------------------------------------------------------------------------


def test_an_expired_link_is_requested_again(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(stale_links=3)  # the look's own, and one for each of two tries
    asset = make_sent(people.project, people.editor, panjaya, source=source)
    until = time.monotonic() + 80
    while asset.status != Asset.Status.COMPLETED:
        assert time.monotonic() < until
        asset = look(asset, panjaya)
        for version in Version.objects.filter(dubbing__asset=asset):
            keep(version, panjaya)
        asset = fresh(asset)
    assert only_version(asset).keep == Version.Keep.KEPT
    assert witness.seen()["counts"]["downloads"] == 1


def test_a_generation_that_failed_and_went_back_to_editing_is_not_shown_as_running(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    witness.mode(generate="fails")
    asset = make_sent(people.project, people.editor, panjaya, source=source)
    wait_for(asset, panjaya, completed=False)
    time.sleep(0.3)
    assert look(asset, panjaya).status != Asset.Status.DUBBING
    assert only_version(asset).error_message == "The voices would not be mixed."
    assert "mixed" in Dubbing.objects.get(asset=asset).error_message


def test_the_client_spells_every_address_and_the_key_as_documented(
    witness: WitnessProcess, panjaya: Provider, people: People, source: Upload
) -> None:
    done(people, panjaya, source)
    assert isinstance(panjaya, PanjayaProvider)
    panjaya.find(Sought(references=("DUB-NEVER",), since="", conclusive=True))
    counts = witness.seen()["counts"]
    assert not [what for what in counts if what.startswith(("refused", "elsewhere"))]
