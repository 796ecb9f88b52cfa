"""Map our locales to VoiceChangerAPI's codes. https://voicechanger.co/ar/voice-changer-api/dubbing

An assumption: no list of codes is documented, only the samples ``en`` and ``es``, so these are the ISO 639-1 codes,
with two exceptions: Filipino has no such code and keeps its three letters, and Bokmål is ``no``, which speech services
are most likely to know. Regions are lost: es-MX and es-ES are one language to them.
"""

from __future__ import annotations

TARGETS: dict[str, str] = {
    "ar-AE": "ar",
    "bg-BG": "bg",
    "zh-CN": "zh",
    "hr-HR": "hr",
    "cs-CZ": "cs",
    "da-DK": "da",
    "nl-NL": "nl",
    "en-US": "en",
    "fil-PH": "fil",
    "fi-FI": "fi",
    "fr-FR": "fr",
    "de-DE": "de",
    "el-GR": "el",
    "hi-IN": "hi",
    "hu-HU": "hu",
    "id-ID": "id",
    "it-IT": "it",
    "ja-JP": "ja",
    "ko-KR": "ko",
    "lt-LT": "lt",
    "ms-MY": "ms",
    "nb-NO": "no",
    "pl-PL": "pl",
    "pt-BR": "pt",
    "pt-PT": "pt",
    "ro-RO": "ro",
    "ru-RU": "ru",
    "sk-SK": "sk",
    "es-MX": "es",
    "es-ES": "es",
    "sv-SE": "sv",
    "ta-IN": "ta",
    "tr-TR": "tr",
    "uk-UA": "uk",
    "vi-VN": "vi",
}

SOURCES: dict[str, str] = {**TARGETS, "he-IL": "he"}
