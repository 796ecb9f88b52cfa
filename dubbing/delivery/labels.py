"""The AI label in files that the portal puts together: on unless an owner has it left out, for a reason.

Each delivery keeps what applied when it was created, and its passports say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext

from dubbing.models import LabelPolicy, Membership, Project
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHORTEST_REASON, LONGEST_REASON = 10, 500
AI_DUBBED = "AI-dubbed"
DISCLOSURE = (
    "The speech in this video is an AI-generated dub of the original. Whoever publishes it may have to say so "
    "(EU AI Act, Article 50)."
)
_TAGS = {"comment": AI_DUBBED, "description": DISCLOSURE}


def policy_of(project_id: int) -> LabelPolicy | None:
    """Why the project's files carry no label; None if they do."""
    return LabelPolicy.objects.filter(project=project_id).select_related("changed_by").first()


def leave_out(project: Project, user: User, reason: str) -> None:
    """Leave the label out of what is delivered from now on. Raises NotPossible."""
    if not Project.objects.is_owner(user, project.pk):
        raise NotPossible(gettext("Only a project owner can have the AI label left out."))
    reason = formatting.one_line(reason)
    if len(reason) < SHORTEST_REASON:
        message = gettext("Explain in a sentence why the label is left out. Use at least %(count)s characters.")
        raise NotPossible(message % {"count": SHORTEST_REASON})
    values = {"reason": reason[:LONGEST_REASON], "changed_by": user, "role": Membership.Role.OWNER}
    LabelPolicy.objects.update_or_create(project=project, defaults=values)


def put_back(project: Project) -> None:
    """Label what is delivered from now on."""
    for policy in LabelPolicy.objects.filter(project=project):
        policy.delete()


def left_out_of(project_id: int) -> dict[str, str]:
    """Who had the label left out, in which role, when and why, for a delivery to keep. Empty if it is not left out."""
    policy = policy_of(project_id)
    if policy is None:
        return {}
    return {
        "by": formatting.person(policy.changed_by) if policy.changed_by else "",
        "role": policy.role,
        "at": policy.changed_at.isoformat(timespec="seconds"),
        "reason": policy.reason,
    }


def tags(left_out: dict[str, Any]) -> dict[str, str]:
    """Metadata of a file that the portal puts together. The provider's files are delivered unchanged."""
    return {} if left_out else dict(_TAGS)


def track_name(language: str, left_out: dict[str, Any]) -> str:
    """The name of a dubbed sound track."""
    return language if left_out else f"{language}, {AI_DUBBED}"
