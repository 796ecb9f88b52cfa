"""The contents of a draft. This is the only module that knows how they are stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.db.models import F, Q

SOURCE = "source"
"""The slot of the transcript; every other slot is the code of a language."""
FIELDS = (
    "name", "source_from", "source", "media_url", "start", "end", "source_locale", "auto_generate",
    "lips_model", "voice_anonymization", "speakers", "background_from", "background", "background_url",
    "voice_id", "voice_model", "speed", "seed", "notes", "speakers_from", "consent", "override_reason",
)  # fmt: skip
UNTOUCHED = Q(typed={}) | Q(typed__begun=True)
"""Assets whose draft nobody has changed yet."""
LANGUAGES = F("typed__targets")
"""The chosen languages of a draft, for queries that must not load what may be megabytes of text."""
FILES_FIELD = "subtitle_files"
"""The field that takes several files at once, each for the slot in its file name."""
_SLOT_FIELD = "subtitle_slot_"
_SOURCE_FIELD, _TARGET_FIELD, _FILE_FIELD = "source_srt", "srt_", "_file"
_LONGEST, _MOST_TARGETS, _LONGEST_CODE, _LONGEST_TAB = 5_000, 100, 40, 40


def field_of(slot: str) -> str:
    """Return the form's field for the text of a slot."""
    return _SOURCE_FIELD if slot == SOURCE else f"{_TARGET_FIELD}{slot}"


def file_field_of(slot: str) -> str:
    """Return the form's field that takes a file for a slot."""
    return f"{field_of(slot)}{_FILE_FIELD}"


def slot_of(name: str) -> str | None:
    """Return the slot whose text a field holds, or None if it holds no text."""
    if name == _SOURCE_FIELD:
        return SOURCE
    is_text = name.startswith(_TARGET_FIELD) and not name.endswith(_FILE_FIELD)
    return name.removeprefix(_TARGET_FIELD) if is_text else None


def slot_of_file(name: str) -> str | None:
    """Return the slot that a file field takes a text for."""
    return slot_of(name.removesuffix(_FILE_FIELD))


def slot_field_of(number: int) -> str:
    """Return the form's field in which a person chooses the slot of a file whose name does not say it."""
    return f"{_SLOT_FIELD}{number}"


def slot_choices(data: Mapping[str, Any]) -> dict[int, str]:
    """Return the slots chosen for such files, by number."""
    chosen = {name.removeprefix(_SLOT_FIELD): str(slot) for name, slot in data.items() if name.startswith(_SLOT_FIELD)}
    return {int(number): slot for number, slot in chosen.items() if number.isdecimal() and len(number) < 5 and slot}


def holding(name: str, value: str) -> Q:
    """Return a filter for assets whose draft has this value in this field."""
    return Q(**{f"typed__{name}": value})


