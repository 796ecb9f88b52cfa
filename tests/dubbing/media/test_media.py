import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

import av
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dubbing import media
from dubbing.media import parent
from tests.support.media import make_film
from tests.support.taken_over import python_taken_over

Film = Callable[..., Path]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """Films by their features, each made once."""
    folder = tmp_path_factory.mktemp("films")
    made: dict[str, Path] = {}

    def find(name: str = "film.mp4", **features: object) -> Path:
        key = f"{name} {sorted(features.items())}"
        if key not in made:
            made[key] = make_film(Path(mkdtemp(dir=folder)) / name, **features)  # type: ignore[arg-type]
        return made[key]

    return find


def refusal(path: Path, probe: Callable[..., object] = media.probe, **options: object) -> str:
    with pytest.raises(media.MediaRefused) as caught:
        probe(path, **options)
    return caught.value.code


def cut(film: Path, folder: Path, share: float) -> Path:
    content = film.read_bytes()
    shorter = folder / film.name
    shorter.write_bytes(content[: int(len(content) * share)])
    return shorter


def test_it_describes_a_video(film: Film) -> None:
    path = film()
    info = media.probe(path)
    assert (info.container, info.video_codec, info.audio_codec) == ("mp4", "h264", "aac")
    assert (info.width, info.height, info.fps) == (64, 48, 10.0)
    assert info.duration == pytest.approx(2.0, abs=0.1)
    assert info.size == path.stat().st_size
    assert info.has_video
    assert info.has_audio
    assert info.audio_streams == 1
    assert info.bit_rate > 0


def test_a_shallow_probe_describes_it_in_the_same_way(film: Film) -> None:
    assert media.probe(film(), deep=False) == media.probe(film())


@pytest.mark.parametrize(
    ("name", "video", "audio"),
    [
        ("film.mov", "libx264", "aac"),
        ("film.mkv", "libx264", "aac"),
        ("film.webm", "libvpx-vp9", "libopus"),
        ("film.ts", "libx264", "aac"),
        ("film.avi", "mpeg4", "mp2"),
        ("index-last.mp4", "libx264", "aac"),
    ],
)
def test_it_accepts_the_containers_that_people_have(film: Film, name: str, video: str, audio: str) -> None:
    info = media.probe(film(name, video=video, audio=audio, index_first=name != "index-last.mp4"))
    assert info.duration == pytest.approx(2.0, abs=0.2)


def test_the_name_of_a_file_does_not_matter(film: Film, tmp_path: Path) -> None:
    odd = tmp_path / "-i%d?concat:a|b\n.txt"
    odd.write_bytes(film().read_bytes())
    assert media.probe(odd).container == "mp4"


def test_labels_in_an_old_encoding_do_no_harm(film: Film, tmp_path: Path) -> None:
    content = film("film.avi", video="mpeg4", audio="mp2").read_bytes()
    assert b"Lavf" in content
    path = tmp_path / "old.avi"
    path.write_bytes(content.replace(b"Lavf", b"\xe9\xff\xfe\xe8"))
    assert media.probe(path).container == "avi"


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_it_reports_the_rotation_of_a_video(film: Film, turned: int) -> None:
    info = media.probe(film(turned=turned))
    assert info.rotation == turned
    assert info.display_size == ((48, 64) if turned in {90, 270} else (64, 48))


def test_a_recording_without_a_stated_duration_is_measured(film: Film, tmp_path: Path) -> None:
    content = bytearray(film("film.webm", video="libvpx-vp9", audio="libopus").read_bytes())
    at = content.index(b"\x44\x89\x88")
    # A Void element of the same length in place of the Duration.
    content[at : at + 11] = b"\xec\x89" + bytes(9)
    endless = tmp_path / "endless.webm"
    endless.write_bytes(content)
    assert media.probe(endless).duration == pytest.approx(2.0, abs=0.2)


HOSTILE = {
    "playlist.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "concat.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "remote.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n",
    "sdp.mp4": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "page.mp4": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "drawing.mp4": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>',
    "manifest.mp4": b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
    "text.mp4": b"Once upon a time there was a film.\n" * 100,
    "subtitles.mp4": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n\n",
    "archive.mp4": b"PK\x03\x04" + bytes(range(256)) * 20,
    "document.mp4": b"%PDF-1.7\n" + bytes(range(256)) * 20,
    "program.mp4": b"\x7fELF\x02\x01\x01" + bytes(2000),
    "byte.mp4": b"\0",
    "zeros.mp4": bytes(5000),
    "one-line.mp4": b"A" * 5000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_it_refuses_a_file_that_is_a_video_by_name_only(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name])
    assert refusal(path) == "not_media"
    assert refusal(path, media.probe_audio) == "not_media"


