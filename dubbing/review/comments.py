"""Comments on dubs: add, reply, edit, delete, resolve, answer, and use suggestions."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import subtitles
from dubbing.drafts.draft import plain_text
from dubbing.models import (
    Asset,
    Comment,
    CommentEdit,
    Dubbing,
    Event,
    Membership,
    Result,
    Review,
    ShareLink,
    judged_words,
    text_search,
)
from dubbing.models.reviews import Answer, IssueKind, ReviewPart, Severity
from dubbing.platform.errors import NotPossible
from dubbing.review import decisions

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_TEXT = 5_000
MOST_COMMENTS = 10_000
"""Maximum number of comments on one dubbing."""
_MENTION = re.compile(r"(?<![\w.@+-])@([\w.@+-]+)")


@dataclass(frozen=True, slots=True)
class NewComment:
    """The content of a new comment. Times are seconds of the result; a kind needs a severity."""

    text: str
    start: float | None = None
    end: float | None = None
    kind: str = ""
    severity: str = ""
    suggestion: str = ""
    is_internal: bool = True


def add(dubbing: Dubbing, user: User, new: NewComment, *, result: Result | None = None) -> Comment:
    """Add a comment to the dub, about ``result``. Raises NotPossible if it is invalid."""
    with transaction.atomic():
        asset, comment = _create(dubbing, new, result, author=user)
        _mention(comment, asset, user)
    return comment


def add_of_guest(link: ShareLink, guest: str, new: NewComment, *, result: Result) -> Comment:
    """Add a comment of a guest to what the link shows, and tell whoever made the link. Raises NotPossible."""
    dubbing = result.version.dubbing
    with transaction.atomic():
        asset, comment = _create(dubbing, replace(new, is_internal=False), result, guest=guest, link=link)
        Event.objects.record(
            asset, Event.Kind.COMMENTED, cause="guest", locale=dubbing.locale, comment=comment.pk, guest=guest,
            mentions=[link.created_by_id],
        )  # fmt: skip
    return comment


def _create(dubbing: Dubbing, new: NewComment, result: Result | None, **by: Any) -> tuple[Asset, Comment]:
    values = _checked(new, result)
    asset = Asset.objects.locked(dubbing.asset_id)
    if Comment.objects.filter(dubbing=dubbing).count() >= MOST_COMMENTS:
        raise NotPossible(
            gettext("This language has reached its limit of comments. Edit or delete existing comments instead.")
        )
    cue_text = _cue_text(dubbing, values["start"]) if values["suggestion"] else ""
    comment = Comment.objects.create(dubbing=dubbing, result=result, cue_text=cue_text, **by, **values)
    judged_words.ensure(dubbing)
    return asset, comment


def reply(parent: Comment, user: User, text: str) -> Comment:
    """Reply to a comment; a reply to a reply is placed below the same comment. Raises NotPossible."""
    top = parent.parent or parent
    text = _text(text)
    with transaction.atomic():
        asset = Asset.objects.locked(top.dubbing.asset_id)
        if not Comment.objects.shown().filter(pk=top.pk).exists():
            raise NotPossible(gettext("This comment was deleted."))
        comment = Comment.objects.create(
            dubbing=top.dubbing, result=top.result, parent=top, author=user, text=text, is_internal=top.is_internal
        )
        _mention(comment, asset, user)
    return comment


def edit(comment: Comment, user: User, text: str) -> Comment:
    """Edit one's own comment; its previous text is kept. Raises NotPossible."""
    text = _text(text)
    with transaction.atomic():
        asset = Asset.objects.locked(comment.dubbing.asset_id)
        fresh = _own(comment, user)
        if fresh.text != text:
            CommentEdit.objects.create(comment=fresh, text=fresh.text)
            fresh.text, fresh.edited_at = text, timezone.now()
            fresh.save(update_fields=["text", "edited_at"])
            _mention(fresh, asset, user)
    return fresh


def delete(comment: Comment, user: User) -> None:
    """Delete one's own comment; a placeholder stays if it has replies. Raises NotPossible."""
    with transaction.atomic():
        Asset.objects.locked(comment.dubbing.asset_id)
        fresh = _own(comment, user)
        fresh.deleted_at = timezone.now()
        fresh.save(update_fields=["deleted_at"])


