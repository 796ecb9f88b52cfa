"""Decode a subtitle file, detecting its encoding."""

import codecs
import re
from typing import TYPE_CHECKING

import charset_normalizer
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.subtitles.cues import Note, SubtitleError, plain
from dubbing.subtitles.formats import refuse_binary
from dubbing.subtitles.language_detection import guess, known_words
from dubbing.subtitles.odd_words import FEW, has_many, knows, share
from dubbing.subtitles.repairs import also_on

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose little-endian mark begins this one.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY: dict[str, "StrOrPromise"] = {
    "cp1250": _("Windows-1250 (Central European)"),
    "cp1251": _("Windows-1251 (Cyrillic)"),
    "cp1252": _("Windows-1252 (Western European)"),
    "cp1253": _("Windows-1253 (Greek)"),
    "cp1254": _("Windows-1254 (Turkish)"),
    "cp1255": _("Windows-1255 (Hebrew)"),
    "cp1256": _("Windows-1256 (Arabic)"),
    "cp1257": _("Windows-1257 (Baltic)"),
    "cp1258": _("Windows-1258 (Vietnamese)"),
    "cp932": _("Shift JIS (Japanese)"),
    "euc_jp": _("EUC-JP (Japanese)"),
    "cp949": _("Windows-949 (Korean)"),
    "gb18030": _("GB 18030 (Chinese)"),
    "big5": _("Big5 (Chinese)"),
    "koi8_r": _("KOI8-R (Cyrillic)"),
}
_WRITES = {
    "cp1250": "bs cs hr hu pl ro sk sl sq sr",
    "cp1251": "be bg kk mk ru sr uk",
    "cp1253": "el",
    "cp1254": "az tr",
    "cp1255": "he yi",
    "cp1256": "ar fa ps sd ug ur",
    "cp1257": "et lt lv",
    "cp1258": "vi",
    "cp932": "ja",
    "euc_jp": "ja",
    "cp949": "ko",
    "gb18030": "zh",
    "big5": "zh",
    "koi8_r": "bg ru",
}
"""Languages that each encoding is for. The Western European one is for all others written in Latin letters."""
# Encodings that files in a language are likely to have, best guess first.
_BY_LANGUAGE = {
    **dict.fromkeys(("bg", "ru", "uk"), ("cp1251", "koi8_r")),
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk"), ("cp1250",)),
    "ar": ("cp1256",),
    "el": ("cp1253",),
    "he": ("cp1255",),
    "ja": ("cp932", "euc_jp"),
    "ko": ("cp949",),
    "lt": ("cp1257",),
    "tr": ("cp1254",),
    "vi": ("cp1258",),
    "zh": ("gb18030", "big5"),
}
_WESTERN = ("cp1252",)
_OLD: dict[str, "StrOrPromise"] = {
    "iso8859_5": _("ISO 8859-5 (Cyrillic)"),
    "mac_cyrillic": _("Mac OS Cyrillic"),
    "cp866": _("DOS code page 866 (Cyrillic)"),
    "koi8_u": _("KOI8-U (Ukrainian)"),
    "iso8859_2": _("ISO 8859-2 (Central European)"),
    "mac_latin2": _("Mac OS Central European"),
    "cp852": _("DOS code page 852 (Central European)"),
    "iso8859_7": _("ISO 8859-7 (Greek)"),
    "mac_greek": _("Mac OS Greek"),
    "cp737": _("DOS code page 737 (Greek)"),
    "cp869": _("DOS code page 869 (Greek)"),
    "cp860": _("DOS code page 860 (Portuguese)"),
    "mac_turkish": _("Mac OS Turkish"),
    "cp857": _("DOS code page 857 (Turkish)"),
    "mac_roman": _("Mac OS Roman (Western European)"),
    "cp850": _("DOS code page 850 (Western European)"),
    "cp437": _("DOS code page 437 (Western European)"),
}
"""Encodings older than Windows. Tried only if the guess gives no words of the text's language."""
_OLD_BY_LANGUAGE = {
    **dict.fromkeys(("be", "bg", "mk", "ru", "sr"), ("koi8_r", "iso8859_5", "mac_cyrillic", "cp866")),
    "uk": ("koi8_u", "iso8859_5", "mac_cyrillic", "cp866"),
    **dict.fromkeys(("bs", "cs", "hr", "hu", "pl", "ro", "sk", "sl"), ("iso8859_2", "mac_latin2", "cp852")),
    "el": ("iso8859_7", "mac_greek", "cp737", "cp869"),
    "pt": ("mac_roman", "cp850", "cp860"),
    "tr": ("mac_turkish", "cp857"),
}
_OLD_WESTERN = ("mac_roman", "cp850", "cp437")
# Guessing reads its sample once for each candidate.
_SAMPLE_BYTES = 16_000
DAMAGED = "\ufffd"
"""The replacement for a letter that could not be read."""
_BEYOND_ASCII = re.compile("[^\0-\x7f]+")
_DAMAGED_PLACES = re.compile(f"{DAMAGED}+")
# Line ends of files that have no others; in files that do, these are inside lines.
_OTHER_ENDS = re.compile("[\x85\u2028\u2029]")
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_ADVICE = _("Save it as plain text in UTF-8 and try again.")
_NOT_TEXT = _("This is not a text file. Save it as plain text in UTF-8 and try again.")


