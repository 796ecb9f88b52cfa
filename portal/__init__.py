"""The Django project: settings, addresses, processes. Configuration only, no domain logic."""

from portal.celery import app as celery_app
from portal.hardening import close_process

__all__ = ["celery_app"]

close_process()
