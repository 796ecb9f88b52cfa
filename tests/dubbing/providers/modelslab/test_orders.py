from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dubbing.platform import locales
from dubbing.providers import base
from dubbing.providers.base import LocalFile, Target
from dubbing.providers.modelslab import SOURCES, TARGETS, ModelsLabProvider, orders
from tests.dubbing.providers.modelslab.conftest import CALLBACK, KEY, SECRET_LINK, MakeOrder, paths, processing, sent
from tests.support.http_server import Server

SOURCE_CODES = (
    "af ar hy az be bs bg ca zh-CN zh-TW hr cs da nl en et fi fr gl ka de el he hi hu is id it ja kn kk ko lv lt mk ms "
    "ml mr ne no fa pl pt ro ru sr sk sl es sw sv ta te th tr uk ur vi tl"
)


def test_a_small_order_sends_both_languages_and_what_we_recognise_it_by(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url)))
    modelslab.create_asset(make_order())
    assert (server.requests[0].method, paths(server)) == ("POST", ["/api/v6/voice/create_dubbing"])
    assert server.requests[0].headers["content-type"] == "application/json"
    assert "authorization" not in server.requests[0].headers
    assert sent(server) == {
        "key": KEY,
        "init_video": SECRET_LINK,
        "source_lang": "en",
        "output_lang": "es",
        "file_prefix": "dub-abcdefgh23",
        "track_id": orders.track_id("DUB-ABCDEFGH23"),
    }


def test_a_full_order_sends_the_voice_and_the_callback_address(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url)))
    options = {"voice_id": "henry", "voice_model": "kokoro", "speed": 1.2, "seed": 0, "notes": "for others"}
    modelslab.create_asset(make_order(options=options, callback_url=CALLBACK, locale="zh-CN"))
    body = sent(server)
    assert {name: body[name] for name in ("voice_id", "voice_model", "speed", "seed", "webhook")} == {
        "voice_id": "henry",
        "voice_model": "kokoro",
        "speed": 1.2,
        "seed": 0,
        "webhook": CALLBACK,
    }
    assert body["source_lang"] == "zh-CN"
    assert not {"notes", "base64"} & body.keys()


def test_options_that_are_empty_are_not_sent(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url)))
    modelslab.create_asset(make_order(options={"voice_id": "", "voice_model": ""}))
    assert not {"voice_id", "voice_model", "speed", "seed"} & sent(server).keys()


def test_a_callback_address_nobody_can_reach_is_left_out(
    server: Server, make_order: MakeOrder, base_url: str, modelslab: ModelsLabProvider
) -> None:
    server.answers((200, processing(base_url)))
    modelslab.create_asset(make_order(callback_url="http://portal.example.com/callbacks/modelslab/token/"))
    assert "webhook" not in sent(server)


def test_progress_is_reported_right_before_the_first_byte(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder
) -> None:
    def stop(size: int) -> None:
        raise base.SendAborted(size)

    with pytest.raises(base.SendAborted, match="0"):
        modelslab.create_asset(make_order(), progress=stop)
    assert server.requests == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"locale": "xx-XX"}, "cannot dub from xx-XX"),
        ({"locale": "en"}, "cannot dub from en"),
        ({"targets": (Target("de-DE"),)}, "cannot dub into de-DE"),
        ({"targets": (Target("pt-PT"),)}, "cannot dub into pt-PT"),
        ({"targets": ()}, "one target language"),
        ({"targets": (Target("es-ES"), Target("fr-FR"))}, "one target language"),
        ({"targets": (Target("es-ES", srt="1"),)}, "subtitles"),
        ({"source_srt": "1"}, "subtitles"),
        ({"start": 1.0}, "trim"),
        ({"end": 5.0}, "trim"),
        ({"background_url": "https://m.example.com/b"}, "background"),
        ({"voice_anonymization": 0.5}, "anonymize"),
        ({"media_url": None}, "uploads"),
        ({"video": LocalFile(Path("/nowhere"), "film.mp4", "video/mp4"), "media_url": None}, "uploads"),
        ({"media_url": "http://media.example.com/film.mp4"}, "public https"),
        ({"media_url": "https://169.254.169.254/film.mp4"}, "public https"),
        ({"reference": ""}, "reference"),
        ({"reference": "--"}, "reference"),
        ({"options": {"speed": "fast"}}, "speed"),
        ({"options": {"speed": True}}, "speed"),
        ({"options": {"speed": 0}}, "speed"),
        ({"options": {"speed": float("nan")}}, "speed"),
        ({"options": {"speed": float("inf")}}, "speed"),
        ({"options": {"seed": 1.5}}, "seed"),
        ({"options": {"seed": True}}, "seed"),
        ({"options": {"seed": "7"}}, "seed"),
        ({"options": {"voice_id": 7}}, "voice"),
    ],
)
def test_an_impossible_order_is_refused_before_any_request(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, changes: dict[str, Any], expected: str
) -> None:
    with pytest.raises(base.Rejected, match=expected) as caught:
        modelslab.create_asset(make_order(**changes))
    assert "s3cr3t" not in str(caught.value)
    assert server.connections == 0


def test_hints_that_cannot_be_passed_on_do_no_harm(
    server: Server, modelslab: ModelsLabProvider, make_order: MakeOrder, base_url: str
) -> None:
    server.answers((200, processing(base_url)))
    modelslab.create_asset(
        make_order(start=0.0, speakers=2, auto_generate="no_lips", lips_model="real_face", voice_anonymization=0.0)
    )
    assert len(server.requests) == 1


def test_every_code_of_theirs_has_a_locale_of_ours() -> None:
    assert set(SOURCES.values()) == set(SOURCE_CODES.split())
    assert set(TARGETS.values()) == {"es", "fr", "hi", "it", "pt-br", "en-us", "en-gb", "ja", "zh"}
    assert len(TARGETS) == 9


def test_our_locales_are_in_the_usual_form_and_complete() -> None:
    assert [code for code in (*SOURCES, *TARGETS) if locales.canonical(code) != code] == []
    assert [code for code in locales.LOCALES if code not in SOURCES] == []


@pytest.mark.parametrize(
    ("reference", "prefix"), [("DUB-ABC234", "dub-abc234"), ("Folge 1/é_x", "folge-1-x"), ("../..", "")]
)
def test_the_prefix_is_safe_in_a_file_name(reference: str, prefix: str) -> None:
    assert orders.file_prefix(reference) == prefix


def test_the_track_id_is_a_stable_number_of_31_bits() -> None:
    numbers = [orders.track_id(f"DUB-{n}") for n in range(1000)]
    assert numbers == [orders.track_id(f"DUB-{n}") for n in range(1000)]
    assert len(set(numbers)) == 1000
    assert all(0 < number < 2**31 for number in numbers)


def test_it_states_what_it_cannot_do() -> None:
    provider = ModelsLabProvider("https://modelslab.com/api/v6", KEY)
    with pytest.raises(base.Rejected, match="one target language"):
        provider.add_locales("1", (Target("fr-FR"),), auto_generate="off")
    with pytest.raises(base.Rejected, match="no editor"):
        provider.revise("1")


@pytest.mark.parametrize("key", ["", " ", "a b", "a\r\nX: y", "é"])
def test_an_impossible_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="API key"):
        ModelsLabProvider("https://modelslab.com/api/v6", key)


@pytest.mark.parametrize("url", ["", "http://modelslab.com/api/v6", "https://u:p@modelslab.com/api", "https://a.b/?x"])
def test_an_address_that_would_leak_the_key_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="address") as caught:
        ModelsLabProvider(url, KEY)
    assert "u:p" not in str(caught.value)
