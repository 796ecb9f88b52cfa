"""The languages a project was recently dubbed into."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext

from dubbing.models import Asset, Dubbing
from dubbing.platform import locales

if TYPE_CHECKING:
    from django.db.models import QuerySet

LATELY, FURTHER_BACK = 20, 200  # maximum assets read, so that a large project costs no more than a small one


@dataclass(frozen=True, slots=True)
class Mixed:
    """One language in two regions: ``chosen`` here, ``other`` in an earlier asset of the project."""

    chosen: str
    other: str
    asset_id: int
    asset_name: str


def list_recent(project_id: int) -> list[str]:
    """Locales of the project's latest assets, the most used first."""
    rows = list(
        Dubbing.objects.filter(asset__in=_last(project_id, LATELY)).order_by("-asset_id", "id").values_list("locale")
    )
    counted = Counter(code for (code,) in rows)
    return sorted(counted, key=lambda code: -counted[code])  # if equally used, the later one first


def regions(chosen: Iterable[str], among: locales.Table) -> dict[str, list[str]]:
    """For each code, other regions of its language that can be dubbed into, if there are any."""
    tags = [locale.code for locale in locales.targets(among=among)]
    siblings = {code: [tag for tag in tags if tag != code and _language(tag) == _language(code)] for code in chosen}
    return {code: others for code, others in siblings.items() if others}


def mixed(asset: Asset, chosen: Iterable[str], among: locales.Table) -> list[Mixed]:
    """Languages for which this asset has one region and an earlier one of its project another."""
    codes = list(chosen)
    others = {
        code: [sibling for sibling in siblings if sibling not in codes]
        for code, siblings in regions(codes, among).items()
    }
    wanted = {other: code for code, siblings in others.items() for other in siblings}
    if not wanted:
        return []
    earlier = Dubbing.objects.filter(asset__in=_last(asset.project_id, FURTHER_BACK), locale__in=wanted)
    rows = earlier.exclude(asset_id=asset.pk).order_by("-asset_id").values_list("locale", "asset_id", "asset__name")
    newest: dict[str, Mixed] = {}
    for locale, pk, name in rows:
        newest.setdefault(wanted[locale], Mixed(wanted[locale], locale, pk, name or gettext("Untitled")))
    return list(newest.values())


def _last(project_id: int, count: int) -> QuerySet[Asset, int]:
    sent = Asset.objects.filter(project_id=project_id, submitted_at__isnull=False)
    return sent.order_by("-id").values_list("pk", flat=True)[:count]


def _language(code: str) -> str:
    return code.partition("-")[0]
