"""The corpus of automatic checks: dubs that are as they should be, dubs that are damaged, and what has to be found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from dubbing import media
from dubbing.review.automatic_checks import judge
from dubbing.review.check_input import CheckInput, places
from dubbing.review.findings import Judgement
from dubbing.review.thresholds import Thresholds
from dubbing.subtitles import Cue, shift_and_clip
from tests.support import dubs
from tests.support.dubs import Chain, Film, Talk, music, picture_of, voice

SECONDS = 20.0
QUIET_BED = music(("volume", "0.35"))
ROOM = music(expression=dubs.AMBIENCE)
LOUD_BED = music(("volume", "2.2"))
NTSC = Fraction(30000, 1001)


@dataclass
class Dub:
    """A result beside its source, with the cues of the result on the source's timeline."""

    result: Path
    source: Path | None
    cues: Sequence[Cue]
    trim: tuple[float | None, float | None] = (None, None)
    lips: bool = False

    def measured(self) -> media.Measurements:
        """What the confined child measures."""
        cues = shift_and_clip(self.cues, *self.trim)
        where = places(cues, 600.0)
        return media.measure(self.result, self.source, duration=SECONDS, trim=self.trim, places=where)

    def judged(self, thresholds: Thresholds | None = None) -> Judgement:
        """What the checks say."""
        cues = shift_and_clip(self.cues, *self.trim)
        return judge(CheckInput(self.measured(), cues, thresholds or Thresholds(), with_lips=self.lips))


class Studio:
    """Makes sources and dubs in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0

    def talk(self, language: str, *, silent: Sequence[int] = (), seconds: float = SECONDS, pause: float = 0.6) -> Talk:
        """Speech; both languages have the same cues."""
        return dubs.talk(self.folder, language, seconds, silent=silent, end_pause=pause)

    def film(self, film: Film, suffix: str = ".mp4") -> Path:
        """A file of its own."""
        self.count += 1
        return dubs.make(self.folder / f"film-{self.count}{suffix}", film)

    def taken_over(self, source: Path, film: Film) -> Path:
        """The source's picture as it is, another sound."""
        self.count += 1
        return dubs.copy_picture(self.folder / f"film-{self.count}.mp4", source, film)

    def pair(
        self,
        *,
        bed: Chain = QUIET_BED,
        source: Film | None = None,
        dub: Film | None = None,
        silent: Sequence[int] = (),
        more: Sequence[Chain] = (),
        seconds: float = SECONDS,
        pause: float = 0.6,
        copied: bool = True,
        language: str = "es",
    ) -> Dub:
        """A source with a voice over a bed, and its dub: by default its picture as it is and another voice."""
        spoken, said = (
            self.talk("en", seconds=seconds, pause=pause),
            self.talk(language, silent=silent, seconds=seconds, pause=pause),
        )
        one = source or Film(seconds=seconds)
        original = self.film(replace(one, sounds=[*one.sounds, voice(spoken.wav), bed]))
        other = dub or Film(seconds=seconds)
        other = replace(other, sounds=[*other.sounds, voice(said.wav), bed, *more])
        if copied and dub is None:
            return Dub(self.taken_over(original, other), original, said.cues)
        if other.picture_source == Film().picture_source:
            other = replace(other, picture_source=picture_of(original))
        return Dub(self.film(other), original, said.cues)


def slides() -> Film:
    """Six still pictures."""
    return Film(holds=[(at, at + 3.4) for at in (0.0, 3.4, 6.8, 10.2, 13.6, 17.0)])


def clean(studio: Studio) -> dict[str, Callable[[], Dub]]:
    """Dubs that nobody should be bothered with."""
    reduced = Film(options={"preset": "ultrafast", "crf": "30"})
    lips = [("drawbox", "x=140:y=110:w=40:h=16:color=red:t=fill:enable='lt(mod(t,0.4),0.2)'")]
    return {
        "background music": studio.pair,
        "loud music": lambda: studio.pair(bed=LOUD_BED),
        "quiet speech in a quiet room": lambda: studio.pair(
            bed=ROOM, source=Film(sound=[("volume", "0.12")]), dub=Film(sound=[("volume", "0.12")])
        ),
        "slides, encoded again": lambda: studio.pair(source=slides(), dub=reduced),
        "hard cuts at both ends": lambda: _hard_cut(studio),
        "eight seconds": lambda: studio.pair(seconds=8.0, bed=music(("volume", "0.35"), seconds=8.0)),
        "mono into stereo": lambda: studio.pair(source=Film(layout="mono", sample_rate=44100)),
        "stereo with width": lambda: studio.pair(
            source=Film(sound=[("extrastereo", "m=1.6")]), dub=Film(sound=[("extrastereo", "m=1.6")])
        ),
        "30 pictures a second": lambda: studio.pair(source=Film(rate=Fraction(30)), dub=Film(rate=Fraction(30))),
        "29.97 pictures a second": lambda: studio.pair(source=Film(rate=NTSC), dub=Film(rate=NTSC)),
        "another codec": lambda: studio.pair(dub=Film(codec="mpeg4", options={"b": "900k"})),
        "lips made anew": lambda: replace(studio.pair(dub=Film(picture=lips)), lips=True),
        "fade from and to black": lambda: studio.pair(source=Film(picture=_fades()), dub=reduced),
        "trimmed": lambda: _trimmed(studio),
        "voice that begins a little late": lambda: _with(studio, dub_voice=[("adelay", "90:all=1")]),
        "clipped already": lambda: studio.pair(source=Film(sound=[("volume", "9")]), dub=Film(sound=[("volume", "9")])),
        "a pause within a line": lambda: _with(
            studio, dub_voice=[("volume", "0:enable='between(t,7.2,7.8)'")], bed=ROOM
        ),
        "a silent cue with music in brackets": lambda: _bracketed(studio),
    }


