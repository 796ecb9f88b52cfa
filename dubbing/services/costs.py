"""What dubbing something costs, in milliseconds that count: the trimmed length, weighted, of each language.

The length comes from our own probe of a file or a link, or from the provider once it has measured it. Never from a
browser.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from django.conf import settings

from dubbing import wording
from dubbing.models import Asset, Link
from dubbing.services.asking import AssetFields

MINUTE = 60_000
LONGEST = 1_000_000.0
"""Seconds. What says that it lasts longer, a film or a provider's figure, is wrong."""
# A provider's figure this close to the trim is the trim's length, and not the film's. Seconds.
_SAME = 1.0


@dataclass(frozen=True, slots=True)
class Cost:
    """What one asset costs. ``seconds``: of each language, None while that cannot be told."""

    seconds: float | None
    weight: float
    languages: int

    @property
    def each(self) -> int | None:
        """Milliseconds of one language; rounded up, so that nothing is ever booked that nobody was told."""
        # Floating point makes 9 s into 9.000000000000002 s: that is no millisecond more.
        return None if self.seconds is None else ceil(min(LONGEST, self.seconds) * 1000 * self.weight - 1e-6)

    @property
    def total(self) -> int | None:
        """Milliseconds of all languages."""
        return None if self.each is None else self.each * self.languages

    @property
    def known(self) -> int:
        """The same, with 0 for what cannot be told yet: that is what is reserved."""
        return self.total or 0

    @property
    def words(self) -> str:
        """ "4 min 12 s × 3 languages × 2" - the weight only where it is not 1."""
        length = wording.duration(self.seconds) if self.seconds is not None else "the length of the video"
        parts = [length, wording.plural(self.languages, "language")]
        return " × ".join([*parts, f"{self.weight:g}"] if self.weight != 1 else parts)


def weight(auto_generate: str, lips_model: str) -> float:
    """How often a second counts, by how the final video is made."""
    if auto_generate != Asset.AutoGenerate.WITH_LIPS:
        return float(settings.WEIGHT_NO_LIPS)
    turbo = lips_model == Asset.LipsModel.REAL_FACE_TURBO
    return float(settings.WEIGHT_REAL_FACE_TURBO if turbo else settings.WEIGHT_REAL_FACE)


def weight_words(auto_generate: str, lips_model: str) -> str:
    """Why a minute counts other than once; nothing where it counts once."""
    value = weight(auto_generate, lips_model)
    if value == 1:
        return ""
    if auto_generate != Asset.AutoGenerate.WITH_LIPS:
        return f"Without lips, a minute counts {value:g} times."
    turbo = lips_model == Asset.LipsModel.REAL_FACE_TURBO
    return f"With lips{' (turbo)' if turbo else ''}, a minute counts {value:g} times."


def cost_of(asked: AssetFields | Asset, *, looked_by: Iterable[int] = (), languages: int | None = None) -> Cost:
    """What was asked for costs this. ``languages``: how many, if not all of it; ``looked_by``: whose links count."""
    if isinstance(asked, Asset):
        count = asked.dubbings.count() if languages is None else languages
        seconds = asked.trimmed_duration
        seconds = None if seconds is not None and seconds > LONGEST else seconds
        owners = {asked.created_by_id, *looked_by}
    else:
        count, owners = len(asked.targets) if languages is None else languages, set(looked_by)
        seconds = _trimmed(asked, asked.source.duration if asked.source else None)
    if seconds is None and asked.media_url:
        seconds = _trimmed(asked, link_length(asked.media_url, owners))
    return Cost(seconds, weight(asked.auto_generate, asked.lips_model), count)


def link_length(url: str, owners: Iterable[int]) -> float | None:
    """Seconds of what stands behind a link, if our look at it could tell."""
    looks = Link.objects.filter(kind="video", url=url, status=Link.Status.GOOD, owner__in=owners)
    return looks.exclude(duration=None).order_by("-looked_at").values_list("duration", flat=True).first()


def used(asset: Asset, made: float | None) -> int | None:
    """Milliseconds that one finished language took: by the provider's measure, else as planned.

    ``made``: seconds of the video that came out, for when nothing else is known.
    """
    planned = cost_of(asset, languages=1)
    seconds = _measured(asset)
    if seconds is None:
        seconds = planned.seconds if planned.seconds is not None else made
    return Cost(seconds, planned.weight, 1).each


def _measured(asset: Asset) -> float | None:
    """Seconds of the trim, by the provider's figure: that of the whole film, or of the trim alone."""
    told, start = asset.duration, asset.start or 0.0
    if told is None or not 0 < told <= LONGEST:
        return None
    if asset.end is not None and abs(told - (asset.end - start)) <= _SAME:
        return told
    trimmed = (min(asset.end, told) if asset.end is not None else told) - start
    return trimmed if trimmed > 0 else None


def _trimmed(asked: AssetFields | Asset, film: float | None) -> float | None:
    until = asked.end if asked.end is not None else film
    return None if until is None else max(0.0, until - (asked.start or 0.0))