def plain_text(value: Any, longest: int) -> str:
    """Return the text without characters that some database cannot store."""
    text = str(value)[:longest].replace("\r\n", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def written(value: Any) -> str:
    """Return a value as a field shows it."""
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return "" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class TextFile:
    """The file that a text came from. ``edited``: the text has been changed since."""

    name: str
    edited: bool = False
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    encoding: str = ""

    def changed(self, *, by_fix: bool) -> TextFile:
        """Return what is still true once the text was changed. After a fix, the encoding still is."""
        return TextFile(self.name, edited=True, encoding=self.encoding if by_fix else "")


@dataclass(frozen=True, slots=True)
class Step:
    """The text before a fix, and what the fix changed."""

    text: str
    did: str


@dataclass(frozen=True, slots=True)
class DroppedFile:
    """One of several files dropped at once. ``slot``: where its text went; until then ``text`` is kept here."""

    number: int
    file: TextFile
    text: str = ""
    slot: str = ""

    @property
    def is_unsure(self) -> bool:
        """Whether a person has to say which language it is in."""
        return not self.slot and not self.file.problems


@dataclass(frozen=True, slots=True)
class DroppedFiles:
    """The outcome for several files dropped at once. ``added``: languages chosen because of them."""

    files: tuple[DroppedFile, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def placed(self) -> tuple[DroppedFile, ...]:
        """Files whose text is in a slot."""
        return tuple(file for file in self.files if file.slot)

    @property
    def unsure(self) -> tuple[DroppedFile, ...]:
        """Files whose language a person has to choose."""
        return tuple(file for file in self.files if file.is_unsure)

    @property
    def unreadable(self) -> tuple[DroppedFile, ...]:
        """Files that no text could be read from."""
        return tuple(file for file in self.files if file.file.problems)


@dataclass(frozen=True, slots=True)
class Replaced:
    """What the last preset replaced: the preset's name, and the earlier values by field."""

    preset: str
    values: Mapping[str, str | list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What was entered in the form: ``fields`` by name, the target languages, ``texts`` by slot."""

    fields: Mapping[str, str] = field(default_factory=dict)
    targets: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        """Return the values for these names. Names that the form does not have are ignored."""
        return cls(
            fields={name: written(values[name]) for name in FIELDS if name in values},
            targets=_codes(values),
            texts={slot: written(text) for name, text in values.items() if (slot := slot_of(name)) is not None},
        )

    def get(self, name: str) -> str:
        """Return a field's value, or an empty string if it was not filled in."""
        return self.fields.get(name, "")

    def text(self, slot: str) -> str:
        """Return a slot's text, or an empty string if there is none."""
        return self.texts.get(slot, "")

    def value(self, name: str) -> str | list[str]:
        """Return a field's value, or the target languages."""
        return list(self.targets) if name == "targets" else self.get(name)

    def form_data(self) -> dict[str, Any]:
        """Return the data that ``AssetForm`` is bound to."""
        texts = {field_of(slot): text for slot, text in self.texts.items()}
        return {**self.fields, **texts, "targets": list(self.targets)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft(Values):
    """Everything a draft holds. Stored in ``Asset.typed`` as one JSON object, ``{}`` while there is nothing:

    =================  ============================================================================================
    each of FIELDS     a string (numbers from presets are read as well)
    ``targets``        a list of locale codes
    ``source_srt``     the transcript
    ``srt_<locale>``   the subtitles of a language
    ``files``          by the field of a text: ``name``; ``notes`` and ``encoding``, or ``problems``, or ``edited``
    ``aside``          fields, ``targets`` and texts that the present provider has no use for
    ``before_preset``  ``preset`` (its name) and ``values``: what the last preset replaced
    ``dropped``        several files that came at once: ``files``, each with ``number``, ``name``, ``slot`` or ``text``;
                       ``added``, the languages that were chosen because of them
    ``undo``           by the field of a text: ``text`` and ``did``, one step back
    ``tab``            the page that saved last
    ``checked``        whether submitting was tried
    ``begun``          whether it holds nothing but what the project's default preset and policy put there
    =================  ============================================================================================
    """

    files: Mapping[str, TextFile] = field(default_factory=dict)
    unused: Values = field(default_factory=Values)
    dropped: DroppedFiles = field(default_factory=DroppedFiles)
    replaced: Replaced | None = None
    steps: Mapping[str, Step] = field(default_factory=dict)
    tab: str = ""
    checked: bool = False
    begun: bool = False

    @classmethod
    def read(cls, stored: Any) -> Self:
        """Read a stored draft, written by this version or an earlier one. Parts of a wrong shape count as missing."""
        stored = _object(stored)
        return replace(
            cls.of(stored),
            files={slot: _file(file) for slot, file in _by_slot(stored.get("files"))},
            unused=Values.of(_object(stored.get("aside"))),
            dropped=_dropped(_object(stored.get("dropped"))),
            replaced=_replaced(_object(stored.get("before_preset"))),
            steps={slot: _step(step) for slot, step in _by_slot(stored.get("undo"))},
            tab=str(stored.get("tab") or ""),
            checked=bool(stored.get("checked")),
            begun=bool(stored.get("begun")),
        )

    def stored(self) -> dict[str, Any]:
        """Return the form that ``read`` reads."""
        if self == Draft():
            return {}
        stored = self.form_data() | {
            "files": {field_of(slot): _stored_file(file) for slot, file in self.files.items()},
            "undo": {field_of(slot): {"text": step.text, "did": step.did} for slot, step in self.steps.items()},
            "tab": self.tab,
            "checked": self.checked,
        }
        if self.unused != Values():
            unused = self.unused.form_data()
            stored["aside"] = unused if self.unused.targets else {k: v for k, v in unused.items() if k != "targets"}
        if self.dropped.files:
            files = [
                _stored_file(dropped.file) | {"number": dropped.number, "slot": dropped.slot, "text": dropped.text}
                for dropped in self.dropped.files
            ]
            stored["dropped"] = {"files": files, "added": list(self.dropped.added)}
        if self.replaced:
            stored["before_preset"] = {"preset": self.replaced.preset, "values": dict(self.replaced.values)}
        return stored | ({"begun": True} if self.begun else {})

    def columns(self) -> dict[str, Any]:
        """The columns of an asset that hold the draft and its size."""
        stored = self.stored()
        return {"typed": stored, "typed_bytes": _size_of(stored)}

    @property
    def size(self) -> int:
        """The size in bytes of what was entered, without the texts kept for undoing."""
        return _size_of(replace(self, steps={}).stored())

    def has_slot(self, slot: str) -> bool:
        """Return whether the slot has a text, had one, or has one that was put aside."""
        return slot in self.texts or slot in self.unused.texts

    # --- replacements -------------------------------------------------------------------------------------------------

    def with_data(self, data: Mapping[str, Any], longest_text: int, did: Mapping[str, str]) -> Self:
        """Return the draft with the data of a form. Unknown names are ignored, and values that are too long are cut.

        ``did``: what a fix changed, by slot, for texts changed by one.
        """
        fields = {name: plain_text(data[name], _LONGEST) for name in data if name in FIELDS}
        draft = replace(self, fields={**self.fields, **fields})
        if "targets" in data or "targets_shown" in data:
            codes = _codes(data)[:_MOST_TARGETS]
            draft = replace(draft, targets=tuple(plain_text(code, _LONGEST_CODE) for code in codes))
        for name in data:
            if (slot := slot_of(name)) is not None:
                draft = draft.with_text(slot, plain_text(data[name], longest_text), did.get(slot, ""))
        return draft

    def with_fields(self, fields: Mapping[str, str]) -> Self:
        """Return the draft with other values in these fields."""
        if unknown := set(fields) - set(FIELDS):
            raise ValueError(f"A draft has no {', '.join(sorted(unknown))}.")
        return replace(self, fields={**self.fields, **fields})

    def with_targets(self, targets: Iterable[str]) -> Self:
        """Return the draft with other target languages."""
        return replace(self, targets=tuple(targets))

    def with_text(self, slot: str, text: str, did: str = "") -> Self:
        """Return the draft with another text in a slot. ``did``: what a fix changed, so that it can be undone."""
        before, files, steps = self.text(slot), dict(self.files), dict(self.steps)
        if slot in files and text.strip() != before.strip():
            file = files.pop(slot)
            if text.strip():
                files[slot] = file.changed(by_fix=bool(did))
        if did:
            steps[slot] = Step(before, did)
        if slot in steps and (steps[slot].text == text or (not did and text != before)):
            del steps[slot]
        return replace(self, texts={**self.texts, slot: text}, files=files, steps=steps)

    def with_file(self, slot: str, file: TextFile, text: str | None = None) -> Self:
        """Return the draft with a text and its file. ``text``: None if the file could not be read."""
        texts = self.texts if text is None else {**self.texts, slot: text}
        return replace(self, texts=texts, files={**self.files, slot: file})

    def with_files(self, files: Mapping[str, TextFile]) -> Self:
        """Return the draft with these files as the origins of its texts."""
        return replace(self, files=dict(files))

    def with_dropped(self, dropped: DroppedFiles) -> Self:
        """Return the draft with these files that were dropped at once."""
        return replace(self, dropped=dropped)

    def with_values(self, values: Values, unused: Values) -> Self:
        """Return the draft with these values in use, and these unused."""
        return replace(self, fields=values.fields, targets=values.targets, texts=values.texts, unused=unused)

    def with_replaced(self, preset: str, values: Mapping[str, str | list[str]]) -> Self:
        """Return the draft with what a preset replaced."""
        return replace(self, replaced=Replaced(preset, values))

    def without_replaced(self) -> Self:
        """Return the draft without anything to restore from a preset."""
        return replace(self, replaced=None)

    def saved(self, tab: str, *, checked: bool) -> Self:
        """Return the draft as saved by a page. ``checked``: somebody tried to submit it, now or before."""
        tab = (tab or self.tab)[:_LONGEST_TAB]
        return replace(self, tab=tab, checked=checked or self.checked, begun=False)


def _codes(values: Mapping[str, Any]) -> tuple[str, ...]:
    getlist = getattr(values, "getlist", values.get)
    codes = getlist("targets") or ()
    return (codes,) if isinstance(codes, str) else tuple(map(str, _list(codes)))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else ()


def _by_slot(stored: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, value in _object(stored).items():
        if (slot := slot_of(name)) is not None:
            yield slot, _object(value)


def _step(stored: Mapping[str, Any]) -> Step:
    return Step(str(stored.get("text") or ""), str(stored.get("did") or ""))


def _file(stored: Mapping[str, Any]) -> TextFile:
    return TextFile(
        name=str(stored.get("name") or ""),
        edited=bool(stored.get("edited")),
        problems=tuple(map(str, _list(stored.get("problems")))),
        notes=tuple(map(str, _list(stored.get("notes")))),
        encoding=str(stored.get("encoding") or ""),
    )


def _dropped(stored: Mapping[str, Any]) -> DroppedFiles:
    files = [
        DroppedFile(dropped["number"], _file(dropped), str(dropped.get("text") or ""), str(dropped.get("slot") or ""))
        for dropped in map(_object, _list(stored.get("files")))
        if isinstance(dropped.get("number"), int)
    ]
    return DroppedFiles(tuple(files), tuple(map(str, _list(stored.get("added")))))


def _stored_file(file: TextFile) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "edited": file.edited, "problems": list(file.problems), "notes": list(file.notes), "encoding": file.encoding,
    }  # fmt: skip
    return {"name": file.name} | {name: fact for name, fact in facts.items() if fact}


def _replaced(stored: Mapping[str, Any]) -> Replaced | None:
    if not stored.get("preset"):
        return None
    before = _object(stored.get("values"))
    values = {str(k): list(map(str, v)) if isinstance(v, list) else written(v) for k, v in before.items()}
    return Replaced(str(stored["preset"]), values)


def _size_of(value: Any) -> int:
    if isinstance(value, Mapping):
        return sum(_size_of(name) + _size_of(part) for name, part in value.items())
    if isinstance(value, list):
        return sum(map(_size_of, value))
    return len(str(value).encode())
