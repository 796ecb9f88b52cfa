from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from dubbing import providers
from dubbing.providers.base import Capabilities, Provider


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    settings = SimpleNamespace(PANJAYA_API_URL="https://api.panjaya.ai/", PANJAYA_API_KEY="k" * 20)
    monkeypatch.setattr(providers, "settings", settings)
    yield settings
    providers._opened.cache_clear()


def test_a_provider_is_opened_once(configured: SimpleNamespace) -> None:
    provider: Provider = providers.open_provider("panjaya")
    assert provider is providers.open_provider("panjaya")
    assert provider.name == "panjaya"


def test_another_address_key_or_process_has_its_own_client(
    configured: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = [providers.open_provider("panjaya")]
    configured.PANJAYA_API_URL = "http://127.0.0.1:8700"
    opened.append(providers.open_provider("panjaya"))
    configured.PANJAYA_API_KEY = "other"
    opened.append(providers.open_provider("panjaya"))
    monkeypatch.setattr("os.getpid", lambda: -1)
    opened.append(providers.open_provider("panjaya"))
    assert len({id(each) for each in opened}) == 4


def test_only_configured_providers_are_offered(configured: SimpleNamespace) -> None:
    assert providers.provider_names() == ("panjaya",)
    configured.PANJAYA_API_KEY = ""
    assert providers.provider_names() == ()
    with pytest.raises(ValueError, match="API key"):
        providers.open_provider("panjaya")


def test_what_a_provider_can_do_needs_no_key(configured: SimpleNamespace) -> None:
    configured.PANJAYA_API_KEY = configured.PANJAYA_API_URL = ""
    assert providers.label("panjaya") == "Panjaya"
    able = providers.capabilities("panjaya")
    assert (able.trim, able.target_srt, able.several_locales, able.callbacks) == (True, True, True, True)


def test_an_unknown_provider_can_do_nothing(configured: SimpleNamespace) -> None:
    assert providers.label("gone") == "gone"
    assert providers.capabilities("gone") == Capabilities()
    with pytest.raises(KeyError):
        providers.open_provider("gone")
