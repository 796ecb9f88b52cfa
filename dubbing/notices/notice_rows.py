"""Write notices and put each into the email it is sent with. Call with the cursor locked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from django.conf import settings
from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.models import Event, Mail, Notice, Rhythm
from dubbing.notices import choices
from dubbing.notices.audience import Audience
from dubbing.notices.event_notices import PlannedNotice
from dubbing.notices.notice_keys import notice_key
from dubbing.platform import numbers

if TYPE_CHECKING:
    from dubbing.models.events import EventQuerySet

    Events: TypeAlias = EventQuerySet


def write_notices(planned: Sequence[PlannedNotice], audience: Audience) -> None:
    """Write the notices that do not exist yet, and put them into emails."""
    meant: dict[tuple[int, str, str], Notice] = {}
    for notice in (notice for item in planned for notice in _notices(item, audience)):
        meant.setdefault((notice.recipient_id, notice.kind, notice.key), notice)
    people = {person for person, _kind, _key in meant}
    written_before = Notice.objects.filter(recipient__in=people, key__in={key for _person, _kind, key in meant})
    for before in written_before.values_list("recipient_id", "kind", "key"):
        meant.pop(before, None)
    if meant:
        _put_into_mails(list(meant.values()))
        Notice.objects.bulk_create(meant.values(), ignore_conflicts=True)


def _notices(planned: PlannedNotice, audience: Audience) -> Iterator[Notice]:
    """The notices, without the one for the person who caused the event and those for people who may not see it."""
    for person in sorted(planned.whom(audience) - {planned.actor_id}):
        if planned.for_ops or (planned.project_id and audience.may_see(person, planned.project_id, planned.asset)):
            yield Notice(
                recipient_id=person, kind=planned.kind, key=planned.key, asset=planned.asset,
                project_id=planned.project_id, locale=planned.locale, for_ops=planned.for_ops, data=planned.data,
            )  # fmt: skip


def settle_questions(events: Sequence[Event]) -> None:
    """Mark requests as read that an owner decided or the asker withdrew; likewise for closed votes."""
    over = {event.asset_id: event.pk for event in events if event.kind in _DECISIONS}
    if over:
        asked = Notice.objects.unread().filter(asset__in=over, kind=Notice.Kind.APPROVAL)
        rows = asked.values_list("pk", "asset_id", "key")
        Notice.objects.filter(pk__in=[pk for pk, asset, key in rows if asset and int(key) < over[asset]]).mark_read()
    closed = {numbers.whole(event.data.get("comparison")) for event in events if event.kind == Event.Kind.VOTE_CLOSED}
    if closed:
        keys = [notice_key(comparison, closed=False) for comparison in closed if comparison]
        Notice.objects.unread().filter(kind=Notice.Kind.VOTE, key__in=keys).mark_read()


_DECISIONS = {Event.Kind.APPROVED, Event.Kind.GIVEN_BACK}


def _put_into_mails(notices: list[Notice]) -> None:
    reachable = User.objects.filter(pk__in={notice.recipient_id for notice in notices}, is_active=True).exclude(
        email=""
    )
    chosen = choices.of_people(list(reachable.values_list("pk", flat=True)))
    wanted = [(notice, rhythm) for notice in notices if (rhythm := chosen.rhythm(notice)) != Rhythm.OFF]
    mails = _open_mails({(notice.recipient_id, rhythm) for notice, rhythm in wanted})
    for notice, rhythm in wanted:
        notice.mail = mails[notice.recipient_id, rhythm]


def _open_mails(wanted: set[tuple[int, str]]) -> dict[tuple[int, str], Mail]:
    """The open mail for each person and rhythm, locked so that nobody sends it meanwhile."""
    people = {person for person, _rhythm in wanted}
    open_ones = Mail.objects.select_for_update().filter(recipient__in=people, status=Mail.Status.OPEN).order_by("pk")
    by_recipient = {(mail.recipient_id, mail.rhythm): mail for mail in open_ones} if people else {}
    missing = sorted(wanted - by_recipient.keys())
    made = Mail.objects.bulk_create(
        Mail(recipient_id=person, rhythm=rhythm, next_at=_send_at(rhythm)) for person, rhythm in missing
    )
    return by_recipient | dict(zip(missing, made, strict=True))


def _send_at(rhythm: str) -> datetime:
    now = timezone.localtime(timezone=timezone.get_default_timezone())
    if rhythm == Rhythm.SOON:
        return now + timedelta(seconds=settings.NOTICE_MAIL_SECONDS)
    today = now.replace(hour=settings.NOTICE_DAILY_HOUR, minute=0, second=0, microsecond=0)
    return today if today > now else today + timedelta(days=1)
