"""Whether an email follows a notice: the person's choice for the project or for all projects, or the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from django.contrib.auth.models import User
from django.db import transaction

from dubbing.models import Notice, NoticeChoice, Rhythm

USUAL: dict[str, Rhythm] = dict.fromkeys(Notice.Kind.values, Rhythm.SOON) | {Notice.Kind.FINISHED: Rhythm.DAILY}

_Chosen: TypeAlias = dict[tuple[int, str, int | None], str]


class Choices:
    """The choices of some people. Anybody else gets no email."""

    def __init__(self, people: Iterable[int], chosen: _Chosen) -> None:
        self._people, self._chosen = set(people), chosen

    def rhythm(self, notice: Notice) -> str:
        """When this notice is sent by email."""
        if notice.recipient_id not in self._people:
            return Rhythm.OFF
        return self.of(notice.recipient_id, notice.kind, notice.project_id)

    def of(self, person: int, kind: str, project: int | None = None) -> str:
        """The choice that applies to this kind in this project."""
        everywhere = self._chosen.get((person, kind, None), USUAL[kind])
        return self._chosen.get((person, kind, project), everywhere) if project else everywhere

    def own(self, person: int, kind: str, project: int) -> str:
        """The choice for this project alone; an empty string if there is none."""
        return self._chosen.get((person, kind, project), "")


def of_people(people: Iterable[int]) -> Choices:
    """The choices of these people, in one query."""
    rows = NoticeChoice.objects.filter(user__in=people).values_list("user_id", "kind", "project_id", "rhythm")
    return Choices(people, {(person, kind, project): rhythm for person, kind, project, rhythm in rows})


def choose(user: User, rhythms: Mapping[str, str], *, project_id: int | None = None) -> None:
    """Store the person's choices by kind; an empty string: as for all projects."""
    with transaction.atomic():
        NoticeChoice.objects.filter(user=user, project=project_id, kind__in=rhythms).delete()
        NoticeChoice.objects.bulk_create(
            NoticeChoice(user=user, project_id=project_id, kind=kind, rhythm=rhythm)
            for kind, rhythm in rhythms.items()
            if rhythm
        )


def stop(user: User) -> None:
    """Stop all emails of all kinds, from all projects."""
    with transaction.atomic():
        NoticeChoice.objects.filter(user=user).delete()
        choose(user, dict.fromkeys(Notice.Kind.values, Rhythm.OFF))


def projects_that_differ(user: User) -> set[int]:
    """The projects for which this person made separate choices."""
    own = NoticeChoice.objects.filter(user=user, project__isnull=False)
    return {pk for pk in own.values_list("project_id", flat=True) if pk}
