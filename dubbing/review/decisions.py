"""Decide on a dub: approve, request changes, reopen; and who may do so.

Where an approval lapses because something approved was changed: ``Review.outdate`` in ``dubbing/models/reviews.py``.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.drafts.draft import plain_text
from dubbing.models import Asset, Dubbing, Event, Membership, Result, Review, ReviewPolicy, Version, judged_words
from dubbing.models.prepared import PreparedQuery
from dubbing.models.reviews import ReviewPart
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.auth.models import User
    from django.db.models import QuerySet

LONGEST_REASON = 2000
_SHOWN = 16  # characters of a hash in the form of a page
_CHANGED = {
    ReviewPart.RESULT: _("There is a newer final video. Play it, then decide."),
    ReviewPart.SUBTITLES: _("The subtitles changed since you opened the page. Read them again, then decide."),
    ReviewPart.SETTINGS: _("The settings changed since you opened the page. Check them, then decide."),
}


@dataclass(frozen=True, slots=True)
class Subject:
    """What an approval covers: the bytes of the result, the subtitles, and the settings it was dubbed with."""

    result: Result
    subtitles_sha256: str
    settings_sha256: str

    @property
    def hashes(self) -> dict[ReviewPart, str]:
        """The hash of each part."""
        return {
            ReviewPart.RESULT: self.result.sha256,
            ReviewPart.SUBTITLES: self.subtitles_sha256,
            ReviewPart.SETTINGS: self.settings_sha256,
        }

    @property
    def seen(self) -> str:
        """What a page sends back to say what it showed."""
        return ".".join(value[:_SHOWN] for value in self.hashes.values())

    def differences(self, seen: str) -> Iterator[ReviewPart]:
        """Yield the parts that differ from what a page showed."""
        shown = dict(zip(ReviewPart, seen.split("."), strict=False))
        return (part for part, value in self.hashes.items() if shown.get(part) != value[:_SHOWN])


def policy_of(project_id: int) -> ReviewPolicy:
    """Return the project's review policy."""
    saved: ReviewPolicy | None = _POLICY.first(project=project_id)
    return saved or ReviewPolicy(project_id=project_id)


def subject_of(dubbing: Dubbing) -> Subject | None:
    """Return what there is to decide on; None if there is no result, or another one is being made."""
    version: Version | None = _NEWEST_VERSION.first(dubbing=dubbing.pk)
    if version is None or not _is_whole(version):
        return None
    result: Result | None = _NEWEST_RESULT.first(version=version.pk)
    return Subject(result, _hash(dubbing.srt), settings_sha256(dubbing)) if result else None


def settings_sha256(dubbing: Dubbing) -> str:
    """Return the hash of all settings that shaped this dub, as stored with approvals."""
    return _hash(_settings_of(dubbing.as_sent(dubbing.asset)))


def makers_of(asset: Asset) -> set[int]:
    """Return the ids of the people who made the asset or had it dubbed."""
    return {asset.created_by_id, *asset.submissions.values_list("asked_by", flat=True)}


def why_not(review: Review, user: User, policy: ReviewPolicy | None = None) -> str:
    """Return why this person cannot approve it or request changes now; an empty string if they can."""
    asset = review.dubbing.asset
    policy = policy or policy_of(asset.project_id)
    role = asset.role_of(user)
    if review.status == Review.Status.REVIEWED:
        if role != Membership.Role.OWNER:
            return gettext("This was already reviewed. A project owner approves it next.")
        if review.reviewed_by_id == user.pk:
            return gettext("You reviewed this. Another project owner has to approve it.")
    elif not _may_review(review, user, role):
        if review.reviewer is None:
            return gettext("Only owners and editors can decide this.")
        name = formatting.isolated(formatting.person(review.reviewer))
        return gettext("%(person)s reviews this language.") % {"person": name}
    if not policy.makers_may_approve and user.pk in makers_of(asset):
        return gettext("You submitted this video. In this project, somebody else has to approve it.")
    return ""


def approve(dubbing: Dubbing, user: User, *, seen: str) -> Review:
    """Approve what the person saw. If that raises NotPossible, nothing has changed.

    ``seen``: what their page showed, as ``Subject.seen``.
    """
    with transaction.atomic():
        review = _locked(dubbing, user)
        if review.status == Review.Status.APPROVED:
            raise NotPossible(gettext("This is already approved."))
        subject = _agreed_subject(review, seen)
        policy = policy_of(review.dubbing.asset.project_id)
        first = policy.two_steps and review.status != Review.Status.REVIEWED
        review.status = Review.Status.REVIEWED if first else Review.Status.APPROVED
        review.reviewed_by = user if first else review.reviewed_by
        review.result = subject.result
        review.result_sha256 = subject.result.sha256
        review.subtitles_sha256, review.settings_sha256 = subject.subtitles_sha256, subject.settings_sha256
        review.changed, review.reason = [], ""
        _decide(review, user, Event.Kind.REVIEW_APPROVED, sha256=subject.result.sha256, first=first)
    return review


