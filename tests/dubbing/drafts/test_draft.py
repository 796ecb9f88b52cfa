"""The typed draft: what is stored today is read, and only ``Draft`` knows how."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dubbing.drafts.draft import SOURCE, Draft, Step, TextFile, Values, field_of, slot_of, slot_of_file

ROOT = Path(__file__).parents[3]
STORED: dict[str, Any] = {
    "name": "Harbour",
    "start": "",
    "targets": ["es-ES", "fr-FR"],
    "source_srt": "Hello.",
    "srt_es-ES": "Hola.",
    "srt_fr-FR": "",
    "files": {
        "srt_es-ES": {"name": "es.srt", "notes": ["Read as Windows-1252."], "encoding": "cp1252"},
        "srt_fr-FR": {"name": "fr.srt", "problems": ["This is not a text file."]},
        "source_srt": {"name": "en.srt", "edited": True},
    },
    "aside": {"speed": "1.2", "targets": ["bg-BG"], "srt_bg-BG": "Здравей."},
    "before_preset": {"preset": "Series", "values": {"targets": ["it-IT"], "speakers": "2"}},
    "undo": {"srt_es-ES": {"text": "Ola.", "did": "Swapped."}},
    "tab": "a1",
    "checked": True,
}


def test_what_is_stored_today_is_read_and_stored_as_it_was() -> None:
    assert Draft.read(STORED).stored() == STORED
    assert Draft.read({"begun": True, "targets": ["es-ES"]}).stored()["begun"] is True
    assert Draft.read({}) == Draft()
    assert Draft().stored() == {}


def test_each_part_has_its_place() -> None:
    draft = Draft.read(STORED)
    assert (draft.get("name"), draft.get("end"), draft.targets) == ("Harbour", "", ("es-ES", "fr-FR"))
    assert draft.texts == {SOURCE: "Hello.", "es-ES": "Hola.", "fr-FR": ""}
    assert draft.files["fr-FR"] == TextFile("fr.srt", problems=("This is not a text file.",))
    assert draft.unused == Values(fields={"speed": "1.2"}, targets=("bg-BG",), texts={"bg-BG": "Здравей."})
    assert draft.replaced is not None
    assert draft.replaced.preset == "Series"
    assert draft.steps == {"es-ES": Step("Ola.", "Swapped.")}
    assert (draft.tab, draft.checked, draft.begun) == ("a1", True, False)


def test_the_form_gets_its_own_names_and_nothing_else() -> None:
    assert set(Draft.read(STORED).form_data()) == {"name", "start", "targets", "source_srt", "srt_es-ES", "srt_fr-FR"}


def test_numbers_of_presets_and_older_rows_are_read_as_they_are_written() -> None:
    draft = Draft.read({"speakers": 2, "voice_anonymization": 0.5, "seed": None, "files": None, "undo": ""})
    assert (draft.get("speakers"), draft.get("voice_anonymization"), draft.get("seed")) == ("2", "0.5", "")


def test_names_that_no_form_has_are_not_carried_on() -> None:
    assert Draft.read(STORED | {"colour": "red"}).stored() == STORED
    assert "colour" not in Draft().with_data({"colour": "red", "name": "A"}, 100, {}).stored()
    with pytest.raises(ValueError, match="colour"):
        Draft().with_fields({"colour": "red"})


@pytest.mark.parametrize(
    ("name", "slot"),
    [("source_srt", SOURCE), ("srt_es-ES", "es-ES"), ("srt_es-ES_file", None), ("source_from", None), ("srt", None)],
)
def test_a_field_belongs_to_one_slot(name: str, slot: str | None) -> None:
    assert slot_of(name) == slot
    assert slot is None or field_of(slot) == name


def test_a_file_belongs_to_the_slot_of_its_text() -> None:
    assert [slot_of_file(name) for name in ("srt_es-ES_file", "source_srt_file", "name_file", "typed")] == [
        "es-ES", SOURCE, None, None,
    ]  # fmt: skip


def test_a_fix_keeps_one_step_back_and_the_encoding_while_typing_keeps_neither() -> None:
    draft = Draft.read(STORED | {"undo": {}})
    fixed = draft.with_text("es-ES", "¡Hola!", "Punctuated.")
    assert fixed.steps["es-ES"] == Step("Hola.", "Punctuated.")
    assert fixed.files["es-ES"] == TextFile("es.srt", edited=True, encoding="cp1252")
    by_hand = fixed.with_text("es-ES", "¡Hola a todos!")
    assert (dict(by_hand.steps), by_hand.files["es-ES"]) == ({}, TextFile("es.srt", edited=True))
    assert "es-ES" not in by_hand.with_text("es-ES", " ").files


def test_saving_remembers_the_page_and_that_submitting_was_tried() -> None:
    draft = Draft(begun=True).saved("b2", checked=True).saved("", checked=False)
    assert (draft.tab, draft.checked, draft.begun) == ("b2", True, False)


def test_only_one_module_knows_how_a_draft_is_stored() -> None:
    grammar = re.compile(r"\"(?:srt_\"|srt_[{A-Z]|before_preset|aside\"|begun\")|f\"srt_|typed_of\(asset|typed__")
    product = (path for path in (ROOT / "dubbing").rglob("*.py") if "migrations" not in path.parts)
    knowing = {path.relative_to(ROOT).as_posix() for path in product if grammar.search(path.read_text())}
    assert knowing == {"dubbing/drafts/draft.py"}
