"""The content of the comparison page: dubs of the same source by several providers, by language."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import providers
from dubbing.models import Asset, Result, status_badges
from dubbing.platform import formatting, locales, numbers
from dubbing.web.asset import page as pages
from dubbing.web.shared import totals

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from dubbing.models.assets import AssetQuerySet

MOST = 9  # keys 1 to 9


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another asset of the same source."""

    asset: Asset
    title: str
    state: status_badges.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Take:
    """One asset's dub in the chosen language. ``key``: the key to press to hear it; ``starts``: seconds
    into the source.
    """

    key: int
    title: str
    asset: Asset
    result: Result
    version_id: int
    starts: float
    srt: str
    taken: float | None
    spent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparePage:
    """What the template shows."""

    asset: Asset
    locale: str
    languages: list[tuple[str, int]]
    takes: list[Take]
    others: list[Sibling]
    audible_key: int
    has_source: bool

    @property
    def moving(self) -> bool:
        """Whether a dub that is still missing may yet come."""
        return any(other.asset.status in Asset.OPEN for other in self.others)

    @property
    def of_one_provider(self) -> bool:
        """Whether these are attempts with one provider rather than dubs by several."""
        assets = [shown.asset for shown in self.takes] + [shown.asset for shown in self.others]
        return len(assets) > 1 and len({shown.provider for shown in assets}) == 1


def family(asset: Asset, user: User | AnonymousUser) -> AssetQuerySet:
    """Every asset of the same source that this person may see, including the asset itself, oldest first.

    Pilots are compared with pilots of the same draft, and whole videos with whole videos.
    """
    relatives = Asset.objects.visible_to(user).filter(project_id=asset.project_id, pilot_of_id=asset.pilot_of_id)
    if asset.source_id:  # a file belongs to one asset and its copies
        return relatives.filter(source_id=asset.source_id).order_by("id")
    same_link = Q(source=None, media_url=asset.media_url) if asset.media_url else Q(pk=asset.pk)
    return relatives.filter(same_link | Q(pk=asset.pk)).order_by("id")


def siblings(asset: Asset, user: User | AnonymousUser) -> list[Sibling]:
    """The other assets of the family."""
    members = list(family(asset, user).prefetch_related("dubbings"))
    titles = _titles(members)
    return [_sibling(member, titles) for member in members if member.pk != asset.pk]


def several_providers(asset: Asset, others: list[Sibling]) -> bool:
    """Whether there are several providers to compare, rather than further attempts with one."""
    return any(other.asset.provider != asset.provider for other in others)


def build(asset: Asset, user: User | AnonymousUser, *, locale: str, audible: str) -> ComparePage:
    """The page for one language: the requested one, or the one that most of the family have."""
    members = list(pages.with_everything(family(asset, user)))
    results = {member.pk: _results(member) for member in members}
    counted = Counter(code for results_by_code in results.values() for code in results_by_code)
    codes = sorted(locales.by_name(counted), key=lambda code: -counted[code])
    chosen = locale if locale in counted else next(iter(codes), "")
    titles = _titles(members)
    takes = _takes([member for member in members if chosen in results[member.pk]], chosen, titles)
    taking = {take.asset.pk for take in takes}
    has_source = bool(asset.source and asset.source.key)
    return ComparePage(
        asset=asset,
        locale=chosen,
        languages=[(code, counted[code]) for code in sorted(counted, key=locales.display_name)],
        takes=takes,
        others=[_sibling(member, titles) for member in members if member.pk not in taking],
        audible_key=_audible_key(audible, [*([0] if has_source else []), *(take.key for take in takes)]),
        has_source=has_source,
    )


def _takes(members: list[Asset], locale: str, titles: dict[int, str]) -> list[Take]:
    """The newest final video of each asset, then earlier ones while keys are left."""
    newest, earlier = [], []
    for member in members:
        first, *rest = _all_results(member)[locale]
        newest.append((member, first, titles[member.pk]))
        earlier += [(member, result, _earlier_title(titles[member.pk], result)) for result in rest]
    chosen = (newest + earlier)[:MOST]
    return [_take(member, locale, result, key, title) for key, (member, result, title) in enumerate(chosen, start=1)]


def _take(asset: Asset, locale: str, result: Result, key: int, title: str) -> Take:
    dubbing = next(candidate for candidate in asset.dubbings.all() if candidate.locale == locale)
    return Take(
        key=key,
        title=title,
        asset=asset,
        result=result,
        version_id=result.version_id,
        starts=dubbing.as_sent(asset).start or 0.0,
        srt=dubbing.srt,
        taken=totals.taken(asset),
        spent=totals.spent(asset),
    )


def _earlier_title(title: str, result: Result) -> str:
    moment = formatting.moment(timezone.localtime(result.kept_at), timezone.localtime())
    return gettext("%(title)s, earlier (%(moment)s)") % {"title": title, "moment": moment}


def _titles(members: list[Asset]) -> dict[int, str]:
    """Titles for the family: the provider's name, numbered if it occurs more than once; the same everywhere."""
    names = [providers.label(member.provider) for member in members]
    numbered = (f"{name} {names[:at].count(name)}" for at, name in enumerate(names, start=1))
    called = (name if names.count(name) == 1 else number for name, number in zip(names, numbered, strict=True))
    return dict(zip((member.pk for member in members), called, strict=True))


def _results(asset: Asset) -> dict[str, Result]:
    """The newest result in each language."""
    return {locale: results[0] for locale, results in _all_results(asset).items()}


def _all_results(asset: Asset) -> dict[str, list[Result]]:
    """The results in each language that has any, newest first."""
    by_locale = {}
    for dubbing in asset.dubbings.all():
        results = [result for version in dubbing.versions.all() for result in version.results.all()]
        if results:
            by_locale[dubbing.locale] = sorted(results, key=lambda result: -result.pk)
    return by_locale


def _audible_key(asked: str, keys: list[int]) -> int:
    number = numbers.whole(asked)
    return number if number is not None and number in keys else next((key for key in keys if key), 0)


def _sibling(asset: Asset, titles: dict[int, str]) -> Sibling:
    return Sibling(asset, titles[asset.pk], status_badges.of_asset(asset.status, doubtful=asset.is_doubtful))
