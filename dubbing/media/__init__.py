"""Looking into media files that strangers made. All decoding happens in a child process that may crash or hang."""

from dubbing.media.measurements import Comparison, FileMeasures, Likeness, Measurements, PictureMeasures, SoundMeasures
from dubbing.media.objects import MediaInfo, MediaRefused, ResultReport, Waveform
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
)

__all__ = [
    "Comparison",
    "FileMeasures",
    "Likeness",
    "Measurements",
    "MediaInfo",
    "MediaRefused",
    "PictureMeasures",
    "ResultReport",
    "SoundMeasures",
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
]
