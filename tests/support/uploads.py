"""What the background does with a file that arrived, for tests in which no worker is woken."""

from __future__ import annotations

from dubbing import tasks
from dubbing.models import Upload


def examine_all() -> None:
    """Hash and probe every file that arrived, and give it to the drafts that wait for it."""
    for pk in Upload.objects.filter(status=Upload.Status.ARRIVED).values_list("pk", flat=True):
        tasks.verify(pk)
