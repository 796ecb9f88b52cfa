"""Blind comparisons: final videos of the same video, judged by people who do not know which is which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from dubbing.models.dubbings import Result
from dubbing.models.json_fields import ListField, ObjectField
from dubbing.models.policies import Preset
from dubbing.models.projects import Project

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

FEWEST, MOST = 2, 6
"""Minimum and maximum number of candidates in a comparison."""
LABELS = "ABCDEF"


class BlindComparisonQuerySet(models.QuerySet["BlindComparison"]):
    """Blind comparisons by who may see them."""

    def visible_to(self, user: User | AnonymousUser) -> BlindComparisonQuerySet:
        """Blind comparisons in projects that this person is a member of."""
        return self.filter(project__in=Project.objects.visible_to(user).values("pk"))

    def locked(self, pk: int) -> BlindComparison:
        """The comparison, with its row locked until the transaction ends: nobody votes or closes it meanwhile."""
        return self.select_for_update(no_key=True).get(pk=pk)


class BlindComparison(models.Model):
    """One video in one language, dubbed in several ways. It is open until somebody closes it; then the tally is fixed.

    Voters do not learn which candidate is which until then: they see A, B and C, in an order of their own (``Ballot``).
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="blind_comparisons", db_index=False)
    locale = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    question = models.CharField(max_length=500, blank=True, help_text=_("What voters should judge."))
    due_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    winner = models.ForeignKey("BlindCandidate", on_delete=models.SET_NULL, null=True, related_name="+")
    preset = models.ForeignKey(
        Preset, on_delete=models.SET_NULL, null=True, related_name="+", help_text=_("Created from the winner.")
    )

    objects = BlindComparisonQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="blind_comparison_by_project")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="blind_comparison_has_a_name"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by=None) | Q(closed_at__isnull=False, closed_by__isnull=False),
                name="somebody_closed_it",
            ),
            models.CheckConstraint(
                condition=Q(winner=None) | Q(closed_at__isnull=False), name="no_winner_before_it_is_closed"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether people can vote."""
        return self.closed_at is None

    @property
    def is_overdue(self) -> bool:
        """Whether it is open past its due date."""
        return self.is_open and self.due_at is not None and self.due_at < timezone.now()


class BlindCandidate(models.Model):
    """One of the final videos. ``settings``: what it was made with, kept even after the video itself is deleted."""

    comparison = models.ForeignKey(BlindComparison, on_delete=models.CASCADE, related_name="candidates")
    position = models.PositiveSmallIntegerField()
    result = models.ForeignKey(Result, on_delete=models.SET_NULL, null=True, related_name="+")
    settings = ObjectField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "position"], name="one_candidate_per_position"),
            models.UniqueConstraint(fields=["comparison", "result"], name="a_result_stands_once"),
            models.CheckConstraint(condition=Q(position__lt=MOST), name="at_most_six_candidates"),
        ]

    def __str__(self) -> str:
        return f"{self.comparison} · {self.position + 1}"


class BallotQuerySet(models.QuerySet["Ballot"]):
    """Ballots by what they are waiting for."""

    def waiting_for(self, user: User) -> BallotQuerySet:
        """Votes this person still has to cast, in projects they are now a member of; earliest due date first."""
        mine = Project.objects.visible_to(user).values("pk")
        waiting = self.filter(user=user, waits=True, comparison__project__in=mine)
        return waiting.order_by(models.F("comparison__due_at").asc(nulls_last=True), "comparison_id")


def _is_position(item: object) -> bool:
    return type(item) is int and 0 <= item < MOST


class Ballot(models.Model):
    """One person's ballot and vote. ``order``: the positions of the candidates that this person knows as A, B, C."""

    comparison = models.ForeignKey(BlindComparison, on_delete=models.CASCADE, related_name="ballots")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    order = ListField(is_item=_is_position)
    choice = models.ForeignKey(BlindCandidate, on_delete=models.CASCADE, null=True, related_name="votes")
    reason = models.CharField(max_length=500, blank=True)
    voted_at = models.DateTimeField(null=True)
    waits = models.BooleanField(default=True, help_text=_("The comparison is open, and there is no vote yet."))

    objects = BallotQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["user", "comparison"], condition=Q(waits=True), name="ballot_to_be_cast")]
        constraints = [
            models.UniqueConstraint(fields=["comparison", "user"], name="one_ballot_per_voter"),
            models.CheckConstraint(
                condition=Q(choice=None, voted_at=None, reason="")
                | Q(choice__isnull=False, voted_at__isnull=False, waits=False),
                name="a_vote_is_for_a_candidate",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.comparison} · {self.user}"
