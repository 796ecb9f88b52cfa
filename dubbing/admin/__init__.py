"""The admin site for ops: look at everything, change states only through actions that leave an event."""

from dubbing.admin import assets, deliveries, ledger, projects, submissions, versions

__all__ = ["assets", "deliveries", "ledger", "projects", "submissions", "versions"]
