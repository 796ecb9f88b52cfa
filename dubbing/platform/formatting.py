"""Format numbers, sizes and times for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from math import ceil
from typing import Protocol
from unicodedata import bidirectional, category, normalize

from django.utils import dateformat
from django.utils.formats import number_format
from django.utils.translation import get_language, gettext, ngettext

# Embeddings, overrides and isolates: they change the direction of the text around them. Marks and joiners, which
# scripts need, stay.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_FROM_THE_RIGHT = {"R", "AL", "AN"}


def duration(seconds: float | None) -> str:
    """ "4 min 12 s", "8.5 s", "1 h 2 min"; an empty string for None."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{number(round(seconds, 1))} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours and minutes:
        return gettext("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    if hours:
        return gettext("%(hours)s h") % {"hours": hours}
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def number(value: float, *, digits: int = 1, grouped: bool = False) -> str:
    """ "1.5", "1,5" in German: at most ``digits`` decimals, without trailing zeros."""
    # Rounded first: Django cuts off further digits.
    plain = f"{value:.{digits}f}"
    shown = len(plain.partition(".")[2].rstrip("0"))
    return number_format(Decimal(plain), shown, force_grouping=grouped)


def enumeration(names: Iterable[str], *, either: bool = False) -> str:
    """ "one", "one and two", "one, two and three", `either` with "or"; an empty string for none."""
    *first, last = list(names) or [""]
    if not first:
        return last
    pattern = gettext("%(names)s or %(last)s") if either else gettext("%(names)s and %(last)s")
    return pattern % {"names": ", ".join(first), "last": last}


def size(count: int | None) -> str:
    """ "412 MB", in powers of ten as file managers and providers count; an empty string for None."""
    if count is None:
        return ""
    if count < 1000:
        return ngettext("%(count)s byte", "%(count)s bytes", count) % {"count": count}
    amount = float(count)
    for unit in ("kB", "MB", "GB", "TB"):
        amount /= 1000
        if amount < 999.5 or unit == "TB":
            break
    digits = 1 if amount < 9.95 else 0
    return f"{number_format(Decimal(f'{amount:.{digits}f}'), digits)} {unit}"


def moment(at: datetime, now: datetime, *, seconds: bool = False) -> str:
    """ "today 14:05", "yesterday 9:12", "Mon 3 Nov 14:05", with the year if it is another one."""
    clock = f"{at:%H:%M:%S}" if seconds else f"{at:%H:%M}"
    if at.date() == now.date():
        return gettext("today %(time)s") % {"time": clock}
    if at.date() == (now - timedelta(days=1)).date():
        return gettext("yesterday %(time)s") % {"time": clock}
    if at.date() == (now + timedelta(days=1)).date():
        return gettext("tomorrow %(time)s") % {"time": clock}
    order = gettext("D j M") if at.year == now.year else gettext("j M Y")
    return f"{_day(at.date(), order, get_language())} {clock}"


@lru_cache(maxsize=1000)  # lists show the same days again and again
def _day(day: date, order: str, language: str | None) -> str:
    return dateformat.format(day, order)


def minutes(seconds: float | None) -> str:
    """What is paid for, in minutes: "2.5 min", "12.1 min".

    Rounded up, so that it is never less than what is settled.
    """
    return "" if seconds is None else f"{_tenths(ceil(round(seconds * 1000) / 6000))} min"


def minutes_left(milliseconds: int) -> str:
    """What may still be used, in minutes: rounded down, so that it is never more than there is."""
    return f"{_tenths(milliseconds // 6000)} min"


def _tenths(count: int) -> str:
    return number(count / 10, grouped=True)


def inside_sentence(label: str) -> str:
    """A label inside a sentence: in lower case, except in languages that capitalise nouns."""
    return label if (get_language() or "").partition("-")[0] == "de" else label.lower()


@lru_cache(maxsize=4_000)
def sort_key(name: str) -> str:
    """The key by which names are sorted: letters with and without marks are equal ("Ägypten" before "Belgien")."""
    return "".join(letter for letter in normalize("NFKD", name.casefold()) if category(letter) != "Mn")


def capped(count: int, most: int) -> str:
    """ "43"; "500+" for anything above ``most``."""
    return f"{most}+" if count > most else str(count)


def language_count(count: int) -> str:
    """ "1 language", "3 languages"."""
    return ngettext("%(count)s language", "%(count)s languages", count) % {"count": count}


def timecode(seconds: float | None) -> str:
    """A moment in a video: "0:01", "1:02:03.5"."""
    if seconds is None:
        return ""
    hundredths = round(seconds * 100)
    whole, rest = divmod(hundredths, 100)
    hours, minute, second = whole // 3600, whole // 60 % 60, whole % 60
    tail = f".{rest:02}".rstrip("0") if rest else ""
    return f"{hours}:{minute:02}:{second:02}{tail}" if hours else f"{minute}:{second:02}{tail}"


def clock(milliseconds: int) -> str:
    """A moment in a video, as it is entered in a form: "00:01:02.500"."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minute, second = divmod(seconds, 60)
    return f"{minute // 60:02}:{minute % 60:02}:{second:02}.{thousandths:03}"


class Person(Protocol):
    """Anybody with an account."""

    def get_full_name(self) -> str:
        """First and last name; empty if they are not set."""

    def get_username(self) -> str:
        """The name to sign in with."""


def person(who: Person) -> str:
    """A person's name, or what they sign in with."""
    return who.get_full_name() or who.get_username()


def translated(stored: str) -> str:
    """Sentences stored in English, one per line, in the reader's language. Untranslated ones stay as they are."""
    return " ".join(gettext(sentence) for sentence in stored.splitlines() if sentence)


def one_line(text: str) -> str:
    """A text as one line: without control characters, lone surrogates and marks, with single spaces."""
    plain = unturned(text)
    return " ".join(
        "".join(" " if category(letter) in {"Cc", "Cs"} or letter == "\ufeff" else letter for letter in plain).split()
    )


def unturned(text: str) -> str:
    """The same without characters that change the text direction."""
    return text.translate(_TURNS)


def isolated(name: str) -> str:
    """A name isolated for plain text, so that a right-to-left name leaves the words around it in place."""
    plain = unturned(name)
    return f"\u2068{plain}\u2069" if any(bidirectional(letter) in _FROM_THE_RIGHT for letter in plain) else plain
