"""Rows in the form that programs see."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from django.conf import settings
from django.urls import reverse

from dubbing.api.schemas import AssetOut, CommentOut, LanguageOut, Page, ResultOut, ReviewOut, SubmissionOut, UploadOut
from dubbing.models import Asset, Comment, Dubbing, Result, Review, Submission, Upload
from dubbing.uploads import refusals

if TYPE_CHECKING:
    from dubbing.api.caller import Caller
    from dubbing.models.assets import AssetQuerySet

Row = TypeVar("Row", bound=Any)
Out = TypeVar("Out", bound=Any)


def page_of(rows: Iterable[Row], size: int, show: Callable[[Row], Out]) -> Page[Out]:
    """A page of rows in id order, of which one more than ``size`` was read."""
    read = list(rows)
    more = len(read) > size
    return Page(items=[show(row) for row in read[:size]], next_cursor=str(read[size - 1].pk) if more else None)


def with_everything(assets: AssetQuerySet) -> AssetQuerySet:
    """The assets with everything that ``asset`` shows, in a fixed number of queries."""
    related = ("dubbings__versions__results", "dubbings__review", "tags")
    return assets.select_related("source", "created_by").prefetch_related(*related)


def asset(row: Asset) -> AssetOut:
    """A video."""
    return AssetOut(
        id=row.pk, project_id=row.project_id, name=row.name, status=Asset.Status(row.status), late=row.is_late,
        source_language=row.source_locale or str(row.typed.get("source_locale") or ""), provider=row.provider,
        duration=row.source_duration, languages=[language(dubbing) for dubbing in row.dubbings.all()],
        tags=sorted(tag.name for tag in row.tags.all()), due_on=row.due_on, archived=row.archived_at is not None,
        error_code=row.error_code, error_message=row.error_message, created_by=row.created_by.get_username(),
        created_at=row.created_at, submitted_at=row.submitted_at, finished_at=row.finished_at,
        page=settings.PORTAL_URL + reverse("asset", args=[row.pk]),
    )  # fmt: skip


def asset_of(called: Caller, pk: int) -> AssetOut:
    """A video that the caller may see. Raises Http404."""
    return asset(with_everything(called.assets()).filter(pk=pk).first() or called.asset(pk))


def language(row: Dubbing) -> LanguageOut:
    """One language of a video, with its newest final video."""
    kept = [made for version in row.versions.all() if not version.superseded for made in version.results.all()]
    newest = max(kept, key=lambda made: made.pk, default=None)
    judged: Review | None = getattr(row, "review", None)
    return LanguageOut(
        id=row.pk, language=row.locale, status=Dubbing.Status(row.status), error_code=row.error_code,
        error_message=row.error_message, warning=row.warning, review=judged.status if judged else None,
        result=result(newest) if newest else None,
    )  # fmt: skip


def result(row: Result) -> ResultOut:
    """A final video."""
    return ResultOut(
        id=row.pk, size=row.size, sha256=row.sha256, duration=row.duration, kept_at=row.kept_at,
        download=f"{settings.PORTAL_URL}/api/v1/results/{row.pk}/file",
    )  # fmt: skip


def review(row: Review) -> ReviewOut:
    """The status of a language's review."""
    return ReviewOut(
        language_id=row.dubbing_id, asset_id=row.dubbing.asset_id, language=row.dubbing.locale,
        status=Review.Status(row.status),
        reviewer=row.reviewer.get_username() if row.reviewer else None, due_at=row.due_at,
        decided_by=row.decided_by.get_username() if row.decided_by else None, decided_at=row.decided_at,
    )  # fmt: skip


def submission(row: Submission) -> SubmissionOut:
    """One paid request."""
    return SubmissionOut(reference=row.reference, languages=row.locales, status=Submission.Status(row.status))


def comment(row: Comment) -> CommentOut:
    """A comment or an issue."""
    return CommentOut(
        id=row.pk, asset_id=row.dubbing.asset_id, language=row.dubbing.locale, parent_id=row.parent_id,
        author=row.author.get_username() if row.author else row.author_name, text=row.text, start=row.start,
        end=row.end, kind=row.kind, severity=row.severity, suggestion=row.suggestion, answer=row.answer,
        created_at=row.created_at, edited_at=row.edited_at, resolved_at=row.resolved_at,
    )  # fmt: skip


def upload(row: Upload) -> UploadOut:
    """An uploaded file, or one that is being uploaded."""
    why = refusals.of_upload(row)
    return UploadOut(
        id=row.pk, name=row.name, kind=Upload.Kind(row.kind), status=Upload.Status(row.status),
        size=row.size, duration=row.duration, message=why["message"], remedy=why["remedy"],
    )  # fmt: skip
