"""Share links: people outside see one version or one delivery by them, without an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.audit import AuditKind
from dubbing.models.deliveries import Delivery, DeliveryEntry, DeliveryStatus
from dubbing.models.dubbings import Result, Version
from dubbing.models.projects import Membership, Project
from dubbing.models.revocable import Revocable, RevocableQuerySet
from dubbing.models.statuses import known

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class SharingPolicy(models.Model):
    """Whether a project has share links. A project without a row has none."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="sharing_policy")
    enabled = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = _("sharing policies")

    def __str__(self) -> str:
        return gettext("Sharing policy of %(project)s") % {"project": self.project}


class ShareLinkQuerySet(RevocableQuerySet["ShareLink"]):
    """Share links by whether they work, and by who may see or end them."""

    def live(self) -> ShareLinkQuerySet:
        """Those that work now.

        Neither revoked nor expired; sharing is on; whoever made it still edits the project; and what it leads to is
        there, in the project that it was shared from, neither archived nor in the trash.
        """
        reachable = {"asset__project": OuterRef("project"), "asset__archived_at": None, "asset__trashed_at": None}
        makers = Membership.objects.filter(
            project=OuterRef("project"), user=OuterRef("created_by"), role__in=Membership.EDITORS
        )
        videos = {f"version__dubbing__{name}": value for name, value in reachable.items()}
        results = Result.objects.filter(version=OuterRef("version"), **videos)
        inside = DeliveryEntry.objects.filter(delivery=OuterRef("delivery"), asset__isnull=False)
        ready = Q(delivery__status=DeliveryStatus.READY, delivery__expires_at__gt=timezone.now())
        target = Q(Exists(results)) | (ready & ~Exists(inside.filter(~Q(**reachable))))
        now = {"revoked_at": None, "expires_at__gt": timezone.now()}
        people = {"project__sharing_policy__enabled": True, "created_by__is_active": True}
        return self.filter(target, Exists(makers), **now, **people)

    def shown_to(self, user: User | AnonymousUser) -> ShareLinkQuerySet:
        """Those of projects where this person may edit: the log of a link names guests and their addresses."""
        return self.filter(project__in=Project.objects.editable_by(user).values("pk"))

    def revocable_by(self, user: User | AnonymousUser) -> ShareLinkQuerySet:
        """Those that this person made, and all of projects that they own."""
        owned = Project.objects.owned_by(user).values("pk")
        return self.shown_to(user).filter(Q(created_by_id=user.pk or 0) | Q(project__in=owned))


class ShareLink(Revocable):
    """A way in for people without an account, to a version or a delivery. Only the hash of its token is stored.

    Whoever has the link may look. ``may_comment``, ``may_download`` and ``shows_source`` add to that; no link approves.
    """

    REVOKED = AuditKind.LINK_REVOKED, "link"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="share_links")
    version = models.ForeignKey(Version, on_delete=models.CASCADE, null=True, related_name="share_links")
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, null=True, related_name="share_links")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=80, help_text=_("Who it is for."))
    hint = models.CharField(max_length=4, help_text=_("Its last characters, to tell links apart."))
    password = models.CharField(max_length=128, blank=True, help_text=_("Its hash; blank for none."))
    may_comment = models.BooleanField(default=False)
    may_download = models.BooleanField(default=False)
    shows_source = models.BooleanField(default=False)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="share_link_by_project")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="share_link_has_a_name"),
            models.CheckConstraint(
                condition=Q(version=None, delivery__isnull=False) | Q(version__isnull=False, delivery=None),
                name="share_link_leads_to_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} …{self.hint}"

    @property
    def asset(self) -> Asset | None:
        """The video, of a link to a version."""
        return self.version.dubbing.asset if self.version else None


class VisitKind(models.TextChoices):
    """What somebody did by a link."""

    OPENED = "opened", _("Opened")
    PLAYED = "played", _("Played")
    DOWNLOADED = "downloaded", _("Downloaded")
    COMMENTED = "commented", _("Commented")
    WRONG_PASSWORD = "wrong_password", _("Wrong password")


class ShareVisit(models.Model):
    """Somebody used a link. The same again within some minutes is counted in the same row."""

    Kind: TypeAlias = VisitKind

    link = models.ForeignKey(ShareLink, on_delete=models.CASCADE, related_name="visits")
    kind = models.CharField(max_length=20, choices=VisitKind.choices)
    address = models.CharField(max_length=45, help_text=_("The network address it came from."))
    name = models.CharField(max_length=80, blank=True, help_text=_("What the guest is called, if they said so."))
    what = models.CharField(max_length=255, blank=True, help_text=_("Which file."))
    times = models.PositiveIntegerField(default=1)
    at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["link", "-id"], name="share_visit_by_link")]
        constraints = [known(VisitKind, "known_share_visit_kind", "kind")]

    def __str__(self) -> str:
        return f"{self.link_id} · {self.get_kind_display()} · {self.at:%Y-%m-%d %H:%M:%S}"
