"""Names of delivered files: from a project's pattern, in letters, digits, dots, dashes and underscores."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

PLACEHOLDERS = ("project", "asset", "locale", "version")
ENDING = ".{ext}"
LONGEST_PATTERN = 200
STEM_BYTES = 150
RESERVED = ("manifest", "passport")
"""Names without ending of files about the other files."""

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_RUNS = re.compile(r"-{2,}")
# Windows has devices of these names, whatever their ending.
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stem:
    """A name without its ending. ``wanted``: what the pattern gave, if another file already had that."""

    text: str
    wanted: str

    @property
    def is_numbered(self) -> bool:
        """Whether a number distinguishes it from another one."""
        return self.text != self.wanted

    def with_ending(self, ending: str) -> str:
        """The whole name: with the ending ``srt`` or ``passport.json``."""
        return f"{self.text}.{ending}"


def check(pattern: str) -> str:
    """The pattern in the form in which it is stored. Raises NotPossible if it cannot name files."""
    pattern = unicodedata.normalize("NFC", formatting.one_line(pattern))
    if len(pattern) > LONGEST_PATTERN:
        message = gettext("The pattern is too long. Use at most %(count)s characters.")
        raise NotPossible(message % {"count": LONGEST_PATTERN})
    if not pattern.endswith(ENDING):
        raise NotPossible(gettext("The pattern must end with .{ext}. Each file then gets its own extension."))
    stem = pattern.removesuffix(ENDING)
    used = _PLACEHOLDER.findall(stem)
    if unknown := [name for name in used if name not in PLACEHOLDERS]:
        message = gettext("Unknown placeholder: {%(name)s}. Use {project}, {asset}, {locale} and {version}.")
        raise NotPossible(message % {"name": formatting.isolated(unknown[0])})
    literal = _PLACEHOLDER.sub("", stem)
    if wrong := next((letter for letter in literal if not _may_stay(letter)), ""):
        message = gettext("“%(letter)s” cannot be in a file name. Use letters, digits, dots, dashes and underscores.")
        raise NotPossible(message % {"letter": wrong})
    if not used:
        raise NotPossible(gettext("Every file would have the same name. Use at least one of {asset} and {locale}."))
    return pattern


def stems(pattern: str, values: Iterable[Mapping[str, str]]) -> list[Stem]:
    """The names of files with these values, each different from all others on every system."""
    taken, made = {_folded(name) for name in RESERVED}, []
    stem = pattern.removesuffix(ENDING)
    for value in values:
        wanted = _tidied(_filled(stem, {name: cleaned(part) for name, part in value.items()}))
        text, number = wanted, 1
        while _folded(text) in taken:
            number += 1
            text = f"{_clipped(wanted, STEM_BYTES - len(str(number)) - 1)}_{number}"
        taken.add(_folded(text))
        made.append(Stem(text, wanted))
    return made


def cleaned(text: str) -> str:
    """A text as part of a file name."""
    plain = "".join(letter if _may_stay(letter) else "-" for letter in unicodedata.normalize("NFC", text))
    return _RUNS.sub("-", plain).strip("-. ")


def _filled(stem: str, parts: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: parts.get(match[1], ""), stem)


def _may_stay(letter: str) -> bool:
    # In many scripts, marks belong to their letters.
    return letter in "._-" or unicodedata.category(letter)[0] in "LM" or letter.isdecimal()


def _tidied(stem: str) -> str:
    """A name that no file system refuses. A pattern may consist of values that are all empty."""
    text = _clipped(stem.lstrip("-. "), STEM_BYTES).rstrip("-. ") or "file"
    return f"_{text}" if _DEVICE.match(text) else text


def _clipped(text: str, limit: int) -> str:
    return text.encode()[:limit].decode(errors="ignore")


def _folded(name: str) -> str:
    """The name in a form that is equal for names which some systems treat as one."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())
