"""The choices of the new-asset form, with labels and help texts."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_lazy, gettext_noop

from dubbing.drafts import provider_fit
from dubbing.platform import locales
from dubbing.providers.base import Capabilities

SOURCE_FROM = [("file", gettext_noop("Upload a file")), ("url", gettext_noop("Use a link"))]
BACKGROUND_FROM = [
    ("none", gettext_noop("Separate it for me")),
    ("file", gettext_noop("Upload a file")),
    ("url", gettext_noop("Use a link")),
]
MEDIA_URL_HELP = gettext_lazy("A direct https link to the file. It must work without signing in for at least a day.")
SOURCE_LOCALE_HELP = gettext_lazy("The language and region of the original voices.")
SOURCE_SRT_HELP = gettext_lazy(
    "Helps the provider get names right. SRT works best; WebVTT and plain text work too. "
    "Times count from the start of the whole video, not the trim."
)
VOICE_ID_HELP = gettext_lazy(
    "A voice from the provider or one you trained there. Leave blank to let the provider choose."
)
VOICE_MODEL_HELP = gettext_lazy("The speech model. Leave blank to let the provider choose.")
SPEED_HELP = gettext_lazy("From 0.5 (slow) to 2 (fast). Leave blank for normal speed (1).")
SEED_HELP = gettext_lazy("The same number gives the same voice each time. Leave blank for a random voice.")
NOTES_HELP = gettext_lazy("Notes for the dubbing team: names, tone, words not to translate.")
ANONYMIZATION_HELP = gettext_lazy(
    "How different the new voices are from the original speakers. The provider receives only the number; the "
    "descriptions are ours. A voice may still be recognizable: listen to a pilot before you rely on it."
)
ANONYMIZATION_STOPS = [
    (0.0, gettext_noop("Original voice")),
    (0.3, gettext_noop("Slightly different")),
    (0.6, gettext_noop("Clearly different")),
    (1.0, gettext_noop("Maximum anonymization")),
]
SPEAKERS_FROM = [("unsure", gettext_noop("Not sure")), ("count", gettext_noop("I know how many"))]
SPEAKERS_HELP = gettext_lazy(
    "Count everyone heard, including off screen. If you are unsure, choose “Not sure”: a wrong number mixes up voices."
)
CONSENT_HELP = gettext_lazy("Where the speakers’ consent is recorded: a contract, form or ticket.")
OVERRIDE_HELP = gettext_lazy("Applies to this video only. Your reason and name are recorded in its history.")
CONSENT_LENGTH = 200
BACKGROUND_NEEDS_FILE = gettext_lazy(
    "A background file works only with an uploaded video. Upload the video too, or use a link to the background."
)
AUTO_GENERATE_HELP = {
    "with_lips": gettext_noop("You get a finished video whose lip movements match the new speech. Takes longest."),
    "no_lips": gettext_noop(
        "You get a finished video with new sound only. Faster; good for voice-over and screen recordings."
    ),
    "off": gettext_noop("Nothing is generated until you edit the dub in the studio and generate it there."),
}
AUTO_GENERATE_TITLE = {
    "with_lips": gettext_noop("Finished video with lip sync"),
    "no_lips": gettext_noop("Finished video, lip sync off"),
    "off": gettext_noop("Edit in the studio first"),
}
LIPS_HELP = {
    "real_face": gettext_noop("The most natural lip movements. The slowest step of a dub."),
    "real_face_turbo": gettext_noop(
        "Up to 4 times faster, according to the provider, with less detail. For drafts and deadlines."
    ),
}
ALSO_CALLED = {
    "ar-AE": "emirates", "ca-ES": "españa", "de-DE": "deutschland", "el-GR": "hellas", "en-GB": "uk britain england",
    "en-US": "usa america american", "es-ES": "españa castilian castellano", "es-MX": "méxico latin america latino",
    "fa-IR": "farsi", "fr-FR": "france", "he-IL": "ivrit", "it-IT": "italia", "ja-JP": "nihongo nippon",
    "ko-KR": "hangul", "nl-NL": "holland", "pt-BR": "brasil brazilian", "pt-PT": "european", "tr-TR": "turkey",
    "zh-CN": "mandarin simplified", "zh-TW": "mandarin traditional",
}  # fmt: skip
"""Further words that people search for: countries in their own language, other names of a language."""
LIPS_TITLE = {"real_face": gettext_noop("Best quality"), "real_face_turbo": gettext_noop("Faster")}


def missing(can: Capabilities) -> list[str]:
    """The fields that this provider cannot use."""
    lacking = [
        name for capability, names in provider_fit.FIELDS.items() if not getattr(can, capability) for name in names
    ]
    lacking += [] if can.speakers else ["speakers_from"]
    return [name for name in lacking if name != "media_url"]  # a link that cannot be used is reported


def auto_generate(can: Capabilities) -> list[tuple[str, str]]:
    """The ways to finish that the provider supports, the most automatic first."""
    return [(value, gettext(AUTO_GENERATE_TITLE[value])) for value in provider_fit.auto_generate(can)]


def source_from(can: Capabilities) -> list[tuple[str, str]]:
    """The ways to add a video."""
    return [choice for choice in SOURCE_FROM if choice[0] != "url" or can.links]


def source_locales(table: locales.Table) -> list[tuple[str, str]]:
    """The languages of a source video, as choices of a list."""
    return [("", gettext("Choose a language")), *(_named(locale) for locale in locales.sources(among=table))]


def figure(seconds: float) -> str:
    """Seconds written as short as possible: "9.5"."""
    return f"{seconds:.3f}".rstrip("0").rstrip(".") or "0"


def anonymization(value: float) -> str:
    """The meaning of a value, in a word."""
    if value <= 0:
        return gettext("Off: original voice")
    steps = (
        (0.15, gettext("Barely different")),
        (0.45, gettext("Slightly different")),
        (0.8, gettext("Clearly different")),
        (0.999, gettext("Very different")),
    )
    return next((word for limit, word in steps if value < limit), gettext("Maximum anonymization"))


def _named(locale: locales.Locale) -> tuple[str, str]:
    native = "" if locale.native_name in locale.name else f" · {locale.native_name}"
    return locale.code, f"{locale.name}{native} · {locale.code}"
