"""How states look everywhere: a word, a picture and a tone, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class State:
    """One state as people see it. ``moving``: somebody works on it right now."""

    word: str
    icon: str
    tone: str
    moving: bool = False


LATE = State("Late", "clock-exclamation", "amber")
STUCK = State("Stuck", "alert-triangle", "red")
LOST = State("Unknown", "help-circle", "grey")
DOUBTFUL = State("Done, check its length", "alert-triangle", "amber")

_ASSETS = {
    "draft": State("Draft", "pencil", "grey"),
    "awaiting": State("Waits for approval", "user-check", "amber"),
    "submitting": State("Sending", "loader-2", "blue", moving=True),
    "held": State("On hold", "player-pause", "grey"),
    "unconfirmed": State("Unconfirmed", "help-circle", "amber"),
    "refused": State("Refused", "ban", "red"),
    "dubbing": State("Dubbing", "loader-2", "blue", moving=True),
    "ready": State("Ready to edit", "edit", "violet"),
    "completed": State("Done", "circle-check", "green"),
    "partly_done": State("Partly done", "alert-triangle", "amber"),
    "failed": State("Failed", "circle-x", "red"),
}
_DUBBINGS = {
    "pending": State("Not sent yet", "circle-dashed", "grey"),
    "preparing": State("Dubbing", "loader-2", "blue", moving=True),
    "ready": State("Ready to edit", "edit", "violet"),
    "generating": State("Generating", "loader-2", "blue", moving=True),
    "keeping": State("Saving", "loader-2", "blue", moving=True),
    "completed": State("Done", "circle-check", "green"),
    "failed": State("Failed", "circle-x", "red"),
}


NOT_CONFIRMED = State("Not confirmed yet", "circle-dashed", "grey")
# What nobody has confirmed yet looks like its asset; behind those there is no request, or none that is settled.
_LIKE_ITS_ASSET = {"awaiting", "submitting", "held", "unconfirmed", "refused"}


def of_language(asset_status: str, status: str, *, doubtful: bool = False) -> State:
    """The look of a language of an asset in this status: never another story than the asset's own."""
    if status != "pending" or asset_status == "draft":
        return of_dubbing(status, doubtful=doubtful)
    return of_asset(asset_status) if asset_status in _LIKE_ITS_ASSET else NOT_CONFIRMED


def of_asset(status: str, *, doubtful: bool = False) -> State:
    """The look of an asset's status. ``doubtful``: a result of it has a length that it should not have."""
    return DOUBTFUL if doubtful and status == "completed" else _ASSETS.get(status, LOST)


def of_dubbing(status: str, *, doubtful: bool = False) -> State:
    """The look of a language's status; versions use the same words. ``doubtful``: as for assets."""
    return DOUBTFUL if doubtful and status == "completed" else _DUBBINGS.get(status, LOST)
