"""The people concerned by events: owners, who sent a video, who asked for its approval, staff; and who may see what.

``notice_rows`` leaves out the person who caused an event and those who may not see it; how each wants to be notified is
in ``choices``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User

from dubbing.models import Asset, Event, Membership, Submission
from dubbing.models.notices import OPS_PERMISSION

_BACKEND = "django.contrib.auth.backends.ModelBackend"


class Audience:
    """The people concerned by some events, read in a fixed number of queries, however many events there are.

    ``projects``: further projects whose people are to be notified.
    """

    def __init__(self, events: Sequence[Event], *, projects: Iterable[int] = ()) -> None:
        assets = {event.asset_id for event in events}
        projects = {event.asset.project_id for event in events} | set(projects)
        self._roles: dict[int, dict[int, str]] = defaultdict(dict)
        members = Membership.objects.filter(project__in=projects, user__is_active=True)
        for project, person, role in members.values_list("project_id", "user_id", "role"):
            self._roles[project][person] = role
        sent = Submission.objects.filter(asset__in=assets).order_by("pk").values_list("asset_id", "asked_by_id")
        self._sent_by = dict(sent)
        asked = Event.objects.filter(asset__in=assets, kind=Event.Kind.APPROVAL_ASKED, actor__isnull=False)
        self._asked_by = dict(asked.order_by("pk").values_list("asset_id", "actor_id"))
        people = User.objects.with_perm(OPS_PERMISSION, backend=_BACKEND)
        self._ops = set(people.filter(is_staff=True, is_active=True).values_list("pk", flat=True))

    def senders(self, asset: Asset) -> set[int]:
        """The people who created it, and who sent it last."""
        return {asset.created_by_id, self._sent_by.get(asset.pk, asset.created_by_id)}

    def askers(self, asset: Asset) -> set[int]:
        """The people who requested its approval, and who created it."""
        return {asset.created_by_id, self._asked_by.get(asset.pk, asset.created_by_id)}

    def owners(self, project_id: int) -> set[int]:
        """The project's owners."""
        return {person for person, role in self._roles[project_id].items() if role == Membership.Role.OWNER}

    @property
    def ops(self) -> set[int]:
        """Staff who manage providers."""
        return set(self._ops)

    def may_see(self, person: int, project_id: int, asset: Asset | None) -> bool:
        """Whether this person may see the project and the asset: drafts are visible to their authors only."""
        hidden = asset is not None and asset.status == Asset.Status.DRAFT and asset.created_by_id != person
        return person in self._roles[project_id] and not hidden
