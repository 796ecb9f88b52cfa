"""Looking into media files that strangers made. All decoding happens in a child process that may crash or hang."""

from .objects import MediaInfo, MediaRefused, ResultReport
from .parent import check_result, poster, probe, probe_audio, sounds_like

__all__ = ["MediaInfo", "MediaRefused", "ResultReport", "check_result", "poster", "probe", "probe_audio", "sounds_like"]
