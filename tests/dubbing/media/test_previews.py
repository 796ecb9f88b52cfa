"""Seeing what was brought: tracks, pace, silence, waveforms, and copies that browsers play."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

from dubbing import media
from dubbing.media import parent
from tests.support.media import make_film
from tests.support.odd_films import FLASH, first_beep, first_flash, make_odd_film, uneven_moments

Make = Callable[..., Path]
QUIET = {"x265-params": "log-level=none"}
HEVC: dict[str, Any] = {"video": "libx265", "options": QUIET}


@pytest.fixture
def film(tmp_path: Path) -> Make:
    return lambda name="film.mp4", **features: make_odd_film(tmp_path / name, **features)


def copied(path: Path) -> Path:
    out = path.with_name("copy.out")
    assert media.browser_copy(path, out, duration=3.0)
    return out


def test_it_reports_every_audio_track_and_its_language(film: Make) -> None:
    info = media.probe(film("film.mkv", languages=("eng", "deu"), layout="stereo"))
    assert info.audio_streams == 2
    assert info.audio_tracks == [
        {"language": "eng", "title": "", "channels": 2, "codec": "aac"},
        {"language": "deu", "title": "", "channels": 2, "codec": "aac"},
    ]


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.mov"])
def test_it_reports_uneven_frame_intervals(film: Make, name: str) -> None:
    assert media.probe(film(name, moments=uneven_moments(3))).variable_fps


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.mov", "film.ts", "film.avi"])
def test_even_pictures_are_even_whatever_the_container_rounds(film: Make, name: str) -> None:
    audio = "libmp3lame" if name == "film.avi" else "aac"
    assert not media.probe(film(name, audio=audio)).variable_fps


def test_one_lost_picture_is_no_pattern(film: Make) -> None:
    moments = [at / 25 for at in range(75) if at != 30]
    assert not media.probe(film(moments=moments)).variable_fps


PLAYABLE: dict[str, dict[str, Any]] = {
    "film.mp4": {},
    "film.mov": {},
    "mp3.mp4": {"audio": "libmp3lame"},
    "film.webm": {"video": "libvpx-vp9", "audio": "libopus"},
}
UNPLAYABLE: dict[str, dict[str, Any]] = {
    "film.mkv": {},
    "film.ts": {},
    "hevc.mp4": HEVC,
    "ten-bit.mp4": {"pixels": "yuv420p10le"},
    "full-colour.mp4": {"pixels": "yuv444p"},
    "prores.mov": {"video": "prores_ks", "pixels": "yuv422p10le", "audio": "pcm_s16le"},
    "surround.mp4": {"audio": "ac3", "layout": "5.1"},
}


@pytest.mark.parametrize("name", PLAYABLE)
def test_it_knows_what_browsers_play(film: Make, name: str) -> None:
    assert media.probe(film(name, **PLAYABLE[name])).playable


@pytest.mark.parametrize("name", UNPLAYABLE)
def test_it_knows_what_browsers_do_not_play(film: Make, name: str) -> None:
    assert not media.probe(film(name, **UNPLAYABLE[name])).playable


def test_it_reports_the_bit_depth(film: Make) -> None:
    assert media.probe(film("hevc.mp4", pixels="yuv420p10le", **HEVC)).bits == 10
    assert media.probe(film()).bits == 8


def test_a_video_that_is_silent_throughout_is_refused(film: Make) -> None:
    path = film(volume=0)
    with pytest.raises(media.MediaRefused) as caught:
        media.probe(path)
    assert caught.value.code == "silent_audio"
    assert "silent from beginning to end" in caught.value.message
    assert "first audio track" in caught.value.remedy


def test_a_video_with_one_quiet_sound_is_accepted(film: Make) -> None:
    assert media.probe(film(volume=40)).has_audio


def test_a_silent_result_is_not_called_damaged(film: Make) -> None:
    assert media.check_result(film(volume=0), expected=3.0).ok


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("film.mp4", {}),
        ("film.mkv", {"sound_from": 0.7}),
        ("film.ts", {}),
        ("surround.mkv", {"audio": "ac3", "layout": "5.1"}),
        ("prores.mov", {"video": "prores_ks", "pixels": "yuv422p10le", "audio": "pcm_s24le", "layout": "stereo"}),
    ],
)
def test_a_waveform_is_loud_where_the_video_is(film: Make, name: str, features: dict[str, object]) -> None:
    waveform = media.peaks(film(name, **features))
    loud = [number for number, peak in enumerate(waveform.peaks) if peak > 0.05]
    each = waveform.duration / len(waveform.peaks)
    assert waveform.duration == pytest.approx(3.0, abs=0.2)
    assert loud[0] * each == pytest.approx(FLASH[0], abs=0.15)
    assert (loud[-1] + 1) * each == pytest.approx(FLASH[1], abs=0.15)
    assert all(0 <= peak <= 1 for peak in waveform.peaks)


@pytest.mark.long
def test_a_long_video_has_no_more_peaks_than_a_page_can_use(tmp_path: Path) -> None:
    film = make_odd_film(tmp_path / "long.mp4", seconds=1500, moments=[0.0, 700.0, 1400.0], size=(32, 32))
    waveform = media.peaks(film)
    assert 5_000 < len(waveform.peaks) <= 12_000
    assert waveform.duration == pytest.approx(1500, abs=0.5)


def test_there_is_no_waveform_without_sound(tmp_path: Path) -> None:
    with pytest.raises(media.MediaRefused) as caught:
        media.peaks(make_film(tmp_path / "mute.mp4", audio=None))
    assert caught.value.code == "no_audio"
    with pytest.raises(media.MediaRefused):
        media.peaks(Path(__file__))


COPIED: dict[str, tuple[dict[str, Any], tuple[int, int]]] = {
    "hevc.mkv": (HEVC | {"audio": "libopus"}, (96, 64)),
    "ten-bit.mp4": (HEVC | {"pixels": "yuv420p10le"}, (96, 64)),
    "prores.mov": ({"video": "prores_ks", "pixels": "yuv422p10le", "audio": "pcm_s16le"}, (96, 64)),
    "phone.mov": (HEVC | {"turned": 90, "size": (128, 72)}, (72, 128)),
    "upside-down.mov": (HEVC | {"turned": 180}, (96, 64)),
    "odd-sides.mkv": ({"video": "ffv1", "size": (853, 479)}, (854, 480)),
    "large.mkv": ({"video": "ffv1", "size": (1920, 1080), "moments": [0.0, 0.5, 1.0, 1.5]}, (1280, 720)),
    "upright.mkv": ({"video": "ffv1", "size": (1080, 1920), "moments": [0.0, 0.5, 1.0, 1.5]}, (406, 720)),
    "uneven.mkv": (HEVC | {"moments": uneven_moments(3)}, (96, 64)),
    "surround.mkv": (HEVC | {"audio": "ac3", "layout": "5.1"}, (96, 64)),
    "late-sound.mkv": (HEVC | {"sound_from": 0.8}, (96, 64)),
    "clock-from-elsewhere.ts": (HEVC, (96, 64)),
    "taken-over.mkv": ({}, (96, 64)),
    "taken-over.ts": ({}, (96, 64)),
    "taken-over-turned.mov": ({"turned": 90, "audio": "pcm_s16le"}, (64, 96)),
}


@pytest.mark.long
@pytest.mark.parametrize("name", COPIED)
def test_a_copy_is_playable_upright_and_in_step_with_the_video(film: Make, name: str) -> None:
    features, size = COPIED[name]
    path = film(name, **features)
    out = copied(path)
    info = media.probe(out)
    assert info.playable
    width, height = info.display_size
    assert (width, height) == pytest.approx(size, abs=2)
    assert not {width % 2, height % 2} - {0}
    assert info.audio_tracks[0]["channels"] == 2
    # The same moment here and there, and picture and sound together.
    assert first_flash(out) == pytest.approx(first_flash(path), abs=0.021)
    assert first_beep(out) == pytest.approx(first_beep(path), abs=0.03)
    assert first_beep(out) == pytest.approx(first_flash(out), abs=0.045)


def test_a_copy_keeps_the_pace_of_uneven_pictures(film: Make) -> None:
    assert media.probe(copied(film("uneven.mkv", moments=uneven_moments(3), **HEVC))).variable_fps


def test_pictures_that_browsers_play_are_copied(film: Make) -> None:
    path = film("film.mkv")
    packets = [stream_bytes(file) for file in (path, copied(path))]
    assert packets[0] == packets[1]


def test_a_file_that_is_not_a_video_has_no_copy(tmp_path: Path) -> None:
    for source in (Path(__file__), make_film(tmp_path / "song.mp3", video=None, audio="libmp3lame")):
        assert not media.browser_copy(source, tmp_path / "out", duration=2)


def test_a_copy_that_is_not_wanted_any_more_is_ended(film: Make, tmp_path: Path) -> None:
    answers = iter([False])
    assert not media.browser_copy(film(), tmp_path / "out", duration=3, still_wanted=lambda: next(answers))


def test_a_copy_may_not_take_more_disk_than_it_was_given(
    film: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parent, "copy_bytes", lambda duration: 2000)
    out = tmp_path / "out"
    assert not media.browser_copy(film("film.mkv", **HEVC), out, duration=3)
    assert out.stat().st_size <= 2000


def test_a_copy_ends_and_is_removed_when_its_requester_is_gone(film: Make, tmp_path: Path) -> None:
    program = (
        "import os, sys\nfrom dubbing.media import transcoder\n"
        "os.getppid = iter([1, *[2] * 1000]).__next__\n"
        "print(transcoder.copy(sys.argv[1], sys.argv[2]))"
    )
    path = film("film.mkv", **HEVC)
    run = [sys.executable, "-c", program, str(path), str(tmp_path / "out")]
    done = subprocess.run(run, capture_output=True, check=False, text=True, env=os.environ | {"PYTHONPATH": "."})
    assert (done.returncode, done.stdout) == (1, "")
    # Its name is not the child's to take away: it is swept like any leftover, and holds no room until then.
    assert (tmp_path / "out").stat().st_size == 0


def stream_bytes(path: Path) -> list[int]:
    """The sizes of the pictures as they are stored, which encoding anew would change."""
    with av.open(str(path)) as container:
        return [packet.size for packet in container.demux(video=0) if packet.size]
