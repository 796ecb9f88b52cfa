"""The sandbox's damaged dubs are found by the automatic checks, and its ordinary dub raises no alarm."""

from __future__ import annotations

from pathlib import Path

import pytest

from dubbing.subtitles import Cue
from sandbox.mix import Order, dub
from sandbox.sample import SPANISH, make_sample, write_srt
from tests.dubbing.review.corpus import Dub

pytestmark = pytest.mark.long
FINDINGS = {
    "none": set[str](),
    "quiet": {"loudness_source_low"},
    "silent-cue": {"silent_line"},
    "frozen": {"frozen"},
    "source-sound": {"source_sound"},
    "cut": {"cut_line", "shorter"},
    "late-300ms": {"late", "late_lines"},
    "half-speed": {"longer"},
}


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[Cue]]:
    """A talking film, and Spanish subtitles for it."""
    folder = tmp_path_factory.mktemp("film")
    spoken = make_sample(folder / "film.mp4", seconds=20.0, width=320, height=180)
    cues = [type(cue)(cue.start, cue.end, SPANISH[number % 5]) for number, cue in enumerate(spoken)]
    write_srt(cues, folder / "es.srt")
    return (
        folder / "film.mp4",
        folder / "es.srt",
        [Cue(round(cue.start * 1000), round(cue.end * 1000), cue.text) for cue in cues],
    )


@pytest.mark.parametrize("damage", FINDINGS)
def test_each_damage_is_found(film: tuple[Path, Path, list[Cue]], tmp_path: Path, damage: str) -> None:
    source, srt, cues = film
    result = tmp_path / "dub.mp4"
    dub(Order(str(source), str(result), "es-ES", srt=srt.read_text(), damage=damage))
    codes = {finding.code for finding in Dub(result, source, cues).judged().findings}
    assert codes & FINDINGS[damage] if FINDINGS[damage] else not codes, codes
