"""Health lines about others: providers, whether they can call us, their callbacks, and the mail server."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import providers
from dubbing.models import AccessCheck, Callback, Hold, Mail, Submission
from dubbing.models.access_checks import PORTAL
from dubbing.models.alerts import OF_PROVIDER
from dubbing.operation.health_lines import HealthLine, failing, good, unknown, warning
from dubbing.platform import formatting
from dubbing.providers import capabilities, open_provider

CHECK_LATE = timedelta(minutes=15)
DOWN_FOR = timedelta(minutes=5)
CALLED_LATELY = timedelta(days=1)
"""A callback that came within this time shows that the address works."""
EXPECTED_WITHIN = timedelta(hours=1)
LOOKED_BACK, LEAST_SENT = timedelta(days=3), 3
MAIL_LATE, MAIL_STOPPED = timedelta(minutes=10), timedelta(hours=1)
Checks = Mapping[str, AccessCheck]
_FOLDER = "django.core.mail.backends.filebased.EmailBackend"


def provider_lines(checks: Checks) -> list[HealthLine]:
    """A line for each provider that has an address and a key: held or not, and what the free call said."""
    holds = {hold.provider: hold for hold in Hold.objects.all()}
    return [_provider_line(name, holds.get(name), checks.get(name)) for name in providers.provider_names()]


def _provider_line(name: str, hold: Hold | None, check: AccessCheck | None) -> HealthLine:
    key = OF_PROVIDER + name
    if hold:
        figure = gettext("on hold for %(age)s: %(reason)s") % {
            "age": _age(hold.since),
            "reason": hold.get_reason_display(),
        }
        if hold.reason == Hold.Reason.THROTTLED:
            return warning(key, figure, "provider_throttled")
        return failing(key, figure, "provider_held")
    if not providers.has_free_check(name):
        return unknown(key, gettext("not on hold; no free call is known that would check address and key"))
    return _check_line(key, check)


def _check_line(key: str, check: AccessCheck | None) -> HealthLine:
    if check is None or check.checked_at is None:
        return unknown(key, gettext("not checked yet"), "check_late")
    outcome, age = AccessCheck.Outcome(check.outcome), _age(check.checked_at)
    if outcome == AccessCheck.Outcome.GOOD:
        text = gettext("address and key work; checked %(age)s ago, %(milliseconds)s ms")
        figure = text % {"age": age, "milliseconds": check.milliseconds}
        is_late = timezone.now() - check.checked_at > CHECK_LATE
        return warning(key, figure, "check_late") if is_late else good(key, figure)
    text = gettext("%(outcome)s; checked %(age)s ago: %(problem)s")
    figure = text % {"outcome": outcome.label, "age": age, "problem": check.problem}
    is_brief = check.failing_since is None or timezone.now() - check.failing_since < DOWN_FOR
    if outcome == AccessCheck.Outcome.DOWN and is_brief:
        return warning(key, figure, "provider_down")
    return failing(key, figure, f"provider_{outcome.value}")


def callback_lines(checks: Checks) -> list[HealthLine]:
    """Whether providers can call us as far as can be told, and the last callback."""
    newest = Callback.objects.order_by("-pk").values("event", "last_received_at").first()
    last = newest["last_received_at"] if newest else None
    was_called = last is not None and timezone.now() - last < CALLED_LATELY
    if newest is None:
        figure = gettext("none yet")
    else:
        event = newest["event"] or gettext("unknown event")
        figure = gettext("%(age)s ago: %(event)s") % {"age": _age(newest["last_received_at"]), "event": event}
    line = warning("callbacks", figure, "callbacks_missing") if _are_callbacks_missing() else good("callbacks", figure)
    return [
        _address_line(checks.get(PORTAL), was_called=was_called),
        unknown("callbacks", figure) if newest is None and not line.problem else line,
    ]


def _address_line(check: AccessCheck | None, *, was_called: bool) -> HealthLine:
    address = settings.PORTAL_URL
    deaf = [name for name in providers.provider_names() if capabilities(name).callbacks and not _can_call(name)]
    if deaf:
        names = formatting.enumeration(providers.label(name) for name in deaf)
        text = gettext("%(address)s: not for %(names)s")
        return warning("address", text % {"address": address, "names": names}, "address_private")
    if check is None or check.checked_at is None:
        return unknown("address", gettext("%(address)s: not checked yet") % {"address": address}, "check_late")
    age = _age(check.checked_at)
    if check.outcome == AccessCheck.Outcome.GOOD:
        return good("address", gettext("%(address)s answers; checked %(age)s ago") % {"address": address, "age": age})
    text = gettext("%(address)s: %(problem)s; checked %(age)s ago")
    figure = text % {"address": address, "problem": check.problem, "age": age}
    return (
        warning("address", figure, "address_doubtful")
        if was_called
        else failing("address", figure, "address_unreachable")
    )


def _can_call(name: str) -> bool:
    try:
        return open_provider(name).reachable(f"{settings.PORTAL_URL}/callbacks/{name}/token/")
    except ValueError:
        return True  # its own line says what is wrong


def _are_callbacks_missing() -> bool:
    """Whether videos were accepted by providers that promise callbacks, and none of them was called back about."""
    now = timezone.now()
    begin, end = now - LOOKED_BACK, now - EXPECTED_WITHIN
    newest = Submission.objects.order_by("-pk").values_list("pk", "status", "sent_at", "asset__provider")
    sent = [
        pk
        for pk, status, sent_at, provider in newest[:200]
        if status == Submission.Status.ACCEPTED and capabilities(provider).promises_callbacks
        if sent_at and begin < sent_at < end
    ]
    return len(sent) >= LEAST_SENT and not Callback.objects.filter(submission__in=sent).exists()


def mail_line() -> HealthLine:
    """Whether there is a mail server, and whether it accepts our emails."""
    waiting = Mail.objects.filter(status__in=Mail.UNSENT, tries__gt=0).order_by("made_at")
    oldest = waiting.values("made_at", "problem").first()
    if oldest:
        figures = {"age": _age(oldest["made_at"]), "problem": oldest["problem"]}
        figure = gettext("the oldest email has been waiting for %(age)s: %(problem)s") % figures
        age = timezone.now() - oldest["made_at"]
        if age > MAIL_STOPPED:
            return failing("mail", figure, "mail_waiting")
        if age > MAIL_LATE:
            return warning("mail", figure, "mail_waiting")
        return good("mail", figure)
    if settings.EMAIL_BACKEND == _FOLDER:
        figure = gettext("no mail server: emails go to a folder")
        is_public = settings.PORTAL_URL.startswith("https://")
        return warning("mail", figure, "mail_folder") if is_public else unknown("mail", figure, "mail_folder")
    return good("mail", gettext("through %(server)s; none is waiting") % {"server": settings.EMAIL_HOST})


def _age(since: datetime) -> str:
    return formatting.duration(max(0, round((timezone.now() - since).total_seconds())))
