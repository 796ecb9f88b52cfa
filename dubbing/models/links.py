"""Links to videos and backgrounds, and what was found when they were looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.json_fields import ObjectField
from dubbing.models.leases import Leased, LeasedQuerySet
from dubbing.models.statuses import known


class LinkStatus(models.TextChoices):
    """What was found behind a link."""

    CHECKING = "checking", _("Being checked")
    GOOD = "good", _("Can be used")
    REFUSED = "refused", _("Cannot be used")


class LinkQuerySet(LeasedQuerySet["Link"]):
    """What was found behind links."""

    def due(self) -> LinkQuerySet:
        """Links that a worker has to look at."""
        return self.free().filter(next_at__lte=timezone.now())

    def length_of(self, url: str, owners: Iterable[int]) -> float | None:
        """Seconds of the video behind an address, if the newest look of one of these people could tell."""
        looks = self.filter(kind="video", url=url, status=Link.Status.GOOD, owner__in=owners)
        return looks.exclude(duration=None).order_by("-looked_at").values_list("duration", flat=True).first()


class Link(Leased):
    """What stands behind an address, when we looked last. One row for each person, kind and address."""

    Status: TypeAlias = LinkStatus

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(
        max_length=10, choices=[("video", _("Source video")), ("background", _("Background audio"))]
    )
    url = models.CharField(max_length=2000)
    status = models.CharField(max_length=10, choices=Status.choices)
    size = models.BigIntegerField(null=True, help_text=_("Bytes, if the server reports it."))
    content_type = models.CharField(max_length=100, blank=True)
    duration = models.FloatField(
        null=True, help_text=_("Seconds, if we could measure it from the start and end of the file.")
    )
    media = ObjectField()
    refusal = ObjectField()
    looked_at = models.DateTimeField(
        default=timezone.now, help_text=_("When it was last checked, or when the current check began.")
    )
    provider = models.CharField(max_length=40, blank=True, help_text=_("The provider that would download it."))
    next_at = models.DateTimeField(null=True, db_index=True, help_text=_("When to check it next."))
    tries = models.PositiveSmallIntegerField(default=0, help_text=_("Checks started since it was requested."))

    objects = LinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "url"], name="one_look_per_link"),
            known(LinkStatus, "known_link_status"),
        ]

    def __str__(self) -> str:
        return self.url
