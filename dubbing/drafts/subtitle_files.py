"""Assign several subtitle files to the slots in their names; files whose language is unclear wait for a choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.utils.translation import gettext

from dubbing.drafts.draft import SOURCE, Draft, DroppedFile, DroppedFiles, TextFile
from dubbing.platform import formatting, locales
from dubbing.providers import capabilities, locale_table
from dubbing.subtitles import file_names

LEAVE_OUT = "none"
"""Chosen instead of a slot if the file is not wanted."""
MOST_FILES = 100


def place_files(draft: Draft, files: Iterable[tuple[TextFile, str]], provider: str, room: int) -> Draft:
    """Put texts into the slots that their file names say, adding languages that were not chosen yet.

    Files whose language is uncertain are kept beside the texts, with their names. ``room``: bytes that the draft may
    still take; files that do not fit are left out one by one.
    """
    waiting = {dropped.file.name: dropped for dropped in draft.dropped.unsure}
    came = list(files)[:MOST_FILES]
    meant = {file.name: slot_of_name(file.name, draft, provider).slot for file, _ in came if not file.problems}
    counted = Counter(slot for slot in meant.values() if slot)
    number = max((dropped.number for dropped in draft.dropped.files), default=-1)
    dropped_files: list[DroppedFile] = [dropped for name, dropped in waiting.items() if name not in meant]
    before = draft.targets
    for file, text in came:
        number += 1
        slot = meant.get(file.name) or ""
        room -= len(text.encode())
        if not file.problems and room < 0:
            message = gettext("Not added: the texts of this draft would be too large in total.")
            file, text = replace(file, problems=(message,)), ""
        elif slot and counted[slot] == 1 and not file.problems:
            draft = _place(draft, slot, file, text)
            text = ""
        else:
            slot = ""
        dropped_files.append(DroppedFile(number, file, text, "" if file.problems else slot))
    added = tuple(code for code in draft.targets if code not in before)
    return draft.with_dropped(DroppedFiles(tuple(dropped_files), added))


def say_slots(draft: Draft, chosen: Mapping[int, str], provider: str) -> Draft:
    """Put files of uncertain language into the slots that a person chose."""
    places = slots(draft, provider)
    kept, added = [], list(draft.dropped.added)
    for dropped in draft.dropped.files:
        slot = chosen.get(dropped.number, "") if dropped.is_unsure else ""
        if slot == LEAVE_OUT:
            continue
        if slot in places:
            if slot != SOURCE and slot not in draft.targets:
                added.append(slot)
            draft = _place(draft, slot, dropped.file, dropped.text)
            dropped = replace(dropped, slot=slot, text="")
        kept.append(dropped)
    return draft.with_dropped(DroppedFiles(tuple(kept), tuple(dict.fromkeys(added))))


def undo(draft: Draft) -> Draft:
    """Undo what several files changed: the texts, unless they were changed since, and the languages."""
    changed = set()
    for dropped in draft.dropped.placed:
        step = draft.steps.get(dropped.slot)
        if step and step.did == _did(dropped.file):
            draft = draft.with_text(dropped.slot, step.text)
        else:
            changed.add(dropped.slot)
    taken_back = {code for code in draft.dropped.added if code not in changed and not draft.text(code).strip()}
    draft = draft.with_targets(code for code in draft.targets if code not in taken_back)
    return draft.with_dropped(DroppedFiles())


def slots(draft: Draft, provider: str) -> list[str]:
    """Return where a file may go: the transcript, the chosen languages, then all others."""
    can, table = capabilities(provider), locale_table(provider)
    offered = [locale.code for locale in locales.targets(among=table) if locale.code != draft.get("source_locale")]
    chosen = [code for code in draft.targets if code in offered]
    targets = [*chosen, *(code for code in offered if code not in chosen)] if can.target_srt else []
    return [*([SOURCE] if can.source_srt else []), *targets]


def slot_of_name(name: str, draft: Draft, provider: str) -> file_names.Meant:
    """Return the slot that a file name means in this draft."""
    places = slots(draft, provider)
    source = draft.get("source_locale") if SOURCE in places else None
    targets = [slot for slot in places if slot != SOURCE]
    return file_names.slot_meant(file_names.language_in(name), targets, draft.targets, source)


def _place(draft: Draft, slot: str, file: TextFile, text: str) -> Draft:
    if slot != SOURCE and slot not in draft.targets:
        draft = draft.with_targets((*draft.targets, slot))
    return draft.with_text(slot, text, _did(file)).with_file(slot, file, text)


def _did(file: TextFile) -> str:
    return gettext("Added from %(name)s.") % {"name": formatting.isolated(file.name)}