def damaged(studio: Studio) -> dict[str, tuple[Callable[[], Dub], set[str], tuple[float, float] | None]]:
    """Dubs with a fault: how it is made, the codes that name it, and about where it is."""
    box = "x=0:y=0:w=iw:h=ih:color=black:t=fill:enable='between(t,5,7)'"
    return {
        "too quiet": (lambda: studio.pair(dub=Film(sound=[("volume", "-9dB")])), {"loudness_source_low"}, None),
        "too loud": (lambda: studio.pair(dub=Film(sound=[("volume", "7dB")])), {"loudness_source_high"}, None),
        "clipped": (
            lambda: studio.pair(
                dub=Film(sound=[("volume", "22dB"), ("alimiter", "limit=1:level=0:attack=0.1"), ("volume", "3dB")])
            ),
            {"clipped", "true_peak"},
            None,
        ),
        "silent in a cue": (lambda: studio.pair(silent=[2], bed=ROOM), {"silent_line"}, (6.0, 8.7)),
        "silent in a cue, everything": (
            lambda: studio.pair(dub=Film(sound=[("volume", "0:enable='between(t,6,8.7)'")])),
            {"silent_line"},
            (6.0, 8.7),
        ),
        "no voice in a cue above music": (lambda: studio.pair(silent=[2]), {"voiceless_line"}, (6.0, 8.7)),
        "sound where nobody speaks": (
            lambda: _outside(studio),
            {"sound_outside"},
            (18.1, 19.4),
        ),
        "black": (lambda: studio.pair(dub=Film(picture=[("drawbox", box)])), {"black"}, (5.0, 7.0)),
        "frozen": (lambda: studio.pair(dub=Film(holds=[(8, 11)])), {"frozen"}, (8.0, 11.0)),
        "frozen for a moment": (lambda: studio.pair(dub=Film(holds=[(8, 9.4)])), {"frozen"}, (8.0, 9.4)),
        "the source's sound": (
            lambda: studio.pair(language="en", dub=Film(sound=[("volume", "0.8")])),
            {"source_sound"},
            None,
        ),
        "the source's sound, encoded low": (
            lambda: studio.pair(
                language="en", dub=Film(sample_rate=24000, layout="mono", sound=[("adelay", "40:all=1")])
            ),
            {"source_sound"},
            None,
        ),
        "cut": (lambda: studio.pair(dub=Film(seconds=16.5)), {"cut_line"}, (15.7, 16.5)),
        "sound cut while music plays": (lambda: _faded(studio), {"cut_end"}, (19.0, 20.0)),
        "longer": (
            lambda: studio.pair(dub=Film(seconds=21.5, picture=[("tpad", "stop_duration=3:stop_mode=clone")])),
            {"longer"},
            (20.0, 21.5),
        ),
        "a little shorter": (lambda: studio.pair(dub=Film(seconds=19.6)), {"shorter"}, (19.6, 20.0)),
        "all sound late by 300 ms": (lambda: studio.pair(dub=Film(sound=[("adelay", "300:all=1")])), {"late"}, None),
        "voice late by 300 ms": (
            lambda: _with(studio, dub_voice=[("adelay", "300:all=1")], bed=ROOM),
            {"late_lines", "late"},
            None,
        ),
        "sound early by 300 ms": (
            lambda: studio.pair(dub=Film(sound=[("atrim", "start=0.3"), ("asetpts", "N/SR/TB")])),
            {"early", "early_lines"},
            None,
        ),
        "5.1 without its centre": (
            lambda: _surround(studio, "pan", "stereo|c0=FL|c1=FR"),
            {"voiceless_line", "silent_line", "loudness_source_low"},
            None,
        ),
        "5.1 with one side turned over": (
            lambda: _surround(studio, "pan", "stereo|c0=FC+FL|c1=-1*FC-1*FR"),
            {"cancels"},
            None,
        ),
        "half speed": (lambda: _slowed(studio, 40.0), {"longer"}, None),
        "half speed, as long as the source": (
            lambda: _slowed(studio, SECONDS),
            {"silent_line", "voiceless_line", "picture_differs", "sound_outside"},
            None,
        ),
        "smaller": (lambda: studio.pair(dub=Film(size=(160, 90))), {"size"}, None),
        "another shape": (lambda: studio.pair(dub=Film(size=(240, 180))), {"size", "shape"}, None),
        "fewer pictures": (lambda: studio.pair(dub=Film(rate=Fraction(15))), {"frame_rate"}, None),
        "a lower sample rate": (lambda: studio.pair(dub=Film(sample_rate=22050)), {"sample_rate"}, None),
        "one channel": (lambda: studio.pair(dub=Film(layout="mono")), {"channels"}, None),
        "one side silent": (
            lambda: studio.pair(dub=Film(sound=[("pan", "stereo|c0=c0|c1=0*c0")])),
            {"one_sided"},
            None,
        ),
        "another film": (
            lambda: studio.pair(dub=Film(picture_source=(("mandelbrot", "size=320x180:rate=25"),))),
            {"picture_differs"},
            None,
        ),
        "sound that ends early": (
            lambda: studio.pair(dub=Film(seconds=17.0, picture_seconds=20.0)),
            {"sound_ends_early"},
            (17.0, 20.0),
        ),
        "no sound to be heard": (lambda: studio.pair(dub=Film(sound=[("volume", "0")])), {"no_sound_at_all"}, None),
    }


