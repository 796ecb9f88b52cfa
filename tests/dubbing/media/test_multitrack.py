"""One file with the picture of a film and the sounds of several: what is taken over, how it is tagged, and when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from av.stream import Disposition

from dubbing import media
from dubbing.media import SoundTrack, SubtitleTrack
from tests.support.media import make_film

TAGS = {"comment": "AI-dubbed", "description": "The speech in this video is AI-generated."}


@pytest.fixture
def dub(tmp_path: Path) -> Path:
    """As long as the film, with another sound."""
    return make_film(tmp_path / "dub.mp4", video="mpeg4", size=(32, 24))


def write(film: Path, *others: Path, **more: Any) -> Path:
    out = film.with_name("out.mp4")
    sounds = [SoundTrack(str(film), "eng", "English, original", is_default=True)]
    sounds += [SoundTrack(str(other), "spa", "Spanish (Spain), AI-dubbed") for other in others]
    assert media.write_multitrack(film, out, sounds=sounds, tags=TAGS, duration=2.0, most=10**8, **more)
    return out


def contents(path: Path, kind: str, number: int = 0) -> list[bytes]:
    with av.open(str(path)) as container:
        stream = [stream for stream in container.streams if stream.type == kind][number]
        return [bytes(packet) for packet in container.demux(stream) if packet.size]


def times(path: Path, kind: str, number: int = 0) -> list[float]:
    """When each packet is shown, counted from where the file begins."""
    with av.open(str(path)) as container:
        stream = [stream for stream in container.streams if stream.type == kind][number]
        zero = (container.start_time or 0) / av.time_base
        packets = [packet for packet in container.demux(stream) if packet.size]
        return [float((packet.pts or 0) * packet.time_base) - zero for packet in packets]


def test_picture_and_sounds_are_copied_byte_for_byte_at_the_same_times(tmp_path: Path, dub: Path) -> None:
    film = make_film(tmp_path / "film.mp4")
    out = write(film, dub)
    assert contents(out, "video") == contents(film, "video")
    assert contents(out, "audio", 0) == contents(film, "audio")
    assert contents(out, "audio", 1) == contents(dub, "audio")
    assert times(out, "video") == pytest.approx(times(film, "video"), abs=0.001)
    assert times(out, "audio", 1) == pytest.approx(times(dub, "audio"), abs=0.001)


def test_each_track_says_its_language_and_one_is_the_default(tmp_path: Path, dub: Path) -> None:
    out = write(make_film(tmp_path / "film.mp4"), dub, dub)
    with av.open(str(out)) as container:
        sounds = container.streams.audio
        assert [stream.language for stream in sounds] == ["eng", "spa", "spa"]
        assert [bool(stream.disposition & Disposition.default) for stream in sounds] == [True, False, False]
        assert sounds[1].metadata["handler_name"] == "Spanish (Spain), AI-dubbed"
        assert container.metadata["comment"] == "AI-dubbed"
        assert container.metadata["description"] == TAGS["description"]
    written = out.read_bytes()
    assert written.index(b"moov") < written.index(b"mdat")


def test_subtitles_are_tracks_of_their_own_at_their_times(tmp_path: Path, dub: Path) -> None:
    cues = [(500, 1200, "¿Qué tal?"), (1200, 1900, "Dos\nlíneas")]
    out = write(make_film(tmp_path / "film.mp4"), dub, subtitles=[SubtitleTrack("spa", "Spanish (Spain)", cues)])
    with av.open(str(out)) as container:
        (stream,) = container.streams.subtitles
        assert stream.language == "spa"
    shown = [
        (at, text[2:].decode()) for at, text in zip(times(out, "subtitle"), contents(out, "subtitle"), strict=True)
    ]
    assert [pair for pair in shown if pair[1]] == [(0.5, "¿Qué tal?"), (1.2, "Dos\nlíneas")]


@pytest.mark.parametrize(
    ("name", "codec", "becomes"),
    [
        ("film.mkv", "aac", "aac"),
        ("film.ts", "aac", "aac"),
        ("film.mov", "pcm_s16le", "aac"),
        ("film.mkv", "mp2", "aac"),
        ("film.mkv", "flac", "flac"),
    ],
)
def test_other_containers_are_copied_and_sound_that_mp4_cannot_hold_is_encoded(
    tmp_path: Path, dub: Path, name: str, codec: str, becomes: str
) -> None:
    film = make_film(tmp_path / name, audio=codec)
    out = write(film, dub)
    assert len(contents(out, "video")) == len(contents(film, "video"))
    assert times(out, "video") == pytest.approx(times(film, "video"), abs=0.002)
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name == becomes
        last = max((frame.time or 0) + frame.samples / frame.rate for frame in container.decode(audio=0))
    assert last == pytest.approx(2.0, abs=0.06)


def test_a_rotated_video_stays_rotated(tmp_path: Path, dub: Path) -> None:
    film = make_film(tmp_path / "film.mp4", turned=90)
    assert media.probe(write(film, dub)).rotation == 90


def test_more_languages_than_a_process_may_usually_have_files_open(tmp_path: Path, dub: Path) -> None:
    out = write(make_film(tmp_path / "film.mp4"), *[dub] * 40)
    with av.open(str(out)) as container:
        assert len(container.streams.audio) == 41


@pytest.mark.parametrize("what", ["no sound", "no film", "cut", "a picture for editors"])
def test_unreadable_or_unsupported_tracks_give_no_file(tmp_path: Path, dub: Path, what: str) -> None:
    film = make_film(tmp_path / "film.mkv", video="ffv1" if what == "a picture for editors" else "libx264")
    if what == "no sound":
        make_film(dub, audio=None)
    elif what == "no film":
        dub.write_bytes(b"x" * 5000)
    elif what == "cut":
        dub.write_bytes(dub.read_bytes()[:300])
    sounds = [SoundTrack(str(path), "und", "") for path in (film, dub)]
    out = tmp_path / "out.mp4"
    assert not media.write_multitrack(film, out, sounds=sounds, tags={}, duration=2.0, most=10**8)
