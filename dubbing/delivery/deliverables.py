"""Which results of which videos can be delivered, and which of them were approved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from django.db.models import Prefetch, QuerySet

from dubbing.delivery import names
from dubbing.models import Asset, Dubbing, Project, Result, Review, Version
from dubbing.sync import progress

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class Named(Protocol):
    """Something that files are named after."""

    @property
    def name_parts(self) -> dict[str, str]:
        """The value of each placeholder."""


@dataclass(frozen=True, slots=True)
class Deliverable:
    """A result of one language. ``number``: its number among the language's results, counted from 1."""

    dubbing: Dubbing
    result: Result
    number: int
    approved: bool

    @property
    def asset(self) -> Asset:
        """The video."""
        return self.dubbing.asset

    @property
    def name_parts(self) -> dict[str, str]:
        """The value of each placeholder in its file names."""
        names_of = {"project": self.asset.project.name, "asset": str(self.asset)}
        return names_of | {"locale": self.dubbing.locale, "version": f"v{self.number}"}

    @property
    def sound(self) -> str:
        """The ending of its sound as a separate file: AAC is copied, everything else is decoded."""
        return "m4a" if self.result.media.get("audio_codec") == "aac" else "wav"

    @property
    def has_subtitles(self) -> bool:
        """Whether there are subtitles to deliver with it."""
        return bool(self.dubbing.srt.strip())


def of_assets(project: Project, user: User, asset_ids: Sequence[int]) -> list[Deliverable]:
    """The results of the videos that this person sees, in order: for each language the one that counts."""
    assets = Asset.objects.in_project(project.pk, user).filter(pk__in=asset_ids)
    by_asset: dict[int, list[Deliverable]] = {}
    for dubbing in with_results(Dubbing.objects.filter(asset__in=assets)):
        if deliverable := _deliverable(dubbing):
            by_asset.setdefault(dubbing.asset_id, []).append(deliverable)
    return [deliverable for pk in dict.fromkeys(asset_ids) for deliverable in by_asset.get(pk, [])]


def with_results(dubbings: QuerySet[Dubbing]) -> QuerySet[Dubbing]:
    """The dubbings with everything that decides what of them is delivered, in a fixed number of queries."""
    versions = Version.objects.order_by("id").prefetch_related(Prefetch("results", Result.objects.order_by("id")))
    related = ("asset__project", "asset__source", "review")
    return dubbings.select_related(*related).order_by("locale").prefetch_related(Prefetch("versions", versions))


def stems(named: Iterable[Named], pattern: str) -> list[names.Stem]:
    """The names of their files."""
    return names.stems(pattern, (each.name_parts for each in named))


def _deliverable(dubbing: Dubbing) -> Deliverable | None:
    """What was approved, also when a newer one is being made; else the newest of the version that counts."""
    versions = list(dubbing.versions.all())
    results = sorted((result for version in versions for result in version.results.all()), key=lambda row: row.pk)
    review = getattr(dubbing, "review", None)
    approved = review.result_id if review and review.status == Review.Status.APPROVED else None
    leading = progress.leading(versions)
    newest = next((result for result in reversed(results) if leading and result.version_id == leading.pk), None)
    chosen = next((result for result in results if result.pk == approved), None) or newest
    if chosen is None:
        return None
    return Deliverable(dubbing, chosen, results.index(chosen) + 1, chosen.pk == approved)
