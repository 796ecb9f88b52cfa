"""Find the language and the video that a subtitle file belongs to, from its name alone.

Names are written by people and by tools: "harbour.es-ES.srt", "harbour_es.srt", "Spanish.srt", "port-fr-FR-v2.srt". A
name is certain if it cannot mean anything else, and only suggests a language if a title could read like that too:
"The Spanish Prisoner.srt", "It - Chapter Two.srt".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from django.conf import settings

from dubbing.platform import locales

SOURCE = "source"
ENDINGS = (".srt", ".vtt", ".txt")
"""Endings of the names of subtitle files."""

_LONGEST_NAME = 255
_MOST_WORDS = 4  # in the name of a language with its region
_SEPARATORS = re.compile(r"[\s._,;()\[\]{}+&\-–—]+")
_NOISE = re.compile(
    r"v(?:er)?\d+|\d+|\d+fps|final|finished|draft|subs?|subtitles?|captions?|cc|sdh|forced|full|fixed|copy|corrected|"
    r"correction|proofread|reviewed|approved|edited|edit|utf|utf8|dub|dubbed|dubbing|translated|translation|srt|vtt|txt|"
    r"webvtt|untertitel|ut|subtitulos|legendas|sottotitoli|napisy"
)
_SOURCE_WORDS = {"original", "source", "transcript", "transcription"}
_THREE_LETTERS = {
    "afr": "af", "alb": "sq", "ara": "ar", "arm": "hy", "aze": "az", "bel": "be", "bos": "bs", "bul": "bg", "cat": "ca",
    "ces": "cs", "chi": "zh", "cmn": "zh", "cze": "cs", "dan": "da", "deu": "de", "dut": "nl", "ell": "el", "eng": "en",
    "est": "et", "fas": "fa", "fin": "fi", "fra": "fr", "fre": "fr", "geo": "ka", "ger": "de", "glg": "gl", "gre": "el",
    "heb": "he", "hin": "hi", "hrv": "hr", "hun": "hu", "hye": "hy", "ice": "is", "ind": "id", "isl": "is", "ita": "it",
    "jpn": "ja", "kan": "kn", "kat": "ka", "kaz": "kk", "kor": "ko", "lav": "lv", "lit": "lt", "mal": "ml", "mar": "mr",
    "may": "ms", "mkd": "mk", "msa": "ms", "nep": "ne", "nld": "nl", "nob": "nb", "nor": "nb", "per": "fa", "pol": "pl",
    "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk", "slo": "sk", "slv": "sl", "spa": "es", "srp": "sr",
    "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te", "tgl": "fil", "tha": "th", "tur": "tr", "ukr": "uk",
    "urd": "ur",
    "vie": "vi", "zho": "zh",
}  # fmt: skip
_ALSO_CALLED = {
    "castilian": "es-ES", "castellano": "es-ES", "latam": "es-419", "latino": "es-419", "español latino": "es-419",
    "spanish latam": "es-419", "spanish latin america": "es-419", "latin american spanish": "es-419",
    "european spanish": "es-ES", "mexican": "es-MX", "mexican spanish": "es-MX", "español españa": "es-ES",
    "español méxico": "es-MX", "brazilian": "pt-BR", "brazilian portuguese": "pt-BR", "português brasil": "pt-BR",
    "português do brasil": "pt-BR", "brasileiro": "pt-BR", "european portuguese": "pt-PT",
    "português portugal": "pt-PT",
    "mandarin": "zh", "simplified chinese": "zh-Hans", "chinese simplified": "zh-Hans",
    "traditional chinese": "zh-Hant",
    "chinese traditional": "zh-Hant", "简体中文": "zh-Hans", "繁體中文": "zh-Hant", "简体": "zh-Hans",
    "繁體": "zh-Hant",
    "farsi": "fa", "flemish": "nl-BE", "norwegian": "nb", "norsk": "nb", "bokmål": "nb", "bahasa": "id",
    "indonesia": "id",
    "melayu": "ms", "tagalog": "fil", "ivrit": "he", "tiếng việt": "vi", "american english": "en-US",
    "english us": "en-US", "english usa": "en-US", "british english": "en-GB", "english uk": "en-GB",
    "canadian french": "fr-CA", "français canada": "fr-CA", "deutsch deutschland": "de-DE",
}  # fmt: skip
_COUNTRIES = {
    "united states": ("us", "usa"),
    "united kingdom": ("uk",),
    "china": ("prc",),
    "united arab emirates": ("uae",),
}
_REGIONS = {"001", "150", "419"}
_NO_CODES = {"in", "mo", "ji", "sh"}  # deprecated long ago, and words of many titles


@dataclass(frozen=True, slots=True)
class NamedLanguage:
    """What a file name says. ``tags``: languages it may mean ("es-ES", "es"); ``stems``: possible names of the video.

    ``is_certain``: there is one tag, in a place where only a language can be.
    """

    tags: tuple[str, ...] = ()
    is_certain: bool = False
    is_source: bool = False
    stems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Meant:
    """The slot that a file is for, or None if uncertain; ``candidates``: those that its name suggests."""

    slot: str | None = None
    candidates: tuple[str, ...] = ()


def is_subtitle_file(name: str) -> bool:
    """Whether the name ends like that of a subtitle file."""
    return name.casefold().endswith(ENDINGS)


def language_in(name: str) -> NamedLanguage:
    """What the file name says about its language."""
    words, breaks = _words(_without_ending(name))
    end = len(words)
    while end and _NOISE.fullmatch(words[end - 1]) and not _is_region(words, end - 1):
        end -= 1
    if not end:
        return NamedLanguage(stems=_stems(words, 0, 0))
    return (
        _at_the_end(words, breaks, end)
        or _at_the_beginning(words, breaks)
        or _in_the_middle(words, breaks, end)
        or NamedLanguage(stems=_stems(words, end, end))
    )


def slot_meant(
    named: NamedLanguage, offered: Collection[str], chosen: Collection[str], source: str | None = None
) -> Meant:
    """The slot that a name means, among the languages that can be dubbed into and the transcript.

    ``source``: the language of the transcript, if known; None if there is no slot for one.
    A tag with its region is enough. A language alone has to match exactly one of those that are ``chosen``.
    """
    if named.is_source:
        return Meant(SOURCE if source is not None else None)
    slots = {code: code for code in offered} | ({source: SOURCE} if source else {})
    fitting = [code for code in slots if any(locales.may_mean(tag, code) for tag in named.tags)]
    near = [code for code in slots if any(locales.same_language(tag, code) for tag in named.tags)]
    candidates = tuple(slots[code] for code in (*fitting, *(close for close in near if close not in fitting)))
    if not named.is_certain:
        return Meant(None, candidates)
    exact = [code for code in slots if code == locales.canonical(named.tags[0])]
    used = [code for code in fitting if code in chosen or slots[code] == SOURCE]
    sure = exact or (used if len(used) == 1 else [])
    return Meant(slots[sure[0]] if sure else None, candidates)


def stem_key(name: str) -> str:
    """The same for one title regardless of how its words are separated, and of case."""
    return " ".join(_words(name)[0])


# --- where a name contains a language --------------------------------------------------------------------------------


def _at_the_end(words: list[str], breaks: list[str], end: int) -> NamedLanguage | None:
    if words[end - 1] in _SOURCE_WORDS:
        return NamedLanguage(is_certain=True, is_source=True, stems=_stems(words, end - 1, end))
    for begin in range(max(0, end - _MOST_WORDS), end):
        tag = _tag_of(words[begin:end], breaks[begin + 1 : end])
        if tag is None:
            continue
        stems = _stems(words, begin, end)
        other = _code(words[begin - 1]) if begin and end - begin == 1 and breaks[begin].strip() else None
        if other and _code(words[begin]):  # "es-AR" where no provider has it, "de-fr": one or the other
            return NamedLanguage(tuple(dict.fromkeys((other, tag))), stems=_stems(words, begin - 1, end))
        loose = begin > 0 and end - begin == 1 and len(words[begin]) <= 3 and not breaks[begin].strip()
        return NamedLanguage((tag,), not loose, stems=stems)
    return None


def _at_the_beginning(words: list[str], breaks: list[str]) -> NamedLanguage | None:
    for end in range(min(_MOST_WORDS, len(words) - 1), 0, -1):
        tag = _tag_of(words[:end], breaks[1:end])
        if tag is None:
            continue
        set_apart = bool(breaks[end].strip()) and not (end == 1 and len(words[0]) <= 3)
        return NamedLanguage((tag,), set_apart, stems=_stems(words, 0, end))
    return None


def _in_the_middle(words: list[str], breaks: list[str], end: int) -> NamedLanguage | None:
    """A whole tag counts; the name of a language may be part of the title."""
    tags: dict[str, int] = {}
    for at in range(1, end - 1):
        tag = _locale(words[at : at + 2], breaks[at + 1 : at + 2])
        if tag:
            tags.setdefault(tag, at)
    if len(tags) == 1:
        ((tag, at),) = tags.items()
        return NamedLanguage((tag,), True, stems=_stems(words, at, at + 2))
    names = [tag for word in words[:end] if len(word) > 3 and (tag := _names().get(word))]
    return (
        NamedLanguage(tuple(dict.fromkeys((*tags, *names))), stems=_stems(words, end, end)) if names or tags else None
    )


def _tag_of(words: Sequence[str], breaks: Sequence[str]) -> str | None:
    """The tag that all of these words form; None if they form none."""
    tag = _locale(words, breaks) or _names().get(" ".join(words))
    return tag or (_code(words[0]) if len(words) == 1 else None)


def _locale(words: Sequence[str], breaks: Sequence[str]) -> str | None:
    """A language with its region or script, as one of the portal's languages if possible, otherwise as a tag."""
    if not 2 <= len(words) <= 3 or not (language := _code(words[0])):
        return None
    tag = locales.canonical("-".join((language, *words[1:])))
    if tag and (tag in _known() or words[-1] in _REGIONS):
        return tag
    is_tag = len(words) == 2 and breaks[0] in {"-", "_"}
    if is_tag and words[1] in {"hans", "hant"}:
        return f"{language}-{words[1].title()}"
    # A region that no provider supports: the language is still clear.
    return tag if is_tag and len(words[1]) == 2 and not _code(words[1]) else None


