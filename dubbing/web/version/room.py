"""The review room: the video's languages, the decision, subtitles and comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import subtitles
from dubbing.models import Comment, Dubbing, Membership, Review, Version, status_badges
from dubbing.models.prepared import PreparedQuery
from dubbing.models.reviews import Answer, IssueKind, ReviewPart, ReviewStatus, Severity
from dubbing.platform import formatting, locales, numbers
from dubbing.review import comments, decisions, issues, scores

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

    from dubbing.models.reviews import CommentQuerySet

_CUE_LINE = (
    '<li class="cue-line" data-start="{}" data-end="{}"><a class="figure" href="?t={}" data-seek="{}">{}</a>'
    '<span dir="auto">{}</span></li>'
)
PAGE = 25
"""Comments shown at first; more are loaded on request."""
MOST_CUES = 5_000
OPEN, RESOLVED, ALL = "open", "resolved", "all"
OPENED = ("reply", "edit", "answer", "history")
"""Forms for a comment. Only one is on the page at a time, rather than three for each of a thousand comments."""
_CHOSEN = {OPEN: Q(resolved_at=None), RESOLVED: Q(resolved_at__isnull=False), ALL: Q()}
FILTERS = {OPEN: _("Open"), RESOLVED: _("Resolved"), ALL: _("All")}


@dataclass(frozen=True, slots=True)
class LanguageTab:
    """One language of the video. ``version``: what to open, if there is anything to play."""

    locale: str
    version: int | None
    badge: status_badges.State
    is_current: bool
    is_to_review: bool


@dataclass(frozen=True, slots=True)
class ShownCue:
    """A subtitle on the result's timeline, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class ShownComment:
    """A comment and what this person may do with it."""

    comment: Comment
    replies: list[Comment]
    is_own: bool
    is_older: bool
    may_resolve: bool
    may_answer: bool
    may_use: bool
    counts_as_answered: bool
    opened: str


@dataclass(frozen=True, slots=True)
class TypedComment:
    """What somebody entered that was refused, and why."""

    problem: str
    values: dict[str, str] = field(default_factory=dict)
    place: str = ""


