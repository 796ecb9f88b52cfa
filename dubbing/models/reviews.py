"""Reviews of dubbings: reviewers, comments, issues, and exactly what was approved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.models.assets import Asset
from dubbing.models.dubbings import Dubbing, Result
from dubbing.models.events import Event
from dubbing.models.json_fields import ListField, is_text
from dubbing.models.projects import Membership, Project
from dubbing.models.statuses import StatusChoices, known
from dubbing.platform import formatting

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


class ReviewPolicy(models.Model):
    """How a project reviews its results. A project without a row has the default values."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="review_policy")
    required = models.BooleanField(default=True, help_text=_("Every final video has to be approved."))
    two_steps = models.BooleanField(
        default=False, help_text=_("After the reviewer, a project owner approves as well. They must be two people.")
    )
    makers_may_approve = models.BooleanField(
        default=True, help_text=_("People may approve videos that they submitted themselves.")
    )
    pass_mark = models.PositiveSmallIntegerField(
        default=95, help_text=_("A score below this does not pass. From 0 to 100.")
    )
    answer_hours = models.PositiveSmallIntegerField(
        default=72, help_text=_("Hours to answer an issue. After that it counts as “Will fix”.")
    )

    class Meta:
        verbose_name_plural = _("review policies")
        constraints = [models.CheckConstraint(condition=Q(pass_mark__lte=100), name="pass_mark_within_0_and_100")]

    def __str__(self) -> str:
        return gettext("Review policy of %(project)s") % {"project": self.project}


class DefaultReviewerQuerySet(models.QuerySet["DefaultReviewer"]):
    """Default reviewers of a project."""

    def of(self, project_id: int, locale: str) -> DefaultReviewer | None:
        """The default reviewer of this language, if they may still see the project; else None."""
        members = Membership.objects.filter(project=project_id).values("user")
        usual = self.filter(project=project_id, locale__in=["", locale], reviewer__in=members, reviewer__is_active=True)
        return usual.select_related("reviewer").order_by("-locale").first()


class DefaultReviewer(models.Model):
    """Who reviews a language of a project unless somebody else is chosen. An empty locale: all other languages."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="default_reviewers")
    locale = models.CharField(max_length=20, blank=True)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    instructions = models.TextField(blank=True)
    days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Days to review, from when the final video is saved. Blank for no due date.")
    )

    objects = DefaultReviewerQuerySet.as_manager()

    class Meta:
        ordering = ["locale"]
        constraints = [models.UniqueConstraint(fields=["project", "locale"], name="one_default_reviewer_per_locale")]

    def __str__(self) -> str:
        return f"{self.project} · {self.locale or '*'} · {self.reviewer}"


class ReviewStatus(StatusChoices):
    """Status of a review; the transitions are drawn in ``Review``."""

    WAITING = "waiting", "circle-dashed", "grey", _("No final video yet")
    TO_REVIEW = "to_review", "eye", "violet", _("To review")
    CHANGES_REQUESTED = "changes_requested", "arrow-back-up", "amber", _("Changes requested")
    REVIEWED = "reviewed", "eye-check", "blue", _("Waiting for an owner")
    APPROVED = "approved", "rosette-discount-check", "green", _("Approved")
    OUT_OF_DATE = "out_of_date", "history", "amber", _("Out of date")


IS_OPEN = Q(status="to_review") | Q(status="out_of_date")
"""Somebody has to review it now. Written with OR because SQLite then uses the partial index, and does not for ``IN``.
"""


class ReviewPart(models.TextChoices):
    """A part that an approval covers, and that may change after it."""

    RESULT = "result", _("Final video")
    SUBTITLES = "subtitles", _("Subtitles")
    SETTINGS = "settings", _("Settings")


class ReviewQuerySet(models.QuerySet["Review"]):
    """Reviews by who may see them and what they are waiting for."""

    def visible_to(self, user: User | AnonymousUser) -> ReviewQuerySet:
        """Reviews of assets this person may see."""
        return self.filter(Asset.objects.visible_to(user).reached_by("dubbing__asset"))

    def unassign(self, project_id: int, user_id: int) -> None:
        """Remove a person who left the project as the reviewer of its open reviews. What they decided stays."""
        self.filter(project=project_id, reviewer=user_id).update(reviewer=None)

    def follow(self, asset: Asset) -> None:
        """Move an asset's reviews to the project that the asset was moved to; its members now review them."""
        moved = self.filter(dubbing__asset=asset)
        moved.exclude(reviewer__memberships__project=asset.project_id).update(reviewer=None)
        moved.update(project=asset.project_id)

    def open_for(self, dubbing: Dubbing) -> Review | None:
        """Open a review for a kept result if its project wants one. Call it with the asset locked.

        A review that was waiting, or that requested changes, becomes due; an approval of an older result becomes out of
        date.
        """
        review = self.filter(dubbing=dubbing).first()
        if review is None:
            return self._ask_for(dubbing)
        if review.status in Review.DECIDED:
            review.outdate(Review.Part.RESULT)
        elif review.status in (Review.Status.WAITING, Review.Status.CHANGES_REQUESTED):
            review.status = Review.Status.TO_REVIEW
            review.save(update_fields=["status"])
            _record_asked(review, cause="keep")
        return review

    def _ask_for(self, dubbing: Dubbing) -> Review | None:
        project = dubbing.asset.project_id
        policy = ReviewPolicy.objects.filter(project=project).first() or ReviewPolicy()
        usual = DefaultReviewer.objects.of(project, dubbing.locale)
        if not policy.required and usual is None:
            return None
        review = self.create(
            dubbing=dubbing,
            project_id=project,
            status=Review.Status.TO_REVIEW,
            reviewer=usual.reviewer if usual else None,
            instructions=usual.instructions if usual else "",
            due_at=timezone.now() + timedelta(days=usual.days) if usual and usual.days else None,
        )
        _record_asked(review, cause="keep")
        return review


