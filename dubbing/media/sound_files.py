"""The sound of a video on its own: AAC is copied as it is, everything else is decoded to WAV. Runs in the child.

It starts where the video starts, so the two are in sync if both are played from the beginning.
"""

from __future__ import annotations

from contextlib import suppress

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.error import FFmpegError

from dubbing.media.reader import opened, starts_at, streams
from dubbing.media.written_tracks import CopiedPackets, EncodedSound, SoundForm, demuxed

AAC = "aac"


def write_sound(path: str, out: str, form: str, tags: dict[str, str]) -> bool:
    """Write the first sound track as ``m4a`` or ``wav``. Returns False if there is none, or none that fits."""
    with opened(path, "not_media") as source:
        _, audio = streams(source)
        if audio is None or audio.codec_context is None:
            return False
        with suppress(FFmpegError):
            if form == "wav":
                return _decode(source, audio, out, tags)
            return audio.codec_context.name == AAC and _take_over(source, audio, out, tags)
    return False


def _take_over(source: InputContainer, audio: AudioStream, out: str, tags: dict[str, str]) -> bool:
    with av.open(out, "w", format="ipod", options={"movflags": "+faststart"}) as target:
        target.metadata.update(tags)
        copied = CopiedPackets(target, audio, starts_at(source))
        for packet in demuxed(source, audio):
            target.mux(copied.take(packet))
    return copied.count > 0


def _decode(source: InputContainer, audio: AudioStream, out: str, tags: dict[str, str]) -> bool:
    """Decode to sixteen bits; mono stays mono, everything else becomes stereo. Beyond 4 GB the file is an RF64."""
    layout = "mono" if audio.codec_context.channels == 1 else "stereo"
    with av.open(out, "w", format="wav", options={"rf64": "auto"}) as target:
        target.metadata.update(tags)
        sound = EncodedSound(target, starts_at(source), SoundForm("pcm_s16le", "s16", audio.rate, layout))
        for packet in demuxed(source, audio):
            target.mux(list(sound.take(packet)))
        target.mux(sound.end())
    return bool(sound.shape)
