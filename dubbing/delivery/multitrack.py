"""One video with all languages: the source's own picture, its sound, and the sound of each dub as a track.

Only dubs that fit the source's picture as it is: a picture is never cut or re-encoded for this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from dubbing import media, providers, subtitles
from dubbing.delivery import labels
from dubbing.delivery.deliverables import Deliverable
from dubbing.models import Asset, Dubbing, Result
from dubbing.platform import locales, storage

LANGUAGE = "mul"
"""Several languages, in ISO 639-2."""
LONGEST_DIFFERENCE_S = 0.25
_SPACE_PER_S = 40_000
"""Bytes per second of a sound track, to reserve space on disk. Stereo takes up to 320 kbit/s."""
_MOST_BESIDES = 64 * 1024**2


class Obstacle(models.TextChoices):
    """Why a dub cannot be a sound track of the source."""

    NO_SOURCE = "no_source", _("the portal does not have the source file")
    FORMAT = "format", _("the source’s picture does not fit into an MP4 file")
    LIPS = "lips", _("lip sync changed the picture")
    STUDIO = "studio", _("the lips may have been changed in the provider’s studio")
    TRIM = "trim", _("only part of the source was dubbed")
    LENGTH = "length", _("the final video is not as long as the source")


@dataclass(frozen=True, slots=True)
class Multitrack:
    """The dubs of one video that fit its source, and those that do not."""

    asset: Asset
    included: list[Deliverable]
    left_out: list[tuple[Deliverable, Obstacle]]

    @property
    def number(self) -> int:
        """The highest number among its final videos."""
        return max(deliverable.number for deliverable in self.included)

    @property
    def is_approved(self) -> bool:
        """Whether every dub in it is approved."""
        return all(deliverable.approved for deliverable in self.included)

    @property
    def name_parts(self) -> dict[str, str]:
        """The value of each placeholder in its file name."""
        return self.included[0].name_parts | {"locale": LANGUAGE, "version": f"v{self.number}"}

    @property
    def languages(self) -> dict[str, str]:
        """Each language, and why it is left out; empty if it is included."""
        left_out = {deliverable.dubbing.locale: str(obstacle.value) for deliverable, obstacle in self.left_out}
        return {deliverable.dubbing.locale: "" for deliverable in self.included} | left_out


def of_each(deliverables: Iterable[Deliverable]) -> list[Multitrack]:
    """What can be made of each video; nothing if `included` is empty."""
    made: dict[int, Multitrack] = {}
    for deliverable in deliverables:
        multitrack = made.setdefault(deliverable.asset.pk, Multitrack(deliverable.asset, [], []))
        obstacle = find_obstacle(deliverable)
        if obstacle is None:
            multitrack.included.append(deliverable)
        else:
            multitrack.left_out.append((deliverable, obstacle))
    return list(made.values())


def find_obstacle(deliverable: Deliverable) -> Obstacle | None:
    """Why this dub cannot be a sound track of its source; None if it can."""
    asset, result = deliverable.dubbing.as_sent(deliverable.asset), deliverable.result
    if asset.source is None or not asset.source.key or not asset.source.duration:
        return Obstacle.NO_SOURCE
    if asset.source.media.get("video_codec", "h264") not in media.MP4_PICTURES:
        return Obstacle.FORMAT
    if asset.auto_generate != Asset.AutoGenerate.NO_LIPS and providers.capabilities(result.version.provider).lips:
        return Obstacle.LIPS if asset.auto_generate == Asset.AutoGenerate.WITH_LIPS else Obstacle.STUDIO
    if asset.start or (asset.end and asset.end < asset.source.duration - LONGEST_DIFFERENCE_S):
        return Obstacle.TRIM
    return Obstacle.LENGTH if abs(result.duration - asset.source.duration) > LONGEST_DIFFERENCE_S else None


def write(
    asset: Asset,
    chosen: Sequence[tuple[Dubbing, Result]],
    out: Path,
    *,
    label_left_out: dict[str, Any],
    still_wanted: Callable[[], bool],
) -> bool:
    """Write the file. Returns False if a file cannot be read or an MP4 cannot hold it. Raises storage.NoRoom."""
    source = asset.source
    assert source
    duration = source.duration or 0.0
    if not storage.has_room(source.size + round(duration * _SPACE_PER_S * len(chosen))):
        raise storage.NoRoom("There is not enough disk space for a video with all languages.")
    original = f"{_name(asset.source_locale)}, original" if asset.source_locale else "Original"
    with ExitStack() as files:
        path = str(files.enter_context(storage.opened(source.key, on_progress=still_wanted)))
        sounds = [media.SoundTrack(path, locales.iso_639_2(asset.source_locale), original, is_default=True)]
        sounds += [
            media.SoundTrack(
                str(files.enter_context(storage.opened(result.key, on_progress=still_wanted))),
                locales.iso_639_2(dubbing.locale),
                labels.track_name(_name(dubbing.locale), label_left_out),
            )
            for dubbing, result in chosen
        ]
        return media.write_multitrack(
            path,
            out,
            sounds=sounds,
            subtitles=[_subtitles(dubbing) for dubbing, _ in chosen if dubbing.srt.strip()],
            tags=labels.tags(label_left_out),
            duration=duration,
            most=_MOST_BESIDES + source.size + sum(result.size for _, result in chosen),
            still_wanted=still_wanted,
        )


def _name(locale: str) -> str:
    """Always in English: names of tracks are for the people who play it, not for the person who prepares it."""
    known = locales.find(locale, extra=[locale])
    return known.name_in("en") if known else locale


def _subtitles(dubbing: Dubbing) -> media.SubtitleTrack:
    """A track shows one text at a time, so a cue ends where the next one begins."""
    cues = sorted(subtitles.cues_of(dubbing.srt), key=lambda cue: cue.start)
    ends = [min(cue.end, following.start) for cue, following in pairwise(cues)] + [cue.end for cue in cues[-1:]]
    shown = [
        (cue.start, end, subtitles.without_markup(cue.text))
        for cue, end in zip(cues, ends, strict=True)
        if cue.start < end
    ]
    return media.SubtitleTrack(locales.iso_639_2(dubbing.locale), _name(dubbing.locale), shown)
