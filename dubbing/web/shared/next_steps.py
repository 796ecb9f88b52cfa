"""What happens next, as a sentence, and progress that is true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from dubbing import providers
from dubbing.models import Asset, Dubbing, Submission, Version
from dubbing.platform import failure_messages, formatting
from dubbing.sync.progress import Outlook, outlook

ENOUGH = 5
_LONGEST_USUAL = 24 * 3600.0  # seconds: then something else than dubbing took its time
_WIDEST = 10  # how often the shorter figure fits into the longer one
WAITS_FOR_OPS = "Waits for a decision by the people who run the portal."
ANSWER_LOST = "The answer got lost. We find out by ourselves; nothing is sent twice."
_BY_AN_EDITOR = "An editor finishes it in the studio."
_WARNED = failure_messages.RESULT_WARNINGS.keys()


@dataclass(frozen=True, slots=True)
class Step:
    """A sentence, and what moves: bytes of a total, or time since."""

    words: str
    since: datetime | None = None
    usual: str = ""
    sent: int = 0
    total: int = 0


def of_asset(asset: Asset, waiting: Submission | None, provider: str, *, may_edit: bool = True) -> Step:
    """What happens next with the asset, for a reader who may change it or only look at it.

    ``waiting``: its submission that is not settled yet.
    """
    if waiting and waiting.needs_person:
        return Step(f"{WAITS_FOR_OPS} Until then nothing is sent.")
    if waiting and waiting.kind == Submission.Kind.ADD_LOCALES:
        return _adding(waiting)
    if asset.status == Asset.Status.READY and not may_edit:
        return Step("An editor finishes it in the studio. The final video shows up here by itself.")
    if asset.status == Asset.Status.SUBMITTING:
        return sending(asset, waiting, provider)
    if asset.status == Asset.Status.DUBBING:
        return _dubbing(asset, provider)
    return Step(_WORDS[Asset.Status(asset.status)](asset).replace("{provider}", provider))


def _adding(waiting: Submission) -> Step:
    if waiting.status == Submission.Status.UNKNOWN:
        more = formatting.plural(len(waiting.locales), "more language")
        return Step(f"We asked for {more}, and the answer got lost. We find out by ourselves; nothing is sent twice.")
    more = formatting.plural(len(waiting.locales), "more language is", "more languages are")
    return Step(f"{more} being asked for.")


def of_dubbing(asset: Asset, dubbing: Dubbing, version: Version | None, provider: str, *, may_edit: bool = True) -> str:
    """What happens next with one language, for a reader who may change it or only look at it."""
    if version and version.revise_asked_at:
        return "Going back to editing."
    words = _language(asset, dubbing, version, may_edit=may_edit)
    percent = _percent(version) if dubbing.status in Dubbing.OPEN else None
    said = f" {provider} says {percent} %." if percent is not None else ""
    return words.replace("{provider}", provider) + said


def _language(asset: Asset, dubbing: Dubbing, version: Version | None, *, may_edit: bool) -> str:
    expected = outlook(asset, dubbing)
    if dubbing.status == Dubbing.Status.READY and expected is Outlook.MOVES:
        return "The final video comes next, by itself."
    if expected is Outlook.SOMEBODY:
        failed = version is not None and version.error_code
        why = "Making the final video failed." if failed else "It was sent back to editing."
        what = "Open it in the studio and have the final video made there."
        return f"{why} {what if may_edit else _BY_AN_EDITOR}"
    if expected is Outlook.EDITING and not may_edit:
        return _BY_AN_EDITOR
    if dubbing.status == Dubbing.Status.PENDING and asset.status == Asset.Status.UNCONFIRMED:
        return ANSWER_LOST
    if dubbing.status == Dubbing.Status.PREPARING and version and version.by_hand:
        return "{provider} said that it failed, and does not show that yet. We keep looking."
    words = _LANGUAGE_WORDS[Dubbing.Status(dubbing.status)]
    return " ".join([words, failure_messages.explain_warning(dubbing.warning)]) if dubbing.warning in _WARNED else words


def sending(asset: Asset, waiting: Submission | None, provider: str) -> Step:
    """What happens next with a request that is to go out, or is going out."""
    if waiting is None or waiting.status != Submission.Status.SENDING:
        if waiting and waiting.tries:
            return Step(f"{provider} could not be reached; it goes out again in a moment.")
        return Step("It goes out next.")
    if asset.source is None or not providers.capabilities(asset.provider).uploads:
        return Step(f"Giving {provider} the video's address.", since=waiting.sent_at)
    total = asset.source.size
    if waiting.sent_bytes >= total:
        return Step(
            f"All {formatting.size(total)} are sent. Waiting for {provider} to answer.", sent=total, total=total
        )
    words = f"Sending {formatting.size(total)} to {provider}: {formatting.size(waiting.sent_bytes)} so far."
    return Step(words, sent=waiting.sent_bytes, total=total)


def _dubbing(asset: Asset, provider: str) -> Step:
    expected = {one: outlook(asset, one) for one in asset.dubbings.all()}
    open_ones = [one for one, said in expected.items() if said is Outlook.MOVES]
    if open_ones and all(one.status == Dubbing.Status.KEEPING for one in open_ones):
        return Step("The final video is there and is being copied to the portal.")
    count = formatting.plural(max(1, len(open_ones)), "language")
    if asset.auto_generate == Asset.AutoGenerate.OFF:
        words = f"{provider} is dubbing {count}. Then it waits for you in the studio."
    else:
        words = f"{provider} is dubbing {count} and makes the final videos by itself."
    waiting = sum(said is Outlook.SOMEBODY for said in expected.values())
    if waiting:
        words += f" {formatting.plural(waiting, 'other waits', 'others wait')} for somebody in the studio."
    return Step(words, since=asset.submitted_at, usual=_usual(asset))


def _usual(asset: Asset) -> str:
    """How long assets of this project and kind took lately, for this length: nothing until a few are known, and no
    figures that nobody could go by."""
    done = Asset.objects.filter(project_id=asset.project_id, status=Asset.Status.COMPLETED)
    seconds = sorted(
        (one.finished_at - one.submitted_at).total_seconds()
        for one in done.select_related("source").order_by("-id")[:40]
        if one.finished_at and one.submitted_at and _similar(one, asset)
    )
    if len(seconds) < ENOUGH:
        return ""
    low, high = seconds[len(seconds) // 4], seconds[len(seconds) * 3 // 4]
    if high > _LONGEST_USUAL or high > max(_WIDEST * low, 10 * 60):
        return "how long this takes has varied a lot lately"
    return f"for this length it usually takes {_range(low, high)}"


def _range(low: float, high: float) -> str:
    unit, seconds = ("min", 60) if high < 5400 else ("h", 3600)
    shortest, longest = max(1, round(low / seconds)), max(1, round(high / seconds))
    return f"{shortest} {unit}" if shortest == longest else f"{shortest}–{longest} {unit}"


def _similar(one: Asset, other: Asset) -> bool:
    mine, its = one.trimmed_duration, other.trimmed_duration
    if one.auto_generate != other.auto_generate:
        return False
    return mine is not None and its is not None and 0.5 <= (mine + 10) / (its + 10) <= 2


def _percent(version: Version | None) -> int | None:
    """The provider's own figure, where its scale can be told: 0..1 or 0..100."""
    value = version.progress if version else None
    if value is None or not 0 < value <= 100 or value == 1:
        return None
    return round(value * 100) if value < 1 else round(value)