def undo_delete(comment: Comment, user: User) -> None:
    """Restore one's own comment. Raises NotPossible."""
    if not Comment.objects.filter(pk=comment.pk, author=user).update(deleted_at=None):
        raise NotPossible(gettext("Only the author can do this."))


def resolve(comment: Comment, user: User, *, resolved: bool = True) -> None:
    """Mark a comment as resolved or not. Raises NotPossible."""
    if comment.parent_id:
        raise NotPossible(gettext("Resolve the comment this replies to instead."))
    if not may_resolve(comment, user):
        raise NotPossible(gettext("Only the author, the reviewer, owners and editors can resolve a comment."))
    values = {"resolved_at": timezone.now() if resolved else None, "resolved_by": user if resolved else None}
    Comment.objects.shown().filter(pk=comment.pk).update(**values)


def may_resolve(comment: Comment, user: User) -> bool:
    """Return whether this person may resolve it: the author, the reviewer, and those who can change the video."""
    role = comment.dubbing.asset.role_of(user)
    reviews = Review.objects.filter(dubbing=comment.dubbing_id, reviewer=user).exists()
    return bool(role) and (role in Membership.EDITORS or comment.author_id == user.pk or reviews)


def answer(comment: Comment, user: User, answer: str, text: str) -> None:
    """Answer whether an issue will be fixed. Declining needs a reason. Raises NotPossible."""
    if not comment.kind:
        raise NotPossible(gettext("Only an issue can be answered. Reply to the comment instead."))
    if answer not in Answer.values or answer == Answer.NONE:
        raise NotPossible(gettext("Choose an answer."))
    text = plain_text(text, LONGEST_TEXT).strip()
    if answer != Answer.WILL_FIX and not text:
        raise NotPossible(gettext("Explain why it stays as it is."))
    if comment.dubbing.asset.role_of(user) not in Membership.EDITORS:
        raise NotPossible(gettext("Only owners and editors can answer issues."))
    if is_overdue(comment):
        raise NotPossible(gettext("The time to answer has passed, so it counts as “Will fix”."))
    values = {"answer": answer, "answer_text": text, "answered_by": user, "answered_at": timezone.now()}
    Comment.objects.issues().filter(pk=comment.pk).update(**values)


def answer_due_at(comment: Comment, hours: int) -> datetime:
    """Return when the time to answer an issue ends."""
    return comment.created_at + timedelta(hours=hours)


def is_overdue(comment: Comment, hours: int | None = None) -> bool:
    """Return whether an issue was not answered in time: then it will be fixed."""
    if not comment.kind or comment.answer:
        return False
    if hours is None:
        hours = decisions.policy_of(comment.dubbing.asset.project_id).answer_hours
    return timezone.now() > answer_due_at(comment, hours)


def use_suggestion(comment: Comment, user: User) -> None:
    """Put the suggested text into the comment's cue. If that raises NotPossible, nothing has changed."""
    with transaction.atomic():
        asset = Asset.objects.locked(comment.dubbing.asset_id)
        if asset.role_of(user) not in Membership.EDITORS:
            raise NotPossible(gettext("Only owners and editors can change subtitles."))
        fresh = Comment.objects.select_related("dubbing__asset").get(pk=comment.pk)
        if not fresh.suggestion or fresh.deleted_at:
            raise NotPossible(gettext("This comment suggests no text."))
        if fresh.suggestion_used_at:
            raise NotPossible(gettext("The suggestion is already in the subtitles."))
        dubbing = fresh.dubbing
        before, after = _with_suggestion(fresh)
        Dubbing.objects.filter(pk=dubbing.pk).update(srt=after)
        text_search.refresh(asset.pk)
        Comment.objects.filter(pk=fresh.pk).update(suggestion_used_at=timezone.now())
        Event.objects.record(
            asset, Event.Kind.SUBTITLES_CHANGED, actor=user, cause="person", locale=dubbing.locale,
            before=before, after=fresh.suggestion,
        )  # fmt: skip
        review = Review.objects.filter(dubbing=dubbing, status__in=Review.DECIDED).first()
        if review:
            review.outdate(ReviewPart.SUBTITLES, actor=user)


