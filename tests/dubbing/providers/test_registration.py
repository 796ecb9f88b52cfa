"""A provider is one client and one registration: here a fourth one, of which no product file knows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from dubbing import checks, providers
from dubbing.models import Asset, Project, Result, Submission, Version
from dubbing.platform import locales, storage
from dubbing.providers import base, callbacks
from dubbing.providers.registration import CallbackReader, ProviderRegistration
from dubbing.submissions.sender import hash_token
from portal.logs import redact
from tests.support.journey import touch
from tests.support.several import order, work, work_until

RESULT = b"dubbed by the toy"


class ToyProvider:
    """Dubs what it is asked for at once, and remembers it for the length of a test."""

    name, label = "toy", "Toy dubbing"
    capabilities = base.Capabilities(links=True, callbacks=True, several_locales=True)
    orders: dict[str, base.AssetOrder]

    def __init__(self, address: str, key: str) -> None:
        if not key.startswith("toy-"):
            raise ValueError("the toy's API key begins with toy-")
        self.orders = {}

    def reachable(self, url: str) -> bool:
        return True

    def create_asset(
        self, order: base.AssetOrder, *, progress: base.Progress | None = None, prepared: base.Prepared | None = None
    ) -> base.RemoteAsset:
        remote_id = f"toy{len(self.orders)}"
        self.orders[remote_id] = order
        return self.fetch_asset(remote_id)

    def add_locales(
        self,
        remote_id: str,
        targets: tuple[base.Target, ...],
        *,
        auto_generate: str,
        progress: base.Progress | None = None,
    ) -> base.RemoteAsset:
        raise base.Rejected("no languages can be added")

    def fetch_asset(self, remote_id: str) -> base.RemoteAsset:
        order = self.orders[remote_id]
        dubbings = tuple(
            base.RemoteDubbing(target.locale, None, (f"{remote_id}-{target.locale}",)) for target in order.targets
        )
        return base.RemoteAsset(remote_id=remote_id, name=order.name, status="done", failed=False, dubbings=dubbings)

    def find(self, sought: base.Sought) -> base.Listing:
        return base.Listing((), complete=True)

    def fetch_version(self, remote_id: str) -> base.RemoteVersion:
        state = base.VersionState.COMPLETED
        return base.RemoteVersion(remote_id=remote_id, status="done", state=state, result_url="https://toy.example/r")

    def revise(self, remote_id: str) -> None:
        raise base.Rejected("nothing can be revised")

    @contextmanager
    def open_result(self, version: base.RemoteVersion) -> Iterator[base.ResultStream]:
        yield ToyStream()


class ToyStream:
    """The one result there is."""

    size: int | None = len(RESULT)

    def __iter__(self) -> Iterator[bytes]:
        yield RESULT


def read_callback(body: bytes, headers: Mapping[str, str]) -> base.Delivery:
    if headers.get("X-Toy") != "genuine":
        raise base.NotGenuine("not from the toy")
    return base.Delivery(event="done", asset_id=json.loads(body)["toy"])


def check_toy_key() -> None:
    raise ValueError("it is a toy")


TOY = ProviderRegistration(
    name=ToyProvider.name,
    label=ToyProvider.label,
    client=ToyProvider,
    capabilities=ToyProvider.capabilities,
    locales=locales.table({"en-US"}, {"es-ES", "fr-FR"}),
    address_setting="TOY_API_URL",
    key_setting="TOY_API_KEY",
    key_prefix="toy-",
    more_secret_settings=("TOY_WEBHOOK_SECRET",),
    callbacks=CallbackReader(read=read_callback, key_setting="TOY_PUBLIC_KEY"),
)


@pytest.fixture(autouse=True)
def toy(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Iterator[None]:
    monkeypatch.setitem(providers.REGISTRATIONS, TOY.name, TOY)
    settings.TOY_API_URL, settings.TOY_API_KEY = "https://toy.example", "toy-c4n4ry-k3y"
    settings.TOY_WEBHOOK_SECRET = "w3bh00k-c4n4ry"
    yield
    providers._opened.cache_clear()


@pytest.fixture
def asset(project: Project, user: User) -> Asset:
    return order(
        project, user, "toy", locales=["es-ES", "fr-FR"], media_url="https://media.example.com/harbour.mp4", name="Tour"
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("trusting")
def test_a_fourth_provider_dubs_a_video_with_no_other_file_changed(asset: Asset) -> None:
    done = work_until(asset, Asset.Status.COMPLETED, rounds=5)
    assert sorted(done.dubbings.values_list("locale", flat=True)) == ["es-ES", "fr-FR"]
    kept = Result.objects.filter(version__dubbing__asset=asset)
    assert [storage.path(result.key).read_bytes() for result in kept] == [RESULT, RESULT]
    assert Version.objects.filter(dubbing__asset=asset).count() == 2
    assert asset.submissions.get().status == Submission.Status.ACCEPTED


@pytest.mark.django_db
def test_its_callbacks_are_read_by_its_own_reader(asset: Asset, client: Client) -> None:
    work(asset)
    submission = asset.submissions.get()
    touch(submission, token_hash=hash_token("T0k3n"))
    address, body = "/callbacks/toy/T0k3n/", json.dumps({"toy": submission.remote_id or "toy0"})
    refused = client.post(address, body, content_type="application/json")
    taken = client.post(address, body, content_type="application/json", headers={"X-Toy": "genuine"})
    assert (refused.status_code, taken.status_code) == (401, 204)


def test_its_label_capabilities_and_locales_come_from_the_registration() -> None:
    assert "toy" in providers.provider_names()
    assert providers.label("toy") == "Toy dubbing"
    assert providers.capabilities("toy").several_locales
    assert list(providers.locale_table("toy")) == ["en-US", "fr-FR", "es-ES"]


def test_a_list_of_its_own_is_not_widened_by_the_setting(settings: Settings) -> None:
    settings.EXTRA_LOCALES = ["sw-KE"]
    assert "sw-KE" in providers.locale_table(providers.default_name())
    assert "sw-KE" not in providers.locale_table("toy")


@pytest.mark.parametrize("secret", ["toy-c4n4ry-k3y", "c4n4ry-k3y", "w3bh00k-c4n4ry"])
def test_no_log_shows_its_secrets(secret: str) -> None:
    assert secret not in redact(f"the toy said {secret} is wrong")


def test_a_wrong_key_for_its_callbacks_is_found_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = CallbackReader(read=read_callback, key_setting="TOY_PUBLIC_KEY", check_key=check_toy_key)
    wrong = ProviderRegistration(
        name="toy",
        label="Toy",
        client=ToyProvider,
        capabilities=ToyProvider.capabilities,
        locales={},
        address_setting="TOY_API_URL",
        key_setting="TOY_API_KEY",
        callbacks=reader,
    )
    monkeypatch.setitem(providers.REGISTRATIONS, "toy", wrong)
    (finding,) = checks.callback_keys()
    assert (finding.id, finding.msg) == ("dubbing.E004", "TOY_PUBLIC_KEY cannot be used: it is a toy")


def test_callbacks_for_a_provider_without_them_are_refused() -> None:
    with pytest.raises(base.NotGenuine):
        callbacks.read("voicechanger", b"{}", {})
    with pytest.raises(base.NotGenuine):
        callbacks.read("gone", b"{}", {})