def _partly(asset: Asset) -> str:
    dubbings = list(asset.dubbings.all())
    done = sum(one.status == Dubbing.Status.COMPLETED for one in dubbings)
    missing = sum(one.status == Dubbing.Status.FAILED for one in dubbings)
    rest = "one did not work out and can be" if missing == 1 else f"{missing} did not work out and can be"
    languages = formatting.plural(len(dubbings), "language")
    return f"{done} of {languages} {'is' if done == 1 else 'are'} done; {rest} sent again."


_WORDS: dict[Asset.Status, Callable[[Asset], str]] = {
    Asset.Status.AWAITING: lambda asset: (
        "An owner of the project has to approve it. Nothing is sent or paid before that."
    ),
    Asset.Status.DRAFT: lambda asset: "Not sent yet.",
    Asset.Status.HELD: lambda asset: "{provider} takes nothing now. It goes out by itself.",
    Asset.Status.UNCONFIRMED: lambda asset: "We are finding out whether {provider} has it. Nothing is sent twice.",
    Asset.Status.REFUSED: lambda asset: "Nothing was made. It can be changed and sent again.",
    Asset.Status.READY: lambda asset: "Open the studio and generate the final video there. It shows up here by itself.",
    Asset.Status.COMPLETED: lambda asset: (
        "Watch what is marked to its end: it has not the length of what was sent."
        if asset.is_doubtful
        else "Play, compare and download each language."
    ),
    Asset.Status.PARTLY_DONE: _partly,
    Asset.Status.FAILED: lambda asset: "{provider} could not dub it.",
}
_LANGUAGE_WORDS = {
    Dubbing.Status.PENDING: "{provider} does not have it yet.",
    Dubbing.Status.PREPARING: "Being dubbed.",
    Dubbing.Status.READY: "Open it in the studio, or leave it for later.",
    Dubbing.Status.GENERATING: "The final video is being made.",
    Dubbing.Status.KEEPING: "The final video is being copied to the portal.",
    Dubbing.Status.COMPLETED: "The final video is saved here.",
    Dubbing.Status.FAILED: "This language did not work out.",
}