def _code(word: str) -> str | None:
    """The code of a language, as written in tags."""
    if word in _NO_CODES:
        return None
    language = _THREE_LETTERS.get(word, {"iw": "he", "no": "nb", "tl": "fil"}.get(word, word))
    return language if language in _languages() else None


def _is_region(words: list[str], at: int) -> bool:
    return words[at] in _REGIONS and at > 0 and _code(words[at - 1]) is not None


def _words(name: str) -> tuple[list[str], list[str]]:
    """The words of a name, and the separator before each: blank if it is only white space."""
    plain = _folded(re.sub(r"(?<![^\W_])([a-z]{2})([A-Z]{2})(?![^\W_])", r"\1-\2", name[-_LONGEST_NAME:]))
    words, breaks, at, before = [], [], 0, ""
    for match in _SEPARATORS.finditer(plain):
        if match.start() > at:
            words.append(plain[at : match.start()])
            breaks.append(before)
        before, at = match.group(), match.end()
    if at < len(plain):
        words.append(plain[at:])
        breaks.append(before)
    return words, breaks


def _stems(words: Sequence[str], begin: int, end: int) -> tuple[str, ...]:
    """The name without the language: the part before it, and that together with the part after it."""
    before, behind = words[:begin], words[end:]
    stems = [" ".join(before), " ".join((*before, *behind))]
    return tuple(dict.fromkeys(stem for stem in stems if stem))