class Review(models.Model):
    """The review of one dubbing. An approval names what was approved: the result, the subtitles and the settings.

    ::

        WAITING ──result kept──▶ TO_REVIEW ──approve──▶ APPROVED          one step
                                  │  ▲   └──approve──▶ REVIEWED ──an owner approves──▶ APPROVED
                  request changes │  │ new result or subtitles
                                  ▼  │
                          CHANGES_REQUESTED
        APPROVED, REVIEWED ──something approved was changed──▶ OUT_OF_DATE ──approve──▶ as from TO_REVIEW
        APPROVED, REVIEWED ──reopened with a reason──▶ TO_REVIEW
    """

    Status: TypeAlias = ReviewStatus

    Part: TypeAlias = ReviewPart

    OPEN = [Status.TO_REVIEW, Status.OUT_OF_DATE]
    DECIDED = [Status.APPROVED, Status.REVIEWED]
    UNDECIDED = [*OPEN, Status.REVIEWED]
    """Statuses in which somebody can decide."""

    dubbing = models.OneToOneField(Dubbing, on_delete=models.CASCADE, related_name="review")
    project = models.ForeignKey(
        Project,
        on_delete=models.CASCADE,
        related_name="reviews",
        db_index=False,
        help_text=_("The asset’s project, for an index of a project’s reviews."),
    )
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="reviews"
    )
    instructions = models.TextField(blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text=_("Why changes were requested, or why it was reopened."))
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text=_("Who approved first, where two people have to."),
    )

    # What was approved.
    result = models.ForeignKey(Result, on_delete=models.SET_NULL, null=True, related_name="+")
    result_sha256 = models.CharField(max_length=64, blank=True)
    subtitles_sha256 = models.CharField(max_length=64, blank=True)
    settings_sha256 = models.CharField(max_length=64, blank=True)
    changed = ListField(is_item=is_text, help_text=_("What has changed since: result, subtitles or settings."))

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["project", "-id"], name="review_by_project"),
            models.Index(fields=["project", "status", "-id"], name="review_by_status"),
            models.Index(
                fields=["reviewer", "due_at", "id"],
                condition=IS_OPEN,
                name="review_by_reviewer",
            ),
            models.Index(
                fields=["project", "id"],
                condition=IS_OPEN & Q(reviewer=None),
                name="review_without_reviewer",
            ),
            models.Index(fields=["decided_by", "id"], condition=Q(status="to_review"), name="review_came_back"),
            models.Index(fields=["project", "id"], condition=Q(status="reviewed"), name="review_for_an_owner"),
        ]
        constraints = [
            known(ReviewStatus, "known_review_status"),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "reviewed"]) | ~Q(result_sha256=""),
                name="an_approval_names_a_result",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dubbing} · {self.get_status_display()}"

    def outdate(self, *parts: ReviewPart, actor: User | None = None) -> None:
        """Mark the approval as out of date because of these parts. Call it with the asset locked."""
        self.status, self.changed = Review.Status.OUT_OF_DATE, [*{*self.changed, *(str(part) for part in parts)}]
        self.save(update_fields=["status", "changed"])
        asset, locale = self.dubbing.asset, self.dubbing.locale
        cause = "person" if actor else "keep"
        Event.objects.record(
            asset, Event.Kind.REVIEW_OUTDATED, actor=actor, cause=cause, locale=locale, changed=sorted(self.changed)
        )


def _record_asked(review: Review, *, cause: str, actor: User | None = None) -> None:
    asset, locale = review.dubbing.asset, review.dubbing.locale
    Event.objects.record(
        asset, Event.Kind.REVIEW_ASKED, actor=actor, cause=cause, locale=locale, reviewer=review.reviewer_id
    )


