"""The Celery application, on the broker that the settings name. It only wakes workers."""

import os
import sys
from pathlib import Path
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready, worker_shutdown
from django.core.management.base import SystemCheckError
from kombu.transport import TRANSPORT_ALIASES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

TRANSPORT_ALIASES["filesystem"] = "portal.embedded_broker:Transport"
app = Celery("portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def check_before_work(**_: Any) -> None:
    """Refuse to start with a wrong configuration. Celery would only log an ordinary error and continue."""
    from dubbing.checks import refuse_wrong_start
    from portal import observability

    try:
        refuse_wrong_start()
    except SystemCheckError as problem:
        sys.exit(str(problem))
    observability.start("worker")


@worker_ready.connect
def give_signs_of_life(**_: Any) -> None:
    """Show that this worker lives, until it is stopped."""
    from dubbing.operation.metric_totals import save_measurements
    from dubbing.operation.signs_of_life import SignOfLife

    sign = SignOfLife("worker", also=save_measurements)
    worker_shutdown.connect(lambda **_: sign.stop(), weak=False)
    sign.start()


@setup_logging.connect
def keep_django_logging(**_: Any) -> None:
    """Celery's own logging set-up would undo the redaction."""


@app.on_after_configure.connect
def make_folders(sender: Celery, **_: Any) -> None:
    """The embedded broker needs its folders."""
    for name in ("data_folder_in", "data_folder_out", "control_folder"):
        folder = sender.conf.broker_transport_options.get(name)
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
