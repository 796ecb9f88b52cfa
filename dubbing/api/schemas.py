"""Input and output as programs see it. Times are ISO 8601 in UTC, lengths are seconds, minutes are minutes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, Literal, TypeVar
from uuid import UUID

from ninja import Schema
from pydantic import ConfigDict, Field

from dubbing.models.assets import AssetStatus
from dubbing.models.dubbings import DubbingStatus
from dubbing.models.projects import MemberRole
from dubbing.models.reviews import ReviewStatus
from dubbing.models.submissions import SubmissionStatus
from dubbing.models.uploads import UploadKind, UploadStatus

Item = TypeVar("Item")
Code = Annotated[str, Field(min_length=2, max_length=20, description="A language, as in es-ES.")]


class Given(Schema):
    """Input from programs. An unknown name is an error, so that a typing mistake is noticed."""

    model_config = ConfigDict(extra="forbid")


class Page(Schema, Generic[Item]):
    """One page of a list. ``next_cursor`` leads to the next one; null on the last page."""

    items: list[Item]
    next_cursor: str | None


class ProblemOut(Schema):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    errors: dict[str, list[str]] = Field(description="By field: what is wrong with it.")
    who_can_fix: Literal["you", "project owner", "administrator"]
    request_id: str


class ProjectOut(Schema):
    """A project."""

    id: int
    name: str
    role: MemberRole
    provider: str
    page: str = Field(description="Its page for people.")


class MinutesOut(Schema):
    """The minutes of a project this month. Null: no limit."""

    month: date
    allowance: float | None
    used_or_reserved: float
    left: float | None


class OfferedLanguage(Schema):
    """A language that the project’s provider supports."""

    code: str
    name: str
    source: bool
    target: bool


class ResultOut(Schema):
    """A final video."""

    id: int
    size: int
    sha256: str
    duration: float
    kept_at: datetime
    download: str = Field(description="Where its bytes are. Takes ranges; needs the token.")


class ReviewOut(Schema):
    """The status of a language’s review."""

    language_id: int
    asset_id: int
    language: str
    status: ReviewStatus
    reviewer: str | None
    due_at: datetime | None
    decided_by: str | None
    decided_at: datetime | None


class LanguageOut(Schema):
    """A video in one language."""

    id: int
    language: str
    status: DubbingStatus
    error_code: str
    error_message: str
    warning: str
    review: str | None = Field(description="The status of its review, if there is one.")
    result: ResultOut | None = Field(description="The newest final video.")


class AssetOut(Schema):
    """A video."""

    id: int
    project_id: int
    name: str
    status: AssetStatus
    late: bool
    source_language: str
    provider: str
    duration: float | None
    languages: list[LanguageOut]
    tags: list[str]
    due_on: date | None
    archived: bool
    error_code: str
    error_message: str
    created_by: str
    created_at: datetime
    submitted_at: datetime | None
    finished_at: datetime | None
    page: str = Field(description="Its page for people.")


class SubmissionOut(Schema):
    """One paid request to the provider."""

    reference: str
    languages: list[str]
    status: SubmissionStatus


class Submitted(Schema):
    """The outcome of submitting: requests in progress, or none if an owner has to approve it first."""

    asset: AssetOut
    submissions: list[SubmissionOut]
    waits_for_approval: bool


class QuoteOut(Schema):
    """What submitting the draft would use, and what prevents it."""

    valid: bool
    errors: dict[str, list[str]]
    seconds: float | None = Field(description="Of the source, after trimming; null while it is not known.")
    languages: int
    minutes: float | None
    minutes_left_after: float | None
    minutes_lacking: str
    needs_approval: bool
    approval_reason: str


class CommentOut(Schema):
    """A comment or an issue."""

    id: int
    asset_id: int
    language: str
    parent_id: int | None
    author: str
    text: str
    start: float | None
    end: float | None
    kind: str
    severity: str
    suggestion: str
    answer: str
    created_at: datetime
    edited_at: datetime | None
    resolved_at: datetime | None


class UploadOut(Schema):
    """A file that was uploaded or is being uploaded."""

    id: UUID
    name: str
    kind: UploadKind
    status: UploadStatus
    size: int
    duration: float | None
    message: str
    remedy: str


class LanguageIn(Given):
    """A language to dub into."""

    language: Code
    subtitles: str | None = Field(None, max_length=4_000_000, description="SRT or WebVTT, timed to the whole source.")


class DraftIn(Given):
    """What to dub, and how. Every field is optional until the draft is submitted."""

    name: str | None = Field(None, max_length=255)
    source_url: str | None = Field(None, max_length=2000, description="A public https link to the video.")
    source_upload: UUID | None = Field(None, description="The id of a complete upload.")
    source_language: Code | None = None
    transcript: str | None = Field(None, max_length=4_000_000, description="SRT or WebVTT of the source.")
    languages: list[LanguageIn] | None = Field(None, max_length=100)
    start: float | None = Field(None, ge=0, le=10_000_000)
    end: float | None = Field(None, gt=0, le=10_000_000)
    auto_generate: Literal["off", "with_lips", "no_lips"] | None = None
    lips_model: Literal["real_face", "real_face_turbo"] | None = None
    voice_anonymization: float | None = Field(None, ge=0, le=1)
    speakers: int | None = Field(None, ge=1, le=99)
    background_url: str | None = Field(None, max_length=2000)
    background_upload: UUID | None = None
    voice_id: str | None = Field(None, max_length=200)
    voice_model: str | None = Field(None, max_length=200)
    speed: float | None = Field(None, ge=0.5, le=2)
    seed: int | None = Field(None, ge=0, le=2**31 - 1)
    notes: str | None = Field(None, max_length=2000)
    consent: str | None = Field(None, max_length=200)
    override_reason: str | None = Field(None, max_length=2000)


class AssetIn(DraftIn):
    """A new video."""

    provider: str | None = Field(None, max_length=20, description="Default: the project’s.")
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] = Field(default_factory=list, max_length=20)
    due_on: date | None = None


class AssetChange(Given):
    """Changes to a video. Fields that are left out stay."""

    name: str | None = Field(None, min_length=1, max_length=255)
    tags: list[Annotated[str, Field(min_length=1, max_length=40)]] | None = Field(None, max_length=20)
    due_on: date | None = None
    archived: bool | None = None


class LanguagesIn(Given):
    """Languages to add to a video that the provider has."""

    languages: list[LanguageIn] = Field(min_length=1, max_length=6)
