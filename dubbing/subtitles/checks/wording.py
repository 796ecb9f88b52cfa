"""Check the text of single cues: empty, not filled in, markup, sound descriptions, untranslated."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.utils.translation import gettext, ngettext_lazy

from dubbing.platform.formatting import enumeration
from dubbing.subtitles.checks.timing import each
from dubbing.subtitles.context import Context, Finding, fix_label, named
from dubbing.subtitles.cues import Cue, lines_of, shortened
from dubbing.subtitles.writing_systems import (
    MARKUP,
    bare,
    expected,
    han_variant,
    letters,
    name_of,
    shares,
    without_markup,
)

PLACEHOLDER = "[…]"
"""The text of cues whose times were copied from the source, until somebody writes what is said."""
_BRACKETS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|（[^（）]*）|【[^【】]*】")
_SIMPLE = re.compile(r"</?[biu]>", re.IGNORECASE)
_LABEL = re.compile(r"[\s-]*\[\s*([^\W\d_][\w .'’-]{0,28})\]\s*:?")
_NAME = re.compile(r"[\s>-]*([^\W\d_][\w .'’-]{0,28}):(?=\s|$)")
_LEAST_UNTRANSLATED = 4
_MOST_NESTED = 20
_LONGEST_NOISE = 6  # anything longer is speech in brackets
_UNFILLED_CUES = ngettext_lazy("%(count)s cue is not filled in", "%(count)s cues are not filled in", "count")
_SILENT_CUES = ngettext_lazy("%(count)s cue has no words", "%(count)s cues have no words", "count")
_SOUND_CUES = ngettext_lazy("%(count)s cue describes a sound", "%(count)s cues describe sounds", "count")
_MARKED_UP_CUES = ngettext_lazy("%(count)s cue has markup", "%(count)s cues have markup", "count")
_FOREIGN_CUES = ngettext_lazy("%(count)s cue uses a different script", "%(count)s cues use a different script", "count")
_UNTRANSLATED_CUES = ngettext_lazy(
    "%(count)s cue has the same words as the source", "%(count)s cues have the same words as the source", "count"
)


def not_filled_in(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find placeholders that are still there. They would be spoken, so they block sending."""
    for number, cue in enumerate(cues, 1):
        if _is_placeholder(cue, context):
            yield Finding(
                "placeholder", number, "problem" if context.spoken else "warning",
                gettext("%(cue)s is not filled in.") % {"cue": named(number, cue)},
                gettext("Replace “%(placeholder)s” with the text to speak, or remove the cue.")
                % {"placeholder": PLACEHOLDER},
                fix_label("placeholder"), (number,), _UNFILLED_CUES,
            )  # fmt: skip


