"""The locales that may be dubbed from and into, as data.

The table is a snapshot of what the provider documents. A code that it does not list yet is admitted through `extra`,
as source and as target, so that a longer list at the provider needs a setting and not a release.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_RTL_LANGUAGES = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_TAG = re.compile(r"([a-z]{2,3})(?:-([a-z]{4}))?-([a-z]{2}|[0-9]{3})", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Locale:
    """A language as spoken in a region: the IETF tag, its names, and what it may be used for."""

    code: str
    name: str
    native_name: str
    source: bool = True
    target: bool = True
    rtl: bool = False

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

LOCALES: dict[str, Locale] = {locale.code: locale for locale in sorted(_TABLE, key=lambda locale: locale.name)}


def canonical(code: str) -> str | None:
    """Write a tag the usual way (" PT_br " gives "pt-BR"); None when it is no language-REGION tag."""
    match = _TAG.fullmatch(code.strip().replace("_", "-"))
    if match is None:
        return None
    language, script, region = match.groups()
    return "-".join(part for part in (language.lower(), (script or "").title(), region.upper()) if part)


def find(code: str, *, extra: Iterable[str] = ()) -> Locale | None:
    """The locale of a tag, however it is written; None when it is not supported. A bare language finds nothing."""
    tag = canonical(code)
    if tag is None:
        return None
    return _admitted(extra).get(tag) or LOCALES.get(tag)


def sources(*, extra: Iterable[str] = ()) -> tuple[Locale, ...]:
    """Locales that a source video may speak, by name."""
    return tuple(locale for locale in _all(extra) if locale.source)


def targets(*, extra: Iterable[str] = ()) -> tuple[Locale, ...]:
    """Locales that a video may be dubbed into, by name."""
    return tuple(locale for locale in _all(extra) if locale.target)


def problems(source: str, targets: Iterable[str], *, extra: Iterable[str] = ()) -> list[tuple[str, str]]:
    """Why these locales cannot go together, as (code, message for people); empty when they can.

    Codes: `unsupported`, `target_only`, `source_only`, `same_as_source`, `twice`.
    """
    admitted = tuple(extra)
    start = find(source, extra=admitted)
    found = [] if start and start.source else [_source_problem(source, start)]
    seen: set[str] = set()
    for target in targets:
        locale = find(target, extra=admitted)
        problem = _target_problem(target, locale, start, seen)
        if problem:
            found.append(problem)
        if locale:
            seen.add(locale.code)
    return found


def _source_problem(code: str, locale: Locale | None) -> tuple[str, str]:
    if locale is None:
        return "unsupported", f"{_quoted(code)} is not a supported source language."
    return "target_only", f"{locale.name} can be dubbed into, but not from."


def _target_problem(code: str, locale: Locale | None, source: Locale | None, seen: set[str]) -> tuple[str, str] | None:
    if locale is None:
        return "unsupported", f"{_quoted(code)} is not a supported target language."
    if locale.code in seen:
        return "twice", f"{locale.name} is chosen more than once."
    if not locale.target:
        return "source_only", f"{locale.name} can be dubbed from, but not into."
    if source and locale.code == source.code:
        return "same_as_source", f"{locale.name} is the language of the source already."
    return None


def _quoted(code: str) -> str:
    return f"“{code.strip()[:35]}”"


def _all(extra: Iterable[str]) -> list[Locale]:
    return sorted((LOCALES | _admitted(extra)).values(), key=lambda locale: locale.name)


def _admitted(extra: Iterable[str]) -> dict[str, Locale]:
    tags = (canonical(code) for code in extra)
    return {tag: _open(tag) for tag in tags if tag}


def _open(tag: str) -> Locale:
    known = LOCALES.get(tag)
    if known:
        return Locale(tag, known.name, known.native_name, rtl=known.rtl)
    return Locale(tag, tag, tag, rtl=tag.partition("-")[0] in _RTL_LANGUAGES)
