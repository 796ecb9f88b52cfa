"""What the witness takes and what it refuses, in shapes that differ from one refusal to the next."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

TARGETS = frozenset(
    [
        "ar-AE",
        "bg-BG",
        "zh-CN",
        "hr-HR",
        "cs-CZ",
        "da-DK",
        "nl-NL",
        "en-US",
        "fil-PH",
        "fi-FI",
        "fr-FR",
        "de-DE",
        "el-GR",
        "hi-IN",
        "hu-HU",
        "id-ID",
        "it-IT",
        "ja-JP",
        "ko-KR",
        "lt-LT",
        "ms-MY",
        "nb-NO",
        "pl-PL",
        "pt-BR",
        "pt-PT",
        "ro-RO",
        "ru-RU",
        "sk-SK",
        "es-ES",
        "es-MX",
        "sv-SE",
        "ta-IN",
        "tr-TR",
        "uk-UA",
        "vi-VN",
    ]
)
SOURCES = TARGETS | {"he-IL"}
KNOWN = frozenset(
    [
        "name",
        "locale",
        "languages",
        "media_url",
        "callback_url",
        "speakers_count",
        "start_time",
        "end_time",
        "auto_generate",
        "source_srt",
        "lips_model",
        "voice_anonymization",
        "background_url",
    ]
)
_TIME = r"\d\d:[0-5]\d:[0-5]\d,\d\d\d"
_CUE = re.compile(rf"\d+\n{_TIME} --> {_TIME}\n[^\n]+(\n[^\n]+)*")


class Refusal(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, detail: Any, headers: dict[str, str] | None = None) -> None:
        self.status, self.detail, self.headers = status, detail, headers or {}
        super().__init__(status)


def check_order(order: Any, *, uploaded: bool) -> None:
    """Raises Refusal for a create request that breaks a stated rule."""
    if not isinstance(order, dict):
        raise Refusal(422, [{"type": "dict_type", "loc": ["body"], "msg": "Input should be a valid dictionary"}])
    if strange := sorted(order.keys() - KNOWN):
        raise invalid(strange[0], "Extra inputs are not permitted")
    needed = {"name", "locale", "languages"} | (set() if uploaded else {"media_url"})
    if missing := sorted(needed - order.keys()):
        raise invalid(missing[0], "Field required")
    if uploaded and "media_url" in order:
        raise invalid("media_url", "Not together with a file")
    if not isinstance(order["name"], str) or not order["name"].strip():
        raise invalid("name", "String should have at least 1 character")
    if order["locale"] not in SOURCES:
        raise Refusal(400, {"code": "bad_locale", "msg": f"We do not understand {order['locale']}."})
    check_languages(order["languages"], order["locale"])
    _check_options(order)
    for name in ("media_url", "callback_url", "background_url"):
        if order.get(name) is not None and urlsplit(order[name]).scheme not in ("http", "https"):
            raise invalid(name, "Input should be a valid URL")


def _check_options(order: dict[str, Any]) -> None:
    if order.get("auto_generate") not in (None, "off", "with_lips", "no_lips"):
        raise invalid("auto_generate", "Input should be 'off', 'with_lips' or 'no_lips'")
    if order.get("lips_model") not in (None, "real_face", "real_face_turbo"):
        raise invalid("lips_model", "Input should be 'real_face' or 'real_face_turbo'")
    if order.get("lips_model") and order.get("auto_generate") != "with_lips":
        raise invalid("lips_model", "Only with lips")
    if not 0 <= (order.get("voice_anonymization") or 0) <= 1:
        raise invalid("voice_anonymization", "Input should be less than or equal to 1")


def check_languages(languages: Any, source: str) -> None:
    """Raises Refusal unless these are target languages, each once."""
    if not isinstance(languages, list) or not languages:
        raise invalid("languages", "List should have at least 1 item after validation")
    codes = [language.get("locale") for language in languages]
    if source in codes or len(codes) != len(set(codes)) or not TARGETS.issuperset(codes):
        raise Refusal(400, {"error": {"description": f"These languages do not go together: {codes}"}})
    for number, language in enumerate(languages):
        srt = language.get("srt")
        if srt is not None and not all(map(_CUE.fullmatch, srt.strip("\n").split("\n\n"))):
            raise invalid(f"languages.{number}.srt", "This is not SRT")


def invalid(where: str, words: str) -> Refusal:
    """As a web framework's validation says it."""
    detail = [{"type": "value_error", "loc": ["body", *where.split(".")], "msg": words, "input": None}]
    return Refusal(422, detail)


def kept_name(name: str) -> str:
    """Title case, single spaces, and 255 bytes, not characters."""
    return " ".join(name.title().split()).encode()[:255].decode("utf-8", "ignore")
