"""The next step of an asset as a sentence, with its progress."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.models import Asset, Dubbing, Submission, Version
from dubbing.platform import failure_messages, formatting
from dubbing.submissions import turnaround
from dubbing.sync.progress import Outlook, outlook

_WIDEST = 10  # how many times the shorter time fits into the longer one
WAITS_FOR_OPS = _("Waiting for an administrator’s decision.")
ANSWER_LOST = _("We lost the answer. No action needed: we check automatically, and nothing is sent twice.")
_BY_AN_EDITOR = _("An editor finishes it in the studio.")
_HELD = _("{provider} is not accepting requests right now. No action needed: it is sent automatically.")
_SAVING = _("The final video is ready and is being copied to the portal.")
_WARNED = failure_messages.RESULT_WARNINGS.keys()


@dataclass(frozen=True, slots=True)
class NextStep:
    """A sentence and its progress: bytes of a total, or the time since."""

    text: str
    since: datetime | None = None
    usual: str = ""
    sent: int = 0
    total: int = 0


def of_asset(asset: Asset, waiting: Submission | None, provider: str, *, may_edit: bool = True) -> NextStep:
    """What happens next with the asset, for a reader who may change it or only view it.

    ``waiting``: its submission that is not settled yet.
    """
    if waiting and waiting.needs_person:
        return NextStep(f"{WAITS_FOR_OPS} {gettext('Nothing is sent until then.')}")
    if waiting and waiting.kind == Submission.Kind.ADD_LOCALES:
        return _adding(waiting)
    if asset.status == Asset.Status.READY and not may_edit:
        return NextStep(f"{_BY_AN_EDITOR} {gettext('The final video then appears here.')}")
    if asset.status == Asset.Status.SUBMITTING:
        return sending(asset, waiting, provider)
    if asset.status == Asset.Status.DUBBING:
        return _dubbing(asset, provider)
    return NextStep(_SENTENCES[Asset.Status(asset.status)](asset).replace("{provider}", provider))


def _adding(waiting: Submission) -> NextStep:
    count = len(waiting.locales)
    if waiting.status == Submission.Status.UNKNOWN:
        lost = ngettext(
            "We requested %(count)s more language and lost the answer. No action needed: we check automatically.",
            "We requested %(count)s more languages and lost the answer. No action needed: we check automatically.",
            count,
        )
        return NextStep(lost % {"count": count})
    text = ngettext("Requesting %(count)s more language.", "Requesting %(count)s more languages.", count)
    return NextStep(text % {"count": count})


def of_dubbing(asset: Asset, dubbing: Dubbing, version: Version | None, provider: str, *, may_edit: bool = True) -> str:
    """What happens next with one language, for a reader who may change it or only view it."""
    if version and version.revise_asked_at:
        return gettext("Being sent back to editing.")
    text = _language(asset, dubbing, version, may_edit=may_edit)
    percent = _percent(version) if dubbing.status in Dubbing.OPEN else None
    if percent is not None:
        text = f"{text} {gettext('{provider} reports {percent}%.').replace('{percent}', str(percent))}"
    return text.replace("{provider}", provider)


def _language(asset: Asset, dubbing: Dubbing, version: Version | None, *, may_edit: bool) -> str:
    expected = outlook(asset, dubbing)
    if dubbing.status == Dubbing.Status.READY and expected is Outlook.MOVES:
        return gettext("The final video is generated next. No action needed.")
    if expected is Outlook.SOMEBODY:
        failed = version is not None and version.error_code
        why = gettext("The final video could not be generated.") if failed else gettext("It was sent back to editing.")
        what = gettext("Open it in the studio and generate the final video there.")
        return f"{why} {what if may_edit else _BY_AN_EDITOR}"
    if expected is Outlook.EDITING and not may_edit:
        return str(_BY_AN_EDITOR)
    if dubbing.status == Dubbing.Status.PENDING and asset.status == Asset.Status.UNCONFIRMED:
        return str(ANSWER_LOST)
    if dubbing.status == Dubbing.Status.PREPARING and version and version.by_hand:
        return gettext(
            "{provider} reported a failure but has not confirmed it yet. No action needed: we keep checking."
        )
    text = str(_LANGUAGE_TEXTS[Dubbing.Status(dubbing.status)])
    return " ".join([text, failure_messages.explain_warning(dubbing.warning)]) if dubbing.warning in _WARNED else text


def of_held(provider: str) -> NextStep:
    """What happens next with a request that the provider does not accept now."""
    return NextStep(str(_HELD).replace("{provider}", provider))


def sending(asset: Asset, waiting: Submission | None, provider: str) -> NextStep:
    """What happens next with a request that is waiting to be sent, or is being sent."""
    if waiting is None or waiting.status != Submission.Status.SENDING:
        if waiting and waiting.tries:
            text = gettext("We could not reach {provider}. No action needed: we retry automatically.")
            return NextStep(text.replace("{provider}", provider))
        return NextStep(gettext("It is sent next."))
    if asset.source is None or not providers.capabilities(asset.provider).uploads:
        text = gettext("Sending {provider} the link to the video.").replace("{provider}", provider)
        return NextStep(text, since=waiting.sent_at)
    total = asset.source.size
    if waiting.sent_bytes >= total:
        text = gettext("All %(total)s sent. Waiting for %(provider)s to respond.")
        return NextStep(text % {"total": formatting.size(total), "provider": provider}, sent=total, total=total)
    text = gettext("Sending to %(provider)s: %(sent)s of %(total)s.")
    figures = {"provider": provider, "sent": formatting.size(waiting.sent_bytes), "total": formatting.size(total)}
    return NextStep(text % figures, sent=waiting.sent_bytes, total=total)


def _dubbing(asset: Asset, provider: str) -> NextStep:
    expected = {each: outlook(asset, each) for each in asset.dubbings.all()}
    open_ones = [each for each, expectation in expected.items() if expectation is Outlook.MOVES]
    if open_ones and all(each.status == Dubbing.Status.KEEPING for each in open_ones):
        return NextStep(str(_SAVING))
    count = max(1, len(open_ones))
    if asset.auto_generate == Asset.AutoGenerate.OFF:
        text = ngettext(
            "%(provider)s is dubbing %(count)s language. You can then edit it in the studio.",
            "%(provider)s is dubbing %(count)s languages. You can then edit them in the studio.",
            count,
        )
    else:
        text = ngettext(
            "%(provider)s is dubbing %(count)s language and generates the final video automatically.",
            "%(provider)s is dubbing %(count)s languages and generates the final videos automatically.",
            count,
        )
    text %= {"provider": provider, "count": count}
    waiting = sum(expectation is Outlook.SOMEBODY for expectation in expected.values())
    if waiting:
        others = ngettext(
            "%(count)s other language needs to be finished in the studio.",
            "%(count)s other languages need to be finished in the studio.",
            waiting,
        )
        text = f"{text} {others % {'count': waiting}}"
    return NextStep(text, since=asset.submitted_at, usual=usual_time(asset, len(expected)))


def usual_time(asset: Asset, languages: int) -> str:
    """How long comparable videos took, as a phrase; without figures if they are too uncertain."""
    expected = turnaround.of_asset(asset, languages)
    if expected is None:
        return gettext("too few comparable videos for an estimate")
    if expected.longest > max(_WIDEST * expected.typical, 10 * 60):
        return gettext("how long this takes has varied a lot recently")
    return gettext("comparable videos usually take %(time)s") % {"time": _range(expected.typical, expected.longest)}


def usual_range(asset: Asset, languages: int) -> str:
    """The time that comparable videos took, "4–7 min"; empty if it is too uncertain."""
    expected = turnaround.of_asset(asset, languages)
    if expected is None or expected.longest > max(_WIDEST * expected.typical, 10 * 60):
        return ""
    return _range(expected.typical, expected.longest)


def ready_by(asset: Asset, languages: int) -> str:
    """When comparable videos would be done if they were sent now, as a sentence."""
    return all_ready_by([(asset, asset.trimmed_duration, languages)])


def all_ready_by(requests: Iterable[tuple[Asset, float | None, int]]) -> str:
    """When the last of these would be done if all were sent now, as a sentence.

    ``requests``: for each an asset, the seconds of it that are dubbed, and the number of languages.
    """
    expected = [
        turnaround.learn(asset.provider, asset.auto_generate, asset.lips_model, seconds=seconds, languages=languages)
        for asset, seconds, languages in requests
    ]
    known = [estimate for estimate in expected if estimate is not None]
    if not known or len(known) < len(expected):
        return gettext("No estimate yet: too few comparable videos.")
    last = max(known, key=lambda estimate: estimate.longest)
    moment, now = timezone.localtime() + timedelta(seconds=last.longest), timezone.localtime()
    text = gettext("Usually ready in %(time)s, by about %(moment)s.")
    shown = date_format(moment, "TIME_FORMAT") if moment.date() == now.date() else formatting.moment(moment, now)
    return text % {"time": _range(last.typical, last.longest), "moment": shown}


def running_since(asset: Asset, languages: int) -> str:
    """When it started, and what is usual: "since today 15:32, usually 4–7 min"; empty if it was not sent."""
    if asset.submitted_at is None:
        return ""
    since = formatting.moment(timezone.localtime(asset.submitted_at), timezone.localtime())
    if usual := usual_range(asset, languages):
        return gettext("since %(moment)s, usually %(time)s") % {"moment": since, "time": usual}
    return gettext("since %(moment)s") % {"moment": since}


def _range(low: float, high: float) -> str:
    unit, seconds = ("min", 60) if high < 5400 else ("h", 3600)
    shortest, longest = max(1, round(low / seconds)), max(1, round(high / seconds))
    return f"{shortest} {unit}" if shortest == longest else f"{shortest}–{longest} {unit}"


def _percent(version: Version | None) -> int | None:
    """The provider's own percentage, if its scale is clear: 0..1 or 0..100."""
    value = version.progress if version else None
    if value is None or not 0 < value <= 100 or value == 1:
        return None
    return round(value * 100) if value < 1 else round(value)


