"""The same film in a fresh container: other bytes, the very same picture and sound."""

from __future__ import annotations

from pathlib import Path

import av

from sandbox.media import open_media, video_of


def remux(source: str, result: str) -> None:
    """Copy the packets of the picture and the first sound. The file appears under its name only when complete."""
    part = Path(result).with_suffix(".part")
    try:
        with open_media(Path(source)) as film, av.open(str(part), "w", format="mp4") as movie:
            movie.metadata["comment"] = "placeholder"
            streams = [video_of(film), *film.streams.audio[:1]]
            targets = {stream.index: movie.add_stream_from_template(stream) for stream in streams}
            for packet in film.demux(streams):
                if packet.dts is not None:
                    packet.stream = targets[packet.stream.index]
                    movie.mux(packet)
        part.replace(result)
    finally:
        part.unlink(missing_ok=True)
