"""The Django project: settings, addresses, processes. Configuration only, no domain logic."""

from portal.python_version import refuse_old_python

refuse_old_python()

from portal.celery import app as celery_app  # noqa: E402 - nothing else loads on an older one
from portal.hardening import close_process  # noqa: E402

__all__ = ["celery_app"]

close_process()
