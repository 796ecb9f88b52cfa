"""A callback is believed only when signed and addressed rightly, and even then it is only a hint."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.cache import cache
from django.db import DatabaseError, InterfaceError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from dubbing import callback_endpoint, tasks
from dubbing.models import Asset, Callback, Event, Submission
from dubbing.sync import sync_asset
from tests.conftest import WakeUps
from tests.support.journey import fresh, look_and_keep, make_sent, make_wish, reconcile_for_good, send, touch
from tests.support.people import People
from tests.support.provider import ScriptedProvider
from tests.support.rows import make_asset, make_dubbing, make_version
from tests.support.signing import Signer

pytestmark = pytest.mark.django_db
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer()


@pytest.fixture(autouse=True)
def _pinned(signer: Signer, settings: Settings) -> None:
    settings.PANJAYA_PUBLIC_KEY = signer.public_pem


@pytest.fixture
def asset(sent: Callable[..., Asset]) -> Asset:
    return sent()


@pytest.fixture
def token(asset: Asset, provider: ScriptedProvider) -> str:
    return token_of(provider)


def token_of(provider: ScriptedProvider) -> str:
    order = list(provider.assets.values())[-1].order
    assert order
    assert order.callback_url
    return order.callback_url.split("/")[-2]


def body_of(asset: Asset, event: str = "version_generated", **more: Any) -> dict[str, Any]:
    return {"event": event, "asset_id": asset.remote_id, "version_id": "v1", "version_locale": "es-ES"} | more


def looked_at(asset: Asset, provider: ScriptedProvider) -> Asset:
    sync_asset(asset.pk, provider=provider, cause="test")
    provider.calls.clear()
    return fresh(asset)


def untouched(asset: Asset) -> bool:
    return not Callback.objects.exists() and fresh(asset).dirty_seq == asset.dirty_seq


# --- taken


def test_it_is_stored_and_answered_and_only_causes_a_sync(
    asset: Asset,
    token: str,
    signer: Signer,
    provider: ScriptedProvider,
    wake_ups: WakeUps,
    committed: Callable[[], Any],
) -> None:
    looked_at(asset, provider)
    with committed():
        answer = signer.post(token, body_of(asset))
    assert answer.status_code == 204
    assert wake_ups == [("sync", asset.pk)]
    assert Asset.objects.due_for_sync().get() == asset
    assert (fresh(asset).status, provider.calls) == (Asset.Status.DUBBING, [])
    stored = Callback.objects.get()
    assert (stored.event, stored.remote_version_id, json.loads(bytes(stored.body))) == (
        "version_generated",
        "v1",
        body_of(asset),
    )


def test_many_at_once_enqueue_once(
    asset: Asset,
    token: str,
    signer: Signer,
    provider: ScriptedProvider,
    wake_ups: WakeUps,
    committed: Callable[[], Any],
) -> None:
    looked_at(asset, provider)
    with committed():
        for number in range(20):
            signer.post(token, body_of(asset, version_id=f"v{number}"))
    assert (Callback.objects.count(), len(wake_ups)) == (20, 1)


@pytest.mark.parametrize("event", ["asset_failed", "version_ready", "something_new", "x" * 500, "", "\0", "\ud800"])
def test_every_event_is_stored(asset: Asset, token: str, signer: Signer, event: str) -> None:
    assert signer.post(token, body_of(asset, event, version_id=None)).status_code == 204
    assert Callback.objects.count() == 1


def test_more_fields_than_we_know_are_fine(asset: Asset, token: str, signer: Signer) -> None:
    assert signer.post(token, body_of(asset, more={"deep": [1, 2, {"er": None}]}, sent_at=1.5)).status_code == 204


@pytest.mark.parametrize("name", ["assetId", "id", "asset"])
def test_an_asset_id_under_another_name_is_recognised(asset: Asset, token: str, signer: Signer, name: str) -> None:
    assert signer.post(token, {"event": "version_ready", name: asset.remote_id}).status_code == 204


def test_a_doubled_body_is_one_row_and_still_a_mark(
    asset: Asset, token: str, signer: Signer, provider: ScriptedProvider
) -> None:
    signer.post(token, body_of(asset))
    looked_at(asset, provider)
    before = fresh(asset).dirty_seq
    signer.post(token, body_of(asset))
    stored = Callback.objects.get()
    assert (stored.count, stored.processed_at) == (2, None)
    assert fresh(asset).dirty_seq == before + 1


def test_another_signature_of_the_same_body_is_no_new_event(asset: Asset, token: str, signer: Signer) -> None:
    body = json.dumps(body_of(asset)).encode()
    for _ in range(5):
        r, s = decode_dss_signature(signer.key.sign(body, ECDSA(SHA256())))
        for variant in (s, ORDER - s):
            raw = r.to_bytes(32) + variant.to_bytes(32)
            assert signer.post(token, body, signature=raw.hex()).status_code == 204
    assert Callback.objects.get().count == 10


@pytest.mark.long
def test_replays_cause_few_syncs(asset: Asset, token: str, signer: Signer, provider: ScriptedProvider) -> None:
    looked_at(asset, provider)
    with time_machine.travel(timezone.now(), tick=False):  # however long that takes here
        for _ in range(300):
            signer.post(token, body_of(asset))
            sync_asset(asset.pk, provider=provider, cause="worker")
    assert provider.asked("fetch_asset") <= 2


def test_a_replay_causes_a_sync_within_seconds(
    asset: Asset, token: str, signer: Signer, provider: ScriptedProvider
) -> None:
    signer.post(token, body_of(asset))
    looked_at(asset, provider)
    signer.post(token, body_of(asset))
    due = fresh(asset).next_poll_at
    assert due
    assert due <= timezone.now() + Asset.BETWEEN_REPEATS


def test_the_same_body_after_a_while_counts_as_new(
    asset: Asset, token: str, signer: Signer, provider: ScriptedProvider
) -> None:
    signer.post(token, body_of(asset))
    looked_at(asset, provider)
    touch(asset, last_ok_at="2020-01-01T00:00Z")
    signer.post(token, body_of(asset))
    assert Asset.objects.due_for_sync().exists()


def test_callbacks_in_any_order_end_where_the_provider_is(
    asset: Asset, token: str, signer: Signer, provider: ScriptedProvider, trusting: None
) -> None:
    provider.only.first.complete(b"result")
    version = provider.only.first.remote_id
    for event in ("version_generated", "version_generating", "version_ready", "version_failed", "version_generated"):
        signer.post(token, body_of(asset, event, version_id=version))
        assert look_and_keep(asset, provider).status == Asset.Status.COMPLETED


# --- refused: nothing stored, nothing fetched


@pytest.mark.parametrize("signature", ["-", "", "00" * 64, "zz", "0" * 127, "A" * 300, "é"])
def test_an_unsigned_body_is_refused(asset: Asset, token: str, signer: Signer, signature: str) -> None:
    headers = {"X-Signature": signature}
    if signature == "":
        headers = {"X-Signature": " "}
    if signature == "é":
        headers = {"X-Signature": "\u00e9"}
    assert signer.post(token, body_of(asset), headers=headers).status_code == 401
    assert untouched(asset)


def test_a_body_signed_by_somebody_else_is_refused(asset: Asset, token: str) -> None:
    assert Signer().post(token, body_of(asset)).status_code == 401
    assert untouched(asset)


def test_a_changed_byte_is_refused(asset: Asset, token: str, signer: Signer) -> None:
    body = json.dumps(body_of(asset)).encode()
    assert signer.post(token, body + b" ", signature=signer.sign(body)).status_code == 401
    assert untouched(asset)


def test_another_algorithm_is_refused(asset: Asset, token: str, signer: Signer) -> None:
    answer = signer.post(token, body_of(asset), headers={"X-Signature-Algorithm": "none"})
    assert (answer.status_code, untouched(asset)) == (401, True)


def test_an_unknown_address_is_refused(asset: Asset, signer: Signer) -> None:
    assert signer.post("x" * 43, body_of(asset)).status_code == 401
    assert untouched(asset)


def test_an_address_of_another_provider_is_refused(asset: Asset, token: str, signer: Signer) -> None:
    body = json.dumps(body_of(asset)).encode()
    answer = Client().post(
        f"/callbacks/modelslab/{token}/", body, "application/json", headers={"X-Signature": signer.sign(body)}
    )
    assert (answer.status_code, untouched(asset)) == (401, True)


def test_a_genuine_body_about_another_asset_is_refused(asset: Asset, token: str, signer: Signer) -> None:
    assert signer.post(token, body_of(asset, asset_id="f" * 24)).status_code == 401
    assert untouched(asset)


def test_a_body_about_our_other_asset_is_refused_even_while_ours_is_not_bound(
    asset: Asset, people: People, provider: ScriptedProvider, signer: Signer
) -> None:
    unbound = send(make_wish(people.project, people.editor), provider)
    touch(unbound, status=Submission.Status.UNKNOWN, remote_id="")
    touch(unbound.asset, remote_id="")
    assert signer.post(token_of(provider), body_of(asset)).status_code == 401
    assert fresh(unbound).candidate_id == ""


def test_every_cross_post_is_refused(
    people: People, provider: ScriptedProvider, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_endpoint, "REFUSED_LIMIT", 10**6)
    mine = [make_sent(people.project, people.editor, provider) for _ in range(12)]
    tokens = [remote.order.callback_url.split("/")[-2] for remote in provider.assets.values() if remote.order]  # type: ignore[union-attr]
    codes = {
        signer.post(token, body_of(asset)).status_code
        for token in tokens
        for asset in mine
        if tokens.index(token) != mine.index(asset)
    }
    assert (codes, Callback.objects.count()) == ({401}, 0)


@pytest.mark.parametrize(
    "body",
    [b"", b"no json", b"[]", b"null", b'"text"', b"{}", b'{"event": 5}', b'\xff\xfe{"', b"[" * 50_000, b"9" * 60_000,
     b'{"event": "x", "asset_id": ["' + b"a" * 1000 + b'"]}', b'{"event": "x"}', b"{\"a\":" * 9_000 + b"1"],
    ids=range(13),
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_a_clear_refusal(asset: Asset, token: str, signer: Signer, body: bytes) -> None:
    assert signer.post(token, body).status_code == 400
    assert untouched(asset)


def test_a_body_that_names_only_a_version_of_our_other_asset_is_refused(
    asset: Asset, token: str, people: People, signer: Signer
) -> None:
    other = make_version(make_dubbing(make_asset(people.project, people.editor), "fr-FR"))
    body = {"event": "version_generated", "version_id": other.remote_id}
    assert signer.post(token, body).status_code == 400
    assert untouched(asset)


def test_an_id_shared_with_another_provider_is_not_another_asset(
    people: People, provider: ScriptedProvider, signer: Signer
) -> None:
    make_asset(people.project, people.editor, provider="modelslab", remote_id="334166")
    unbound = send(make_wish(people.project, people.editor), provider)
    touch(unbound, status=Submission.Status.UNKNOWN, remote_id="")
    touch(unbound.asset, remote_id="")
    assert signer.post(token_of(provider), {"event": "asset_failed", "asset_id": "334166"}).status_code == 204
    assert fresh(unbound).candidate_id == "334166"


def test_the_largest_body_is_accepted(asset: Asset, token: str, signer: Signer) -> None:
    empty = json.dumps(body_of(asset, filler="")).encode()
    body = json.dumps(body_of(asset, filler="x" * (callback_endpoint.MAX_BODY - len(empty)))).encode()
    assert (len(body), signer.post(token, body).status_code) == (callback_endpoint.MAX_BODY, 204)


def test_one_address_has_a_limit_per_minute_and_others_are_unaffected(
    asset: Asset,
    token: str,
    people: People,
    provider: ScriptedProvider,
    signer: Signer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(callback_endpoint, "ACCEPTED_LIMIT", 3)
    other = make_sent(people.project, people.editor, provider)
    answers = [signer.post(token, body_of(asset, version_id=f"v{number}")).status_code for number in range(5)]
    assert (answers, Callback.objects.count()) == ([204, 204, 204, 429, 429], 3)
    assert signer.post(token_of(provider), body_of(other)).status_code == 204


def test_a_large_body_is_refused_before_it_is_read(asset: Asset, token: str, signer: Signer) -> None:
    assert signer.post(token, b"x" * (callback_endpoint.MAX_BODY + 1)).status_code == 413
    assert untouched(asset)


@pytest.mark.parametrize("method", ["get", "put", "delete", "patch", "head", "options"])
def test_only_post_is_accepted(token: str, method: str) -> None:
    assert getattr(Client(), method)(f"/callbacks/panjaya/{token}/").status_code == 405


def test_a_caller_that_is_always_refused_is_told_to_wait(asset: Asset, token: str, signer: Signer) -> None:
    codes = [Signer().post(token, body_of(asset)).status_code for _ in range(3)]
    codes += [signer.post("unknown", body_of(asset)).status_code for _ in range(callback_endpoint.REFUSED_LIMIT)]
    assert (codes[0], codes[-1]) == (401, 429)


def refused(signer: Signer, asset: Asset, *addresses: str) -> list[int]:
    """The statuses of one refused delivery from each address."""
    answers = [signer.post("unknown", body_of(asset), headers={"X-Forwarded-For": one}) for one in addresses]
    return [answer.status_code for answer in answers]


@pytest.mark.long
def test_the_limit_is_not_forgotten_however_many_others_call(
    asset: Asset, signer: Signer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROXIES = 1
    monkeypatch.setattr(callback_endpoint, "REFUSED_LIMIT", 3)
    one = ["203.0.113.9"]
    others = [f"198.51.{number // 250}.{number % 250}" for number in range(330)]
    assert refused(signer, asset, *one * 2) == [401, 401]
    assert set(refused(signer, asset, *others)) == {401}
    assert refused(signer, asset, *one * 3) == [401, 429, 429]
    assert set(refused(signer, asset, *others)) == {401}
    assert refused(signer, asset, *one) == [429]


def test_every_process_knows_who_was_refused_too_often(
    asset: Asset, signer: Signer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROXIES = 1
    monkeypatch.setattr(callback_endpoint, "REFUSED_LIMIT", 3)
    found = []
    for _ in range(5):
        cache.clear()  # another process remembers nothing of this one
        found += refused(signer, asset, "203.0.113.9")
    assert found == [401, 401, 401, 429, 429]


def test_every_process_knows_how_often_a_submission_was_called_back(
    asset: Asset, token: str, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_endpoint, "ACCEPTED_LIMIT", 2)
    found = []
    for number in range(4):
        cache.clear()  # another process remembers nothing of this one
        found.append(signer.post(token, body_of(asset, version_id=f"v{number}")).status_code)
    assert found == [204, 204, 429, 429]


def test_after_a_minute_it_may_be_tried_again(
    asset: Asset, signer: Signer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PROXIES = 1
    monkeypatch.setattr(callback_endpoint, "REFUSED_LIMIT", 1)
    with time_machine.travel(datetime(2030, 5, 1, 12, 0, 30, tzinfo=UTC), tick=False) as clock:
        assert refused(signer, asset, *["203.0.113.9"] * 2) == [401, 429]
        clock.shift(61)
        assert refused(signer, asset, "203.0.113.9") == [401]


@pytest.mark.parametrize("proxies", [1, 2])
def test_a_stranger_behind_our_proxies_does_not_use_up_the_limit_of_the_provider(
    asset: Asset, token: str, signer: Signer, settings: Settings, proxies: int
) -> None:
    settings.PROXIES = proxies
    ours = ", 10.0.0.7" * (proxies - 1)
    forged = {"X-Forwarded-For": f"198.51.100.1, 203.0.113.9{ours}"}  # the first hop is whatever the stranger says
    for _ in range(callback_endpoint.REFUSED_LIMIT + 1):
        refused = signer.post("unknown", body_of(asset), headers=forged)
    assert refused.status_code == 429
    answer = signer.post(token, body_of(asset), headers={"X-Forwarded-For": f"198.51.100.1{ours}"})
    assert answer.status_code == 204


@pytest.mark.parametrize("error", [DatabaseError, InterfaceError])
def test_without_a_database_the_provider_is_asked_to_retry(
    asset: Asset, token: str, signer: Signer, error: type[Exception]
) -> None:
    def goes_down(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if "INSERT INTO dubbing_callback" in sql:
            raise error("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(goes_down):
        assert signer.post(token, body_of(asset)).status_code == 503
    assert untouched(asset)


def test_it_takes_few_round_trips(asset: Asset, token: str, signer: Signer, django_assert_max_num_queries: Any) -> None:
    most = 2 if connection.vendor == "postgresql" else 6  # SQLite's cost nothing but the commit
    for number in range(2):
        with django_assert_max_num_queries(most):
            signer.post(token, body_of(asset))
        assert Callback.objects.get().count == number + 1


# --- before the answer to our request was read


def test_a_callback_that_overtakes_the_answer_is_kept_and_binds_the_asset(
    people: People, provider: ScriptedProvider, signer: Signer, monkeypatch: pytest.MonkeyPatch, wake_ups: WakeUps
) -> None:
    monkeypatch.setattr(tasks, "open_provider", lambda name: provider)
    submission = make_wish(people.project, people.editor)

    def overtaken() -> None:
        answer = signer.post(token_of(provider), {"event": "version_ready", "asset_id": provider.only.remote_id})
        assert answer.status_code == 204
        tasks.submit.run(submission.pk)
        assert fresh(submission).status == Submission.Status.ACCEPTED

    provider.then("create_asset", overtaken)
    assert send(submission, provider).remote_id == provider.only.remote_id
    assert Event.objects.filter(kind="accepted").count() == 1


def test_a_callback_for_a_request_given_up_for_lost_finds_it_without_a_broker(
    people: People, provider: ScriptedProvider, signer: Signer
) -> None:
    submission = send(make_wish(people.project, people.editor), provider)
    remote = provider.only
    touch(submission, status=Submission.Status.UNKNOWN, remote_id="")
    touch(submission.asset, status=Asset.Status.UNCONFIRMED, remote_id="")
    provider.assets.clear()
    reconcile_for_good(submission, provider)
    provider.assets[remote.remote_id] = remote
    assert remote.order
    token = (remote.order.callback_url or "").split("/")[-2]
    signer.post(token, {"event": "version_ready", "asset_id": remote.remote_id})
    assert Submission.objects.due().filter(pk=submission.pk).exists()


def test_the_log_does_not_reveal_the_address(
    asset: Asset, token: str, signer: Signer, caplog: pytest.LogCaptureFixture
) -> None:
    Signer().post(token, body_of(asset))
    assert "signature does not match" in caplog.text
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("dubbing")]
    assert token not in "".join(ours)
