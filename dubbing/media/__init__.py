"""Looking into media files that strangers made. All decoding happens in a child process that may crash or hang."""

from dubbing.media.objects import MediaInfo, MediaRefused, ResultReport, Waveform
from dubbing.media.parent import browser_copy, check_result, copy_bytes, peaks, poster, probe, probe_audio, sounds_like

__all__ = [
    "MediaInfo",
    "MediaRefused",
    "ResultReport",
    "Waveform",
    "browser_copy",
    "check_result",
    "copy_bytes",
    "peaks",
    "poster",
    "probe",
    "probe_audio",
    "sounds_like",
]
