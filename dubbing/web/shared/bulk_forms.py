"""The confirmation pages of bulk actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from dubbing.assets import bulk, details
from dubbing.models import Asset, BulkAction, Project, Tag
from dubbing.models.subqueries import ListedIds
from dubbing.platform import numbers

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHOWN = 20
_LARGEST = 2**63 - 1


@dataclass(frozen=True, slots=True)
class BulkQuestion:
    """The confirmation page. ``ids``: of all chosen videos, for its form to send back."""

    kind: str
    title: str
    button: str
    explanation: str
    count: int
    shown: list[Asset]
    ids: str
    more: bool
    most: int
    known_tags: list[str]
    longest_tag: int
    projects: list[Project]
    project: Project | None
    query: str
    back: str

    @property
    def unnamed(self) -> int:
        """The number of videos that are not listed."""
        return self.count - len(self.shown)

    @property
    def is_destructive(self) -> bool:
        """Whether files will be deleted in the end."""
        return self.kind == BulkAction.Kind.TRASH


def kind_of(text: str) -> str:
    """The kind of action; an empty string for anything else."""
    return text if text in BulkAction.Kind.values and text != BulkAction.Kind.RESTORE else ""


def ask(
    kind: str, ids: Sequence[int], user: User, *, more: bool, project: Project | None = None, query: str = ""
) -> BulkQuestion:
    """The question about those of these videos that this person may change, in a fixed number of queries."""
    mine = Asset.objects.editable_by(user)
    mine = mine.filter(project=project) if project else mine
    allowed = set(mine.filter(pk__in=ListedIds(ids)).order_by().values_list("pk", flat=True)) if ids else set()
    chosen = [pk for pk in ids if pk in allowed]
    by_pk = {asset.pk: asset for asset in mine.filter(pk__in=chosen[:SHOWN]).select_related("project")}
    needs_tag = kind in (BulkAction.Kind.TAG, BulkAction.Kind.UNTAG)
    return BulkQuestion(
        kind=kind,
        title=_title(kind, len(chosen)),
        button=_button(kind, len(chosen)),
        explanation=_explanation(kind),
        count=len(chosen),
        shown=[by_pk[pk] for pk in chosen[:SHOWN] if pk in by_pk],
        ids=write_ids(chosen),
        more=more,
        most=bulk.MOST,
        known_tags=_tags(kind, chosen, project, user) if needs_tag else [],
        longest_tag=Tag.LONGEST,
        projects=_projects(user, project) if kind == BulkAction.Kind.MOVE else [],
        project=project,
        query=query,
        back=list_address(project, query),
    )


def list_address(project: Project | None, query: str) -> str:
    """The address of the list that the action was started from."""
    address = reverse("project", args=[project.pk]) if project else reverse("work")
    return f"{address}?{query}" if query else address


def write_ids(ids: Iterable[int]) -> str:
    """The ids as one value of a form: thousands of fields would be refused as an attack."""
    return ",".join(map(str, ids))


def read_ids(text: str) -> list[int]:
    """The ids in a value made by ``write_ids``, without invalid ones, and at most as many as one action may have."""
    parts = text.split(",", bulk.MOST)[: bulk.MOST]
    numbers_given = (numbers.whole(part, low=1, high=_LARGEST) for part in parts)
    return list(dict.fromkeys(pk for pk in numbers_given if pk))


def _tags(kind: str, chosen: list[int], project: Project | None, user: User) -> list[str]:
    """The tags to choose from: those of these videos when removing, those of the project when adding."""
    if kind == BulkAction.Kind.TAG and project:
        return details.known_tags(project.pk, user)
    having = Tag.objects.filter(assets__in=chosen).order_by("name").values_list("name", flat=True)
    return list(having.distinct()[: details.MOST_KNOWN])


def _projects(user: User, project: Project | None) -> list[Project]:
    others = Project.objects.editable_by(user)
    return list(others.exclude(pk=project.pk) if project else others)


def _title(kind: str, count: int) -> str:
    titles = {
        BulkAction.Kind.TAG: ngettext("Add a tag to %(count)s video", "Add a tag to %(count)s videos", count),
        BulkAction.Kind.UNTAG: ngettext(
            "Remove a tag from %(count)s video", "Remove a tag from %(count)s videos", count
        ),
        BulkAction.Kind.MOVE: ngettext(
            "Move %(count)s video to another project", "Move %(count)s videos to another project", count
        ),
        BulkAction.Kind.ARCHIVE: ngettext("Archive %(count)s video", "Archive %(count)s videos", count),
        BulkAction.Kind.UNARCHIVE: ngettext("Unarchive %(count)s video", "Unarchive %(count)s videos", count),
        BulkAction.Kind.TRASH: ngettext("Move %(count)s video to trash", "Move %(count)s videos to trash", count),
    }
    return titles[BulkAction.Kind(kind)] % {"count": _grouped(count)}


def _button(kind: str, count: int) -> str:
    buttons = {
        BulkAction.Kind.TAG: ngettext("Add to %(count)s video", "Add to %(count)s videos", count),
        BulkAction.Kind.UNTAG: ngettext("Remove from %(count)s video", "Remove from %(count)s videos", count),
        BulkAction.Kind.MOVE: ngettext("Move %(count)s video", "Move %(count)s videos", count),
    }
    label = buttons.get(BulkAction.Kind(kind))
    return label % {"count": _grouped(count)} if label else _title(kind, count)


def _explanation(kind: str) -> str:
    return {
        BulkAction.Kind.TAG: gettext("Tags belong to a project. Type a new one or choose one that is in use."),
        BulkAction.Kind.UNTAG: gettext("The videos keep their other tags."),
        BulkAction.Kind.MOVE: gettext(
            "Members of the new project can see the videos; members of the current project no longer can. "
            "Minutes already used stay with the current project. Videos that are being sent are not moved."
        ),
        BulkAction.Kind.ARCHIVE: gettext("Archived videos no longer appear in lists and the grid. Nothing is deleted."),
        BulkAction.Kind.UNARCHIVE: gettext("These videos appear in lists and the grid again."),
        BulkAction.Kind.TRASH: gettext(
            "You can restore them for 30 days. Then their files are deleted for good. Drafts and videos that "
            "are being sent or dubbed are not moved."
        ),
    }[BulkAction.Kind(kind)]


def _grouped(count: int) -> str:
    return f"{count:,}"
