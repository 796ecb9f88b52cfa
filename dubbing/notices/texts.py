"""The text and the link of a notice, the same in the portal and in emails."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from dubbing import providers
from dubbing.models import Asset, BlindComparison, Hold, Notice, Version, Webhook
from dubbing.models.alerts import line_name
from dubbing.models.notices import OF_REVIEW
from dubbing.platform import formatting, health_messages, json_values, locales, numbers

NAMED = 3
"""Maximum number of languages named; more are counted."""


@dataclass(frozen=True, slots=True)
class NoticeText:
    """One notice as people read it. ``subject``: what it is about."""

    notice: Notice
    subject: str
    text: str
    icon: str
    tone: str


def lines(notices: Iterable[Notice]) -> list[NoticeText]:
    """The notices as text, with the people they name, in one query."""
    rows = list(notices)
    ids = {person for row in rows if (person := _person(row))}
    names = {user.pk: formatting.person(user) for user in User.objects.filter(pk__in=ids)} if ids else {}
    return [_line(row, names.get(_person(row) or 0, gettext("Someone"))) for row in rows]


def _person(notice: Notice) -> int | None:
    return numbers.whole(notice.data.get("by"))


def target(notice: Notice, reader: User) -> str:
    """The page that the notice is about, if the reader may open it; otherwise empty."""
    if notice.for_ops:
        return _of_ops(notice, reader)
    if notice.kind == Notice.Kind.VOTE:
        return _of_comparison(notice, reader)
    if notice.kind == Notice.Kind.WEBHOOK:
        return _of_webhook(notice, reader)
    if notice.asset is None:
        return reverse("usage", args=[notice.project_id])
    if notice.kind in OF_REVIEW and (version := _version_of(notice)):
        comment = numbers.whole(notice.data.get("comment"))
        return reverse("version", args=[version]) + (f"?do=show-{comment}#comment-{comment}" if comment else "")
    if notice.kind == Notice.Kind.PILOT and _may_judge(notice.asset, reader):
        return reverse("asset-promote", args=[notice.asset.pilot_of_id])
    return reverse("asset", args=[notice.asset.pk])


def _of_comparison(notice: Notice, reader: User) -> str:
    pk = numbers.whole(notice.data.get("comparison")) or 0
    is_there = BlindComparison.objects.visible_to(reader).filter(pk=pk).exists()
    return reverse("blind", args=[pk]) if is_there else reverse("project", args=[notice.project_id])


def _version_of(notice: Notice) -> int | None:
    """The newest final video of the language."""
    versions = Version.objects.filter(dubbing__asset=notice.asset_id, dubbing__locale=notice.locale, superseded=False)
    made = versions.filter(results__isnull=False).order_by("-pk")
    return made.values_list("pk", flat=True).first()


def _of_webhook(notice: Notice, reader: User) -> str:
    """The webhook's page for owners; the project for former owners, and if the webhook was deleted."""
    pk = numbers.whole(notice.data.get("webhook")) or 0
    if Webhook.objects.owned_by(reader).filter(pk=pk).exists():
        return reverse("webhook", args=[pk])
    return reverse("project", args=[notice.project_id])


def _of_ops(notice: Notice, reader: User) -> str:
    """A page of the admin site, for staff with the permissions for it."""
    admin = "admin:dubbing"
    if notice.kind == Notice.Kind.ALERT:
        model, place = "hold", reverse("health")
    elif notice.kind == Notice.Kind.HOLD:
        model, place = "hold", reverse(f"{admin}_hold_changelist")
    elif notice.asset and "stuck" in notice.data:
        model, place = "asset", reverse(f"{admin}_asset_change", args=[notice.asset.pk])
    elif notice.asset:
        query = urlencode({"q": notice.data.get("reference", "")})
        model, place = "submission", f"{reverse(f'{admin}_submission_changelist')}?{query}"
    else:
        model, place = "monthlytotal", reverse(f"{admin}_monthlytotal_changelist")
    if reader.has_perm(f"dubbing.view_{model}") or reader.has_perm(f"dubbing.change_{model}"):
        return place
    asset = notice.asset
    is_member = asset is not None and Asset.objects.visible_to(reader).filter(pk=asset.pk).exists()
    return reverse("asset", args=[notice.asset_id]) if is_member else ""


