"""Inspect media files made by strangers. All decoding happens in a child process that may crash or hang."""

from dubbing.media.measurements import Comparison, FileMeasures, Likeness, Measurements, PictureMeasures, SoundMeasures
from dubbing.media.objects import (
    MP4_PICTURES,
    MediaInfo,
    MediaRefused,
    ResultReport,
    SoundTrack,
    SubtitleTrack,
    Waveform,
)
from dubbing.media.parent import (
    browser_copy,
    check_result,
    copy_bytes,
    measure,
    peaks,
    poster,
    probe,
    probe_audio,
    sounds_like,
    write_multitrack,
    write_sound,
)

__all__ = [
    "MP4_PICTURES",
    "Comparison",
    "FileMeasures",
    "Likeness",
    "Measurements",
    "MediaInfo",
    "MediaRefused",
    "PictureMeasures",
    "ResultReport",
    "SoundMeasures",
    "SoundTrack",
    "SubtitleTrack",
    "Waveform",
    "browser_copy",
    "check_result",
    "copy_bytes",
    "measure",
    "peaks",
    "poster",
    "probe",
    "probe_audio",
    "sounds_like",
    "write_multitrack",
    "write_sound",
]
