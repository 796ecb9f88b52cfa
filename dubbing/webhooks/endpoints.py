"""Webhooks of a project: create, change, replace the secret, turn off and on."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from dubbing.models import AuditEvent, Membership, Notice, Project, Webhook, WebhookMessage
from dubbing.notices import notice_rows
from dubbing.notices.audience import Audience
from dubbing.notices.event_notices import PlannedNotice
from dubbing.platform.errors import NotPossible
from dubbing.providers.addresses import is_local, is_public_https
from dubbing.webhooks import consumer, payloads

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 20
"""Maximum number of webhooks in one project."""
OVERLAP = timedelta(days=1)
"""How long the old secret also signs after it was replaced."""
KEPT = timedelta(days=30)
_SALT = "dubbing.webhooks"


def create(project: Project, url: str, kinds: Iterable[str], user: User) -> Webhook:
    """Create a webhook, which is called from now on. Raises NotPossible."""
    check_url(url)
    with transaction.atomic():
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        if project.webhooks.count() >= MOST:
            message = gettext("A project can have at most %(count)s webhooks. Delete one first.")
            raise NotPossible(message % {"count": MOST})
        _begin_reading()
        webhook = Webhook.objects.create(
            project=project, url=url, kinds=_known(kinds), salt=_new_salt(), created_by=user
        )
        _record(webhook, AuditEvent.Kind.WEBHOOK_CREATED, user)
    return webhook


def change(webhook: Webhook, url: str, kinds: Iterable[str], user: User) -> None:
    """Change its address or events. If it was turned off, it is on again. Raises NotPossible."""
    check_url(url)
    with transaction.atomic():
        _begin_reading()
        on = {"disabled_at": None, "disabled_why": "", "failing_since": None}
        Webhook.objects.filter(pk=webhook.pk).update(url=url, kinds=_known(kinds), **on)
        webhook.refresh_from_db()
        _record(webhook, AuditEvent.Kind.WEBHOOK_CHANGED, user)


def replace_secret(webhook: Webhook, user: User) -> None:
    """Replace its secret; messages are signed with both for a day."""
    with transaction.atomic():
        until = timezone.now() + OVERLAP
        changes = {"salt": _new_salt(), "previous_salt": webhook.salt, "previous_until": until}
        Webhook.objects.filter(pk=webhook.pk).update(**changes)
        webhook.refresh_from_db()
        _record(webhook, AuditEvent.Kind.WEBHOOK_SECRET, user)


def delete(webhook: Webhook, user: User) -> None:
    """Delete the webhook with its log."""
    with transaction.atomic():
        Webhook.objects.filter(pk=webhook.pk).delete()
        _record(webhook, AuditEvent.Kind.WEBHOOK_DELETED, user)


def disable(webhook: Webhook, why: str) -> None:
    """Turn it off until an owner turns it on again; owners are notified."""
    with transaction.atomic():
        off = {"disabled_at": timezone.now(), "disabled_why": why}
        if not Webhook.objects.live().filter(pk=webhook.pk).update(**off):
            return
        waiting = WebhookMessage.objects.filter(webhook=webhook, status=WebhookMessage.Status.WAITING)
        waiting.update(status=WebhookMessage.Status.GIVEN_UP)
        key, data = f"{webhook.pk}:{off['disabled_at']:%Y%m%d%H%M%S}", {"webhook": webhook.pk, "url": webhook.url}
        owners = set(
            Membership.objects.filter(project=webhook.project_id, role=Membership.Role.OWNER, user__is_active=True)
            .values_list("user_id", flat=True)
        )  # fmt: skip
        notice = PlannedNotice(
            Notice.Kind.WEBHOOK, key, lambda audience: owners, project_id=webhook.project_id, data=data
        )
        notice_rows.write_notices([notice], Audience([], projects=[webhook.project_id]))
        _record(webhook, AuditEvent.Kind.WEBHOOK_DISABLED, None)


def send_test(webhook: Webhook) -> WebhookMessage:
    """Create a test message, to be sent now."""
    message = payloads.trial(webhook)
    message.save()
    return message


def send_again(message: WebhookMessage) -> None:
    """Send it again, whatever its outcome: with the same id, by which receivers recognise it."""
    now = timezone.now()
    anew = {"status": WebhookMessage.Status.WAITING, "next_at": now, "tries": 0}
    until = now + (message.tried_until - message.made_at)
    WebhookMessage.objects.filter(pk=message.pk).update(**anew, tried_until=until)


def secrets_of(webhook: Webhook) -> list[str]:
    """The secrets that sign now, newest first."""
    salts = [webhook.salt]
    if webhook.previous_salt and webhook.previous_until and webhook.previous_until > timezone.now():
        salts.append(webhook.previous_salt)
    return [_secret(salt) for salt in salts]


def check_url(url: str) -> None:
    """Raise NotPossible for an address that is never called."""
    if not is_acceptable(url):
        raise NotPossible(gettext("Enter a public https address. Private addresses are not allowed."))


def is_acceptable(url: str) -> bool:
    """Whether the address is spelled like one that may be called; what its name resolves to is judged at each call."""
    return is_public_https(url) or (settings.DEBUG and is_local(url))


def forget_old() -> None:
    """Delete messages that nobody will look at any more."""
    old = WebhookMessage.objects.filter(made_at__lt=timezone.now() - KEPT)
    old.exclude(status=WebhookMessage.Status.WAITING).delete()


def _begin_reading() -> None:
    """Before the first webhook there was no receiver: start with what happens from now on."""
    if not Webhook.objects.live().exists():
        consumer.skip_to_now()


def _known(kinds: Iterable[str]) -> list[str]:
    chosen = set(kinds)
    return [str(kind) for kind in Webhook.Kind if kind in chosen]


def _new_salt() -> str:
    return secrets.token_urlsafe(32)


def _secret(salt: str) -> str:
    digest = salted_hmac(_SALT, salt, algorithm="sha256").digest()
    return "whsec_" + base64.b64encode(digest).decode()


def _record(webhook: Webhook, kind: str, actor: User | None) -> None:
    AuditEvent.objects.record(
        kind, subject=str(webhook), actor=actor, project=webhook.project, webhook=webhook.pk, kinds=webhook.kinds
    )