def _may_judge(pilot: Asset, reader: User) -> bool:
    drafts = Asset.objects.editable_by(reader).filter(status=Asset.Status.DRAFT)
    return pilot.pilot_of_id is not None and drafts.filter(pk=pilot.pilot_of_id).exists()


def _line(notice: Notice, by: str) -> NoticeText:
    icon, tone = _LOOKS[notice.kind]
    if notice.kind == Notice.Kind.ALERT and notice.data.get("cleared"):
        icon, tone = "circle-check", "green"
    return NoticeText(notice, _subject(notice), _SENTENCES[notice.kind](notice, by), icon, tone)


def _subject(notice: Notice) -> str:
    if notice.kind == Notice.Kind.HOLD:
        return providers.label(str(notice.data.get("provider", "")))
    if notice.kind == Notice.Kind.ALERT:
        return line_name(str(notice.data.get("line", ""))) or gettext("Health")
    if notice.kind == Notice.Kind.VOTE and notice.data.get("name"):
        return str(notice.data["name"])
    if notice.asset is not None:
        return str(notice.asset)
    return str(notice.project) if notice.project else gettext("All projects")


def _finished(notice: Notice, by: str) -> str:
    if notice.data.get("to") == Asset.Status.READY:
        return gettext("Ready to edit in the studio.")
    few = ngettext(
        "%(languages)s is done.", "%(languages)s are done.", len(json_values.texts(notice.data.get("languages"))) or 1
    )
    return _of_languages(notice, "languages", few, gettext("Done in %(count)s languages."))


def _failed(notice: Notice, by: str) -> str:
    if notice.locale:
        return gettext("%(language)s failed.") % {"language": locales.display_name(notice.locale)}
    to = notice.data.get("to")
    if to == "refused":
        text = gettext("The provider refused the request: “%(reason)s”.")
        return text % {"reason": formatting.one_line(str(notice.data.get("words", ""))).rstrip(".")}
    if to == Asset.Status.PARTLY_DONE:
        few, many = gettext("Partly done: %(languages)s failed."), gettext("Partly done: %(count)s languages failed.")
    else:
        few, many = gettext("%(languages)s failed."), gettext("All %(count)s languages failed.")
    return _of_languages(notice, "failed", few, many)


def _approval(notice: Notice, by: str) -> str:
    milliseconds, count = (
        numbers.whole(notice.data.get("milliseconds")),
        numbers.whole(notice.data.get("languages")) or 1,
    )
    length = formatting.minutes(milliseconds / 1000) if milliseconds else gettext("length not known yet")
    text = ngettext(
        "%(name)s asks for your approval: %(length)s, %(count)s language.",
        "%(name)s asks for your approval: %(length)s, %(count)s languages.",
        count,
    )
    return text % {"name": by, "length": length, "count": count}


def _decided(notice: Notice, by: str) -> str:
    if notice.data.get("approved"):
        return gettext("%(name)s approved it. It is being sent.") % {"name": by}
    return gettext("%(name)s requested changes: “%(reason)s”") % {"name": by, "reason": notice.data.get("why", "")}


def _pilot(notice: Notice, by: str) -> str:
    return gettext("The pilot is ready. Listen to it, then choose the languages to send in full.")


def _review(notice: Notice, by: str) -> str:
    language = locales.display_name(notice.locale)
    if notice.data.get("first"):
        text = gettext("%(name)s approved %(language)s. As a project owner, you decide now.")
    elif notice.data.get("by"):
        text = gettext("%(name)s asks you to review %(language)s.")
    else:
        text = gettext("%(language)s is ready for your review.")
    return text % {"name": by, "language": language}


def _reviewed(notice: Notice, by: str) -> str:
    names = {"name": by, "language": locales.display_name(notice.locale), "reason": notice.data.get("why", "")}
    texts = {
        "approved": gettext("%(name)s approved %(language)s."),
        "returned": gettext("%(name)s requested changes to %(language)s: “%(reason)s”"),
        "reopened": gettext("%(name)s reopened the review of %(language)s: “%(reason)s”"),
    }
    outdated = gettext("The approval of %(language)s is out of date: something has changed since.")
    return texts.get(str(notice.data.get("outcome")), outdated) % names


def _mention(notice: Notice, by: str) -> str:
    text = gettext("%(name)s mentions you in a comment on %(language)s.")
    if guest := str(notice.data.get("guest") or ""):
        text, by = gettext("%(name)s (guest) commented on %(language)s."), formatting.isolated(guest)
    return text % {"name": by, "language": locales.display_name(notice.locale)}


