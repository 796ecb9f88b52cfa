"""What dubbing something costs, in weighted milliseconds: the trimmed length of each language times its weight.

The length comes from our own probe of a file, a link or a result. It never comes from a browser or from the provider,
whose figure is only compared (``sync.lengths``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.utils.translation import gettext

from dubbing.drafts.fields import AssetFields
from dubbing.models import Asset, Link, Result
from dubbing.platform import formatting, lengths

MINUTE = 60_000


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one asset. ``seconds``: of each language; None while unknown."""

    seconds: float | None
    weight: float
    languages: int

    @property
    def each(self) -> int | None:
        """Milliseconds of one language, rounded up, so that no more is ever settled than was stated before."""
        # Floating point turns 9 s into 9.000000000000002 s, which must not add a millisecond.
        return None if self.seconds is None else ceil(min(lengths.LONGEST, self.seconds) * 1000 * self.weight - 1e-6)

    @property
    def total(self) -> int | None:
        """Milliseconds of all languages."""
        return None if self.each is None else self.each * self.languages

    @property
    def known(self) -> int:
        """Milliseconds of all languages, with 0 for an unknown length: the amount that is reserved."""
        return self.total or 0

    @property
    def text(self) -> str:
        """ "4 min 12 s × 3 languages × 2", with the weight only if it is not 1."""
        length = formatting.duration(self.seconds) if self.seconds is not None else gettext("the length of the video")
        parts = [length, formatting.language_count(self.languages)]
        return " × ".join([*parts, formatting.number(self.weight, digits=3)] if self.weight != 1 else parts)


def weight(auto_generate: str, lips_model: str) -> float:
    """How many times a second counts, depending on how the final video is made."""
    if auto_generate != Asset.AutoGenerate.WITH_LIPS:
        return float(settings.WEIGHT_NO_LIPS)
    turbo = lips_model == Asset.LipsModel.REAL_FACE_TURBO
    return float(settings.WEIGHT_REAL_FACE_TURBO if turbo else settings.WEIGHT_REAL_FACE)


def weight_text(auto_generate: str, lips_model: str) -> str:
    """Why a minute does not count once; an empty string if it does."""
    value = weight(auto_generate, lips_model)
    if value == 1:
        return ""
    if auto_generate != Asset.AutoGenerate.WITH_LIPS:
        text = gettext("With lip sync off, each minute counts as %(weight)s.")
    elif lips_model == Asset.LipsModel.REAL_FACE_TURBO:
        text = gettext("With turbo lip sync, each minute counts as %(weight)s.")
    else:
        text = gettext("With lip sync, each minute counts as %(weight)s.")
    return text % {"weight": formatting.number(value, digits=3)}


def cost_of(asked: AssetFields | Asset, *, looked_by: Iterable[int] = (), languages: int | None = None) -> Cost:
    """The cost of a request or an asset.

    ``languages``: how many, if not all; ``looked_by``: whose link checks are used.
    """
    if isinstance(asked, Asset):
        count = asked.dubbings.count() if languages is None else languages
        seconds = _measured(asked, {asked.created_by_id, *looked_by})
        seconds = _made(asked) if seconds is None else seconds
        seconds = None if seconds is not None and seconds > lengths.LONGEST else seconds
    else:
        count = len(asked.targets) if languages is None else languages
        seconds = _measured(asked, set(looked_by))
    return Cost(seconds, weight(asked.auto_generate, asked.lips_model), count)


def costs_of(assets: Sequence[Asset], *, looked_by: Iterable[int] = ()) -> dict[int, Cost]:
    """The cost of one language of each asset, by its key: as in ``cost_of``, in two queries however many there are.

    ``assets``: loaded with their sources.
    """
    owners = set(looked_by)
    links = _links({asset.media_url for asset in assets if asset.media_url})
    seconds: dict[int, float | None] = {}
    for asset in assets:
        length = asset.source.duration if asset.source else None
        seconds[asset.pk] = lengths.requested(length, asset.start, asset.end)
        if seconds[asset.pk] is None and asset.media_url:
            mine = (
                length for owner, length in links.get(asset.media_url, []) if owner in {asset.created_by_id, *owners}
            )
            seconds[asset.pk] = lengths.requested(next(mine, None), asset.start, asset.end)
    results = Result.objects.filter(
        duration__gt=0, version__dubbing__asset__in=[pk for pk in seconds if seconds[pk] is None]
    )
    made = dict(results.order_by("id").values_list("version__dubbing__asset", "duration"))
    return {asset.pk: _one_language(asset, seconds[asset.pk], made.get(asset.pk)) for asset in assets}


def _one_language(asset: Asset, measured: float | None, made: float | None) -> Cost:
    seconds = made if measured is None else measured
    known = None if seconds is not None and seconds > lengths.LONGEST else seconds
    return Cost(known, weight(asset.auto_generate, asset.lips_model), 1)


def _links(urls: set[str]) -> dict[str, list[tuple[int, float]]]:
    """Who checked each link, and its length in seconds, newest check first."""
    lengths: dict[str, list[tuple[int, float]]] = {}
    looks = Link.objects.filter(kind="video", url__in=urls, status=Link.Status.GOOD, duration__isnull=False)
    for url, owner, length in looks.order_by("-looked_at").values_list("url", "owner_id", "duration"):
        assert length is not None
        lengths.setdefault(url, []).append((owner, length))
    return lengths


def link_length(url: str, owners: Iterable[int]) -> float | None:
    """Seconds of the video behind a link, if our check could measure it; else None."""
    return Link.objects.length_of(url, owners)


def used_milliseconds(asset: Asset, made: float | None) -> int | None:
    """Milliseconds that one finished language took, by our own measure of the source, or else of the result.

    ``made``: seconds of the result.
    """
    seconds = _measured(asset, {asset.created_by_id})
    return Cost(made if seconds is None else seconds, weight(asset.auto_generate, asset.lips_model), 1).each


def _measured(asked: AssetFields | Asset, owners: Iterable[int]) -> float | None:
    """Seconds of the trim, by our own probe of the file or the link."""
    length = asked.source.duration if asked.source else None
    seconds = lengths.requested(length, asked.start, asked.end)
    if seconds is None and asked.media_url:
        seconds = lengths.requested(link_length(asked.media_url, owners), asked.start, asked.end)
    return seconds


def _made(asset: Asset) -> float | None:
    """Seconds of the result in another language, for a video that we could not measure."""
    results = Result.objects.filter(version__dubbing__asset=asset, duration__gt=0)
    return results.order_by("-id").values_list("duration", flat=True).first()