class Room:
    """Everything about the review of one version, for one person."""

    def __init__(
        self, version: Version, user: User, *, show: str = "", limit: int | None = None, opened: str = ""
    ) -> None:
        self.version, self.dubbing, self.asset, self.user = version, version.dubbing, version.dubbing.asset, user
        self.sent = self.dubbing.as_sent(self.asset)
        self.show = show if show in FILTERS else OPEN
        self.limit, self.opened = limit or PAGE, opened
        self.role = self.asset.role_of(user)
        self.review = decisions.review_of(self.dubbing)
        self.policy = decisions.policy_of(self.asset.project_id)
        self.subject = decisions.subject_of(self.dubbing)
        self.typed = TypedComment("")
        if opened and limit is None:
            self.limit = max(PAGE, self._place_of(numbers.whole(opened.rpartition("-")[2], low=1)))

    def refuse(self, typed: TypedComment) -> None:
        """Show again what somebody entered, and why it was refused."""
        self.typed, self.opened = typed, typed.place

    # --- decision -----------------------------------------------------------------------------------------------------

    @property
    def badge(self) -> status_badges.State:
        """The status of the review."""
        return status_badges.of_status(ReviewStatus(self.review.status))

    @property
    def is_current(self) -> bool:
        """Whether decisions are about this version: earlier attempts can only be viewed."""
        return self.subject is not None and self.subject.result.version_id == self.version.pk

    @property
    def seen(self) -> str:
        """What the page shows, for the decision to refer to."""
        return self.subject.seen if self.subject else ""

    @cached_property
    def why_not(self) -> str:
        """Why this person cannot decide now; empty if they can."""
        if not self.is_current:
            return gettext("There is nothing to decide yet.")
        return decisions.why_not(self.review, self.user, self.policy)

    @property
    def may_approve(self) -> bool:
        """Whether to show the button to approve."""
        return not self.why_not and self.review.status != ReviewStatus.APPROVED

    @property
    def may_return(self) -> bool:
        """Whether changes can be requested."""
        decided = (ReviewStatus.APPROVED, ReviewStatus.CHANGES_REQUESTED)
        return not self.why_not and self.review.status not in decided

    @property
    def may_reopen(self) -> bool:
        """Whether a decision can be reopened."""
        return self.review.pk is not None and decisions.may_reopen(self.review, self.user)

    @property
    def is_first_step(self) -> bool:
        """Whether an owner has to approve after this approval."""
        return self.policy.two_steps and self.review.status != ReviewStatus.REVIEWED

    @property
    def changed(self) -> list[str]:
        """What changed since the approval."""
        return [str(label) for value, label in ReviewPart.choices if value in self.review.changed]

    # --- languages ----------------------------------------------------------------------------------------------------

    @cached_property
    def languages(self) -> list[LanguageTab]:
        """The video's languages, sorted by name."""
        playable = dict(_PLAYABLE.rows(asset=self.asset.pk))
        dubbings = list(Dubbing.objects.filter(asset=self.asset).select_related("review").defer("srt"))
        tabs = [self._tab(dubbing, playable) for dubbing in dubbings]
        return sorted(tabs, key=lambda tab: locales.display_name(tab.locale))

    def _tab(self, dubbing: Dubbing, playable: dict[int, int]) -> LanguageTab:
        review: Review | None = getattr(dubbing, "review", None)
        shown = review is not None and dubbing.status == Dubbing.Status.COMPLETED
        badge = (
            status_badges.of_status(ReviewStatus(review.status))
            if review is not None and shown
            else status_badges.of_language(self.asset.status, dubbing.status, doubtful=bool(dubbing.warning))
        )
        version = playable.get(dubbing.pk)
        waits = version is not None and (review is None or (review.status in Review.OPEN and self._is_mine(review)))
        current = dubbing.pk == self.dubbing.pk
        return LanguageTab(dubbing.locale, self.version.pk if current else version, badge, current, waits)

    def _is_mine(self, review: Review) -> bool:
        """Whether the review is for this person: assigned to them or to nobody, and any for an owner."""
        return review.reviewer_id in (None, self.user.pk) or self.role == Membership.Role.OWNER

    @property
    def next_language(self) -> LanguageTab | None:
        """The next language to review, continuing from the beginning after the last."""
        at = next((index for index, tab in enumerate(self.languages) if tab.is_current), 0)
        around = self.languages[at + 1 :] + self.languages[:at]
        return next((tab for tab in around if tab.is_to_review), None)

    @property
    def previous_language(self) -> LanguageTab | None:
        """The previous language to review, continuing from the end before the first."""
        at = next((index for index, tab in enumerate(self.languages) if tab.is_current), 0)
        around = self.languages[at + 1 :] + self.languages[:at]
        return next((tab for tab in reversed(around) if tab.is_to_review), None)

    # --- subtitles ----------------------------------------------------------------------------------------------------

    @cached_property
    def cues(self) -> list[ShownCue]:
        """The target subtitles on the result's timeline."""
        shifted = subtitles.shift_and_clip(cues_of(self.dubbing.srt), self.sent.start, self.sent.end)[:MOST_CUES]
        return [ShownCue(cue.start / 1000, cue.end / 1000, cue.text) for cue in shifted]

    @property
    def cue_lines(self) -> SafeString:
        """The subtitles as HTML list items. There may be thousands, which is too slow for a template."""
        lines = (
            (cue.start, cue.end, cue.start, cue.start, formatting.timecode(cue.start), _breaks(cue.text))
            for cue in self.cues
        )
        return format_html_join("", _CUE_LINE, lines)

    # --- comments -----------------------------------------------------------------------------------------------------

    @property
    def filters(self) -> list[tuple[str, str, int]]:
        """Value, label and count of each choice of comments."""
        return [(value, str(label), self.counts[value]) for value, label in FILTERS.items()]

    @cached_property
    def counts(self) -> dict[str, int]:
        """The number of open and resolved comments and of all comments, without replies."""
        found = _COUNTS.rows(dubbing=self.dubbing.pk)
        resolved, all_of_them = found[0] if found else (0, 0)
        return {OPEN: all_of_them - resolved, RESOLVED: resolved, ALL: all_of_them}

    @cached_property
    def address(self) -> str:
        """The address of this page. Made once, because each comment links to it several times."""
        return reverse("version", args=[self.version.pk])

    @cached_property
    def page_address(self) -> str:
        """The address of this page with the chosen comments."""
        return f"{self.address}?show={self.show}&comments={self.limit}"

    @cached_property
    def section_address(self) -> str:
        """The address of the comments alone."""
        return f"{reverse('version-comments', args=[self.version.pk])}?show={self.show}&comments={self.limit}"

    @property
    def hidden(self) -> int:
        """The number of chosen comments that are not shown."""
        return max(0, self.counts[self.show] - self.limit)

    @property
    def more(self) -> int:
        """How many to show next."""
        return self.limit + 200

    @cached_property
    def comments(self) -> list[ShownComment]:
        """The chosen comments by their moment; those about the whole video first."""
        chosen = self._top().filter(_CHOSEN[self.show]).order_by(F("start").asc(nulls_first=True), "pk")
        # First which, then all about them: thousands would be joined and sorted with all of their columns.
        ids = list(chosen.values_list("pk", flat=True)[: self.limit])
        rows = Comment.objects.select_related("author", "resolved_by", "answered_by")
        by_id = rows.annotate(edit_count=Count("edits")).in_bulk(ids)
        shown = [by_id[pk] for pk in ids if pk in by_id]
        replies: dict[int, list[Comment]] = {}
        below = Comment.objects.shown().filter(parent__in=[comment.pk for comment in shown])
        for reply in below.select_related("author").order_by("pk"):
            replies.setdefault(reply.parent_id or 0, []).append(reply)
        return [self._shown(comment, replies.get(comment.pk, [])) for comment in shown]

    def _place_of(self, pk: int | None) -> int:
        """How many comments to show so that this one is among them; 0 if it is not one of the chosen."""
        rows = self._top().filter(_CHOSEN[self.show])
        starts = rows.filter(pk=pk).values_list("start", flat=True) if pk else ()
        for start in starts:
            same = Q(start=start, pk__lte=pk)
            return rows.filter(same if start is None else same | Q(start=None) | Q(start__lt=start)).count()
        return 0

    def _top(self) -> CommentQuerySet:
        return _top_comments(self.dubbing.pk)

    def _shown(self, comment: Comment, replies: list[Comment]) -> ShownComment:
        is_own, edits = comment.author_id == self.user.pk, self.role in Membership.EDITORS
        comment.dubbing = self.dubbing
        overdue = comments.is_overdue(comment, self.policy.answer_hours)
        is_reviewer = self.review.reviewer_id == self.user.pk
        return ShownComment(
            comment=comment,
            replies=replies,
            is_own=is_own,
            is_older=comment.result_id is not None and comment.result_id != self._result_id,
            may_resolve=comment.deleted_at is None and (edits or is_own or is_reviewer),
            may_answer=bool(comment.kind) and edits and not overdue and comment.resolved_at is None,
            may_use=bool(comment.suggestion) and edits and comment.suggestion_used_at is None,
            counts_as_answered=overdue,
            opened=next((act for act in OPENED if self.opened == f"{act}-{comment.pk}"), ""),
        )

    @cached_property
    def _result_id(self) -> int | None:
        return max((result.pk for result in self.version.results.all()), default=None)

    # --- score --------------------------------------------------------------------------------------------------------

    @cached_property
    def score(self) -> scores.Score:
        """The score from the open issues; resolved ones no longer count."""
        return scores.of_dubbing(self.dubbing, seconds=self._seconds, pass_mark=self.policy.pass_mark)

    @property
    def _seconds(self) -> float:
        newest = max(self.version.results.all(), key=lambda result: result.pk, default=None)
        return newest.duration if newest else 0.0

    @property
    def fewest_words(self) -> int:
        """The number of words below which there is no score."""
        return scores.FEWEST_WORDS

    # --- the card of issues -------------------------------------------------------------------------------------------

    @property
    def card(self) -> list[tuple[str, list[IssueKind]]]:
        """The types of issues by dimension."""
        return [(str(dimension), kinds) for dimension, kinds in issues.DIMENSIONS.items()]

    @property
    def severities(self) -> list[tuple[Severity, str]]:
        """Each severity with its meaning."""
        return [(severity, str(guidance)) for severity, guidance in issues.GUIDANCE.items()]

    @property
    def answers(self) -> list[tuple[str, str]]:
        """The possible answers to an issue."""
        return [(value, str(label)) for value, label in Answer.choices if value]


