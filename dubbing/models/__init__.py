"""Rows, queries, constraints and statuses: one file per noun."""

from dubbing.models.access_checks import AccessCheck
from dubbing.models.alerts import Alert
from dubbing.models.assets import Asset
from dubbing.models.attempts import Attempt
from dubbing.models.audit import AuditEvent, AuditHead
from dubbing.models.batches import Batch, BatchRow
from dubbing.models.blind_comparisons import Ballot, BlindCandidate, BlindComparison
from dubbing.models.bulk_actions import BulkAction, BulkItem
from dubbing.models.callbacks import Callback
from dubbing.models.consistency_checks import ConsistencyCheck
from dubbing.models.deliveries import Delivery, DeliveryDownload, DeliveryEntry, DeliveryPolicy, LabelPolicy
from dubbing.models.dubbings import Dubbing, Result, Version
from dubbing.models.events import AppendOnly, Event
from dubbing.models.holds import Hold
from dubbing.models.idempotency import IdempotentRequest
from dubbing.models.judged_words import JudgedWords
from dubbing.models.ledger import LedgerEntry, MonthlyTotal, MonthlyUse
from dubbing.models.links import Link
from dubbing.models.measurements import Measurement, Tally
from dubbing.models.notices import Mail, Notice, NoticeChoice, NoticeCursor, Rhythm
from dubbing.models.periodic_jobs import PeriodicJob
from dubbing.models.policies import Policy, Preset, Term
from dubbing.models.preferences import Preferences
from dubbing.models.processes import Process
from dubbing.models.projects import Membership, Project
from dubbing.models.quality import ProjectThresholds, QualityReport
from dubbing.models.retention import RetentionPolicy
from dubbing.models.reviews import Comment, CommentEdit, DefaultReviewer, Review, ReviewPolicy
from dubbing.models.saved_views import ListChoice, RowHeight, SavedView
from dubbing.models.sessions import Session
from dubbing.models.share_links import ShareLink, ShareVisit, SharingPolicy
from dubbing.models.sign_in import GroupRule, SignInAttempt
from dubbing.models.submissions import Submission
from dubbing.models.tags import Tag
from dubbing.models.text_search import SubtitleWords
from dubbing.models.tokens import ApiToken
from dubbing.models.uploads import Upload
from dubbing.models.webhooks import Webhook, WebhookAttempt, WebhookMessage

__all__ = [
    "AccessCheck",
    "Alert",
    "ApiToken",
    "AppendOnly",
    "Asset",
    "Attempt",
    "AuditEvent",
    "AuditHead",
    "Ballot",
    "Batch",
    "BatchRow",
    "BlindCandidate",
    "BlindComparison",
    "BulkAction",
    "BulkItem",
    "Callback",
    "Comment",
    "CommentEdit",
    "ConsistencyCheck",
    "DefaultReviewer",
    "Delivery",
    "DeliveryDownload",
    "DeliveryEntry",
    "DeliveryPolicy",
    "Dubbing",
    "Event",
    "GroupRule",
    "Hold",
    "IdempotentRequest",
    "JudgedWords",
    "LabelPolicy",
    "LedgerEntry",
    "Link",
    "ListChoice",
    "Mail",
    "Measurement",
    "Membership",
    "MonthlyTotal",
    "MonthlyUse",
    "Notice",
    "NoticeChoice",
    "NoticeCursor",
    "PeriodicJob",
    "Policy",
    "Preferences",
    "Preset",
    "Process",
    "Project",
    "ProjectThresholds",
    "QualityReport",
    "Result",
    "RetentionPolicy",
    "Review",
    "ReviewPolicy",
    "Rhythm",
    "RowHeight",
    "SavedView",
    "Session",
    "ShareLink",
    "ShareVisit",
    "SharingPolicy",
    "SignInAttempt",
    "Submission",
    "SubtitleWords",
    "Tag",
    "Tally",
    "Term",
    "Upload",
    "Version",
    "Webhook",
    "WebhookAttempt",
    "WebhookMessage",
]