def nothing_to_say(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues of nothing but markup or punctuation."""
    for number, cue in enumerate(cues, 1):
        if _is_silent(cue, context):
            yield Finding(
                "silent", number, "warning",
                gettext("%(cue)s has no words: “%(text)s”.") % {"cue": named(number, cue), "text": shortened(cue.text)},
                gettext("There is nothing to speak. It may come out as noise or make the dub fail."),
                fix_label("silent"), (number,), _SILENT_CUES,
            )  # fmt: skip


def noises(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find descriptions of sounds for people who cannot hear: they would be read out."""
    for number, cue in enumerate(cues, 1) if context.spoken else ():
        if _is_noise(cue, context):
            yield Finding(
                "noise", number, "warning",
                gettext("%(cue)s describes a sound: “%(text)s”.")
                % {"cue": named(number, cue), "text": shortened(cue.text)},
                gettext("The dub speaks everything in a cue, so the description would be read aloud."),
                fix_label("noise"), (number,), _SOUND_CUES,
            )  # fmt: skip


def markup(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find fonts, colours and positions."""
    for number, cue in enumerate(cues, 1):
        if _is_marked_up(cue, context):
            yield Finding(
                "markup", number, "hint",
                gettext("%(cue)s has markup: “%(text)s”.")
                % {"cue": named(number, cue), "text": shortened(_first_tag(cue))},
                gettext("Fonts, colours and positions have no meaning for a voice. Some services read the tags aloud."),
                fix_label("markup"), (number,), _MARKED_UP_CUES,
            )  # fmt: skip


def wrong_script(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find letters that the language is not written in: in the whole text, or in single cues."""
    if not context.locale:
        return
    own, foreign, script = shares("".join(cue.text for cue in cues), context.locale)
    wanted = enumeration(sorted({name_of(expected_script) for expected_script in expected(context.locale)}))
    if foreign > own and foreign >= 10:
        yield Finding(
            "script", None, "warning",
            gettext("Most of the text is in %(script)s, but this language uses %(wanted)s.")
            % {"script": name_of(script), "wanted": wanted},
            gettext("The text may be in another language, or the file was read with the wrong encoding."),
        )  # fmt: skip
        return
    yield from _variant(cues, context)
    for number, cue in enumerate(cues, 1) if context.spoken and foreign else ():
        own, foreign, script = shares(bare(cue.text), context.locale)
        if foreign >= 12 and not own:
            yield Finding(
                "script_cue", number, "hint",
                gettext("%(cue)s is in %(script)s.") % {"cue": named(number, cue), "script": name_of(script)},
                gettext("This language uses %(wanted)s. The cue may not be translated yet.") % {"wanted": wanted},
                "", (number,), _FOREIGN_CUES,
            )  # fmt: skip


def _variant(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    variant = han_variant("".join(cue.text for cue in cues)) if context.locale in {"zh-CN", "zh-TW"} else ""
    if variant and not context.locale.endswith(variant):
        message = {
            "CN": gettext("The text uses simplified characters."),
            "TW": gettext("The text uses traditional characters."),
        }
        yield Finding(
            "script", None, "warning", message[variant],
            gettext("This language usually uses the other set. The text may belong to %(locale)s.")
            % {"locale": f"zh-{variant}"},
        )  # fmt: skip


def untranslated(cues: Sequence[Cue], context: Context) -> Iterator[Finding]:
    """Find cues with exactly the source's words. If nearly all are, it is one finding about the whole text."""
    source = {_plain(cue) for cue in context.source_cues} if context.spoken else set()
    same = [item for item in enumerate(cues, 1) if _plain(item[1]) in source] if source else []
    if len(same) * 10 > len(cues) * 8:
        return
    for number, cue in same:
        if len(_plain(cue).split()) >= _LEAST_UNTRANSLATED:
            yield Finding(
                "untranslated", number, "hint",
                gettext("%(cue)s has the same words as the source.") % {"cue": named(number, cue)},
                gettext("It may not be translated yet."), "", (number,), _UNTRANSLATED_CUES,
            )  # fmt: skip


def speakers_in(cues: Sequence[Cue]) -> tuple[str, ...]:
    """The speakers named by labels in the cues, most frequent first: "[Anna] Hello", and "ANNA: Hello" if it recurs.

    Their number is only a hint at the number of speakers.
    """
    labels: Counter[str] = Counter()
    names: Counter[str] = Counter()
    for cue in cues:
        lines = lines_of(bare(cue.text))
        for at, line in enumerate(lines):
            label, named_so = _LABEL.match(line), _NAME.match(line)
            if label and (label.end() < len(line) or at + 1 < len(lines)):
                labels[" ".join(label[1].split())] += 1
            elif named_so and named_so[1].isupper():
                names[" ".join(named_so[1].split())] += 1
    for name, count in names.items():
        if count > 1 or name in labels:
            labels[name] += count
    return tuple(name for name, _ in labels.most_common())


def _plain(cue: Cue) -> str:
    return " ".join(bare(cue.text).casefold().split())


def _is_placeholder(cue: Cue, context: Context) -> bool:
    return PLACEHOLDER in cue.text


def _is_silent(cue: Cue, context: Context) -> bool:
    return not any(map(str.isalnum, bare(cue.text))) and not _is_placeholder(cue, context)


def _is_noise(cue: Cue, context: Context) -> bool:
    text = bare(cue.text)
    if not _BRACKETS.search(text) or PLACEHOLDER in text or len(text.split()) > _LONGEST_NOISE or not letters(text):
        return False
    return not any(map(str.isalnum, _BRACKETS.sub("", text)))


def _is_marked_up(cue: Cue, context: Context) -> bool:
    return bool(_first_tag(cue)) and any(character.isalnum() for character in bare(cue.text))


def _first_tag(cue: Cue) -> str:
    return next((tag for tag in MARKUP.findall(cue.text) if not _SIMPLE.fullmatch(tag)), "")


# --- fixes -----------------------------------------------------------------------------------------------------------


def drop_placeholders(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove placeholders; words beside a placeholder stay."""

    def without(old: Cue, _: Context) -> Cue | None:
        text = "\n".join(lines_of(old.text.replace(PLACEHOLDER, "")))
        return replace(old, text=text) if any(character.isalnum() for character in text) else None

    return each(cues, context, cue, _is_placeholder, without)


def drop_silent(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove cues without words."""
    return each(cues, context, cue, _is_silent, lambda old, _: None)


def drop_noises(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove descriptions of sounds."""
    return each(cues, context, cue, _is_noise, lambda old, _: None)


def take_markup_out(cues: Sequence[Cue], context: Context, cue: int | None) -> list[Cue]:
    """Remove markup and keep the words."""
    return each(cues, context, cue, _is_marked_up, lambda old, _: replace(old, text=_without_tags(old.text)))


def _without_tags(text: str) -> str:
    for _ in range(_MOST_NESTED):  # removing one may create another out of the text around it
        if not MARKUP.search(text):
            break
        text = without_markup(text)
    else:
        text = re.sub(r"[<>{}\\]", "", text)
    return "\n".join(lines_of(text))
