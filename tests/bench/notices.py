"""A flood of events: all of them are told, once, soon, and in one email."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.measuring import Figure, Sizes, below, p95, workplace
from tests.bench.portal import QuietSandbox, ask
from tests.support.portal import Portal

SECONDS_TO_TELL = 10
KILOBYTES = 100
GATHERED = 20
"""Seconds for which an email gathers notices beyond the flood."""


def measure(sizes: Sizes) -> Iterator[Figure]:
    """Seconds from an event to its notice; what was lost or told twice; how many emails, and how large."""
    wait = sizes.notice_seconds + GATHERED
    with (
        workplace() as folder,
        QuietSandbox(folder / "sandbox") as sandbox,
        Portal(folder / "portal", sandbox, NOTICE_MAIL_SECONDS=str(wait)) as portal,
    ):
        portal.manage(
            "shell",
            "--command",
            "from django.contrib.auth.models import User as U; U.objects.update(email='owner@example.com')",
        )
        portal.start("worker", "beat")
        ask(portal, "failures", sizes.notices, sizes.notice_seconds)
        told = _wait_for_figures(portal, seconds=wait + 60)
        files = sorted((Path(portal.environment["VAR_DIR"]) / "mail").glob("*"))
        largest = max((file.stat().st_size for file in files), default=0)
    context: dict[str, object] = {"events": sizes.notices, "within": sizes.notice_seconds}
    yield below(SECONDS_TO_TELL, "notice_seconds", p95(told["seconds"]), "s", **context)
    yield below(1, "notices_lost", told["lost"], "notices", **context)
    yield below(1, "notices_twice", told["twice"], "notices", **context)
    yield below(
        2, "notice_emails", len(files), "emails", **context, notices=[count for _status, count in told["mails"]]
    )
    yield below(KILOBYTES, "notice_email_size", largest / 1000, "kB", **context)


def _wait_for_figures(portal: Portal, *, seconds: float) -> dict[str, Any]:
    """What became of the events, once their mails are sent."""
    until = time.monotonic() + seconds
    while True:
        told: dict[str, Any] = ask(portal, "notices")
        if told["mails"] and not told["lost"] and all(status == "sent" for status, _count in told["mails"]):
            return told
        if time.monotonic() > until:
            return told
        time.sleep(1)
