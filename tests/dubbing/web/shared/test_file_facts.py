"""What an uploaded file is, in words."""

from __future__ import annotations

from typing import Any

import pytest

from dubbing.models import Upload
from dubbing.web.shared.fields import SecondsField
from dubbing.web.shared.file_facts import facts, preview_text, remarks

PHONE = {
    "width": 1920, "height": 1080, "rotation": 90, "video_codec": "hevc", "audio_codec": "aac", "fps": 29.97,
    "has_video": True, "playable": False,
}  # fmt: skip


def upload(**media: Any) -> Upload:
    return Upload(kind="video", status="complete", name="film", size=412_000_000, duration=64.0, media=PHONE | media)


def remarks_text(row: Upload) -> str:
    return " ".join(remark.text for remark in remarks(row))


def test_the_facts_are_one_line_with_the_size_as_it_is_seen() -> None:
    assert facts(upload()) == "1 min 4 s · 412 MB · 1080×1920 · HEVC, AAC · 29.97 fps"


def test_what_is_not_known_of_old_rows_is_left_out() -> None:
    row = Upload(kind="video", status="complete", name="film", size=1000, duration=2.0, media={})
    assert facts(row) == "2 s · 1.0 kB"
    assert remarks(row) == []
    assert not row.is_shown


def test_sound_alone_has_no_pictures_a_second() -> None:
    media = {"width": 0, "height": 0, "fps": 0.0, "audio_codec": "pcm_s16le", "has_video": False}
    row = Upload(kind="background", status="complete", name="music", size=1000, duration=2.0, media=media)
    assert facts(row) == "2 s · 1.0 kB · PCM"


def test_a_rotated_video_is_described_as_portrait() -> None:
    assert "rotated by 90°" in remarks_text(upload())
    assert "upright" in remarks_text(upload())
    assert remarks_text(upload(rotation=0)) == ""


def test_an_uneven_pace_is_explained() -> None:
    row = upload(variable_fps=True)
    assert "variable frame rate" in remarks_text(row)
    assert facts(row).endswith("about 29.97 fps")


def test_of_several_tracks_the_one_used_is_named() -> None:
    tracks = [
        {"language": "eng", "title": "", "channels": 2, "codec": "aac"},
        {"language": "", "title": "Commentary", "channels": 1, "codec": "aac"},
        {"language": "deu", "title": "", "channels": 6, "codec": "ac3"},
    ]
    row = upload(audio_tracks=tracks)
    assert "has 3 audio tracks. Providers use the first one (English, stereo)." in remarks_text(row)
    assert "Other tracks: Commentary, German." in remarks_text(row)
    assert remarks(row)[0].tone == "amber"
    assert "audio tracks" not in remarks_text(upload(audio_tracks=tracks[:1]))


@pytest.mark.parametrize(("loudest", "warned"), [(0.0, True), (0.01, True), (0.3, False), (None, False)])
def test_a_sound_that_can_hardly_be_heard_is_a_warning(loudest: float | None, warned: bool) -> None:
    assert ("almost silent" in remarks_text(upload(loudest=loudest))) == warned


@pytest.mark.parametrize(
    ("media", "proxy", "shown"),
    [
        ({"playable": True}, "", True),
        ({"playable": False}, "", False),
        ({"playable": False}, "proxies/aa/aa.mp4", True),
    ],
)
def test_a_video_is_shown_when_it_or_its_copy_can_be_played(media: dict[str, Any], proxy: str, shown: bool) -> None:
    row = upload(**media)
    row.proxy_key = proxy
    assert row.is_shown == shown
    assert (preview_text(row) is None) == shown


def test_until_then_the_page_says_what_happens() -> None:
    row = upload()
    row.preview = "waiting"
    words = preview_text(row)
    assert words
    assert "(HEVC)" in words.text
    assert "the original is dubbed" in words.text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("69.5", "00:01:09.500"), ("1:09,5", "00:01:09.500"), ("2:00:00", "02:00:00.000"), ("", ""), ("later", "later")],
)
def test_times_have_one_format(typed: str, shown: str) -> None:
    field = SecondsField(required=False)
    assert field.prepare_value(typed) == shown
    assert shown in ("", "later") or field.clean(shown) == field.clean(typed)
