"""Template tags of the admin's first page: what is wrong, and all lists by what they are for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import template
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.operation import health
from dubbing.operation.health_lines import HealthLine
from dubbing.web.shared.users import is_ops

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User
    from django_stubs_ext import StrOrPromise

register = template.Library()

_GROUPS: list[tuple[StrOrPromise, tuple[str, ...]]] = [
    (_("Operation"), ("Hold", "Submission", "Callback", "Alert", "AccessCheck", "ConsistencyCheck", "Process",
                      "Attempt")),
    (_("Videos"), ("Asset", "Dubbing", "Version", "Result", "Upload", "Link", "Event", "Batch", "BulkAction")),
    (_("People and access"), ("User", "Group", "GroupRule", "SocialAccount", "Authenticator", "SignInAttempt",
                              "AccessAttempt", "AccessLog", "AccessFailureLog", "ApiToken", "AuditEvent")),
    (_("Projects"), ("Project", "Policy", "RetentionPolicy", "Preset", "Term", "SavedView", "ListChoice")),
    (_("Reviews"), ("Review", "Comment", "ReviewPolicy", "DefaultReviewer", "BlindComparison", "QualityReport",
                    "ProjectThresholds")),
    (_("Deliveries and sharing"), ("Delivery", "DeliveryDownload", "ShareLink", "ShareVisit", "Webhook",
                                   "WebhookMessage")),
    (_("Minutes"), ("LedgerEntry", "MonthlyUse", "MonthlyTotal")),
    (_("Notices and emails"), ("Notice", "Mail", "NoticeChoice", "NoticeCursor")),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelGroup:
    """Lists with the same purpose, as the admin site describes them."""

    name: str
    models: list[dict[str, Any]]


@register.simple_tag
def health_problems(user: User | AnonymousUser) -> list[HealthLine] | None:
    """What is wrong with the portal, urgent lines first; None for people who do not run it."""
    return health.problems_of(health.read_groups()) if is_ops(user) else None


@register.simple_tag
def model_groups(app_list: list[dict[str, Any]]) -> list[ModelGroup]:
    """The lists of all apps by what they are for; those that no group names come last."""
    left = {model["object_name"]: model for app in app_list for model in app["models"]}
    groups = [ModelGroup(str(name), [left.pop(each) for each in names if each in left]) for name, names in _GROUPS]
    groups.append(ModelGroup(gettext("Other"), list(left.values())))
    return [group for group in groups if group.models]
