"""Send emails with notices: each once, and again until the mail server accepts it."""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from datetime import timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from dubbing.accounts import languages
from dubbing.models import Mail, Notice, Rhythm
from dubbing.notices import choices, texts
from dubbing.platform import backoff, formatting

log = logging.getLogger(__name__)

MOST_LINES = 50
SECONDS = 60.0
"""How long the mail server may take."""
# Longer than other waits: a mail server is down for minutes, and nobody waits at a screen.
LEAST_WAIT = timedelta(seconds=30)
_SALT = "dubbing.notices.stop"
# What needs action comes first, and is never cut off.
_RANK = {kind: rank for rank, kind in enumerate(Notice.Kind.values)}


def send(pk: int) -> bool:
    """Send this mail if it is due. Return True if the mail server accepted it."""
    lease = Mail.objects.due().claim(pk, seconds=SECONDS, status=Mail.Status.CLOSED)
    if lease is None:
        return False
    mail = Mail.objects.select_related("recipient__preferences").get(pk=pk)
    notices = _left_to_tell(mail)
    if not notices:
        Mail.objects.release(pk, lease, status=Mail.Status.EMPTY)
        return False
    try:
        with languages.reading_as(mail.recipient):
            message = _message(mail, notices)
        message.send()
    except Exception as error:  # of the network, the mail server or the disk: none of them may stop the worker
        _later(mail, lease, error)
        return False
    return Mail.objects.release(pk, lease, status=Mail.Status.SENT, sent_at=timezone.now(), problem="")


def stop_link(user: User) -> str:
    """The address at which a person stops all emails of notices, signed in or not."""
    return str(settings.PORTAL_URL) + reverse("notices-stop", args=[signing.dumps(user.pk, salt=_SALT)])


def person_of(token: str) -> User | None:
    """The person whose emails this token stops; None if it is invalid."""
    try:
        pk = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return User.objects.filter(pk=pk).first()


def _later(mail: Mail, lease: uuid.UUID, error: Exception) -> None:
    log.warning("mail %s could not be sent: %s", mail.pk, error)
    wait = max(LEAST_WAIT, backoff.next_try(mail.tries))
    problem = formatting.one_line(str(error) or type(error).__name__)[:500]
    Mail.objects.release(mail.pk, lease, next_at=timezone.now() + wait, tries=F("tries") + 1, problem=problem)


def _left_to_tell(mail: Mail) -> list[Notice]:
    """The notices that are still unread, visible, and wanted by email."""
    person = mail.recipient
    if not person.is_active or not person.email:
        return []
    rows = Notice.objects.visible_to(person).unread().filter(mail=mail)
    chosen = choices.of_people([person.pk])
    wanted = list(rows.order_by("pk").select_related("asset", "project"))
    return sorted(
        (notice for notice in wanted if chosen.rhythm(notice) != Rhythm.OFF),
        key=lambda notice: (_RANK[notice.kind], notice.pk),
    )


def _message(mail: Mail, notices: list[Notice]) -> EmailMultiAlternatives:
    lines = texts.lines(notices[:MOST_LINES])
    stop = stop_link(mail.recipient)
    context = {
        "lines": lines, "more": len(notices) - len(lines), "count": len(notices), "stop": stop,
        "portal": settings.PORTAL_URL, "daily": mail.rhythm == Rhythm.DAILY,
    }  # fmt: skip
    headers = {
        "Message-ID": f"<{mail.message_id}@{_domain()}>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    text = render_to_string("notices/mail.txt", context)
    message = EmailMultiAlternatives(_subject(lines, notices), text, to=[mail.recipient.email], headers=headers)
    message.attach_alternative(render_to_string("notices/mail.html", context), "text/html")
    return message


def _subject(lines: list[texts.NoticeText], notices: list[Notice]) -> str:
    if len(notices) == 1:
        return formatting.one_line(f"{lines[0].subject}: {lines[0].text}")[:150]
    counted = Counter(notice.kind for notice in notices)
    parts = (f"{Notice.Kind(kind).label}: {counted[kind]}" for kind in Notice.Kind.values if counted[kind])
    return gettext("%(count)s notices. %(kinds)s") % {"count": len(notices), "kinds": ", ".join(parts)}


def _domain() -> str:
    """The domain of the sender's address, or else of the portal."""
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    return address.rpartition("@")[2] or urlsplit(settings.PORTAL_URL).hostname or "localhost"