def _without_ending(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    while is_subtitle_file(last):
        last = last[: last.rindex(".")]
    return last


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if unicodedata.category(letter) != "Mn")


@cache
def _names() -> dict[str, str]:
    """The code of each name of a language, in English and in the language itself: words separated by blanks."""
    names: dict[str, str] = {}
    for locale in locales.known():
        language = locale.code.partition("-")[0]
        for name in _called(locale):
            names.setdefault(name, language)
        base, _, region = locale.english_name.partition(" (")
        for country in (region.rstrip(")"), *_COUNTRIES.get(region.rstrip(")").lower(), ())):
            names[stem_key(f"{base} {country}")] = locale.code
    return names | {stem_key(name): tag for name, tag in _ALSO_CALLED.items()}


def _called(locale: locales.Locale) -> Iterator[str]:
    yield stem_key(locale.english_name.partition(" (")[0])
    for language, _name in settings.LANGUAGES:
        yield stem_key(locale.name_in(language).partition(" (")[0])
    yield stem_key(re.split(r"[（(]", locale.native_name)[0])


@cache
def _known() -> frozenset[str]:
    return frozenset(locale.code for locale in locales.known())


@cache
def _languages() -> frozenset[str]:
    return frozenset(_first(_known()))


def _first(codes: Iterable[str]) -> Iterator[str]:
    return (code.partition("-")[0] for code in codes)
