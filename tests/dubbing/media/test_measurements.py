"""What is measured of a result and its source, and that a child which lies about it is not believed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dubbing import media
from dubbing.media.measurements import LEVELS_A_SECOND, measured
from tests.support.dubs import Film, make, music
from tests.support.media import make_film

TONE = music(seconds=6.0, expression="0.1*sin(2*PI*t*1000)")


BOTH = ("pan", "stereo|c0=c0|c1=c0")


def tone(**fields: Any) -> Film:
    return Film(seconds=6.0, sounds=[TONE], **fields)


def test_a_tone_is_as_loud_as_it_is(tmp_path: Path) -> None:
    """A stereo sine of 1 kHz at -20 dBFS is -20 LUFS by definition, and its root mean square is -23 dB."""
    found = media.measure(make(tmp_path / "film.mov", tone(audio="pcm_s16le", sound=[BOTH])), None, duration=6.0)
    sound = found.result.sound
    assert sound
    assert sound.loudness == pytest.approx(-20.0, abs=0.2)
    assert sound.true_peak == pytest.approx(-20.0, abs=0.2)
    assert set(sound.levels) == {23}
    assert len(sound.levels) == 6 * LEVELS_A_SECOND
    assert sound.channel_levels == pytest.approx((-23.0, -23.0), abs=0.2)
    assert (sound.sample_rate, sound.channels, sound.flat_runs, sound.mono_loss) == (48_000, 2, 0, 0.0)
    assert (found.source, found.comparison) == (None, None)


def test_one_channel_is_as_loud_as_it_is_on_two_loudspeakers(tmp_path: Path) -> None:
    film = make(tmp_path / "film.mov", tone(audio="pcm_s16le", layout="mono", sound=[("pan", "mono|c0=c0")]))
    sound = media.measure(film, None, duration=6.0).result.sound
    assert sound
    assert sound.loudness == pytest.approx(-20.0, abs=0.2)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.ts", "film.mov"])
def test_the_ends_of_picture_and_sound_are_measured(tmp_path: Path, name: str) -> None:
    film = make(tmp_path / name, tone(rate=Fraction(30000, 1001)))
    found = media.measure(film, film, duration=6.0)
    picture, sound = found.result.picture, found.result.sound
    assert picture
    assert sound
    assert picture.rate == pytest.approx(29.97, abs=0.01)
    assert picture.ends - picture.begins == pytest.approx(6.0, abs=0.05)
    assert sound.ends == pytest.approx(6.0, abs=0.08)
    assert found.comparison
    assert found.comparison.same_picture


CODECS: dict[str, tuple[str, dict[str, str]]] = {
    "H.264": ("libx264", {"preset": "veryfast"}),
    "H.264, every picture alone": ("libx264", {"preset": "ultrafast", "g": "1"}),
    "HEVC": ("libx265", {"preset": "ultrafast", "x265-params": "log-level=none"}),
    "VP9": ("libvpx-vp9", {"cpu-used": "8", "deadline": "realtime"}),
    "MPEG-4": ("mpeg4", {"b": "900k"}),
    "MPEG-2": ("mpeg2video", {"b": "2M"}),
}


@pytest.mark.parametrize("name", CODECS)
def test_a_frozen_picture_is_found_in_every_codec(tmp_path: Path, name: str) -> None:
    codec, options = CODECS[name]
    moving = make(tmp_path / "source.mkv", tone())
    film = make(tmp_path / "film.mkv", tone(holds=[(2.0, 4.0)], codec=codec, options=options))
    found = media.measure(film, moving, duration=6.0)
    assert found.result.picture
    ((start, end),) = found.result.picture.still
    assert start == pytest.approx(2.0, abs=0.3)
    assert end == pytest.approx(4.0, abs=0.25)
    assert found.source
    assert found.source.picture
    assert found.source.picture.still == ()


def test_a_file_that_is_not_a_video_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(b"no film" * 100)
    with pytest.raises(media.MediaRefused) as caught:
        media.measure(path, None, duration=6.0)
    assert caught.value.code == "not_media"


def test_it_ends_when_it_is_no_longer_wanted(tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.mp4")
    with pytest.raises(media.MediaRefused):
        media.measure(film, film, duration=2.0, still_wanted=lambda: False)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """An honest answer of the child."""
    path = make_film(tmp_path_factory.mktemp("films") / "film.mp4")
    row = asdict(media.measure(path, path, duration=2.0, places=[(0.0, 1.0)]))
    for file in (row["result"], row["source"]):
        file["sound"]["levels"] = file["sound"]["levels"].hex()
    row["comparison"]["sounds"] = [list(each.values()) for each in row["comparison"]["sounds"]]
    plain: dict[str, Any] = _plain(row)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def test_an_honest_answer_is_believed(answer: dict[str, Any]) -> None:
    found = measured(answer)
    assert found.comparison
    assert found.comparison.sounds[0].correlation == pytest.approx(1.0, abs=0.01)
    assert replace(found, comparison=None) != found


def _in_sound(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda answer: answer | {"result": answer["result"] | {"sound": answer["result"]["sound"] | {name: value}}}


def _in_comparison(name: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda answer: answer | {"comparison": answer["comparison"] | {name: value}}


@pytest.mark.parametrize(
    "lie",
    [
        lambda answer: {},
        lambda answer: answer | {"result": None},
        lambda answer: answer | {"result": []},
        lambda answer: answer | {"source": 7},
        lambda answer: answer | {"comparison": "same"},
        _in_sound("loudness", "loud"),
        _in_sound("loudness", math.nan),
        _in_sound("true_peak", math.inf),
        _in_sound("levels", "xx"),
        _in_sound("levels", "00" * (16 * 3600 * LEVELS_A_SECOND)),
        _in_sound("layout", 7),
        _in_sound("channel_levels", [0.0] * 65),
        _in_sound("channels", -1),
        _in_comparison("sounds", [[0, 1]]),
        _in_comparison("sounds", [[0, 1, 1.5]]),
        _in_comparison("sounds", [[0, 1, 0.5]] * 2001),
        _in_comparison("pictures", {"0": 1}),
        _in_comparison("delay", True),
    ],
)
def test_a_malformed_answer_is_not_believed(answer: dict[str, Any], lie: Any) -> None:
    with pytest.raises(ValueError, match=r"not|nothing|many|fromhex"):
        measured(lie(answer))