def _fades() -> Chain:
    return [("fade", "in:st=0:d=1"), ("fade", "out:st=18.5:d=1")]


def _with(studio: Studio, *, dub_voice: Chain, bed: Chain = QUIET_BED) -> Dub:
    spoken, said = studio.talk("en"), studio.talk("es")
    original = studio.film(Film(sounds=[voice(spoken.wav), bed]))
    return Dub(studio.taken_over(original, Film(sounds=[voice(said.wav, *dub_voice), bed])), original, said.cues)


def _hard_cut(studio: Studio) -> Dub:
    dub = studio.pair(bed=LOUD_BED, pause=0.0)
    return replace(dub, cues=dub.cues)


def _trimmed(studio: Studio) -> Dub:
    spoken, said = studio.talk("en"), studio.talk("es")
    original = studio.film(Film(sounds=[voice(spoken.wav), QUIET_BED]))
    cut = [("atrim", "start=3.0:end=16.0"), ("asetpts", "N/SR/TB")]
    picture = [("trim", "start=3.0:end=16.0"), ("setpts", "PTS-STARTPTS")]
    film = Film(seconds=13.0, sounds=[voice(said.wav), QUIET_BED], sound=cut, picture=picture)
    return Dub(studio.film(replace(film, picture_source=picture_of(original))), original, said.cues, trim=(3.0, 16.0))


def _bracketed(studio: Studio) -> Dub:
    dub = studio.pair(silent=[2], bed=ROOM)
    cues = [replace(cue, text="[music]") if number == 2 else cue for number, cue in enumerate(dub.cues)]
    return replace(dub, cues=cues)


def _outside(studio: Studio) -> Dub:
    tone = (("sine", "frequency=330:duration=1.3"), ("volume", "2"), ("adelay", "18100:all=1"))
    return studio.pair(bed=ROOM, dub=Film(), more=[tone])


def _faded(studio: Studio) -> Dub:
    steady = music(expression="0.1*sin(2*PI*t*220)")
    return studio.pair(bed=steady, source=Film(sound=[("afade", "t=out:st=18.6:d=1.3")]), dub=Film())


def _surround(studio: Studio, name: str, arguments: str) -> Dub:
    """A source in 5.1 with its voice in the centre, and a dub that was folded to two channels by somebody else."""
    spoken, said = studio.talk("en"), studio.talk("es")
    placed = ("pan", "5.1|FC=c0")
    around = ("pan", "5.1|FL=c0|FR=0.7*c0|BL=0.3*c0|BR=0.3*c0")
    source = Film(sounds=[voice(spoken.wav, placed), [*QUIET_BED, around]], layout="5.1")
    original = studio.film(source)
    dub = Film(sounds=[voice(said.wav, placed), [*QUIET_BED, around]], sound=[(name, arguments)])
    return Dub(studio.taken_over(original, dub), original, said.cues)


def _slowed(studio: Studio, seconds: float) -> Dub:
    return studio.pair(dub=Film(seconds=seconds, sound=[("atempo", "0.5")], picture=[("setpts", "2*PTS")]))
