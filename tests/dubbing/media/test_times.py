"""Films whose clocks are broken, and films with covers: how long they are, and which picture is the film."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import pytest
from av.stream import Disposition
from av.video.stream import VideoStream

from dubbing import media
from tests.support.odd_films import make_odd_film

Make = Callable[..., Path]
Moved = Callable[[float], float]


@pytest.fixture
def film(tmp_path: Path) -> Make:
    return lambda name="film.mp4", **features: make_odd_film(tmp_path / f"even-{name}", **features)


def same(at: float) -> float:
    return at


def moved(path: Path, *, picture: Moved = same, sound: Moved = same) -> Path:
    """The same film with other timestamps on its packets."""
    out = path.with_name(path.name.removeprefix("even-"))
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        tracks = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.dts is None or packet.pts is None:
                continue
            change = picture if packet.stream.type == "video" else sound
            at = float(packet.pts * packet.time_base)
            packet.dts += round((change(at) - at) / packet.time_base)
            packet.pts += round((change(at) - at) / packet.time_base)
            packet.stream = tracks[packet.stream.index]
            target.mux(packet)
    return out


def refusal(path: Path, **options: bool) -> str:
    with pytest.raises(media.MediaRefused) as caught:
        media.probe(path, **options)
    assert caught.value.message
    assert caught.value.remedy
    return caught.value.code


WEBM = {"video": "libvpx-vp9", "audio": "libopus"}
EASY = {"options": {"bf": "0", "g": "5"}}


def far(seconds: float, after: float) -> Moved:
    """A clock that jumps."""
    return lambda at: at if at < after else at + seconds


@pytest.mark.parametrize("deep", [True, False])
@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv", "film.webm"])
def test_a_million_seconds_are_not_believed_of_a_video_of_three(film: Make, name: str, deep: bool) -> None:
    path = film(name, **(WEBM if name.endswith("webm") else EASY))
    assert refusal(moved(path, sound=lambda at: at + 1e6), deep=deep) == "endless"


@pytest.mark.parametrize("deep", [True, False])
@pytest.mark.parametrize("seconds", [100.0, 5_000.0, 80_000.0])
def test_a_few_hours_are_not_believed_either(film: Make, seconds: float, deep: bool) -> None:
    path = film("film.mp4", **EASY)
    assert refusal(moved(path, sound=lambda at: at + seconds), deep=deep) == "broken_times"


@pytest.mark.parametrize("name", ["film.mkv", "film.ts"])
def test_a_jump_in_the_middle_of_both_is_not_believed(film: Make, name: str) -> None:
    jump = far(3_000.0, 1.5)
    assert refusal(moved(film(name, **EASY), picture=jump, sound=jump)) == "broken_times"


def test_a_length_that_leaves_no_bits_for_a_voice_is_not_believed_even_with_both_ends_only(film: Make) -> None:
    path = moved(film("film.ts", **EASY), sound=lambda at: at + 20_000)
    assert refusal(path, deep=False) == "broken_times"


def test_a_single_late_picture_is_not_believed(film: Make) -> None:
    assert refusal(moved(film("film.mkv", **EASY), picture=far(3_000.0, 2.9))) == "broken_times"


def test_a_sound_with_such_a_clock_is_no_background(film: Make) -> None:
    with pytest.raises(media.MediaRefused) as caught:
        media.probe_audio(moved(film("film.mkv", **EASY), sound=far(3_000.0, 1.5)))
    assert caught.value.code == "broken_times"


@pytest.mark.parametrize("deep", [True, False])
@pytest.mark.parametrize("name", ["film.mkv", "film.webm", "film.mp4", "film.ts"])
def test_a_recording_that_began_in_the_middle_of_a_broadcast_is_as_long_as_it_is(
    film: Make, name: str, deep: bool
) -> None:
    path = film(name, **(WEBM if name.endswith("webm") else EASY))
    late = moved(path, picture=lambda at: at + 50_000, sound=lambda at: at + 50_000)
    assert media.probe(late, deep=deep).duration == pytest.approx(3.0, abs=0.2)


@pytest.mark.long
def test_a_slow_video_of_pictures_with_a_voice_is_accepted(film: Make) -> None:
    path = film("film.mp4", seconds=130, moments=[0.0, 60.0, 120.0], size=(32, 32))
    assert media.probe(path).duration == pytest.approx(130, abs=0.5)


def test_a_voice_that_ends_early_is_no_broken_clock(film: Make) -> None:
    path = film("film.mp4", seconds=3, moments=[number / 2 for number in range(260)], size=(32, 32), **EASY)
    assert media.probe(path).duration == pytest.approx(130, abs=1)


@pytest.mark.long
def test_a_picture_that_ends_early_is_no_broken_clock(film: Make) -> None:
    path = film("film.mkv", seconds=130, moments=[number / 10 for number in range(30)], size=(32, 32), **EASY)
    assert media.probe(path).duration == pytest.approx(130, abs=1)


def test_a_result_with_such_a_length_is_reported(film: Make) -> None:
    report = media.check_result(moved(film("film.mp4", **EASY), sound=lambda at: at + 5_000), expected=None)
    assert report.problems == ("broken_times",)
    assert "much greater than that of the picture and sound" in report.messages[0]


def with_cover(path: Path, name: str, *, codec: str, flagged: bool, pictures: int = 1, film: bool = True) -> Path:
    """The same film, with a track before it that shows one picture, as music shops and cameras put there."""
    out = path.with_name(name)
    with av.open(str(path)) as source, av.open(str(out), "w") as target:
        cover = target.add_stream(codec, rate=25)
        assert isinstance(cover, VideoStream)
        cover.width, cover.height = 640, 480
        cover.pix_fmt = "rgb24" if codec == "png" else "yuvj420p"
        if flagged:
            cover.disposition = Disposition.attached_pic
        wanted = [stream for stream in source.streams if film or stream.type == "audio"]
        tracks = {stream.index: target.add_stream_from_template(stream) for stream in wanted}
        for number in range(pictures):
            frame = av.VideoFrame(640, 480, cover.pix_fmt)
            frame.pts = number
            target.mux(cover.encode(frame))
        target.mux(cover.encode(None))
        for packet in source.demux(wanted):
            if packet.dts is not None:
                packet.stream = tracks[packet.stream.index]
                target.mux(packet)
    return out


@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize(
    ("name", "codec"), [("film.mp4", "png"), ("film.mov", "mjpeg"), ("film.mkv", "mjpeg"), ("film.mp4", "mjpeg")]
)
def test_the_video_is_probed_and_not_its_cover(
    film: Make, tmp_path: Path, name: str, codec: str, flagged: bool
) -> None:
    path = with_cover(film(), name, codec=codec, flagged=flagged)
    info = media.probe(path)
    assert (info.video_codec, info.width, info.height) == ("h264", 96, 64)
    assert media.probe(path, deep=False).video_codec == "h264"
    assert media.poster(path, tmp_path / "poster.jpg", at=1)
    with av.open(str(tmp_path / "poster.jpg")) as picture:
        assert next(picture.decode(video=0)).width == 96


@pytest.mark.parametrize("codec", ["mjpeg", "libx264"])
def test_the_copy_is_of_the_video_and_not_of_its_cover(film: Make, tmp_path: Path, codec: str) -> None:
    path = with_cover(film(), "film.mkv", codec=codec, flagged=False)
    assert not media.probe(path).playable
    assert media.browser_copy(path, tmp_path / "copy.mp4", duration=3)
    assert (media.probe(tmp_path / "copy.mp4").width, media.probe(tmp_path / "copy.mp4").playable) == (96, True)


@pytest.mark.parametrize("flagged", [True, False])
@pytest.mark.parametrize(("name", "codec"), [("film.mp4", "png"), ("film.mkv", "mjpeg")])
def test_a_song_with_a_cover_is_not_a_video(film: Make, name: str, codec: str, flagged: bool) -> None:
    assert refusal(with_cover(film(), name, codec=codec, flagged=flagged, film=False)) == "no_video"


def test_a_slide_show_of_photographs_is_a_video(film: Make) -> None:
    path = film("film.avi", video="mjpeg", pixels="yuvj420p", audio="libmp3lame")
    assert media.probe(path).video_codec == "mjpeg"


def test_a_voice_over_one_picture_is_a_video(film: Make) -> None:
    path = with_cover(film(), "film.mp4", codec="libx264", flagged=False, film=False)
    assert media.probe(path).video_codec == "h264"
