"""Speech by espeak-ng through ctypes. The library is not re-entrant: one process, one lock."""

import ctypes
import threading
from dataclasses import dataclass
from functools import cache
from zlib import crc32

import espeakng_loader  # type: ignore[import-untyped, unused-ignore]

_SYNCHRONOUS, _DONT_EXIT, _UTF8 = 2, 0x8000, 1
_RATE, _VOLUME, _PITCH, _RANGE = 1, 2, 3, 4
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_char), ctypes.c_int, ctypes.c_void_p)
NORMAL_RATE, _FASTEST = 165, 440
_VARIANTS = ("+m1", "+m3", "+m5", "+m7", "+f1", "+f3", "+f4", "+f5")
_KNOWN = {"henry": "+m3", "madison": "+f3", "af_heart": "+f4"}
_lock = threading.Lock()


class _Espeak:
    """The loaded library, and what it has just said."""

    def __init__(self) -> None:
        self.lib = ctypes.CDLL(espeakng_loader.get_library_path())
        data = espeakng_loader.get_data_path().encode()
        self.rate: int = self.lib.espeak_Initialize(_SYNCHRONOUS, 0, data, _DONT_EXIT)
        if self.rate <= 0:
            raise RuntimeError("espeak-ng could not start")
        self.samples = bytearray()
        self._keep = _CALLBACK(self._take)
        self.lib.espeak_SetSynthCallback(self._keep)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_char]", count: int, _: int | None) -> int:
        if samples and count > 0:
            self.samples += ctypes.string_at(samples, count * 2)
        return 0


@cache
def _espeak() -> _Espeak:
    return _Espeak()


def sample_rate() -> int:
    """Samples a second of what `speak` returns."""
    return _espeak().rate


@dataclass(frozen=True)
class Manner:
    """How the voice sounds. Anonymization raises and flattens it, and from a half on it is another one."""

    anonymization: float = 0.0
    voice: str = ""
    speed: float = 1.0

    @property
    def variant(self) -> str:
        """espeak-ng's variant: two names of voices only sound alike by accident."""
        if self.anonymization >= 0.5:
            return "+f2"
        if not self.voice:
            return ""
        return _KNOWN.get(self.voice) or _VARIANTS[crc32(self.voice.encode()) % len(_VARIANTS)]

    @property
    def settings(self) -> dict[int, int]:
        """espeak-ng's parameters."""
        own = crc32(self.voice.encode()) // 64 % 25 - 12 if self.voice and self.voice not in _KNOWN else 0
        return {
            _VOLUME: 100,
            _PITCH: round(45 + 30 * self.anonymization) + own,
            _RANGE: round(50 - 30 * self.anonymization),
        }


PLAIN = Manner()


def speak(text: str, voice: str, *, rate: int = NORMAL_RATE, manner: Manner = PLAIN) -> bytes:
    """Mono 16-bit samples of a text."""
    with _lock:
        engine = _espeak()
        if engine.lib.espeak_SetVoiceByName(f"{voice}{manner.variant}".encode()) != 0:
            raise RuntimeError(f"espeak-ng has no voice {voice!r}")
        for parameter, value in ({_RATE: rate} | manner.settings).items():
            engine.lib.espeak_SetParameter(parameter, value, 0)
        engine.samples.clear()
        data = text.replace("\0", " ").encode()
        engine.lib.espeak_Synth(data, ctypes.c_size_t(len(data) + 1), 0, 1, 0, _UTF8, None, None)
        return bytes(engine.samples)


def speak_within(text: str, voice: str, seconds: float, manner: Manner = PLAIN) -> bytes:
    """The same, said faster when it would not fit, and cut when even that is too long."""
    room = int(seconds * sample_rate()) * 2
    usual = round(NORMAL_RATE * manner.speed)
    spoken = speak(text, voice, rate=usual, manner=manner)
    if len(spoken) > room > 0:
        rate = min(_FASTEST, int(usual * 1.08 * len(spoken) / room) + 1)
        spoken = speak(text, voice, rate=rate, manner=manner)
    return spoken[:room]
