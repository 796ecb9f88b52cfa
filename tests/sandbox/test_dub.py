"""What comes out is a film one can watch and hear."""

from pathlib import Path
from typing import Any

import av
import pytest

from tests.sandbox.conftest import Client
from tests.sandbox.sound import lengths, loudness, pitch
from tests.support.plain_http import plain_http


def _result(client: Client, folder: Path, film: Path | None = None, **changes: Any) -> Path:
    asset = client.upload(film, auto_generate="no_lips", **changes)
    done = client.wait_for(asset, "Completed")
    path = folder / f"{done['version_id']}.mp4"
    path.write_bytes(plain_http.get(done["result_url"]).content)
    return path


def test_a_trim_is_exact_to_the_frame(client: Client, films: Path, tmp_path: Path) -> None:
    path = _result(client, tmp_path, films / "ten.mp4", start_time=1.0, end_time=9.5)
    assert lengths(path) == pytest.approx((8.5, 8.5, 8.5), abs=0.05)


def test_the_speech_is_heard_where_the_cues_are(client: Client, films: Path, tmp_path: Path) -> None:
    levels = loudness(_result(client, tmp_path, films / "silent.mp4"))
    assert sum(levels[60:140]) / 80 > 500
    assert max(levels[0:45]) < 60
    assert sum(levels[210:300]) / 90 > 500


def test_cues_are_on_the_timeline_of_the_whole_source(client: Client, films: Path, tmp_path: Path) -> None:
    levels = loudness(_result(client, tmp_path, films / "silent.mp4", start_time=1.8))
    assert sum(levels[30:120]) / 90 > 500
    assert max(levels[0:15]) < 60


def test_the_original_is_lowered_under_the_speech(client: Client, films: Path, tmp_path: Path) -> None:
    quiet = [{"locale": "es-ES", "srt": "1\n00:00:02,000 --> 00:00:03,800\nUno dos tres cuatro cinco seis siete.\n"}]
    before = loudness(films / "tone.mp4")
    after = loudness(_result(client, tmp_path, films / "tone.mp4", languages=quiet))
    assert sum(after[30:180]) > 0.8 * sum(before[30:180])
    assert min(after[200:380]) < 0.5 * min(before[200:380])


def test_anonymization_changes_the_voice(client: Client, films: Path, tmp_path: Path) -> None:
    plain = pitch(_result(client, tmp_path, films / "silent.mp4"), 0.6)
    masked = pitch(_result(client, tmp_path, films / "silent.mp4", voice_anonymization=1.0), 0.6)
    assert masked > plain + 15


def test_without_subtitles_there_is_still_something_to_hear(client: Client, films: Path, tmp_path: Path) -> None:
    languages = [{"locale": "fil-PH"}]
    path = _result(client, tmp_path, films / "silent.mp4", languages=languages, source_srt="Some words, no SRT.")
    assert max(loudness(path)) > 500


def test_the_file_says_what_it_is(client: Client, tmp_path: Path) -> None:
    path = _result(client, tmp_path, lips_model="real_face_turbo", voice_anonymization=0.25)
    with av.open(str(path)) as film:
        codecs = [stream.codec_context.name for stream in film.streams]
        comment = film.metadata["comment"]
    assert codecs == ["h264", "aac"]
    for word in ("Sandbox dub", "es-ES", "real_face_turbo", "voice_anonymization=0.25"):
        assert word in comment
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_a_rotated_video_comes_out_upright_after_a_trim(client: Client, films: Path, tmp_path: Path) -> None:
    path = _result(client, tmp_path, films / "turned.mp4", start_time=1.0)
    with av.open(str(path)) as film:
        frame = next(film.decode(video=0))
    assert (frame.width, frame.height) == (180, 320)


@pytest.mark.parametrize(
    ("film", "code"),
    [
        ("text.mp4", "unsupported_media"),
        ("list.mp4", "unsupported_media"),
        ("cut.mp4", "unsupported_media"),
        ("sound_only.mp4", "unsupported_media"),
        ("mute.mp4", "missing_audio_track"),
    ],
)
def test_a_video_that_cannot_be_dubbed_fails_later_with_its_code(
    client: Client, films: Path, film: str, code: str
) -> None:
    assert client.wait_failed(client.upload(films / film))["code"] == code


def test_silence_without_words_has_no_transcript(client: Client, films: Path) -> None:
    asset = client.upload(films / "silent.mp4", languages=[{"locale": "es-ES"}])
    assert client.wait_failed(asset)["code"] == "empty_transcript"


@pytest.mark.parametrize("trim", [{"start_time": 4.5}, {"end_time": 5}, {"start_time": 2, "end_time": 1}], ids=str)
def test_a_trim_outside_the_video_fails_later(client: Client, trim: dict[str, Any]) -> None:
    assert client.wait_failed(client.upload(**trim))["code"] == "time_out_of_range"
    client.process.control("shapes", trim_error="invalid_input", error="type_description")
    error = client.wait_failed(client.upload(**trim))
    assert error["type"] == "invalid_input"


def test_the_limits_of_the_account_fail_the_asset(client: Client) -> None:
    client.process.control("limits", max_seconds=3)
    assert client.wait_failed(client.upload())["code"] == "video_duration_limit_reached"
    client.process.control("limits", max_bytes=1000)
    assert client.wait_failed(client.upload())["code"] == "video_size_limit_reached"
