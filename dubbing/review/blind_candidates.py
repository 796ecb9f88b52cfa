"""Which final videos can be compared blind: those of the same source, trim and language, in one project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import User

from dubbing.models import Asset, Result
from dubbing.models.blind_comparisons import FEWEST

if TYPE_CHECKING:
    from dubbing.models.dubbings import ResultQuerySet

NEWEST = 500
"""Number of a project's newest final videos that are searched for sources that have several."""


@dataclass(frozen=True, slots=True)
class ComparableVideo:
    """A source video with its trim, in one language. ``results``: its final videos, newest first."""

    asset: Asset
    locale: str
    results: list[Result]

    @property
    def count(self) -> int:
        """Number of its final videos."""
        return len(self.results)

    @property
    def is_enough(self) -> bool:
        """Whether there are enough to compare."""
        return self.count >= FEWEST


def visible(project_id: int, user: User) -> ResultQuerySet:
    """Final videos of the project that this person may see, the newest first, with what they were made with."""
    related = ("version__dubbing__asset__source", "version__dubbing__asset__project")
    heavy = ("version__dubbing__srt", "version__dubbing__asset__typed", "version__dubbing__asset__source_srt")
    mine = Result.objects.visible_to(user).filter(version__dubbing__asset__project=project_id)
    return mine.select_related(*related).defer(*heavy).order_by("-pk")


def comparable_videos(project_id: int, user: User) -> list[ComparableVideo]:
    """The sources of a project with enough final videos in a language, among its newest ones."""
    by_source: dict[tuple[object, ...], list[Result]] = defaultdict(list)
    for result in visible(project_id, user)[:NEWEST]:
        by_source[*source_part(as_sent(result)), result.version.dubbing.locale].append(result)
    each = (
        ComparableVideo(results[0].version.dubbing.asset, str(key[-1]), results) for key, results in by_source.items()
    )
    return [video for video in each if video.is_enough]


def comparable_video(asset: Asset, locale: str, user: User) -> ComparableVideo:
    """All final videos of the asset's source in this language, with the trim that this language was sent with."""
    dubbing = asset.dubbings.filter(locale=locale).first()
    part = source_part(dubbing.as_sent(asset) if dubbing else asset)
    results = visible(asset.project_id, user).filter(version__dubbing__locale=locale)
    if asset.source is not None:
        results = results.filter(version__dubbing__asset__source__sha256=asset.source.sha256)
    else:
        results = results.filter(version__dubbing__asset__media_url=asset.media_url)
    return ComparableVideo(asset, locale, [result for result in results if source_part(as_sent(result)) == part])


def languages(asset: Asset, user: User) -> list[str]:
    """The languages in which this asset has a final video."""
    mine = visible(asset.project_id, user).filter(version__dubbing__asset=asset).order_by()
    return sorted(set(mine.values_list("version__dubbing__locale", flat=True)))


def as_sent(result: Result) -> Asset:
    """The asset of a final video with the settings that its language was sent with."""
    dubbing = result.version.dubbing
    return dubbing.as_sent(dubbing.asset)


def comparable_languages(assets: Iterable[Asset]) -> dict[str, Asset]:
    """By locale, one asset whose source has several final videos among these assets, which need prefetched results."""
    counts: dict[tuple[object, ...], int] = defaultdict(int)
    found: dict[str, Asset] = {}
    for asset in assets:
        for dubbing in asset.dubbings.all():
            key = (*source_part(dubbing.as_sent(asset)), dubbing.locale)
            counts[key] += sum(1 for version in dubbing.versions.all() for _ in version.results.all())
            if counts[key] >= FEWEST:
                found.setdefault(dubbing.locale, asset)
    return found


def source_part(asset: Asset) -> tuple[object, ...]:
    """The same for two assets that dub the same part of the same source."""
    source = asset.source.sha256 or asset.source_id if asset.source else asset.media_url
    return bool(asset.source), source, asset.start or 0.0, asset.end


def have_same_source(results: Iterable[Result]) -> bool:
    """Whether they dub the same part of the same source."""
    return len({source_part(as_sent(result)) for result in results}) == 1


def settings_of(result: Result) -> dict[str, Any]:
    """What a dub was made with, in a lasting form under the new-asset form's names."""
    return settings_of_asset(as_sent(result))


def settings_of_asset(asset: Asset) -> dict[str, Any]:
    """The same for the settings of an asset."""
    background = "file" if asset.background_id else "link" if asset.background_url else ""
    options = {name: value for name, value in asset.options.items() if name != "notes"}
    return {
        "provider": asset.provider,
        "auto_generate": asset.auto_generate,
        "lips_model": asset.lips_model if asset.auto_generate != Asset.AutoGenerate.NO_LIPS else "",
        "voice_anonymization": asset.voice_anonymization,
        "speakers": asset.speakers,
        "background": background,
        **options,
    }


def preset_values(settings: dict[str, Any]) -> dict[str, Any]:
    """Those of these settings that a preset can have; no languages, since a comparison has only one."""
    values = {name: settings.get(name) for name in ("auto_generate", "lips_model", "voice_id", "voice_model", "speed")}
    values["seed"], values["speakers"] = settings.get("seed"), settings.get("speakers")
    values["speakers_from"] = "count" if settings.get("speakers") else "unsure"
    values["voice_anonymization"] = f"{settings.get('voice_anonymization') or 0:g}"
    return values
