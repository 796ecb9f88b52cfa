"""Writing systems: which one a language is written in, which one a text is in, and how long it takes to say.

Unicode's own names of the characters tell the script ("CYRILLIC SMALL LETTER A"), so no table of ranges is needed.
"""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Of each locale's language; what is not here is written in Latin letters.
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

# How many characters of a script are said in a second when somebody speaks fast, marks and spaces included.
# Pellegrino, Coupé and Marsico (Language, 2011) measured read speech in syllables a second: English 6.2, Spanish 7.8,
# Japanese 7.8, Mandarin 5.2. A third more is fast; three letters and a bit make a syllable where vowels are written,
# two and a bit where they are not, a Chinese character is one, a kana is one. For scripts that were not measured the
# figure is that of a script which writes alike. Reading a subtitle allows about the same (17 to 20 for letters).
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

# Tags that subtitle files do have; "<Anna>" is somebody's way to write who speaks, and stays.
MARKUP = re.compile(
    r"</?(?:[biuspvc]|br|big|body|center|div|em|font|h[1-6]|head|html|lang|li|rt|ruby|small|span|strike|strong|style|sub"
    r"|sup|sync|td|tr|tt|ul)(?:[\s.][^<>\n]*)?/?>"
    r"|<a\s[^<>\n]*>|</a>|<\d+:\d[\d:.]*>"
    # ASS, in braces and out of them, and a line of it as a whole; MicroDVD
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
    """The scripts that a locale is written in. A tag with a script of its own (zh-Hant-TW) changes nothing here."""
    return SCRIPTS.get(locale.partition("-")[0], _LATIN)


@lru_cache(maxsize=20_000)
def script_of(character: str) -> str:
    """The script of a letter; an empty string for anything else."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").removeprefix("HALFWIDTH ").removeprefix("FULLWIDTH ")
    return re.split(r"[ -]", name, maxsplit=1)[0]


def letters(text: str) -> Counter[str]:
    """How many letters of which script."""
    counted = Counter(text)
    counts: Counter[str] = Counter()
    for character, count in counted.items():
        script = script_of(character)
        if script:
            counts[script] += count
    return counts


def shares(text: str, locale: str) -> tuple[int, int, str]:
    """Letters in the locale's scripts, letters in others, and the most frequent of the others."""
    counts, wanted = letters(text), expected(locale)
    foreign = Counter({script: count for script, count in counts.items() if script not in wanted})
    own = sum(counts.values()) - sum(foreign.values())
    return own, sum(foreign.values()), foreign.most_common(1)[0][0] if foreign else ""


def name_of(script: str) -> str:
    """What people call it: "Cyrillic letters"."""
    return str(_NAMES.get(script) or script.capitalize())


def without_markup(text: str) -> str:
    """The text without tags; those that break a line become one."""
    if not any(sign in text for sign in ("<", "{", "\\", ",,")):
        return text
    return MARKUP.sub(lambda tag: "\n" if _BREAK.fullmatch(tag[0]) else " " if tag[0] == "\\h" else "", text)


def bare(text: str) -> str:
    """The text without markup and without marks that are not seen."""
    plain = without_markup(text)
    return plain if plain.isascii() else _UNSEEN.sub("", plain)


class _Costs(dict[str, float]):
    """Seconds that a character takes, worked out once for each."""

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
    """How long it takes to say this fast. Markup and punctuation take no time."""
    return sum(map(_COSTS.__getitem__, bare(" ".join(text.split()))))


# The two ways to write Chinese, told apart by what the old encodings of either side can hold.
def han_variant(text: str) -> str:
    """ "CN" for simplified, "TW" for traditional characters, "" when the text gives no hint (or holds both)."""
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
