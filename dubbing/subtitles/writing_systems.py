"""Writing systems: which one a language uses, which one a text uses, and how long its characters take to say.

The script is part of a character's Unicode name ("CYRILLIC SMALL LETTER A"), so no table of ranges is needed.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Scripts of languages; those that are not listed use Latin letters.
SCRIPTS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("ar", "fa", "ur", "ps", "sd", "ckb", "ug"), frozenset({"ARABIC"})),
    **dict.fromkeys(("bg", "ru", "uk", "be", "mk", "kk"), frozenset({"CYRILLIC"})),
    **dict.fromkeys(("hi", "mr", "ne"), frozenset({"DEVANAGARI"})),
    **dict.fromkeys(("he", "yi"), frozenset({"HEBREW"})),
    "sr": frozenset({"CYRILLIC", "LATIN"}),
    "el": frozenset({"GREEK"}),
    "hy": frozenset({"ARMENIAN"}),
    "ja": frozenset({"HIRAGANA", "KATAKANA", "CJK"}),
    "ka": frozenset({"GEORGIAN"}),
    "kn": frozenset({"KANNADA"}),
    "ko": frozenset({"HANGUL"}),
    "ml": frozenset({"MALAYALAM"}),
    "ta": frozenset({"TAMIL"}),
    "te": frozenset({"TELUGU"}),
    "th": frozenset({"THAI"}),
    "zh": frozenset({"CJK"}),
}
_LATIN = frozenset({"LATIN"})
_NAMES: dict[str, "StrOrPromise"] = {
    "ARABIC": _("Arabic letters"),
    "ARMENIAN": _("Armenian letters"),
    "CJK": _("Chinese characters"),
    "CYRILLIC": _("Cyrillic letters"),
    "DEVANAGARI": _("Devanagari letters"),
    "GEORGIAN": _("Georgian letters"),
    "GREEK": _("Greek letters"),
    "HANGUL": _("Hangul"),
    "HEBREW": _("Hebrew letters"),
    "HIRAGANA": _("kana"),
    "KANNADA": _("Kannada letters"),
    "KATAKANA": _("kana"),
    "LATIN": _("Latin letters"),
    "MALAYALAM": _("Malayalam letters"),
    "TAMIL": _("Tamil letters"),
    "TELUGU": _("Telugu letters"),
    "THAI": _("Thai letters"),
}

# How many characters of a script are said per second in fast speech, marks and spaces included.
# Pellegrino, Coupé and Marsico (Language, 2011) measured read speech in syllables per second: English 6.2, Spanish 7.8,
# Japanese 7.8, Mandarin 5.2. A third more is fast. A syllable takes a little over three letters where vowels are
# written, a little over two where they are not; a Chinese character is one, and so is a kana. Scripts that were not
# measured have the figure of a similar script. Reading a subtitle allows about the same (17 to 20 letters).
PER_SECOND = {
    **dict.fromkeys(("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN"), 20.0),
    **dict.fromkeys(("DEVANAGARI", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM"), 20.0),
    **dict.fromkeys(("ARABIC", "HEBREW"), 16.0),
    **dict.fromkeys(("HIRAGANA", "KATAKANA"), 10.0),
    "THAI": 17.0,
    "HANGUL": 9.0,
    "CJK": 6.5,
}
_USUAL, _DIGITS = 20.0, 5.0  # a digit is a word: "7" is "seven"

# Tags that occur in subtitle files; "<Anna>" is a way to write who speaks, and stays.
MARKUP = re.compile(
    r"</?(?:[biuspvc]|br|big|body|center|div|em|font|h[1-6]|head|html|lang|li|rt|ruby|small|span|strike|strong|style|sub"
    r"|sup|sync|td|tr|tt|ul)(?:[\s.][^<>\n]*)?/?>"
    r"|<a\s[^<>\n]*>|</a>|<\d+:\d[\d:.]*>"
    # ASS, with and without braces, and whole ASS lines; MicroDVD
    r"|\{[^{}\n\\]*\\[^{}\n]*\}|\{/?[bius]\}|\{an?\d{1,2}\}|\{[ycfspo]:[^{}\n]*\}"
    r"|\{?\\(?:an?\d{1,2}|[biu][01]|fs\d+|k[fo]?\d+|q\d|(?:pos|fade?|move|org|i?clip)\([^()\n]*\)"
    r"|(?:[1-4]?c|[1-4]a|alpha)&h[0-9a-f]+&?)\}?"
    r"|(?<![:\\])\\[nh]"
    r"|(?:Dialogue|Comment):\s*\d+,\d+:\d\d:\d\d[.:]\d+,\d+:\d\d:\d\d[.:]\d+,(?:[^,\n]*,){6}",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s*/?>|\\n", re.IGNORECASE)
_UNSEEN = re.compile("[\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff]+")


def expected(locale: str) -> frozenset[str]:
    """The scripts of a locale. A script in the tag itself (zh-Hant-TW) changes nothing here."""
    return SCRIPTS.get(locale.partition("-")[0], _LATIN)


@lru_cache(maxsize=20_000)
def script_of(character: str) -> str:
    """The script of a letter; an empty string for anything else."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").removeprefix("HALFWIDTH ").removeprefix("FULLWIDTH ")
    return re.split(r"[ -]", name, maxsplit=1)[0]


