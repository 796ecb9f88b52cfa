"""Rows, queries, constraints and statuses: one file per noun."""

from dubbing.models.assets import Asset
from dubbing.models.attempts import Attempt
from dubbing.models.batches import Batch, BatchRow
from dubbing.models.bulk_actions import BulkAction, BulkItem
from dubbing.models.callbacks import Callback
from dubbing.models.dubbings import Dubbing, Result, Version
from dubbing.models.events import AppendOnly, Event
from dubbing.models.holds import Hold
from dubbing.models.judged_words import JudgedWords
from dubbing.models.ledger import LedgerEntry, MonthlyTotal, MonthlyUse
from dubbing.models.links import Link
from dubbing.models.notices import Mail, Notice, NoticeChoice, NoticeCursor, Rhythm
from dubbing.models.policies import Policy, Preset, Term
from dubbing.models.preferences import Preferences
from dubbing.models.projects import Membership, Project
from dubbing.models.quality import ProjectThresholds, QualityReport
from dubbing.models.reviews import Comment, CommentEdit, DefaultReviewer, Review, ReviewPolicy
from dubbing.models.saved_views import ListChoice, RowHeight, SavedView
from dubbing.models.submissions import Submission
from dubbing.models.tags import Tag
from dubbing.models.text_search import SubtitleWords
from dubbing.models.uploads import Upload

__all__ = [
    "AppendOnly",
    "Asset",
    "Attempt",
    "Batch",
    "BatchRow",
    "BulkAction",
    "BulkItem",
    "Callback",
    "Comment",
    "CommentEdit",
    "DefaultReviewer",
    "Dubbing",
    "Event",
    "Hold",
    "JudgedWords",
    "LedgerEntry",
    "Link",
    "ListChoice",
    "Mail",
    "Membership",
    "MonthlyTotal",
    "MonthlyUse",
    "Notice",
    "NoticeChoice",
    "NoticeCursor",
    "Policy",
    "Preferences",
    "Preset",
    "Project",
    "ProjectThresholds",
    "QualityReport",
    "Result",
    "Review",
    "ReviewPolicy",
    "Rhythm",
    "RowHeight",
    "SavedView",
    "Submission",
    "SubtitleWords",
    "Tag",
    "Term",
    "Upload",
    "Version",
]
