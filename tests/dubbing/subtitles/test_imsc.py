"""IMSC: what other programs read in it is what the cues say."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import ttconv.imsc.reader
from defusedxml.ElementTree import fromstring
from hypothesis import given
from hypothesis import strategies as st

from dubbing.subtitles import Cue, to_imsc

ROOT = Path(__file__).resolve().parents[3]
TT = "{http://www.w3.org/ns/ttml}"


def paragraphs(written: bytes) -> list[tuple[str | None, str | None, str]]:
    root = fromstring(written)
    return [(p.get("begin"), p.get("end"), "".join(p.itertext())) for p in root.iter(f"{TT}p")]


def test_cues_are_paragraphs_with_their_times_and_the_documents_language() -> None:
    written = to_imsc([Cue(1500, 3000, "Hola."), Cue(4000, 6033, "¿Qué tal?")], "es-ES")
    root = fromstring(written)
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "es-ES"
    profile = root.get("{http://www.w3.org/ns/ttml#parameter}contentProfiles")
    assert profile == "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
    assert paragraphs(written) == [
        ("00:00:01.500", "00:00:03.000", "Hola."),
        ("00:00:04.000", "00:00:06.033", "¿Qué tal?"),
    ]
    assert ttconv.imsc.reader.to_model(ElementTree.parse(io.BytesIO(written))) is not None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<i>Hola</i> & <b>adiós</b>", "Hola & adiós"),
        ("a < b > c", "a < b > c"),
        ("<font color=red>x</font>", "<font color=red>x</font>"),
        ("{\\an8}Arriba", "Arriba"),
        ("&amp; &lt;i&gt;", "&amp; &lt;i&gt;"),
        ("مرحبا", "مرحبا"),
        ("1 --> 2", "1 --> 2"),
    ],
)
def test_only_bold_italic_and_underline_are_markup(text: str, shown: str) -> None:
    assert paragraphs(to_imsc([Cue(0, 1000, text)], "es-ES"))[0][2].replace("→", "-->") == shown


def test_what_is_never_shown_is_left_out_and_nothing_at_all_is_a_document() -> None:
    assert paragraphs(to_imsc([Cue(5, 5, "Still"), Cue(5, 9, " ")], "es-ES")) == []


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
def test_whatever_a_cue_says_is_a_document_or_refused_but_never_something_else(text: str) -> None:
    try:
        written = to_imsc([Cue(0, 1000, text)], "es-ES")
    except ValueError:
        return
    assert fromstring(written) is not None


def test_the_reference_player_of_imsc_finds_nothing_wrong_and_shows_every_cue_when_it_should() -> None:
    if shutil.which("node") is None or not (ROOT / "node_modules" / "imsc").exists():
        pytest.skip("imscJS is not here (npm ci): what it makes of our IMSC was not tested")
    cues = [
        Cue(0, 900, "Eins"),
        Cue(900, 2000, "<i>Hola</i> & <b>tú</b>"),
        Cue(3000, 4033, "Dos\n<u>líneas</u> < 3"),
        Cue(90_000_000, 90_000_500, "مرحبا"),
    ]
    command = ["node", str(ROOT / "tests" / "support" / "read_imsc.mjs")]
    read = subprocess.run(command, input=to_imsc(cues, "es-ES"), capture_output=True, check=False)
    assert read.returncode == 0, read.stderr.decode()
    assert json.loads(read.stdout) == [
        *([0, "Eins"], [0.9, "<i>Hola</i> & <b>tú</b>"], [2, ""], [3, "Dos\n<u>líneas</u> < 3"], [4.033, ""]),
        *([90_000, "مرحبا"], [90_000.5, ""]),
    ]
