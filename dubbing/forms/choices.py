"""What can be chosen in the new-asset form, in the words people read."""

from __future__ import annotations

from dubbing import locales
from dubbing.providers.base import Capabilities
from dubbing.services import fitting

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
    "How far the new voices move away from the original speakers: 0 keeps them alike, 1 hides them best."
)
SPEAKERS_HELP = "The right number keeps voices apart. Blank: not sure, it is found out by listening."
BACKGROUND_NEEDS_FILE = (
    "A background file can only go together with an uploaded video. "
    "Upload the video as well, or give a link to the background."
)
AUTO_GENERATE_HELP = {
    "with_lips": "The film comes back finished, with mouths that move to the new words.",
    "no_lips": "The film comes back finished, only the sound is new. Quicker; good for voice-over and screens.",
    "off": "Nothing is rendered by itself. You edit the dub in the studio and generate the video there.",
}
AUTO_GENERATE_TITLE = {
    "with_lips": "Finished video, lips in step",
    "no_lips": "Finished video, picture untouched",
    "off": "Stop for editing in the studio",
}
LIPS_HELP = {
    "real_face": "Most natural mouths. Takes its time.",
    "real_face_turbo": "Up to 4 times faster, a little less fine. Good for drafts.",
}
LIPS_TITLE = {"real_face": "Best quality", "real_face_turbo": "Faster"}


def missing(can: Capabilities) -> list[str]:
    """The fields that this provider has no use for."""
    lacking = [name for capability, names in fitting.FIELDS.items() if not getattr(can, capability) for name in names]
    return [name for name in lacking if name != "media_url"]  # a link that cannot be taken is complained about


def auto_generate(can: Capabilities) -> list[tuple[str, str]]:
    """How far the provider can go by itself, the most first."""
    return [(value, AUTO_GENERATE_TITLE[value]) for value in fitting.auto_generate(can)]


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
        return "off: voices like the originals"
    steps = ((0.35, "slight"), (0.65, "noticeable"), (0.999, "strong"))
    return next((word for limit, word in steps if value < limit), "full: hardest to recognise")


def _named(locale: locales.Locale) -> tuple[str, str]:
    native = "" if locale.native_name in locale.name else f" · {locale.native_name}"
    return locale.code, f"{locale.name}{native} · {locale.code}"
