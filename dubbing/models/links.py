"""Links to source videos and background audio, and the result of checking them."""

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
    """The result of checking a link."""

    CHECKING = "checking", _("Being checked")
    GOOD = "good", _("Can be used")
    REFUSED = "refused", _("Cannot be used")


class LinkQuerySet(LeasedQuerySet["Link"]):
    """Links by whether they are to be checked, and what was found."""

    def due(self) -> LinkQuerySet:
        """Links that a worker has to check."""
        return self.free().filter(next_at__lte=timezone.now())

    def length_of(self, url: str, owners: Iterable[int]) -> float | None:
        """Seconds of the video at an address, if the newest check for one of these people measured it; else None."""
        looks = self.filter(kind="video", url=url, status=Link.Status.GOOD, owner__in=owners)
        return looks.exclude(duration=None).order_by("-looked_at").values_list("duration", flat=True).first()


class Link(Leased):
    """What was found at an address when it was last checked. One row per person, kind and address."""

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
