"""The review room: the video's languages, the decision, subtitles and comments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.auth.models import User
from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing import subtitles
from dubbing.models import Comment, CommentEdit, Dubbing, Membership, Review, Version, status_badges
from dubbing.models.prepared import PreparedQuery
from dubbing.models.reviews import Answer, IssueKind, ReviewPart, ReviewStatus, Severity
from dubbing.platform import formatting, locales, numbers
from dubbing.review import comments, decisions, issues, scores

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dubbing.models.reviews import CommentQuerySet

_CUE_LINE = (
    '<li class="cue-line" data-start="{}" data-end="{}"><a class="figure" href="?t={}" data-seek="{}">{}</a>'
    '<span dir="auto">{}</span></li>'
)
FIRST, LOADED, MORE = 8, 50, 200
"""Comments that come with the page, that are there once somebody scrolls to the end of those, and that each click on
“Show more” adds: the page is quick, and nobody who reads a few dozen comments has to ask for them."""
BEFORE = 4
"""Comments shown before one far down that a link leads to."""
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


class _Language(NamedTuple):
    """What a tab is made of. ``review_status``: None if there is no review yet."""

    dubbing: int
    locale: str
    status: str
    warning: str
    review_status: str | None
    reviewer: int | None


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
    edit_count: int
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
        self,
        version: Version,
        user: User,
        *,
        show: str = "",
        skipped: int = 0,
        limit: int | None = None,
        opened: str = "",
    ) -> None:
        """``skipped``, ``limit``: the chosen comments are shown after that many, up to that many.

        ``opened``: "reply-7" opens the form for a reply to comment 7, and "show-7" only shows it.
        """
        self.version, self.dubbing, self.asset, self.user = version, version.dubbing, version.dubbing.asset, user
        self.sent = self.dubbing.as_sent(self.asset)
        self.show = show if show in FILTERS else OPEN
        self.limit, self.opened = limit or FIRST, opened
        self.skipped = skipped if skipped < self.limit else 0
        self.role = self.asset.role_of(user)
        self.review = decisions.review_of(self.dubbing)
        self.policy = decisions.policy_of(self.asset.project_id)
        self.subject = decisions.subject_of(self.dubbing)
        self.typed = TypedComment("")
        if opened and limit is None:
            self.reveal(numbers.whole(opened.rpartition("-")[2], low=1))

    def refuse(self, typed: TypedComment) -> None:
        """Show again what somebody entered, and why it was refused."""
        self.typed, self.opened = typed, typed.place

    def reveal(self, pk: int | None) -> None:
        """Have this comment or reply among the shown ones: more of them if it is near, else only those around it."""
        if pk is None:
            return
        above = Comment.objects.filter(dubbing=self.dubbing, pk=pk).values_list("parent", flat=True).first()
        pk = above or pk
        for show in dict.fromkeys((self.show, OPEN, ALL)):
            if place := self._place_of(pk, show):
                break
        else:
            return
        self.show = show
        if self.limit < place <= self.limit + MORE:
            self.limit = place
        elif not self.skipped < place <= self.limit:
            self.skipped = max(0, place - 1 - BEFORE)
            self.limit = self.skipped + FIRST

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
        tabs = [self._tab(_Language(*row), playable) for row in _LANGUAGES.rows(asset=self.asset.pk)]
        return sorted(tabs, key=lambda tab: locales.display_name(tab.locale))

    def _tab(self, language: _Language, playable: dict[int, int]) -> LanguageTab:
        status, version = language.review_status, playable.get(language.dubbing)
        badge = (
            status_badges.of_status(ReviewStatus(status))
            if status and language.status == Dubbing.Status.COMPLETED
            else status_badges.of_language(self.asset.status, language.status, doubtful=bool(language.warning))
        )
        is_open = not status or (status in Review.OPEN and self._is_mine(language.reviewer))
        current = language.dubbing == self.dubbing.pk
        shown = self.version.pk if current else version
        return LanguageTab(language.locale, shown, badge, current, version is not None and is_open)

    def _is_mine(self, reviewer: int | None) -> bool:
        """Whether a review is for this person: assigned to them or to nobody, and any for an owner."""
        return reviewer in (None, self.user.pk) or self.role == Membership.Role.OWNER

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
        """The address of this page with the shown comments."""
        return self.address + self._query(self.skipped, self.limit)

    @cached_property
    def section_address(self) -> str:
        """The address of the comments alone."""
        return reverse("version-comments", args=[self.version.pk]) + self._query(self.skipped, self.limit)

    def _query(self, skipped: int, limit: int) -> str:
        return f"?show={self.show}&comments={limit}" + (f"&after={skipped}" if skipped else "")

    @property
    def hidden(self) -> int:
        """The number of chosen comments after the shown ones."""
        return max(0, self.counts[self.show] - self.limit)

    @property
    def following(self) -> int:
        """How many of the hidden ones come next."""
        return min(self.hidden, self._more - self.limit)

    @property
    def more_query(self) -> str:
        """The query of addresses that show those as well."""
        return self._query(self.skipped, self._more)

    @property
    def _more(self) -> int:
        return self.skipped + LOADED if self.loads_by_itself else self.limit + MORE

    @property
    def loads_by_itself(self) -> bool:
        """Whether scrolling to the end of the comments loads more of them."""
        return self.limit - self.skipped < LOADED

    @property
    def preceding(self) -> int:
        """How many of the comments before the shown ones come next."""
        return min(self.skipped, MORE)

    @property
    def earlier_query(self) -> str:
        """The query of addresses that show those as well."""
        return self._query(self.skipped - self.preceding, self.limit)

    @cached_property
    def comments(self) -> list[ShownComment]:
        """The chosen comments by their moment; those about the whole video first."""
        if (self.skipped, self.limit) == (0, FIRST):
            shown: list[Comment] = _FIRST[self.show].objects(dubbing=self.dubbing.pk)
            below = _FIRST_REPLIES.objects(parents=[comment.pk for comment in shown])
        else:
            shown = list(_in_order(self.show, self.limit, self.dubbing.pk)[self.skipped :])
            below = list(_replies([comment.pk for comment in shown]))
        _load_people([*shown, *below])
        edit_counts = _edit_counts(shown)
        replies: dict[int | None, list[Comment]] = {}
        for reply in below:
            replies.setdefault(reply.parent_id, []).append(reply)
        return [self._shown(comment, replies.get(comment.pk, []), edit_counts.get(comment.pk, 0)) for comment in shown]

    def _place_of(self, pk: int, show: str) -> int:
        """The place of a comment among the chosen ones, from 1; 0 if it is none of them."""
        rows = self._top().filter(_CHOSEN[show])
        starts = rows.filter(pk=pk).values_list("start", flat=True)
        for start in starts:
            same = Q(start=start, pk__lte=pk)
            return rows.filter(same if start is None else same | Q(start=None) | Q(start__lt=start)).count()
        return 0

    def _top(self) -> CommentQuerySet:
        return _top_comments(self.dubbing.pk)

    def _shown(self, comment: Comment, replies: list[Comment], edit_count: int) -> ShownComment:
        is_own, edits = comment.author_id == self.user.pk, self.role in Membership.EDITORS
        comment.dubbing = self.dubbing
        overdue = comments.is_overdue(comment, self.policy.answer_hours)
        is_reviewer = self.review.reviewer_id == self.user.pk
        return ShownComment(
            comment=comment,
            replies=replies,
            edit_count=edit_count,
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


def _in_order(show: str, limit: int, dubbing: int) -> QuerySet[Comment, Comment]:
    """The chosen comments by their moment; those about the whole video first."""
    return _top_comments(dubbing).filter(_CHOSEN[show]).order_by(F("start").asc(nulls_first=True), "pk")[:limit]


def _replies(parents: list[int]) -> QuerySet[Comment, Comment]:
    return Comment.objects.shown().filter(parent__in=parents).order_by("pk")


def _counts(dubbing: int) -> QuerySet[Comment, tuple[int, int]]:
    resolved = Count("pk", filter=Q(resolved_at__isnull=False))
    rows = _top_comments(dubbing).order_by().values("dubbing").annotate(resolved=resolved, all=Count("pk"))
    return rows.values_list("resolved", "all")


def _playable(asset: int) -> QuerySet[Version, tuple[int, int]]:
    """The newest final video of each language."""
    versions = Version.objects.filter(dubbing__asset=asset, superseded=False, keep=Version.Keep.KEPT)
    return versions.order_by().values_list("dubbing").annotate(version=Max("pk"))


def _languages(asset: int) -> QuerySet[Dubbing, tuple[Any, ...]]:
    """Each language as ``_Language``."""
    columns = ("pk", "locale", "status", "warning", "review__status", "review__reviewer")
    return Dubbing.objects.filter(asset=asset).order_by("pk").values_list(*columns)


def _load_people(rows: list[Comment]) -> None:
    """Load those who wrote, resolved or answered these comments, in one query: a join for each would have all columns
    of a person three times."""
    names = ("author", "resolved_by", "answered_by")
    people = User.objects.in_bulk({pk for row in rows for name in names if (pk := getattr(row, f"{name}_id"))})
    for row in rows:
        for name in names:
            if person := people.get(getattr(row, f"{name}_id")):
                setattr(row, name, person)


def _edit_counts(rows: list[Comment]) -> dict[int, int]:
    """How many times each of these comments was edited, by id; those that never were are left out."""
    edited = [row.pk for row in rows if row.edited_at]
    counted = CommentEdit.objects.filter(comment__in=edited).values_list("comment").annotate(Count("pk"))
    return dict(counted.order_by()) if edited else {}


_LANGUAGES = PreparedQuery(_languages, "asset")
_COUNTS, _PLAYABLE = PreparedQuery(_counts, "dubbing"), PreparedQuery(_playable, "asset")
_FIRST = {show: PreparedQuery(partial(_in_order, show, FIRST), "dubbing") for show in FILTERS}
_FIRST_REPLIES = PreparedQuery(_replies, lists={"parents": FIRST})

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
    """The room that an address asks for: ``?show=resolved&comments=250&after=50``."""
    limit = numbers.whole(query.get("comments"), low=1, high=comments.MOST_COMMENTS)
    skipped = numbers.whole(query.get("after"), low=0, high=comments.MOST_COMMENTS) or 0
    show, opened = str(query.get("show", "")), str(query.get("do", ""))
    return Room(version, user, show=show, skipped=skipped, limit=limit, opened=opened)
