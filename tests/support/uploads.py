"""Do what the background does with an uploaded file, for tests without a worker."""

from __future__ import annotations

from dubbing import tasks
from dubbing.models import Upload


def examine_all() -> None:
    """Hash and probe every file that arrived, and give it to the drafts that wait for it."""
    for pk in Upload.objects.filter(status=Upload.Status.ARRIVED).values_list("pk", flat=True):
        tasks.verify(pk)
