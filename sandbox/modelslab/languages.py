"""The two vocabularies of the documentation, which differ, and the voices this sandbox pretends to have."""

TARGETS: dict[str, str] = {
    "es": "es-ES",
    "fr": "fr-FR",
    "hi": "hi-IN",
    "it": "it-IT",
    "pt-br": "pt-BR",
    "en-us": "en-US",
    "en-gb": "en-GB",
    "ja": "ja-JP",
    "zh": "zh-CN",
}
# fmt: off
SOURCES = frozenset([
    "af", "ar", "hy", "az", "be", "bs", "bg", "ca", "zh-CN", "zh-TW", "hr", "cs", "da", "nl", "en", "et", "fi",
    "fr", "gl", "ka", "de", "el", "he", "hi", "hu", "is", "id", "it", "ja", "kn", "kk", "ko", "lv", "lt", "mk",
    "ms", "ml", "mr", "ne", "no", "fa", "pl", "pt", "ro", "ru", "sr", "sk", "sl", "es", "sw", "sv", "ta", "te",
    "th", "tr", "uk", "ur", "vi",
])
# fmt: on
VOICES: dict[str, list[tuple[str, str, str]]] = {
    "manual": [("henry", "Henry", "english"), ("madison", "Madison", "english")],
    "trained": [("af_heart", "Heart", "english")],
    "voice_cover": [],
}
EVERY_VOICE = frozenset(voice_id for voices in VOICES.values() for voice_id, _, _ in voices)
