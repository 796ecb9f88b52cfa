"""The Django project: settings, addresses, processes. Configuration, no domain."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