def decode(data: bytes | str, max_bytes: int, language: str | None) -> tuple[str, str, list[Note]]:
    """The text with plain line ends, its encoding, and a note if that was not UTF-8. Raises SubtitleError."""
    raw = _bytes(data)
    if len(raw) > max_bytes:
        message = gettext("This file is larger than %(limit)s MB, which is too large for subtitles.")
        raise SubtitleError([Note(None, message % {"limit": f"{max_bytes / 1e6:.3g}"})])
    text, encoding, notes = _decoded(raw, language)
    if not any(end in text for end in "\r\n"):
        text = _OTHER_ENDS.sub("\n", text)
    lines = plain(text)
    if not lines.strip():
        raise SubtitleError([Note(None, gettext("This file is empty."))])
    _refuse_binary(text)
    return lines, encoding, notes


def _bytes(data: bytes | str) -> bytes:
    try:
        return data.encode() if isinstance(data, str) else data
    except UnicodeEncodeError as error:
        raise SubtitleError([Note(None, str(_NOT_TEXT))]) from error


def _decoded(raw: bytes, language: str | None) -> tuple[str, str, list[Note]]:
    refuse_binary(raw, str(_ADVICE))
    encoding = _unicode_encoding(raw)
    text = _with_pairs(raw) if encoding == "utf-8" else raw.decode(encoding, "replace")
    text = text.rstrip("\0")  # padding that a program wrote after the text
    if encoding == "utf-8":
        text = text.replace("\0", DAMAGED)  # an erased letter
    damaged = text.count(DAMAGED) - raw.count(DAMAGED.encode(encoding))
    if damaged > 0:
        if not _is_mostly_right(raw, text, damaged):
            if encoding != "utf-8" or b"\0" in raw:
                raise SubtitleError([Note(None, str(_NOT_TEXT))])
            return _legacy(raw, language)
        return text, encoding, [_damage(text, encoding)]
    if encoding == "utf-8":
        return text, encoding, []
    note = gettext("Converted from %(encoding)s to UTF-8.") % {"encoding": encoding[:6].upper()}
    return text, encoding, [Note(None, note)]


