"""The menu "More" on the page of an asset or a draft, and the choices in its dialogs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dubbing.assets import details, moves, obstacles
from dubbing.models import Asset, Tag

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from dubbing.models import Project


@dataclass(frozen=True, slots=True)
class Menu:
    """``cannot_move`` and ``cannot_trash``: why this is impossible now; empty if it is possible."""

    known_tags: list[str]
    longest_tag: int
    longest_name: int
    projects: list[Project]
    cannot_move: str
    cannot_trash: str


def build(asset: Asset, user: User) -> Menu:
    """The menu of an asset for somebody who may edit it."""
    return Menu(
        known_tags=details.known_tags(asset.project_id, user),
        longest_tag=Tag.LONGEST,
        longest_name=details.LONGEST_NAME,
        projects=list(moves.targets(asset, user)),
        cannot_move=obstacles.to_move(asset),
        cannot_trash=obstacles.to_trash(asset),
    )
