from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dubbing.platform import locales
from dubbing.providers import base
from dubbing.providers.base import AssetOrder, LocalFile, RemoteAsset, Target
from dubbing.providers.voicechanger import SOURCES, TARGETS, VoiceChangerProvider
from tests.dubbing.providers.voicechanger.conftest import Api

Fail = Callable[..., base.ProviderError]


def test_each_of_our_locales_has_one_of_their_codes() -> None:
    assert set(SOURCES) == {locale.code for locale in locales.sources()}
    assert set(TARGETS) == {locale.code for locale in locales.targets()}
    for code, word in SOURCES.items():
        assert word == {"nb-NO": "no"}.get(code, code.partition("-")[0])


def test_it_says_what_it_can_do() -> None:
    able = VoiceChangerProvider.capabilities
    able_to = {"uploads", "notes", "may_return_placeholder", "prepares"}
    assert {name for name in able.__slots__ if getattr(able, name)} == able_to


def test_both_languages_are_always_sent(api: Api, create: Callable[..., RemoteAsset]) -> None:
    create(locale="he-IL", targets=(Target("nb-NO"),))
    assert api.sent("start") == {"source_language": "he", "target_language": "no"}


def test_notes_are_sent_if_there_are_any(api: Api, create: Callable[..., RemoteAsset]) -> None:
    create(options={"notes": " Keep “Ürün” as it is.\n", "speed": 2})
    assert api.sent("start")["notes"] == "Keep “Ürün” as it is."
    create(options={"notes": "  "})
    assert "notes" not in api.sent("start")


@pytest.mark.parametrize(
    ("name", "given", "asked"),
    [
        ("film.mp4", "video/mp4", "video/mp4"),
        ("film.mp4", "video/quicktime", "video/quicktime"),
        ("film.webm", "application/octet-stream", "video/webm"),
        ("film", "", "video/mp4"),
        ("film", "video/mp4\r\nX: y", "video/mp4"),
    ],
)
def test_the_type_asked_for_is_the_one_of_the_file(
    api: Api, create: Callable[..., RemoteAsset], tmp_path: Path, name: str, given: str, asked: str
) -> None:
    (tmp_path / "v").write_bytes(b"x")
    create(video=LocalFile(tmp_path / "v", name, given))
    assert api.of("slot")[0].path == f"/v1/dubbing/uploads?content_type={asked.replace('/', '%2F')}"
    assert api.of("slot")[0].body == b""


@pytest.mark.parametrize(
    "changes",
    [
        {"targets": ()},
        {"targets": (Target("es-ES"), Target("fr-FR"))},
        {"targets": (Target("he-IL"),)},
        {"targets": (Target("es-ES", srt="1\n"),)},
        {"locale": "xx-XX"},
        {"locale": "es-MX"},
        {"video": None, "media_url": "https://media.example.com/film.mp4"},
        {"start": 0.0},
        {"end": 9.5},
        {"voice_anonymization": 0.5},
        {"background_url": "https://media.example.com/music.mp3"},
    ],
)
def test_an_order_that_it_cannot_carry_out_makes_no_request(api: Api, failing: Fail, changes: dict[str, Any]) -> None:
    error = failing(**changes)
    assert type(error) is base.Rejected
    assert error.reason
    assert api.base.connections == 0


def test_mere_hints_are_left_out(api: Api, create: Callable[..., RemoteAsset]) -> None:
    create(speakers=2, source_srt="1\n", callback_url="https://portal.example.com/c", auto_generate="with_lips")
    assert api.sent("start") == {"source_language": "en", "target_language": "es"}


def test_languages_are_not_added_and_nothing_is_revised(api: Api, voicechanger: VoiceChangerProvider) -> None:
    with pytest.raises(base.Rejected, match="one language per job"):
        voicechanger.add_locales("j", (Target("fr-FR"),), auto_generate="off")
    with pytest.raises(base.Rejected, match="no editor"):
        voicechanger.revise("j")
    assert api.base.connections == 0


@pytest.mark.parametrize("key", ["", " ", "a b", "a\r\nX: y", "é"])
def test_an_impossible_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="API key"):
        VoiceChangerProvider("https://api.example.com/", key)


@pytest.mark.parametrize("url", ["", "http://api.example.com/", "https://u:p@api.example.com/", "https://a.example/?x"])
def test_an_address_that_is_missing_or_would_leak_the_key_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address"):
        VoiceChangerProvider(url, "k")


def test_a_local_address_is_reachable_for_a_local_provider_only(
    voicechanger: VoiceChangerProvider, make_order: Callable[..., AssetOrder]
) -> None:
    assert voicechanger.reachable("http://127.0.0.1:8000/c")
    assert not VoiceChangerProvider("https://api.example.com", "k").reachable("http://127.0.0.1:8000/c")