class IssueKind(models.TextChoices):
    """Types of issues, in the order of the card; ``dubbing.review.issues`` has their dimensions and weights."""

    WRONG_TERM = "wrong_term", _("Wrong term")
    MISTRANSLATION = "mistranslation", _("Mistranslation")
    OMISSION = "omission", _("Omission")
    ADDITION = "addition", _("Addition")
    UNTRANSLATED = "untranslated", _("Untranslated")
    GRAMMAR = "grammar", _("Grammar")
    PRONUNCIATION = "pronunciation", _("Pronunciation")
    STYLE = "style", _("Style")
    LOCALE = "locale", _("Numbers, dates, units")
    SYNC = "sync", _("Timing or lips")
    VOICE = "voice", _("Voice or delivery")
    MIX = "mix", _("Level or noise")


class Severity(models.TextChoices):
    """How bad an issue is."""

    NEUTRAL = "neutral", _("Neutral")
    MINOR = "minor", _("Minor")
    MAJOR = "major", _("Major")
    CRITICAL = "critical", _("Critical")


class Answer(models.TextChoices):
    """How the team that made the dub replies to an issue."""

    NONE = "", _("Not answered")
    WILL_FIX = "will_fix", _("Will fix")
    INTENT = "intent", _("Declined: creative intent")
    BEST = "best", _("Declined: best possible")


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments by who may see them and what kind they are."""

    def visible_to(self, user: User | AnonymousUser) -> CommentQuerySet:
        """Comments on assets this person may see."""
        return self.filter(Asset.objects.visible_to(user).reached_by("dubbing__asset"))

    def shown(self) -> CommentQuerySet:
        """Comments that were not deleted."""
        return self.filter(deleted_at=None)

    def issues(self) -> CommentQuerySet:
        """Comments that say what is wrong and how bad it is."""
        return self.shown().exclude(kind="")


class Comment(models.Model):
    """A remark on a dub, at a moment, for a range or for all of it; a reply; or an issue with a type.

    ``start`` and ``end`` are seconds of the result. A comment belongs to the result that it was made on, and stays
    visible on newer ones until it is resolved.
    """

    Kind: TypeAlias = IssueKind
    Severity: TypeAlias = Severity
    Answer: TypeAlias = Answer

    dubbing = models.ForeignKey(Dubbing, on_delete=models.CASCADE, related_name="comments")
    result = models.ForeignKey(Result, on_delete=models.SET_NULL, null=True, related_name="comments")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, blank=True, related_name="replies")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    guest = models.CharField(
        max_length=80, blank=True, help_text=_("Who said it through a share link, in their own words.")
    )
    link = models.ForeignKey("dubbing.ShareLink", on_delete=models.SET_NULL, null=True, related_name="comments")
    text = models.TextField()
    start = models.FloatField(null=True)
    end = models.FloatField(null=True)
    is_internal = models.BooleanField(default=True, help_text=_("Not shown to people outside the project."))
    kind = models.CharField(max_length=20, choices=IssueKind.choices, blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    suggestion = models.TextField(blank=True, help_text=_("How the subtitle should read."))
    cue_text = models.TextField(blank=True, help_text=_("What the subtitle said when another text was suggested."))
    suggestion_used_at = models.DateTimeField(null=True)
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True)
    answer_text = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["dubbing", "start", "id"], name="comment_by_moment"),
            # What a project still has to answer, among all comments ever made.
            models.Index(
                fields=["created_at", "id", "dubbing"],
                condition=Q(deleted_at=None, resolved_at=None) & ~Q(kind=""),
                name="comment_open_issue",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(start=None) | Q(start__gte=0), name="comment_starts_in_the_video"),
            models.CheckConstraint(condition=Q(end=None) | Q(end__gte=F("start")), name="comment_ends_after_it_starts"),
            models.CheckConstraint(
                condition=Q(kind="", severity="") | (~Q(kind="") & ~Q(severity="")), name="an_issue_has_a_severity"
            ),
            models.CheckConstraint(
                condition=Q(author__isnull=False, guest="") | (Q(author=None) & ~Q(guest="")),
                name="a_member_or_a_guest_said_it",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dubbing} · {self.text[:40]}"

    # ``get_kind_display`` translates every choice to find one: half of the time that a list of issues took.
    @property
    def kind_label(self) -> str:
        """The type of the issue in words; empty if it is none."""
        return str(IssueKind(self.kind).label) if self.kind else ""

    @property
    def severity_label(self) -> str:
        """How bad the issue is, in words; empty if it is none."""
        return str(Severity(self.severity).label) if self.severity else ""

    @property
    def author_name(self) -> str:
        """What whoever said it is called. Guests choose their names, so it says that they are guests."""
        if self.author:
            return formatting.person(self.author)
        return gettext("%(name)s (guest)") % {"name": formatting.isolated(self.guest)}


class CommentEdit(models.Model):
    """The text of a comment before it was edited."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="edits")
    text = models.TextField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.comment_id} · {self.at:%Y-%m-%d %H:%M:%S}"