def request_changes(dubbing: Dubbing, user: User, *, reason: str, seen: str) -> Review:
    """Request changes, with a reason. Raises NotPossible."""
    reason = _reason(reason, gettext("Explain what needs to change."))
    with transaction.atomic():
        review = _locked(dubbing, user)
        if review.status == Review.Status.APPROVED:
            raise NotPossible(gettext("This is already approved. Reopen the review first."))
        _agreed_subject(review, seen)
        review.status, review.reason = Review.Status.CHANGES_REQUESTED, reason
        review.reviewed_by = None
        _decide(review, user, Event.Kind.REVIEW_RETURNED, why=reason)
    return review


def may_reopen(review: Review, user: User) -> bool:
    """Return whether this person may reopen it: whoever approved it, the reviewer, or an owner."""
    if review.status not in (*Review.DECIDED, Review.Status.CHANGES_REQUESTED):
        return False
    role = review.dubbing.asset.role_of(user)
    return role == Membership.Role.OWNER or (bool(role) and user.pk in (review.decided_by_id, review.reviewer_id))


def reopen(dubbing: Dubbing, user: User, *, reason: str) -> Review:
    """Reopen the review, with a reason. Raises NotPossible."""
    reason = _reason(reason, gettext("Explain why you are reopening it."))
    with transaction.atomic():
        review = _review(dubbing)
        if not may_reopen(review, user):
            raise NotPossible(gettext("Only the reviewer or a project owner can reopen a decided review."))
        review.status, review.reason, review.reviewed_by = Review.Status.TO_REVIEW, reason, None
        _decide(review, user, Event.Kind.REVIEW_REOPENED, why=reason)
    return review


def review_of(dubbing: Dubbing) -> Review:
    """Return the dubbing's review, or an unsaved one: results from before reviews existed can be reviewed too."""
    review: Review | None = _REVIEW.first(dubbing=dubbing.pk)
    if review is None:
        status = Review.Status.TO_REVIEW if subject_of(dubbing) else Review.Status.WAITING
        review = Review(dubbing=dubbing, project_id=dubbing.asset.project_id, status=status)
    review.dubbing = dubbing
    return review


def _policy(project: int) -> QuerySet[ReviewPolicy, ReviewPolicy]:
    return ReviewPolicy.objects.filter(project=project)


def _newest_version(dubbing: int) -> QuerySet[Version, Version]:
    return Version.objects.filter(dubbing=dubbing, superseded=False).order_by("-pk")[:1]


def _newest_result(version: int) -> QuerySet[Result, Result]:
    return Result.objects.filter(version=version).order_by("-pk")[:1]


def _review_with_people(dubbing: int) -> QuerySet[Review, Review]:
    return Review.objects.select_related("reviewer", "decided_by", "reviewed_by").filter(dubbing=dubbing)


_POLICY, _REVIEW = PreparedQuery(_policy, "project"), PreparedQuery(_review_with_people, "dubbing")
_NEWEST_VERSION = PreparedQuery(_newest_version, "dubbing")
_NEWEST_RESULT = PreparedQuery(_newest_result, "version")


def _locked(dubbing: Dubbing, user: User) -> Review:
    review = _review(dubbing)
    if problem := why_not(review, user):
        raise NotPossible(problem)
    return review


def _review(dubbing: Dubbing) -> Review:
    """Return the saved review with its asset locked, so that nothing about it changes until the transaction ends."""
    asset = Asset.objects.locked(dubbing.asset_id)
    fresh = Dubbing.objects.get(pk=dubbing.pk)
    fresh.asset = asset
    review = review_of(fresh)
    if review.pk is None:
        review.save()
    judged_words.ensure(fresh)
    return review


def _agreed_subject(review: Review, seen: str) -> Subject:
    subject = subject_of(review.dubbing)
    if subject is None:
        raise NotPossible(
            gettext("A new final video is being generated. You can decide once it is saved here.")
            if review.dubbing.versions.exists()
            else gettext("There is no final video yet.")
        )
    for part in subject.differences(seen):
        raise NotPossible(str(_CHANGED[part]))
    return subject


def _decide(review: Review, user: User, kind: str, **data: Any) -> None:
    review.decided_by, review.decided_at = user, timezone.now()
    review.save()
    asset, locale = review.dubbing.asset, review.dubbing.locale
    Event.objects.record(asset, kind, actor=user, cause="person", locale=locale, **data)


def _may_review(review: Review, user: User, role: str) -> bool:
    if role == Membership.Role.OWNER or (role and review.reviewer_id == user.pk):
        return True
    return review.reviewer_id is None and role in Membership.EDITORS


def _is_whole(version: Version) -> bool:
    moving = version.revise_asked_at is not None
    return version.status == Version.Status.COMPLETED and version.keep == Version.Keep.KEPT and not moving


def _settings_of(asset: Asset) -> str:
    """Return the settings that shape the dub in every language."""
    values = (
        asset.provider, asset.start, asset.end, asset.lips_model, asset.voice_anonymization, asset.speakers,
        asset.auto_generate, asset.background_id, asset.options,
    )  # fmt: skip
    return json.dumps(values, sort_keys=True, default=str)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _reason(reason: str, missing: str) -> str:
    reason = plain_text(reason, LONGEST_REASON + 1).strip()
    if not reason:
        raise NotPossible(missing)
    if len(reason) > LONGEST_REASON:
        message = gettext("The reason has more than %(limit)s characters. Shorten it.")
        raise NotPossible(message % {"limit": LONGEST_REASON})
    return reason