@pytest.mark.parametrize(
    "script", ["#EXTM3U\n#EXTINF:1,\n{film}\n#EXT-X-ENDLIST\n", "ffconcat version 1.0\nfile {film}\n"]
)
def test_it_does_not_follow_a_script_even_to_a_good_video(film: Film, tmp_path: Path, script: str) -> None:
    path = tmp_path / "script.mp4"
    path.write_text(script.format(film=film("film.ts")))
    assert refusal(path) == "not_media"


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_it_refuses_a_picture_renamed_to_a_video(film: Film, tmp_path: Path, suffix: str) -> None:
    picture = tmp_path / f"picture{suffix}"
    assert media.poster(film(), picture, at=0)
    assert refusal(picture.rename(tmp_path / "picture.mp4")) == "not_media"


def test_it_refuses_noise_after_the_first_bytes_of_a_video(tmp_path: Path) -> None:
    path = tmp_path / "noise.mp4"
    path.write_bytes(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom" + os.urandom(20_000))
    assert refusal(path) in {"not_media", "truncated"}


def test_it_refuses_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    assert refusal(path) == "empty"


def test_a_missing_file_is_our_own_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        media.probe(tmp_path / "nowhere.mp4")


def test_it_refuses_a_video_without_sound(film: Film) -> None:
    assert refusal(film(audio=None)) == "no_audio"


@pytest.mark.parametrize(
    ("name", "audio"),
    [("song.mp3", "libmp3lame"), ("song.m4a", "aac"), ("song.flac", "flac"), ("song.wav", "pcm_s16le")],
)
def test_it_refuses_sound_without_a_picture(film: Film, name: str, audio: str) -> None:
    assert refusal(film(name, video=None, audio=audio)) == "no_video"


@pytest.mark.parametrize(("name", "audio"), [("song.mp3", "libmp3lame"), ("song.mp4", "aac")])
def test_a_cover_picture_is_not_a_video(film: Film, name: str, audio: str) -> None:
    assert refusal(film(name, video=None, audio=audio, cover=True)) == "no_video"


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["film.mp4", "film.mov", "film.mkv", "film.avi"])
def test_it_detects_a_truncated_video(film: Film, tmp_path: Path, name: str, share: float) -> None:
    whole = film(name, **({"video": "mpeg4", "audio": "mp2"} if name == "film.avi" else {}))
    assert refusal(cut(whole, tmp_path, share)) == "truncated"


def test_it_detects_a_truncated_video_that_states_no_length(film: Film, tmp_path: Path) -> None:
    content = bytearray(film("film.mkv").read_bytes())
    at = content.index(bytes.fromhex("18538067")) + 4
    content[at : at + 8] = b"\x01" + b"\xff" * 7
    path = tmp_path / "film.mkv"
    path.write_bytes(content)
    assert media.probe(path).duration > 1
    assert refusal(cut(path, tmp_path, 0.5)) == "truncated"


def test_it_detects_a_video_without_its_index(film: Film, tmp_path: Path) -> None:
    assert refusal(cut(film("film.mp4", index_first=False), tmp_path, 0.5)) == "truncated"