def _vote(notice: Notice, by: str) -> str:
    text = gettext("%(name)s asks for your vote in a blind comparison in %(language)s.")
    if notice.data.get("closed"):
        text = gettext("%(name)s closed the blind comparison in %(language)s. See the result.")
    return text % {"name": by, "language": locales.display_name(str(notice.data.get("language", "")))}


def _minutes(notice: Notice, by: str) -> str:
    limit = formatting.minutes(60 * (numbers.whole(notice.data.get("minutes"), high=10**9) or 0))
    percent = numbers.whole(notice.data.get("percent")) or 0
    if percent >= 100:
        return gettext("All of this month’s %(limit)s are used or reserved.") % {"limit": limit}
    return gettext("%(percent)s%% of this month’s %(limit)s are used or reserved.") % {
        "percent": percent,
        "limit": limit,
    }


def _late(notice: Notice, by: str) -> str:
    if "stuck" in notice.data:
        far = gettext("This is taking far longer than usual.")
        return far if notice.data["stuck"] else gettext("This is taking longer than usual.")
    text = gettext("Request %(reference)s is waiting for a decision: %(reason)s.")
    return text % {
        "reference": notice.data.get("reference", ""),
        "reason": str(notice.data.get("why", "")).rstrip("."),
    }


def _hold(notice: Notice, by: str) -> str:
    reason = str(notice.data.get("reason", ""))
    known = dict(Hold.Reason.choices).get(reason, reason)
    return gettext("Not accepting requests. %(reason)s.") % {"reason": known}


def _alert(notice: Notice, by: str) -> str:
    if notice.data.get("cleared"):
        return gettext("Works again.")
    message = health_messages.message_of(str(notice.data.get("problem", "")))
    return f"{message.meaning} {message.remedy}".strip() or gettext("Does not work.")


def _webhook(notice: Notice, by: str) -> str:
    text = gettext("The webhook %(url)s was turned off: no message was accepted for days.")
    return text % {"url": formatting.one_line(str(notice.data.get("url", "")))[:200]}


def _of_languages(notice: Notice, which: str, few: str, many: str) -> str:
    codes = json_values.texts(notice.data.get(which))
    if not codes:
        return few % {"languages": gettext("The video")}
    if len(codes) > NAMED:
        return many % {"count": len(codes)}
    return few % {"languages": formatting.enumeration(locales.display_name(code) for code in codes)}


_SENTENCES: dict[str, Callable[[Notice, str], str]] = {
    Notice.Kind.FINISHED: _finished,
    Notice.Kind.FAILED: _failed,
    Notice.Kind.APPROVAL: _approval,
    Notice.Kind.DECIDED: _decided,
    Notice.Kind.PILOT: _pilot,
    Notice.Kind.REVIEW: _review,
    Notice.Kind.REVIEWED: _reviewed,
    Notice.Kind.MENTION: _mention,
    Notice.Kind.VOTE: _vote,
    Notice.Kind.MINUTES: _minutes,
    Notice.Kind.LATE: _late,
    Notice.Kind.HOLD: _hold,
    Notice.Kind.WEBHOOK: _webhook,
    Notice.Kind.ALERT: _alert,
}
_LOOKS: dict[str, tuple[str, str]] = {
    Notice.Kind.FINISHED: ("circle-check", "green"),
    Notice.Kind.FAILED: ("circle-x", "red"),
    Notice.Kind.APPROVAL: ("user-check", "amber"),
    Notice.Kind.DECIDED: ("user-check", "blue"),
    Notice.Kind.PILOT: ("plane-departure", "violet"),
    Notice.Kind.REVIEW: ("eye", "violet"),
    Notice.Kind.REVIEWED: ("rosette-discount-check", "blue"),
    Notice.Kind.MENTION: ("at", "blue"),
    Notice.Kind.VOTE: ("columns-2", "violet"),
    Notice.Kind.MINUTES: ("clock-exclamation", "amber"),
    Notice.Kind.LATE: ("clock-exclamation", "amber"),
    Notice.Kind.HOLD: ("player-pause", "red"),
    Notice.Kind.WEBHOOK: ("alert-triangle", "amber"),
    Notice.Kind.ALERT: ("alert-circle", "red"),
}