def _is_mostly_right(raw: bytes, text: str, damaged: int) -> bool:
    """Whether the bytes are in this encoding but for a few: in a wrong one, hardly a letter would be right."""
    if raw.startswith(tuple(mark for mark, _ in _BOMS)):
        return damaged * 20 <= len(text)
    right = sum(map(len, _BEYOND_ASCII.findall(text))) - damaged
    # One wrong letter of several bytes is one mistake, and so is a row of them.
    places = len(_DAMAGED_PLACES.findall(text))
    return (right >= 1 and places <= max(1, right // 2)) or (b"\0" in raw and places * 20 <= len(text))


def _with_pairs(raw: bytes) -> str:
    """Decode UTF-8 in which letters beyond the first 65,536 may be written as UTF-16 surrogate pairs."""
    if not _HALVES.search(raw):
        return raw.decode("utf-8", "replace")
    paired = _HALVES.sub(
        lambda pair: (
            pair[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()
        ),
        raw,
    )
    return paired.decode("utf-8", "replace")


def _damage(text: str, encoding: str) -> Note:
    lines = [number for number, line in enumerate(plain(text).split("\n"), 1) if DAMAGED in line]
    message = gettext(
        "A letter is damaged: the file is %(encoding)s, but not all of it. “%(mark)s” marks the place. Type the right "
        "letter."
    )
    message %= {"encoding": encoding[:6].upper(), "mark": DAMAGED}
    return Note(lines[0], f"{message}{also_on(lines[1:])}")


def contradiction(encoding: str, language: str, text: str = "") -> str:
    """The name of a legacy encoding that does not fit this language; "" if it fits, or nothing is known.

    Also one that fits, if ``text``, decoded with it, has few words that this language could have.
    """
    name = str(_LEGACY.get(encoding, ""))
    if not name or not language:
        return ""
    if has_many(text, language):
        return name
    if encoding == "cp1252":
        return name if any(language in writes.split() for writes in _WRITES.values()) else ""
    return "" if language in _WRITES[encoding].split() else name


def _unicode_encoding(raw: bytes) -> str:
    for mark, encoding in _BOMS:
        if raw.startswith(mark):
            return encoding
    # In UTF-16, half the bytes of digits, blanks and line ends are NUL, and which half tells the byte order.
    even, odd = raw[0:4096:2].count(0), raw[1:4096:2].count(0)
    if max(even, odd) * 20 > len(raw[:4096]):
        return "utf-16-le" if odd > even else "utf-16-be"
    return "utf-8"


def _legacy(raw: bytes, language: str | None) -> tuple[str, str, list[Note]]:
    for encoding in _guesses(raw, language):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return _noted(*(_older(raw, language or "", text) or (text, encoding)))
    older = _older(raw, language or "", None)
    if older:
        return _noted(*older)
    message = gettext("We could not detect the encoding of this file. Save it as plain text in UTF-8 and try again.")
    raise SubtitleError([Note(None, message)])


def _noted(text: str, encoding: str) -> tuple[str, str, list[Note]]:
    note = gettext(
        "The file is not UTF-8. It was read as %(encoding)s. Check that the letters look right. If not, save the "
        "file as UTF-8 and upload it again."
    )
    return text, encoding, [Note(None, note % {"encoding": _LEGACY.get(encoding) or _OLD[encoding]})]


def _older(raw: bytes, language: str, guessed: str | None) -> tuple[str, str] | None:
    """The text and its encoding in an older encoding, if only that gives words of this language; else None."""
    odd = share(guessed, language) if guessed is not None else 1.0
    known = known_words(guessed or "", language)
    for encoding in _OLD_BY_LANGUAGE.get(language, _OLD_WESTERN) if odd and knows(language) else ():
        text = raw.decode(encoding, "replace")
        fits = DAMAGED not in text and share(text, language) < min(odd, FEW)
        if fits and known_words(text, language) >= known:
            return text, encoding
    return None


def _guesses(raw: bytes, language: str | None) -> list[str]:
    # Only non-ASCII lines distinguish legacy encodings.
    telling = b"\n".join(line for line in raw.splitlines() if not line.isascii())[:_SAMPLE_BYTES]
    matches = charset_normalizer.from_bytes(telling, cp_isolation=list(_LEGACY), preemptive_behaviour=False)
    plausible = [name for match in matches for name in match.could_be_from_charset if name in _LEGACY]
    plausible.sort(key=lambda name: not _reads_well(telling, name))
    expected = _BY_LANGUAGE.get(language, _WESTERN) if language else ()
    # A short text often gives no hint of its language; then the most common encoding is the best bet.
    unsure = not any(match.coherence for match in matches)
    first = [name for name in (*expected, *(_WESTERN if unsure else ())) if name in plausible]
    return [*first, *plausible, *_WESTERN]


def _reads_well(data: bytes, encoding: str) -> bool:
    """Whether decoding gives words of a language that is written in this encoding."""
    language = guess(data.decode(encoding, "replace"))
    return bool(language) and not contradiction(encoding, language)


def _refuse_binary(text: str) -> None:
    sample = text[:100_000]
    odd = sum(character < " " and character not in "\t\n\v\f\r\x1a\x1b" for character in sample)
    if odd * 100 > len(sample):
        raise SubtitleError([Note(None, str(_NOT_TEXT))])
