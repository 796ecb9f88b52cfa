"""Status badges: label, icon and tone of each status, never colour alone. Most are read from the statuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.dubbings import Dubbing
from dubbing.models.statuses import SPINNER, StatusChoices

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class State:
    """A status as people see it. ``moving``: something is working on it right now."""

    word: StrOrPromise
    icon: str
    tone: str
    moving: bool = False


LATE = State(_("Late"), "clock-exclamation", "amber")
STUCK = State(_("Stuck"), "alert-triangle", "red")
LOST = State(_("Unknown"), "help-circle", "grey")
DOUBTFUL = State(_("Done, check length"), "alert-triangle", "amber")

NOT_CONFIRMED = State(_("Not confirmed yet"), "circle-dashed", "grey")
# What nobody has confirmed yet looks like its asset; these statuses have no request, or none that is settled.
_LIKE_ITS_ASSET = {
    Asset.Status.AWAITING,
    Asset.Status.SUBMITTING,
    Asset.Status.HELD,
    Asset.Status.UNCONFIRMED,
    Asset.Status.REFUSED,
}


def of_language(asset_status: str, status: str, *, doubtful: bool = False) -> State:
    """The look of a language whose asset has this status; it never contradicts the asset's own."""
    if status != Dubbing.Status.PENDING or asset_status == Asset.Status.DRAFT:
        return of_dubbing(status, doubtful=doubtful)
    return of_asset(asset_status) if asset_status in _LIKE_ITS_ASSET else NOT_CONFIRMED


def of_asset(status: str, *, doubtful: bool = False) -> State:
    """The look of an asset's status. ``doubtful``: one of its results has an implausible length."""
    return DOUBTFUL if doubtful and status == Asset.Status.COMPLETED else _of(Asset.Status, status)


def of_dubbing(status: str, *, doubtful: bool = False) -> State:
    """The look of a language's status, also for versions. ``doubtful``: as for assets."""
    return DOUBTFUL if doubtful and status == Dubbing.Status.COMPLETED else _of(Dubbing.Status, status)


def of_status(status: StatusChoices) -> State:
    """The look of any status."""
    return State(status.label, status.icon, status.tone, moving=status.icon == SPINNER)


def _of(choices: type[StatusChoices], status: str) -> State:
    return of_status(choices(status)) if status in choices.values else LOST