def test_it_detects_a_video_whose_second_half_is_blank(film: Film, tmp_path: Path) -> None:
    content = film().read_bytes()
    path = tmp_path / "blank.mp4"
    path.write_bytes(content[: len(content) // 2] + bytes(len(content) - len(content) // 2))
    assert refusal(path) == "truncated"


def test_background_audio_needs_sound_and_nothing_else(film: Film) -> None:
    song = media.probe_audio(film("song.mp3", video=None, audio="libmp3lame"))
    assert (song.has_video, song.has_audio, song.width, song.fps) == (False, True, 0, 0.0)
    assert media.probe_audio(film()).has_audio
    assert refusal(film(audio=None), media.probe_audio) == "no_audio"


def test_a_refusal_says_what_why_and_what_to_do(film: Film, tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no film")
    with pytest.raises(media.MediaRefused) as video:
        media.probe(path)
    with pytest.raises(media.MediaRefused) as audio:
        media.probe_audio(path)
    assert "not a video file" in video.value.message
    assert "MP4" in video.value.remedy
    assert "not an audio file" in audio.value.message
    assert str(video.value) == f"{video.value.message} {video.value.remedy}"


@pytest.mark.parametrize(
    ("expected", "problems"), [(None, ()), (2.0, ()), (2.9, ()), (1.2, ()), (4.0, ("too_short",)), (0.5, ("too_long",))]
)
def test_a_result_is_about_as_long_as_expected(film: Film, expected: float | None, problems: tuple[str, ...]) -> None:
    report = media.check_result(film(), expected=expected)
    assert report.problems == problems
    assert report.ok == (problems == ())
    assert len(report.messages) == len(problems)
    assert report.info is not None


def test_a_result_that_cannot_be_played_is_reported(film: Film, tmp_path: Path) -> None:
    report = media.check_result(cut(film(), tmp_path, 0.5), expected=2.0)
    assert report.info is None
    assert report.problems == ("truncated",)
    assert "not complete" in report.messages[0]


@pytest.mark.parametrize(("suffix", "mark"), [(".jpg", b"\xff\xd8\xff"), (".png", b"\x89PNG"), (".webp", b"RIFF")])
def test_a_poster_is_a_small_picture(film: Film, tmp_path: Path, suffix: str, mark: bytes) -> None:
    out = tmp_path / f"poster{suffix}"
    assert media.poster(film(size=(1280, 720)), out, at=1.0)
    with av.open(str(out)) as picture:
        frame = next(picture.decode(video=0))
    assert (frame.width, frame.height) == (640, 360)
    assert out.read_bytes().startswith(mark)
    assert list(tmp_path.iterdir()) == [out]


def test_a_poster_is_upright(film: Film, tmp_path: Path) -> None:
    out = tmp_path / "poster.jpg"
    assert media.poster(film(turned=90), out, at=0)
    with av.open(str(out)) as picture:
        frame = next(picture.decode(video=0))
    assert (frame.width, frame.height) == (48, 64)


def test_a_poster_from_beyond_the_end_is_the_last_picture(film: Film, tmp_path: Path) -> None:
    assert media.poster(film(), tmp_path / "poster.jpg", at=99.0)


def test_there_is_no_poster_without_a_video(film: Film, tmp_path: Path) -> None:
    for source in (film("song.mp3", video=None, audio="libmp3lame"), Path(__file__)):
        assert not media.poster(source, tmp_path / "poster.jpg", at=0)
    assert list(tmp_path.iterdir()) == []


def test_a_poster_has_to_be_a_picture(film: Film, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="poster format"):
        media.poster(film(), tmp_path / "poster.html", at=0)


def behaving(folder: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str) -> None:
    """From now on the child is another program, which does this."""
    child = folder / "child"
    child.write_text(f"#!{sys.executable}\n{behaviour}\n")
    child.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(child))


@pytest.mark.parametrize(
    "behaviour",
    [
        "import os; os.abort()",
        "import os; os._exit(0)",
        "print('no json')",
        "print('[]')",
        """print('{"info": {"duration": 1}}')""",
        "import sys; sys.stdout.write('x' * 10_000_000)",
    ],
)
def test_a_child_that_dies_or_writes_nonsense_means_unreadable(
    film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str
) -> None:
    path = film()
    behaving(tmp_path, monkeypatch, behaviour)
    assert refusal(path) == "unreadable"


def test_a_child_that_hangs_is_ended(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film()
    behaving(tmp_path, monkeypatch, "import time; time.sleep(100_000)")
    monkeypatch.setattr(parent, "WALL_S", 0.2)
    assert refusal(path) == "unreadable"


ATTACKS_ON_LIMITS = """
def ATTACK():
    attempt("memory", lambda: bytearray(2 * 1024**3))
    attempt("descriptors", lambda: [os.dup(0) for _ in range(100)])
    attempt("a core", lambda: resource.getrlimit(resource.RLIMIT_CORE)[1] != 0)
    attempt("processor", lambda: not 0 < resource.getrlimit(resource.RLIMIT_CPU)[1] <= 30)
    attempt("bytes", lambda: resource.getrlimit(resource.RLIMIT_FSIZE)[1] != 0)
    attempt("tasks", lambda: not 0 < resource.getrlimit(resource.RLIMIT_NPROC)[1] <= 4096)
"""


def test_the_child_has_limits_of_its_own(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film()
    monkeypatch.setattr(sys, "executable", python_taken_over(tmp_path, ATTACKS_ON_LIMITS))
    assert media.probe(path).audio_tracks == []


def test_the_child_loads_nothing_but_ffmpeg_and_the_standard_library() -> None:
    program = (
        "import sys; from dubbing.media import child\n"
        "ours = {name for name in sys.modules if name.startswith('dubbing.') and 'dubbing.media' not in name}\n"
        "print(sorted(ours | ({'django', 'celery', 'httpx', 'portal'} & set(sys.modules))))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout == "[]\n"


def test_the_child_is_given_no_secret(film: Film, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film()
    monkeypatch.setenv("PANJAYA_API_KEY", "secret")
    answer = """'{"refused": "%s"}' % ("no_audio" if "PANJAYA_API_KEY" in os.environ else "empty")"""
    behaving(tmp_path, monkeypatch, f"import os; print({answer})")
    assert refusal(path) == "empty"


def test_people_can_ask_on_the_command_line(film: Film) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dubbing.media", "probe", str(film())], capture_output=True, check=True, text=True
    )
    assert '"video_codec": "h264"' in done.stdout


@pytest.mark.long
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=20)), max_size=8))
def test_a_video_with_any_bytes_changed_is_described_or_refused(
    film: Film, tmp_path: Path, changes: list[tuple[float, bytes]]
) -> None:
    content = bytearray(film().read_bytes())
    for share, change in changes:
        at = int(share * len(content))
        content[at : at + len(change)] = change
    path = tmp_path / "changed.mp4"
    path.write_bytes(content)
    with suppress(media.MediaRefused):
        assert media.probe(path).has_video