def _with_suggestion(comment: Comment) -> tuple[str, str]:
    """Return the text of the cue, and the whole subtitles with the suggestion in its place."""
    try:
        read = subtitles.read(comment.dubbing.srt)
    except subtitles.SubtitleError as error:
        raise NotPossible(gettext("This language has no subtitles to put the text into.")) from error
    index = cue_at(read.cues, comment.start, comment.dubbing.as_sent(comment.dubbing.asset).start)
    if index is None:
        raise NotPossible(gettext("There is no subtitle at this moment. Enter the text in the subtitles yourself."))
    cues = list(read.cues)
    before = cues[index].text
    cues[index] = replace(cues[index], text=comment.suggestion)
    return before, subtitles.to_srt(cues)


def _cue_text(dubbing: Dubbing, seconds: float | None) -> str:
    """Return the subtitle at this moment; an empty string if there is none."""
    cues = subtitles.cues_of(dubbing.srt)
    index = cue_at(cues, seconds, dubbing.as_sent(dubbing.asset).start)
    return "" if index is None else cues[index].text


def cue_at(cues: Sequence[subtitles.Cue], seconds: float | None, trimmed_from: float | None) -> int | None:
    """Return the index of the cue shown at this second of the result; cue times are those of the source."""
    if seconds is None:
        return None
    moment = round((seconds + (trimmed_from or 0.0)) * 1000)
    return next((index for index, cue in enumerate(cues) if cue.start <= moment <= cue.end), None)


def _own(comment: Comment, user: User) -> Comment:
    fresh = Comment.objects.shown().filter(pk=comment.pk).first()
    if fresh is None:
        raise NotPossible(gettext("This comment was deleted."))
    if fresh.author_id != user.pk:
        raise NotPossible(gettext("Only the author can do this."))
    return fresh


def _text(text: str) -> str:
    text = plain_text(text, LONGEST_TEXT + 1).strip()
    if not text:
        raise NotPossible(gettext("Enter a comment."))
    if len(text) > LONGEST_TEXT:
        message = gettext("A comment can have at most %(limit)s characters. Shorten it.")
        raise NotPossible(message % {"limit": LONGEST_TEXT})
    return text


def _checked(new: NewComment, result: Result | None) -> dict[str, Any]:
    if new.kind and new.kind not in IssueKind.values:
        raise NotPossible(gettext("Choose an issue type from the list."))
    if bool(new.kind) != bool(new.severity) or (new.severity and new.severity not in Severity.values):
        raise NotPossible(gettext("An issue needs a type and a severity."))
    start, end = _moment(new.start, result), _moment(new.end, result)
    if start is None and end is not None:
        raise NotPossible(gettext("A range needs a start."))
    if start is not None and end is not None and end < start:
        raise NotPossible(gettext("The end must be after the start."))
    suggestion = plain_text(new.suggestion, LONGEST_TEXT).strip()
    if suggestion and start is None:
        raise NotPossible(gettext("A suggestion needs a time, so that we know which subtitle it is for."))
    return {
        "text": _text(new.text),
        "start": start,
        "end": end,
        "kind": new.kind,
        "severity": new.severity,
        "suggestion": suggestion,
        "is_internal": new.is_internal,
    }


def _moment(seconds: float | None, result: Result | None) -> float | None:
    if seconds is None:
        return None
    if not math.isfinite(seconds) or seconds < 0 or (result and result.duration and seconds > result.duration + 1):
        raise NotPossible(gettext("The moment is outside the video."))
    return round(seconds, 3)


def _mention(comment: Comment, asset: Asset, user: User) -> None:
    """Link members mentioned as @name, and notify those who were not mentioned before."""
    names = set(_MENTION.findall(comment.text)) | {name.rstrip(".") for name in _MENTION.findall(comment.text)}
    members = Membership.objects.filter(project=asset.project_id).values("user")
    people = get_user_model().objects.filter(username__in=names, pk__in=members, is_active=True)
    before = set(comment.mentions.values_list("pk", flat=True))
    mentioned = set(people.values_list("pk", flat=True))
    comment.mentions.set(mentioned)
    if new := sorted(mentioned - before - {user.pk}):
        Event.objects.record(
            asset, Event.Kind.COMMENTED, actor=user, cause="person", locale=comment.dubbing.locale,
            comment=comment.pk, mentions=new,
        )  # fmt: skip
