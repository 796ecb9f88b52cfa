"""Speech by espeak-ng through ctypes. The library is not re-entrant: one process, one lock."""

import ctypes
import threading
from functools import cache

import espeakng_loader  # type: ignore[import-untyped, unused-ignore]

_SYNCHRONOUS, _DONT_EXIT, _UTF8 = 2, 0x8000, 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_char), ctypes.c_int, ctypes.c_void_p)
NORMAL_RATE, _FASTEST = 165, 440
_lock = threading.Lock()


class _Espeak:
    """The loaded library, and what it has just said."""

    def __init__(self) -> None:
        self.lib = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self.lib.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng could not start")
        self.said = bytearray()
        self._keep = _CALLBACK(self._take)
        self.lib.espeak_SetSynthCallback(self._keep)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_char]", count: int, _: int | None) -> int:
        if samples and count > 0:
            self.said += ctypes.string_at(samples, count * 2)
        return 0


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def sample_rate() -> int:
    """Samples a second of what `speak` returns."""
    return _espeak().rate


def speak(text: str, voice: str, *, rate: int = NORMAL_RATE, anonymization: float = 0.0) -> bytes:
    """Mono 16-bit samples of a text. Anonymization raises and flattens the voice; from a half on it is another one."""
    with _lock:
        engine = _espeak()
        speaker = f"{voice}+f2" if anonymization >= 0.5 else voice
        if engine.lib.espeak_SetVoiceByName(speaker.encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {voice!r}")
        settings = {_RATE: rate, _VOLUME: 100, _PITCH: round(45 + 30 * anonymization)}
        settings[_RANGE] = round(50 - 30 * anonymization)
        for parameter, value in settings.items():
            engine.lib.espeak_SetParameter(parameter, value, 0)
        engine.said.clear()
        data = text.replace("\0", " ").encode()
        engine.lib.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8, None, None)
        return bytes(engine.said)


def speak_within(text: str, voice: str, seconds: float, *, anonymization: float = 0.0) -> bytes:
    """The same, said faster when it would not fit, and cut when even that is too long."""
    room = int(seconds * sample_rate()) * 2
    said = speak(text, voice, anonymization=anonymization)
    if len(said) > room > 0:
        rate = min(_FASTEST, int(NORMAL_RATE * 1.08 * len(said) / room) + 1)
        said = speak(text, voice, rate=rate, anonymization=anonymization)
    return said[:room]
