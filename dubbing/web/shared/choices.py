"""What can be chosen in the new-asset form, in the words people read."""

from __future__ import annotations

from dubbing.drafts import provider_fit
from dubbing.platform import locales
from dubbing.providers.base import Capabilities

SOURCE_FROM = [("file", "Upload a file"), ("url", "Use a link")]
BACKGROUND_FROM = [
    ("none", "Separate it for me"),
    ("file", "Upload a file"),
    ("url", "Use a link"),
]
MEDIA_URL_HELP = "A direct https link to the file itself, which works without signing in for at least a day."
SOURCE_LOCALE_HELP = "The language and region of the voices in the original."
SOURCE_SRT_HELP = (
    "SRT gives the best result, WebVTT and plain text work too. Saves misheard names. "
    "Times count from the beginning of the whole video, not of the trim."
)
VOICE_ID_HELP = "One of the provider's voices, or one that was trained there. Blank: it chooses."
VOICE_MODEL_HELP = "The model that speaks. Blank: the provider's own choice."
SPEED_HELP = "From 0.5 (slow) to 2 (fast). Blank: 1, the usual speed."
SEED_HELP = "The same number gives the same voice again. Blank: left to chance."
NOTES_HELP = "For whoever dubs it: names, tone, what must not be translated."
ANONYMIZATION_HELP = (
    "How far the new voices move away from the people who speak. The figure is what is sent; the words for it are the "
    "portal’s own. Nobody promises that a voice cannot be recognised: listen to a minute before you rely on it."
)
ANONYMIZATION_STOPS = [
    (0.0, "the speaker’s own voice"),
    (0.3, "a little unlike"),
    (0.6, "clearly another voice"),
    (1.0, "as far away as it goes"),
]
SPEAKERS_FROM = [("unsure", "Not sure"), ("count", "I know how many")]
SPEAKERS_HELP = "Everybody who is heard, off screen too. A wrong number mixes voices up: leave it at “Not sure” then."
CONSENT_HELP = "Where the speakers’ consent to this is written down: a contract, a form, a ticket."
OVERRIDE_HELP = "For this asset alone. It is written down with your name, and stays in its history."
CONSENT_LENGTH = 200
BACKGROUND_NEEDS_FILE = (
    "A background file can only go together with an uploaded video. "
    "Upload the video as well, or give a link to the background."
)
AUTO_GENERATE_HELP = {
    "with_lips": "The film comes back finished, with mouths that move to the new words. Takes longest.",
    "no_lips": "The film comes back finished, only the sound is new. Quicker; good for voice-over and screens.",
    "off": "Nothing is rendered by itself: it waits until you have edited it in the studio and generate it there.",
}
AUTO_GENERATE_TITLE = {
    "with_lips": "Finished video, lips in step",
    "no_lips": "Finished video, picture untouched",
    "off": "Stop for editing in the studio",
}
LIPS_HELP = {
    "real_face": "Most natural mouths, for what people will see. The slow part of a dub.",
    "real_face_turbo": "Up to 4 times faster by the provider’s own account, less fine. For drafts and deadlines.",
}
ALSO_CALLED = {
    "ar-AE": "emirates", "ca-ES": "españa", "de-DE": "deutschland", "el-GR": "hellas", "en-GB": "uk britain england",
    "en-US": "usa america american", "es-ES": "españa castilian castellano", "es-MX": "méxico latin america latino",
    "fa-IR": "farsi", "fr-FR": "france", "he-IL": "ivrit", "it-IT": "italia", "ja-JP": "nihongo nippon",
    "ko-KR": "hangul", "nl-NL": "holland", "pt-BR": "brasil brazilian", "pt-PT": "european", "tr-TR": "turkey",
    "zh-CN": "mandarin simplified", "zh-TW": "mandarin traditional",
}  # fmt: skip
"""What else people search for: countries in their own words, other names of a language."""
LIPS_TITLE = {"real_face": "Best quality", "real_face_turbo": "Faster"}


def missing(can: Capabilities) -> list[str]:
    """The fields that this provider has no use for."""
    lacking = [
        name for capability, names in provider_fit.FIELDS.items() if not getattr(can, capability) for name in names
    ]
    lacking += [] if can.speakers else ["speakers_from"]
    return [name for name in lacking if name != "media_url"]  # a link that cannot be taken is complained about


def auto_generate(can: Capabilities) -> list[tuple[str, str]]:
    """How far the provider can go by itself, the most first."""
    return [(value, AUTO_GENERATE_TITLE[value]) for value in provider_fit.auto_generate(can)]


def source_from(can: Capabilities) -> list[tuple[str, str]]:
    """Where a video may come from."""
    return [choice for choice in SOURCE_FROM if choice[0] != "url" or can.links]


def source_locales(table: locales.Table) -> list[tuple[str, str]]:
    """Languages a video may speak, for a list to choose from."""
    return [("", "Choose…"), *(_named(locale) for locale in locales.sources(among=table))]


def figure(seconds: float) -> str:
    """Seconds as short as they can be written: "9.5"."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".") or "0"


def anonymization(value: float) -> str:
    """What a value means, in a word."""
    if value <= 0:
        return "off: the speaker’s own voice"
    steps = ((0.15, "hardly unlike"), (0.45, "a little unlike"), (0.8, "clearly another voice"), (0.999, "far away"))
    return next((word for limit, word in steps if value < limit), "as far away as it goes")


def _named(locale: locales.Locale) -> tuple[str, str]:
    native = "" if locale.native_name in locale.name else f" · {locale.native_name}"
    return locale.code, f"{locale.name}{native} · {locale.code}"