def _top_comments(dubbing: int) -> CommentQuerySet:
    """Comments that are no replies; deleted ones only while a reply is below them."""
    answered = Exists(Comment.objects.shown().filter(parent=OuterRef("pk")))
    return Comment.objects.filter(Q(deleted_at=None) | answered, dubbing=dubbing, parent=None)


def _counts(dubbing: int) -> QuerySet[Comment, tuple[int, int]]:
    resolved = Count("pk", filter=Q(resolved_at__isnull=False))
    rows = _top_comments(dubbing).order_by().values("dubbing").annotate(resolved=resolved, all=Count("pk"))
    return rows.values_list("resolved", "all")


def _playable(asset: int) -> QuerySet[Version, tuple[int, int]]:
    """The newest final video of each language."""
    versions = Version.objects.filter(dubbing__asset=asset, superseded=False, keep=Version.Keep.KEPT)
    return versions.order_by().values_list("dubbing").annotate(version=Max("pk"))


_COUNTS, _PLAYABLE = PreparedQuery(_counts, "dubbing"), PreparedQuery(_playable, "asset")

cues_of = lru_cache(maxsize=32)(subtitles.cues_of)
"""Cached for a page that shows the same subtitles repeatedly: reading two hours of them takes longer than the rest."""


def _breaks(text: str) -> SafeString:
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in text.splitlines()))


def marks(dubbing: Dubbing) -> list[dict[str, Any]]:
    """Marks for the time bar: each open comment with a moment, in a few words."""
    rows = Comment.objects.shown().filter(dubbing=dubbing, parent=None, resolved_at=None, start__isnull=False)
    values = rows.order_by("start", "pk").values_list("pk", "start", "end", "severity", "text")
    names = ("id", "start", "end", "severity", "text")
    return [dict(zip(names, (*row[:-1], row[-1][:80]), strict=True)) for row in values]


def room_of(version: Version, user: User, query: Mapping[str, Any]) -> Room:
    """The room that an address asks for: ``?show=resolved&comments=250``."""
    limit = numbers.whole(query.get("comments"), low=1, high=comments.MOST_COMMENTS)
    return Room(version, user, show=str(query.get("show", "")), limit=limit, opened=str(query.get("do", "")))
