"""What guests see: of the project nothing but what was shared."""

from __future__ import annotations

from dataclasses import dataclass

from dubbing import subtitles
from dubbing.models import Asset, Comment, DeliveryEntry, Dubbing, Result, ShareLink
from dubbing.sharing import guest_comments
from dubbing.web.shared import responses
from dubbing.web.sharing.guests import shown_result

SOURCE, DUB = "source", "dub"


@dataclass(frozen=True, slots=True)
class SharedVersion:
    """A version. ``side``: which video is played; ``start``: from which second on."""

    asset: Asset
    dubbing: Dubbing
    result: Result
    side: str
    start: float
    has_source: bool
    has_subtitles: bool
    comments: list[Comment]


@dataclass(frozen=True, slots=True)
class SharedDelivery:
    """The files of a delivery."""

    entries: list[DeliveryEntry]
    size: int
    until: object


def of_version(link: ShareLink, *, side: str, start: float) -> SharedVersion:
    """The page of a link to a version."""
    result = shown_result(link)
    dubbing, asset = result.version.dubbing, result.version.dubbing.asset
    has_source = link.shows_source and asset.source is not None and responses.playable(asset.source) is not None
    return SharedVersion(
        asset=asset,
        dubbing=dubbing,
        result=result,
        side=SOURCE if has_source and side == SOURCE else DUB,
        start=start,
        has_source=has_source,
        has_subtitles=bool(shown_cues(dubbing)),
        comments=guest_comments.readable(dubbing) if link.may_comment else [],
    )


def of_delivery(link: ShareLink) -> SharedDelivery:
    """The page of a link to a delivery."""
    assert link.delivery is not None
    return SharedDelivery(list(link.delivery.entries.all()), link.delivery.size, link.delivery.expires_at)


def shown_cues(dubbing: Dubbing) -> tuple[subtitles.Cue, ...]:
    """The target subtitles on the time of the final video."""
    sent = dubbing.as_sent(dubbing.asset)
    return subtitles.shift_and_clip(subtitles.cues_of(dubbing.srt), sent.start, sent.end)
