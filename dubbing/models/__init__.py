"""Rows, queries, constraints and statuses: one file per noun."""

from dubbing.models.assets import Asset
from dubbing.models.callbacks import Callback
from dubbing.models.dubbings import Dubbing, Result, Version
from dubbing.models.events import AppendOnly, Event
from dubbing.models.holds import Hold
from dubbing.models.projects import Membership, Project
from dubbing.models.submissions import Submission
from dubbing.models.uploads import Upload

__all__ = [
    "AppendOnly",
    "Asset",
    "Callback",
    "Dubbing",
    "Event",
    "Hold",
    "Membership",
    "Project",
    "Result",
    "Submission",
    "Upload",
    "Version",
]