def _partly(asset: Asset) -> str:
    dubbings = list(asset.dubbings.all())
    done = sum(dubbing.status == Dubbing.Status.COMPLETED for dubbing in dubbings)
    missing = sum(dubbing.status == Dubbing.Status.FAILED for dubbing in dubbings)
    parts = [
        ngettext("%(done)s of %(count)s language is done.", "%(done)s of %(count)s languages are done.", len(dubbings)),
        ngettext("%(missing)s failed and can be sent again.", "%(missing)s failed and can be sent again.", missing),
    ]
    return " ".join(parts) % {"done": done, "count": len(dubbings), "missing": missing}


_SENTENCES: dict[Asset.Status, Callable[[Asset], str]] = {
    Asset.Status.AWAITING: lambda asset: gettext(
        "A project owner has to approve it. Nothing is sent or charged until then."
    ),
    Asset.Status.DRAFT: lambda asset: gettext("Not sent yet."),
    Asset.Status.HELD: lambda asset: str(_HELD),
    Asset.Status.UNCONFIRMED: lambda asset: gettext(
        "We are checking whether {provider} received it. No action needed: nothing is sent twice."
    ),
    Asset.Status.REFUSED: lambda asset: gettext("Nothing was created. You can edit it and send it again."),
    Asset.Status.READY: lambda asset: gettext(
        "Open the studio and generate the final video there. It then appears here."
    ),
    Asset.Status.COMPLETED: lambda asset: (
        gettext("Watch the marked languages to the end: their length differs from the video you sent.")
        if asset.is_doubtful
        else gettext("Play, compare and download each language.")
    ),
    Asset.Status.PARTLY_DONE: _partly,
    Asset.Status.FAILED: lambda asset: gettext("{provider} could not dub it."),
}
_LANGUAGE_TEXTS = {
    Dubbing.Status.PENDING: _("Not sent to {provider} yet."),
    Dubbing.Status.PREPARING: _("Being dubbed."),
    Dubbing.Status.READY: _("Ready to edit in the studio."),
    Dubbing.Status.GENERATING: _("The final video is being generated."),
    Dubbing.Status.KEEPING: _SAVING,
    Dubbing.Status.COMPLETED: _("The final video is saved here."),
    Dubbing.Status.FAILED: _("This language could not be dubbed."),
}
