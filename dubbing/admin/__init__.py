"""The admin site for ops: look at everything, change states only through actions that leave an event."""

from dubbing.admin import (
    assets,
    attempts,
    batches,
    deliveries,
    ledger,
    notices,
    policies,
    projects,
    sign_in,
    submissions,
    uploads,
    versions,
)

__all__ = [
    "assets",
    "attempts",
    "batches",
    "deliveries",
    "ledger",
    "notices",
    "policies",
    "projects",
    "sign_in",
    "submissions",
    "uploads",
    "versions",
]
