"""Callbacks that are genuine, or could be, and say what nobody means: each gets an answer and moves nothing else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dubbing.models import Asset, Callback, Dubbing, Event, Submission, Version
from dubbing.submissions.sender import hash_token
from tests.support import rows
from tests.support.journey import fresh, look_and_keep, make_sent
from tests.support.people import People, client_of
from tests.support.provider import ScriptedAsset, ScriptedProvider
from tests.support.signing import Signer

pytestmark = pytest.mark.django_db
TAKEN, REFUSED = 204, {400, 401}
Post = Callable[[bytes], int]

VALUES: list[str] = [
    "null", "true", "false", "0", "-1", "1.5", "1e400", "-1e400", "NaN", "Infinity", "9" * 30, "9" * 4300, "9" * 5000,
    '""', '" "', '"\\u0000"', '"\\ud800"', '"²"', '"\\u202e"', f'"{"x" * 50_000}"', '"../../x"', '"%00"', "[]", "{}",
    "[null]", '["OWN"]', '{"id": "OWN"}', '[["OWN"]]', "[" * 40 + "]" * 40, "[" * 10_000 + "]" * 10_000,
    '{"a":' * 10_000 + "1" + "}" * 10_000,
]  # fmt: skip
BODIES: list[bytes] = [
    b"[" * 10_000, b"[" * 10_000 + b"]" * 10_000, b'{"event":' * 7_000, b"9" * 60_000, b"1e400", b"-", b"\0" * 1000,
    b"\xff\xfe\xfd", b"\xef\xbb\xbf", b"\xed\xa0\x80", b'{"event": "\xff", "asset_id": "OWN"}', b'"\\ud800"',
    b'{"event": "x", "asset_id": "OWN"', b'{"event": "x"} {"asset_id": "OWN"}', b'{"": ""}', b'{"\\ud800": "\\udfff"}',
    '{"event": "x", "asset_id": "OTHER"}'.encode("utf-16"), '{"event": "x", "asset_id": "OTHER"}'.encode("utf-32"),
]  # fmt: skip
FIELDS = ("event", "asset_id", "version_id", "version_locale", "id", "track_id", "status", "output", "fetch_result")


@dataclass
class Scene:
    """Two of our assets at one provider, and the callback address of the first."""

    asset: Asset
    other: Asset
    post: Post

    def body(self, text: str | bytes) -> bytes:
        """With the ids of our assets in it."""
        data = text if isinstance(text, bytes) else text.encode()
        return data.replace(b"OWN", self.asset.remote_id.encode()).replace(b"OTHER", self.other.remote_id.encode())


@pytest.fixture
def panjaya(people: People, provider: ScriptedProvider, settings: Settings) -> Scene:
    signer = Signer()
    settings.PANJAYA_PUBLIC_KEY = signer.public_pem
    asset = make_sent(people.project, people.editor, provider)
    order = provider.only.order
    assert order
    token = (order.callback_url or "").split("/")[-2]
    other = make_sent(people.project, people.editor, provider)
    for one in (asset, other):
        look_and_keep(one, provider)
    return Scene(fresh(asset), fresh(other), lambda body: signer.post(token, body).status_code)


@pytest.fixture
def modelslab(people: People) -> Scene:
    def sent(number: int) -> Asset:
        asset = rows.make_asset(people.project, people.editor, provider="modelslab", remote_id=f"33416{number}")
        found: dict[str, Any] = {"status": "accepted", "remote_id": asset.remote_id, "locale": "es-ES"}
        rows.make_submission(asset, token_hash=hash_token(f"token{number}"), **found)
        rows.make_version(asset.dubbings.get(), status="generating")
        return asset

    asset, other = sent(1), sent(2)

    def post(body: bytes) -> int:
        client = Client(enforce_csrf_checks=True)
        return client.post("/callbacks/modelslab/token1/", body, content_type="application/json").status_code

    return Scene(asset, other, post)


@pytest.fixture(params=["panjaya", "modelslab"])
def scene(request: pytest.FixtureRequest) -> Scene:
    found: Scene = request.getfixturevalue(request.param)
    return found


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many refusals come from one address here, and all are to be judged."""
    monkeypatch.setattr("dubbing.callback_endpoint.REFUSED_LIMIT", 10**6)


def state_of(asset: Asset) -> list[dict[str, Any]]:
    """Everything that is known of the asset."""
    found: list[QuerySet[Any]] = [Asset.objects.filter(pk=asset.pk), asset.submissions.all(), asset.dubbings.all()]
    found += [Version.objects.filter(dubbing__asset=asset), Event.objects.filter(asset=asset)]
    found += [Callback.objects.filter(submission__asset=asset)]
    return [row for rows_ in found for row in rows_.values()]


def genuine(scene: Scene) -> dict[str, str]:
    told = {"event": '"version_generated"', "asset_id": '"OWN"', "version_id": '"v1"', "version_locale": '"es-ES"'}
    return told if scene.asset.provider == "panjaya" else {"id": '"OWN"', "status": '"success"', "output": '["x"]'}