def letters(text: str) -> Counter[str]:
    """The number of letters in each script."""
    counted = Counter(text)
    counts: Counter[str] = Counter()
    for character, count in counted.items():
        script = script_of(character)
        if script:
            counts[script] += count
    return counts


def shares(text: str, locale: str) -> tuple[int, int, str]:
    """The number of letters in the locale's scripts and in others, and the most frequent of the others."""
    counts, wanted = letters(text), expected(locale)
    foreign = Counter({script: count for script, count in counts.items() if script not in wanted})
    own = sum(counts.values()) - sum(foreign.values())
    return own, sum(foreign.values()), foreign.most_common(1)[0][0] if foreign else ""


def name_of(script: str) -> str:
    """What people call the script: "Cyrillic letters"."""
    return str(_NAMES.get(script) or script.capitalize())


def without_markup(text: str) -> str:
    """The text without tags; tags that break a line become a line break."""
    if not any(sign in text for sign in ("<", "{", "\\", ",,")):
        return text
    return MARKUP.sub(lambda tag: "\n" if _BREAK.fullmatch(tag[0]) else " " if tag[0] == "\\h" else "", text)


def bare(text: str) -> str:
    """The text without markup and invisible marks."""
    plain = without_markup(text)
    return plain if plain.isascii() else _UNSEEN.sub("", plain)


class _Costs(dict[str, float]):
    """Seconds per character, computed once for each."""

    def __missing__(self, character: str) -> float:
        self[character] = cost = _cost(character)
        return cost


def _cost(character: str) -> float:
    if character.isdigit():
        return 1 / _DIGITS
    if character.isalpha():
        return 1 / PER_SECOND.get(script_of(character), _USUAL)
    if character.isspace() or unicodedata.category(character).startswith("M"):
        return 1 / _USUAL
    return 0.0


_COSTS = _Costs()


def seconds_to_say(text: str) -> float:
    """Seconds it takes to say the text fast. Markup and punctuation take no time."""
    return sum(map(_COSTS.__getitem__, bare(" ".join(text.split()))))


# The two ways to write Chinese, distinguished by what the old encodings of each can hold.
def han_variant(text: str) -> str:
    """ "CN" for simplified, "TW" for traditional characters, "" if the text gives no hint, or has both."""
    han = {character for character in text if "\u4e00" <= character <= "\u9fff"}
    simplified = sum(_held(letter, "gb2312") and not _held(letter, "big5") for letter in han)
    traditional = sum(_held(letter, "big5") and not _held(letter, "gb2312") for letter in han)
    if max(simplified, traditional) < 3:
        return ""
    return "CN" if simplified > 3 * traditional else "TW" if traditional > 3 * simplified else ""


@lru_cache(maxsize=20_000)
def _held(character: str, encoding: str) -> bool:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
