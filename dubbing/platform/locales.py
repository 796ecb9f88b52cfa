"""Locales: their names, and which can be dubbed from and into.

`LOCALES` is a snapshot of what the first provider documents; `table` makes one for a provider with a list of its own.
A code that a table does not list yet is added through `extra`, as source and as target, so that a longer list at the
provider takes a setting rather than a release.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import babel
from babel.core import get_global
from django.utils.translation import get_language, gettext

from dubbing.platform import formatting

_RTL_LANGUAGES = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?-([a-z]{2}|[0-9]{3})", re.IGNORECASE | re.ASCII)

# A tag as others may write it: with an extended language, and with variants, extensions or an encoding after it.
_LOOSE = re.compile(
    r"([a-z]{2,3})(?:-[a-z]{3})?(?:-([a-z]{4}))?(?:-([a-z]{2}|[0-9]{3}))?(?=$|[-.@])", re.IGNORECASE | re.ASCII
)
# The script implied by a region, for languages written in two scripts that do not share their readers.
_SCRIPTS = {
    ("zh", "cn"): "hans",
    ("zh", "sg"): "hans",
    ("zh", "hk"): "hant",
    ("zh", "mo"): "hant",
    ("zh", "tw"): "hant",
}
_LONGEST_TAG = 100
# ISO 639-2 has two codes for twenty languages; these are the ones used by libraries rather than in files.
_BIBLIOGRAPHIC = frozenset(
    "alb arm baq bur chi cze dut fre geo ger gre ice mac mao may per rum slo tib wel".split()  # noqa: SIM905
)
_RENAMED = {"cmn": "zh", "in": "id", "iw": "he", "ji": "yi", "mo": "ro", "no": "nb", "tl": "fil"}


@dataclass(frozen=True, slots=True)
class Locale:
    """A language as spoken in a region: the IETF tag, its names, and what it may be used for."""

    code: str
    english_name: str
    native_name: str
    source: bool = True
    target: bool = True
    rtl: bool = False

    @property
    def name(self) -> str:
        """Its name in the interface language."""
        return self.name_in(get_language() or "en")

    def name_in(self, language: str) -> str:
        """Its name in another language; the tag itself if nobody here has a name for it."""
        if self.english_name == self.code or language.partition("-")[0] == "en":
            return self.english_name
        return _translated_name(self.code, language) or self.english_name

    def __str__(self) -> str:
        return self.name


_TABLE = (
    Locale("ar-AE", "Arabic (United Arab Emirates)", "العربية", rtl=True),
    Locale("bg-BG", "Bulgarian (Bulgaria)", "български"),
    Locale("zh-CN", "Chinese (China)", "中文"),
    Locale("hr-HR", "Croatian (Croatia)", "hrvatski"),
    Locale("cs-CZ", "Czech (Czechia)", "čeština"),
    Locale("da-DK", "Danish (Denmark)", "dansk"),
    Locale("nl-NL", "Dutch (Netherlands)", "Nederlands"),
    Locale("en-US", "English (United States)", "English"),
    Locale("fil-PH", "Filipino (Philippines)", "Filipino"),
    Locale("fi-FI", "Finnish (Finland)", "suomi"),
    Locale("fr-FR", "French (France)", "français"),
    Locale("de-DE", "German (Germany)", "Deutsch"),
    Locale("el-GR", "Greek (Greece)", "Ελληνικά"),
    Locale("he-IL", "Hebrew (Israel)", "עברית", target=False, rtl=True),
    Locale("hi-IN", "Hindi (India)", "हिन्दी"),
    Locale("hu-HU", "Hungarian (Hungary)", "magyar"),
    Locale("id-ID", "Indonesian (Indonesia)", "Bahasa Indonesia"),
    Locale("it-IT", "Italian (Italy)", "italiano"),
    Locale("ja-JP", "Japanese (Japan)", "日本語"),
    Locale("ko-KR", "Korean (South Korea)", "한국어"),
    Locale("lt-LT", "Lithuanian (Lithuania)", "lietuvių"),
    Locale("ms-MY", "Malay (Malaysia)", "Bahasa Melayu"),
    Locale("nb-NO", "Norwegian Bokmål (Norway)", "norsk bokmål"),
    Locale("pl-PL", "Polish (Poland)", "polski"),
    Locale("pt-BR", "Portuguese (Brazil)", "português"),
    Locale("pt-PT", "Portuguese (Portugal)", "português"),
    Locale("ro-RO", "Romanian (Romania)", "română"),
    Locale("ru-RU", "Russian (Russia)", "русский"),
    Locale("sk-SK", "Slovak (Slovakia)", "slovenčina"),
    Locale("es-MX", "Spanish (Mexico)", "español"),
    Locale("es-ES", "Spanish (Spain)", "español"),
    Locale("sv-SE", "Swedish (Sweden)", "svenska"),
    Locale("ta-IN", "Tamil (India)", "தமிழ்"),
    Locale("tr-TR", "Turkish (Türkiye)", "Türkçe"),
    Locale("uk-UA", "Ukrainian (Ukraine)", "українська"),
    Locale("vi-VN", "Vietnamese (Vietnam)", "Tiếng Việt"),
)

# Others that some provider has; only their names are kept here.
_ELSEWHERE = (
    Locale("af-ZA", "Afrikaans (South Africa)", "Afrikaans"),
    Locale("hy-AM", "Armenian (Armenia)", "հայերեն"),
    Locale("az-AZ", "Azerbaijani (Azerbaijan)", "azərbaycan"),
    Locale("be-BY", "Belarusian (Belarus)", "беларуская"),
    Locale("bs-BA", "Bosnian (Bosnia and Herzegovina)", "bosanski"),
    Locale("ca-ES", "Catalan (Spain)", "català"),
    Locale("zh-TW", "Chinese (Taiwan)", "中文（台灣）"),
    Locale("en-GB", "English (United Kingdom)", "English"),
    Locale("et-EE", "Estonian (Estonia)", "eesti"),
    Locale("gl-ES", "Galician (Spain)", "galego"),
    Locale("ka-GE", "Georgian (Georgia)", "ქართული"),
    Locale("is-IS", "Icelandic (Iceland)", "íslenska"),
    Locale("kn-IN", "Kannada (India)", "ಕನ್ನಡ"),
    Locale("kk-KZ", "Kazakh (Kazakhstan)", "қазақ тілі"),
    Locale("lv-LV", "Latvian (Latvia)", "latviešu"),
    Locale("mk-MK", "Macedonian (North Macedonia)", "македонски"),
    Locale("ml-IN", "Malayalam (India)", "മലയാളം"),
    Locale("mr-IN", "Marathi (India)", "मराठी"),
    Locale("ne-NP", "Nepali (Nepal)", "नेपाली"),
    Locale("fa-IR", "Persian (Iran)", "فارسی", rtl=True),
    Locale("sr-RS", "Serbian (Serbia)", "српски"),
    Locale("sl-SI", "Slovenian (Slovenia)", "slovenščina"),
    Locale("sw-KE", "Swahili (Kenya)", "Kiswahili"),
    Locale("te-IN", "Telugu (India)", "తెలుగు"),
    Locale("th-TH", "Thai (Thailand)", "ไทย"),
    Locale("ur-PK", "Urdu (Pakistan)", "اردو", rtl=True),
)

Table = Mapping[str, Locale]
LOCALES: dict[str, Locale] = {locale.code: locale for locale in sorted(_TABLE, key=lambda locale: locale.english_name)}
_NAMES = {locale.code: locale for locale in (*_TABLE, *_ELSEWHERE)}


def table(sources: Collection[str], targets: Collection[str]) -> dict[str, Locale]:
    """The locales that a provider dubs from and into, by tag, in the order of their English names."""
    known = (_open(tag) for tag in {*sources, *targets})
    marked = [replace(locale, source=locale.code in sources, target=locale.code in targets) for locale in known]
    return {locale.code: locale for locale in sorted(marked, key=lambda locale: locale.english_name)}


def widened(among: Table, extra: Iterable[str]) -> dict[str, Locale]:
    """The table with these tags added."""
    return {**among, **_admitted(extra)}


def canonical(code: str) -> str | None:
    """The usual form of a tag ("pt-BR" for " PT_br "); None if it is not a language-REGION tag."""
    match = _TAG.fullmatch(code.strip().replace("_", "-"))
    if match is None:
        return None
    language, script, region = match.groups()
    return "-".join(part for part in (language.lower(), (script or "").title(), region.upper()) if part)


def paired(theirs: Iterable[str], ours: Iterable[str]) -> dict[str, str]:
    """Which of our tags each of a provider's tags means, however they are spelled; without those that mean none.

    Case and underscores do not matter (BCP 47). A tag that leaves something open fits, a bare "es" means "es-ES", as
    long as it can mean no other tag of ours and none of theirs spells that one out.
    """
    wanted, mine = list(dict.fromkeys(theirs)), list(dict.fromkeys(ours))
    same, by_language = {_subtags(tag): tag for tag in mine}, defaultdict(list)
    for tag in mine:
        by_language[_subtags(tag)[0]].append(tag)
    pairs = {code: same[tags] for code in wanted if (tags := _subtags(code)) in same}
    taken = set(pairs.values())
    for code in wanted:
        beside = [] if code in pairs else by_language[_subtags(code)[0]]
        fitting = [tag for tag in beside if tag not in taken and may_mean(code, tag)]
        if len(fitting) == 1:
            pairs[code] = fitting[0]
            taken.add(fitting[0])
    return pairs


def may_mean(code: str, other: str) -> bool:
    """Whether two tags do not contradict each other: the same language, and no different script or region."""
    mine, its = _subtags(code), _subtags(other)
    fits = (not part or not another or part == another for part, another in zip(mine[1:], its[1:], strict=True))
    return mine[0] == its[0] and all(fits)


def meanings(code: str, among: Iterable[str]) -> list[str]:
    """The tags that an incomplete tag may mean, in order; none for a complete one."""
    return [] if canonical(code) else sorted(candidate for candidate in among if may_mean(code, candidate))


def same_language(code: str, other: str) -> bool:
    """Whether two tags are of the same language, wherever it is spoken."""
    return _subtags(code)[0] == _subtags(other)[0]


def iso_639_2(code: str) -> str:
    """The language of a tag as files have it ("por" for "pt-BR"); "und" if there is no such code."""
    language = _subtags(code)[0]
    if re.fullmatch("[a-z]{3}", language):
        return language
    # A code for several languages together (Chinese) comes after the codes of the single ones (Mandarin).
    return next(reversed(_three_letters().get(language, [])), "und")


def find(code: str, *, among: Table = LOCALES, extra: Iterable[str] = ()) -> Locale | None:
    """The locale of a tag in any spelling; None if it is not supported. A bare language finds nothing."""
    tag = canonical(code)
    if tag is None:
        return None
    return _admitted(extra).get(tag) or among.get(tag)


def known() -> tuple[Locale, ...]:
    """Every locale that has a name here, whoever offers it."""
    return tuple(_NAMES.values())


def display_name(code: str) -> str:
    """The name of a locale, whoever offers it ("Portuguese (Brazil)" for "pt-BR"); else the code itself."""
    return _display_name(code, get_language() or "en")


@lru_cache(maxsize=4_000)
def _display_name(code: str, language: str) -> str:
    known = find(code, extra=[code])
    return known.name_in(language) if known else code


def by_name(codes: Iterable[str]) -> list[str]:
    """These tags sorted by their names in the interface language."""
    return sorted(codes, key=lambda code: (formatting.sort_key(display_name(code)), code))


def language_name(language: str) -> str:
    """The name of a language without its region ("Portuguese" for "pt"); the code itself if it has none."""
    return str(_interface(get_language() or "en").languages.get(language, language))


def sources(*, among: Table = LOCALES, extra: Iterable[str] = ()) -> tuple[Locale, ...]:
    """Locales that a source video may speak, by name."""
    return tuple(locale for locale in _all(among, extra) if locale.source)


def targets(*, among: Table = LOCALES, extra: Iterable[str] = ()) -> tuple[Locale, ...]:
    """Locales that a video may be dubbed into, by name."""
    return tuple(locale for locale in _all(among, extra) if locale.target)


def problems(
    source: str, targets: Iterable[str], *, among: Table = LOCALES, extra: Iterable[str] = ()
) -> list[tuple[str, str]]:
    """Why these locales cannot be combined, as (code, message for people); empty if they can.

    Codes: `unsupported`, `target_only`, `source_only`, `same_as_source`, `twice`.
    """
    known = widened(among, extra)
    start = find(source, among=known)
    errors = [] if start and start.source else [_source_problem(source, start, known)]
    seen: set[str] = set()
    dubbed = [code for code, locale in known.items() if locale.target]
    for target in targets:
        locale = known.get(canonical(target) or "")
        problem = _target_problem(target, locale, start, seen, dubbed)
        if problem:
            errors.append(problem)
        if locale:
            seen.add(locale.code)
    return errors


def _source_problem(code: str, locale: Locale | None, known: Table) -> tuple[str, str]:
    if locale is None:
        fitting = meanings(code, [source.code for source in sources(among=known)])
        message = gettext("“%(code)s” is not a supported source language.") % {"code": _short(code)}
        return "unsupported", _ambiguous(code, fitting) or message
    message = gettext("%(language)s can be a target language, but not the source.")
    return "target_only", message % {"language": locale.name}


def _target_problem(
    code: str, locale: Locale | None, source: Locale | None, seen: set[str], dubbed: list[str]
) -> tuple[str, str] | None:
    if locale is None:
        fitting = meanings(code, dubbed)
        message = gettext("“%(code)s” is not a supported target language.") % {"code": _short(code)}
        return "unsupported", _ambiguous(code, fitting) or message
    if locale.code in seen:
        return "twice", gettext("%(language)s is chosen more than once.") % {"language": locale.name}
    if not locale.target:
        message = gettext("%(language)s can be the source language, but not a target.")
        return "source_only", message % {"language": locale.name}
    if source and locale.code == source.code:
        return "same_as_source", gettext("%(language)s is already the source language.") % {"language": locale.name}
    return None


def _ambiguous(code: str, fitting: Collection[str]) -> str:
    """The message for a tag that leaves something open; empty if it fits nothing."""
    values = {"code": _short(code), "codes": gettext(" or ").join(fitting)}
    if len(fitting) == 1:
        return gettext("“%(code)s” needs its region: %(codes)s.") % values
    return gettext("“%(code)s” is ambiguous: use %(codes)s.") % values if fitting else ""


def _subtags(code: str) -> tuple[str, str, str]:
    """Language, script and region of a tag; anything that is not a tag is a language of its own."""
    return _read_subtags(code[:_LONGEST_TAG])


@lru_cache(maxsize=8192)
def _read_subtags(code: str) -> tuple[str, str, str]:
    match = _LOOSE.match(code.strip().casefold().replace("_", "-"))
    if match is None:
        return code.strip().casefold(), "", ""
    language, script, region = (part or "" for part in match.groups())
    language = _RENAMED.get(language, language)
    return language, script or _SCRIPTS.get((language, region), ""), region


@lru_cache(maxsize=1)
def _three_letters() -> dict[str, list[str]]:
    """For each two-letter language code, its possible three-letter codes."""
    codes: dict[str, list[str]] = {}
    for longer, language in get_global("language_aliases").items():
        if len(longer) == 3 and longer not in _BIBLIOGRAPHIC:
            codes.setdefault(language, []).append(longer)
    return codes


@lru_cache(maxsize=16)
def _interface(language: str) -> babel.Locale:
    return babel.Locale.parse(language, sep="-")


@lru_cache(maxsize=2000)
def _translated_name(code: str, language: str) -> str | None:
    """The name and region from the Unicode Consortium's tables, as in English: "Norwegisch (Norwegen)"."""
    try:
        names = _interface(language)
        tag = babel.Locale.parse(code, sep="-")
    except (babel.UnknownLocaleError, ValueError):
        return None
    spoken, region = names.languages.get(tag.language), names.territories.get(tag.territory or "")
    if not spoken or not region:
        return None
    return f"{spoken[:-1]}, {region})" if spoken.endswith(")") else f"{spoken} ({region})"


def _short(code: str) -> str:
    return code.strip()[:35]


def _all(among: Table, extra: Iterable[str]) -> list[Locale]:
    return sorted(widened(among, extra).values(), key=lambda locale: formatting.sort_key(locale.name))


def _admitted(extra: Iterable[str]) -> dict[str, Locale]:
    tags = (canonical(code) for code in extra)
    return {tag: _open(tag) for tag in tags if tag}


def _open(tag: str) -> Locale:
    known = _NAMES.get(tag)
    if known:
        return Locale(tag, known.english_name, known.native_name, rtl=known.rtl)
    return Locale(tag, tag, tag, rtl=tag.partition("-")[0] in _RTL_LANGUAGES)
