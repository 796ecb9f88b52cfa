"""The sound of a film by itself: taken over where that is possible, decoded where it is not, in the confined child."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from dubbing import media
from tests.support.media import make_film

TAGS = {"comment": "AI-dubbed"}


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def seconds(path: Path) -> float:
    """From the first to the last sample, by the packets themselves."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        ends = [(packet.pts or 0) + (packet.duration or 0) for packet in container.demux(stream) if packet.size]
        return float(max(ends) * (stream.time_base or 0))


def test_aac_is_copied_byte_for_byte_in_step(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "sound.m4a"
    assert media.write_sound(film, out, form="m4a", duration=2.0, tags=TAGS)
    assert packets(out) == packets(film)
    with av.open(str(film)) as before, av.open(str(out)) as after:
        assert before.streams.video
        assert not after.streams.video
        assert after.streams.audio[0].codec_context.name == "aac"
        assert after.metadata["comment"] == "AI-dubbed"
    assert abs(seconds(out) - seconds(film)) < 0.05


def test_other_sound_is_decoded_to_wav(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "sound.wav"
    assert media.write_sound(film, out, form="wav", duration=2.0, tags=TAGS)
    with av.open(str(out)) as container:
        assert container.streams.audio[0].codec_context.name == "pcm_s16le"
        assert container.metadata["comment"] == "AI-dubbed"
    assert abs(seconds(out) - 2.0) < 0.1
    again = tmp_path / "again.m4a"
    assert not media.write_sound(out, again, form="m4a", duration=2.0, tags=TAGS)  # this is not AAC any more


@pytest.mark.parametrize("form", ["m4a", "wav"])
def test_sound_that_begins_after_the_picture_does_so_in_its_own_file(tmp_path: Path, form: str) -> None:
    late = tmp_path / "late.mkv"
    film = make_film(tmp_path / "film.mp4")
    with av.open(str(film)) as source, av.open(str(late), "w") as target:
        streams = {stream.index: target.add_stream_from_template(stream) for stream in source.streams}
        for packet in source.demux():
            if packet.size:
                if packet.stream.type == "audio":
                    packet.pts = (packet.pts or 0) + round(0.5 / packet.time_base)
                    packet.dts = packet.pts
                packet.stream = streams[packet.stream_index]
                target.mux(packet)
    out = tmp_path / f"sound.{form}"
    assert media.write_sound(late, out, form=form, duration=2.0, tags=TAGS)
    wave = levels(out)
    assert max(wave[:45]) < 0.01 < min(wave[60:150])


def levels(path: Path) -> list[float]:
    """The loudest sample of each hundredth of a second, from the beginning of the file on."""
    found = [0.0] * 300
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            assert frame.time is not None
            samples = memoryview(frame.planes[0]).cast("b").cast("h" if frame.format.name == "s16" else "f")
            for number in range(frame.samples):
                at = int(100 * (frame.time + number / frame.rate))
                found[at] = max(found[at], abs(samples[number]) / (32768 if frame.format.name == "s16" else 1))
    return found


def test_a_file_without_sound_gives_none(tmp_path: Path) -> None:
    odd = tmp_path / "odd.mp4"
    odd.write_bytes(bytes(range(256)) * 8)
    assert not media.write_sound(odd, tmp_path / "sound.m4a", form="m4a", duration=2.0, tags=TAGS)