def written(told: dict[str, str]) -> str:
    return "{" + ", ".join(f'"{name}": {value}' for name, value in told.items()) + "}"


def hostile_bodies(scene: Scene) -> Iterator[bytes]:
    yield from map(scene.body, BODIES)
    for name in FIELDS:
        for value in VALUES:
            yield scene.body(written(genuine(scene) | {name: value}))[: 64 * 1024]


def test_no_value_in_any_field_is_an_error_or_moves_another_asset(scene: Scene) -> None:
    others = state_of(scene.other)
    for body in hostile_bodies(scene):
        kept = Callback.objects.count()
        status = scene.post(body)
        assert status in {TAKEN, *REFUSED}, body[:200]
        assert Callback.objects.count() - kept <= (status == TAKEN)
    assert state_of(scene.other) == others


def test_pages_show_hostile_values_that_were_stored(scene: Scene, editor: Client, people: People) -> None:
    taken = [body for body in hostile_bodies(scene) if scene.post(body) == TAKEN]
    assert taken
    people.owner.is_staff = people.owner.is_superuser = True
    people.owner.save()
    staff = client_of(people.owner)
    pages = [reverse("admin:dubbing_callback_changelist"), reverse("admin:dubbing_asset_changelist")]
    some = Callback.objects.order_by("pk").values_list("pk", flat=True)[::12]
    pages += [reverse("admin:dubbing_callback_change", args=[pk]) for pk in some]
    assert {staff.get(page).status_code for page in pages} == {200}
    assert editor.get(reverse("asset", args=[scene.asset.pk])).status_code == 200


@pytest.mark.parametrize(
    "value",
    [
        '{"event": "asset_failed", "asset_id": "OTHER"}',
        '{"event": "asset_failed", "asset_id": "OWN", "asset_id": "OTHER"}',
        '{"event": "asset_failed", "asset_id": ["OWN"], "id": "OTHER"}',
        '{"event": "asset_failed", "asset_id": {"id": "OWN"}}',
        '{"id": "OTHER", "status": "failed"}',
        '{"id": "OWN", "id": "OTHER", "status": "failed", "event": "x"}',
        '{"track_id": "OTHER", "id": "OTHER", "status": "failed", "event": "x"}',
    ],
)
def test_what_names_another_asset_of_ours_is_refused_and_kept_nowhere(scene: Scene, value: str) -> None:
    before = [state_of(scene.asset), state_of(scene.other)]
    assert scene.post(scene.body(value)) in REFUSED
    assert [state_of(scene.asset), state_of(scene.other)] == before


def test_a_version_of_another_asset_in_a_genuine_body_changes_nothing_there(
    panjaya: Scene, provider: ScriptedProvider, trusting: None
) -> None:
    theirs = Version.objects.get(dubbing__asset=panjaya.other)
    provider.assets[panjaya.other.remote_id].first.complete(b"result")
    others = state_of(panjaya.other)
    for event in ("version_generated", "version_failed", "version_generate_failed"):
        told = {"event": event, "asset_id": panjaya.asset.remote_id, "version_id": theirs.remote_id}
        assert panjaya.post(json.dumps(told).encode()) == TAKEN
        look_and_keep(panjaya.asset, provider)
    assert state_of(panjaya.other) == others
    assert fresh(panjaya.asset).status == Asset.Status.DUBBING


def test_replayed_doubled_and_reordered_callbacks_end_where_the_provider_is_with_one_copy_of_each_result(
    panjaya: Scene, provider: ScriptedProvider, trusting: None
) -> None:
    events = ["version_ready", "version_generating", "version_generated", "version_generate_failed", "asset_failed"]
    asset, remote = panjaya.asset, provider.assets[panjaya.asset.remote_id]
    told = [{"event": event, "asset_id": asset.remote_id, "version_id": remote.first.remote_id} for event in events]
    dice = random.Random(8)
    requests = provider.asked("create_asset")
    for turn in range(12):
        if turn == 6:
            remote.first.complete(b"result")
        for one in dice.choices(told, k=6):
            assert panjaya.post(json.dumps(one).encode()) == TAKEN
        look_and_keep(asset, provider)
    assert_done_once(asset, remote)
    assert Callback.objects.count() == len(events)
    assert provider.asked("create_asset") == requests


def assert_done_once(asset: Asset, remote: ScriptedAsset) -> None:
    (version,) = Version.objects.filter(dubbing__asset=asset)
    assert (version.remote_id, version.results.count()) == (remote.first.remote_id, 1)
    assert Dubbing.objects.filter(asset=asset).count() == 1
    assert asset.submissions.count() == 1
    assert Submission.objects.get(asset=asset).status == Submission.Status.ACCEPTED
    assert fresh(asset).status == Asset.Status.COMPLETED
