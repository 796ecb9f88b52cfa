"""From a draft to the intention to pay for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import subtitles
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.minutes import costs, ledger, settlement
from dubbing.models import Asset, Dubbing, Event, Project, Submission, Version, text_search
from dubbing.platform import lengths, locales
from dubbing.platform.errors import NotEnoughMinutes, NotPossible, PolicyBroken
from dubbing.projects import policies
from dubbing.providers import capabilities
from dubbing.submissions import approvals, records, turnaround
from dubbing.submissions.quotes import Quote, quote_draft, quote_languages

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def submit(asset: Asset, fields: AssetFields, user: User) -> list[Submission]:
    """Write the fields down and the intention to send them, and reserve its minutes. Raises NotPossible.

    One submission for all locales, or one for each where the provider takes one per job. None of them: an owner has
    to approve it first, and the asset waits for that.
    """
    if asset.status not in Asset.EDITABLE:
        raise NotPossible(gettext("This video was already sent."))
    with transaction.atomic():
        _check_still_so(asset, user)
        settlement.close_due(asset.pk)  # what an earlier try had reserved is free again
        asked = quote_draft(asset, fields, user)
        _keep_policy(asked)
        cost = asked.cost
        if cost.seconds is not None and cost.seconds > lengths.LONGEST:
            raise NotPossible(
                gettext("According to the file, this video is weeks long. Export it again and upload that file.")
            )
        columns = _columns(fields) | _set_aside(asked.verdict, fields, user) | {"returned": False}
        _unarchive(asset, user)
        to = Asset.Status.AWAITING if asked.waits else Asset.Status.SUBMITTING
        if not asked.waits:
            columns |= records.begun_now(Asset(provider=asset.provider, **columns), len(fields.targets))
        if not Asset.objects.move(asset, to, cause="person", actor=user, **columns):
            raise NotPossible(gettext("This video was already sent."))
        _record_set_aside(asset, asked.verdict, user)
        asset.dubbings.all().delete()
        _add_dubbings(asset, fields.targets)
        if asked.waits:
            if asked.lacking:
                raise NotEnoughMinutes(asked.lacking)
            approvals.record(asset, Event.Kind.APPROVAL_ASKED, cost, user, why=asked.approval)
            return []
        if asked.approval:
            approvals.record(asset, Event.Kind.APPROVED, cost, user, own=True)
        return _reserved(asset, cost, records.create(asset, [locale.locale for locale in fields.targets], user), user)


def add_locales(asset: Asset, targets: Iterable[TargetText], user: User) -> list[Submission]:
    """Ask for more locales of an asset the provider has. Raises NotPossible."""
    wanted = tuple(targets)
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        _check_member(asset, user)
        codes = [target.locale for target in wanted]
        check_addition(asset, codes)
        asked = quote_languages(asset, len(codes), user)
        _keep_policy(asked)
        settlement.close_due(asset.pk)
        one_by_one = not capabilities(asset.provider).several_locales
        anew = _never_begun(asset)
        (anew.filter(locale__in=codes) if one_by_one else anew).delete()
        _end_attempts(asset, codes)
        _add_dubbings(asset, wanted)
        _check_approval(asked)
        return _reserved(asset, asked.cost, records.add(asset, codes, user), user)


def send_missing(asset: Asset, user: User, texts: Mapping[str, str] | None = None) -> list[Submission]:
    """Send the locales that failed once more, and no others, on the same asset. Raises NotPossible.

    ``texts``: subtitles (SRT) by locale, in the place of those that were sent before. A provider that takes a language
    of an asset only once makes a new asset of its own, which is bound to ours.
    """
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        _check_member(asset, user)
        _check_in_place(asset)
        failed = asset.dubbings.filter(status=Dubbing.Status.FAILED)
        codes = list(failed.values_list("locale", flat=True))
        if not codes or asset.status not in Asset.MIRRORED:
            raise NotPossible(gettext("No language of this video has failed."))
        check_none_open(asset, codes)
        asked = quote_languages(asset, len(codes), user)
        _keep_policy(asked)
        if not asset.events.filter(kind=Event.Kind.APPROVED).exists():  # an owner said yes to these languages
            _check_approval(asked)
        settlement.close_due(asset.pk)
        whole = len(codes) == asset.dubbings.count()
        _replace_texts(asset, texts or {}, codes)
        _supersede(asset, codes, whole=whole)
        # A look that is under way has seen the old jobs: it counts no more.
        changes: dict[str, Any] = {"finished_at": None, "lease_token": None, "lease_until": None}
        if whole:
            changes |= {"remote_id": "", "remote_status": "", "error_code": "", "error_message": ""}
        changes |= turnaround.deadlines(asset, len(codes), timezone.now())
        Asset.objects.move(asset, Asset.Status.DUBBING, cause="person", actor=user, **changes)
        return _reserved(asset, asked.cost, records.create(asset, codes, user, apart=not whole), user)


def _replace_texts(asset: Asset, texts: Mapping[str, str], codes: list[str]) -> None:
    for locale, srt in texts.items():
        if locale in codes:
            _check_text(TargetText(locale, srt))
            asset.dubbings.filter(locale=locale).update(srt=srt)
    text_search.refresh(asset.pk)


def _supersede(asset: Asset, codes: list[str], *, whole: bool) -> None:
    """End the attempts that failed: what they made stays, and counts no more."""
    _end_attempts(asset, None if whole else codes)
    Version.objects.filter(dubbing__asset=asset, dubbing__locale__in=codes).update(superseded=True)
    anew = {"status": Dubbing.Status.PENDING, "remote_id": "", "error_code": "", "error_message": "", "warning": ""}
    asset.dubbings.filter(locale__in=codes).update(**anew, changed_at=timezone.now())


def _end_attempts(asset: Asset, codes: list[str] | None) -> None:
    """What the provider took of these locales' own requests, or of all requests, is followed no more."""
    over = Submission.objects.filter(asset=asset, status=Submission.Status.ACCEPTED)
    (over if codes is None else over.filter(locale__in=codes)).update(status=Submission.Status.SUPERSEDED)


def check_none_open(asset: Asset, codes: list[str]) -> None:
    """A language can fail with the whole video while its own request is still open, and may yet be paid for."""
    requests = [submission.locales for submission in asset.submissions.all() if submission.status in Submission.OPEN]
    waiting = {locale for locales_of_one in requests for locale in locales_of_one}
    still = next((code for code in codes if code in waiting), None)
    if still is not None:
        message = gettext("%(language)s is still being sent. Try again when that is finished.")
        raise NotPossible(message % {"language": locales.display_name(still)})


def _reserved(asset: Asset, cost: costs.Cost, made: list[Submission], user: User) -> list[Submission]:
    ledger.reserve(asset, cost, made, user)
    return made


def _check_still_so(asset: Asset, user: User) -> None:
    """What was looked at is what is sent. Links are looked at for seconds, and a batch is sent for longer."""
    locked = Asset.objects.select_for_update(no_key=True).filter(pk=asset.pk).first()
    if locked is None:
        raise NotPossible(gettext("This draft was deleted."))
    if locked.status != asset.status:
        raise NotPossible(gettext("This video was already sent."))
    _check_in_place(locked)
    if locked.project_id != asset.project_id:
        raise NotPossible(gettext("This video was moved to another project. Check it, then send it."))
    if locked.provider != asset.provider:
        raise NotPossible(gettext("The provider of this video was changed. Check the draft, then send it."))
    _check_member(locked, user)


def _check_member(asset: Asset, user: User) -> None:
    """Whoever was removed, or made a viewer, since the page was opened sends nothing."""
    if not Project.objects.editable_by(user).filter(pk=asset.project_id).exists():
        raise NotPossible(
            gettext("You can no longer send videos in this project. A project owner can change your role.")
        )


def _check_in_place(asset: Asset) -> None:
    if asset.trashed_at is not None:
        raise NotPossible(gettext("This video is in the trash. Restore it first."))


def _check_approval(asked: Quote) -> None:
    """With the languages that are added the asset may pass the limit, and what is sent cannot wait for an owner."""
    if asked.waits:
        names = ", ".join(policies.owners(asked.asset.project_id))
        advice = gettext("A sent video cannot wait for approval. Ask a project owner (%(owners)s) to do this.")
        raise NotPossible(f"{asked.approval} {advice % {'owners': names}}")


def _unarchive(asset: Asset, user: User) -> None:
    """What somebody sends, they want to see in lists."""
    if Asset.objects.filter(pk=asset.pk, archived_at__isnull=False).update(archived_at=None):
        Event.objects.record(asset, Event.Kind.UNARCHIVED, actor=user, cause="person")


def _columns(fields: AssetFields) -> dict[str, Any]:
    names = [name for name in AssetFields.__slots__ if name != "targets"]
    return {name: getattr(fields, name) for name in names}


def _keep_policy(asked: Quote) -> None:
    if asked.verdict.refusal:
        raise PolicyBroken(asked.verdict.refusal)


def _set_aside(verdict: policies.Verdict, fields: AssetFields, user: User) -> dict[str, object]:
    """A reason stays only where there was something to set aside."""
    reason = fields.override_reason.strip() if verdict.broken else ""
    return {"override_reason": reason, "overridden_by": user if verdict.broken else None}


def _record_set_aside(asset: Asset, verdict: policies.Verdict, user: User) -> None:
    if verdict.broken:
        data: dict[str, Any] = {"rules": verdict.rules, "why": asset.override_reason}
        Event.objects.record(asset, Event.Kind.OVERRIDDEN, actor=user, cause="person", **data)


def _add_dubbings(asset: Asset, targets: Iterable[TargetText]) -> None:
    targets = list(targets)
    for target in targets:
        _check_text(target)
    Dubbing.objects.bulk_create(Dubbing(asset=asset, locale=target.locale, srt=target.srt) for target in targets)
    text_search.refresh(asset.pk)


def _check_text(target: TargetText) -> None:
    if subtitles.PLACEHOLDER in target.srt:
        message = gettext("The subtitles for %(language)s have cues that are not filled in. Fill them in.")
        raise NotPossible(message % {"language": target.locale})
    if subtitles.stands_still(target.srt):
        message = gettext("The subtitles for %(language)s have cues that end when they start. Correct their times.")
        raise NotPossible(message % {"language": target.locale})


def check_addition(asset: Asset, codes: list[str]) -> None:
    """Whether the asset takes these locales now. Raises NotPossible.

    Asks the database for what was not read with the asset: ``submissions``, ``dubbings`` and their ``versions``.
    """
    _check_in_place(asset)
    if asset.status not in Asset.MIRRORED:
        raise NotPossible(gettext("The provider does not have this video yet. Add languages when it does."))
    together = capabilities(asset.provider).several_locales
    if together and (asset.error_code or asset.status == Asset.Status.FAILED):
        raise NotPossible(
            gettext("The provider could not dub this video, so you cannot add languages. Try the video again.")
        )
    if together and any(_is_open_addition(submission) for submission in asset.submissions.all()):
        raise NotPossible(gettext("Languages are already being added. Wait until they are accepted."))
    if not codes:
        raise NotPossible(gettext("Choose at least one language."))
    present = [dubbing.locale for dubbing in asset.dubbings.all() if not _is_never_begun(dubbing)]
    for code in codes:
        clash = next((dubbing for dubbing in present if locales.may_mean(dubbing, code)), None)
        if clash is not None:
            message = gettext("This video already has %(language)s.")
            if clash.casefold() != code.casefold():
                message = gettext("This video already has %(language)s, as %(other)s.")
            raise NotPossible(message % {"language": code, "other": clash})
        present.append(code)


def _is_open_addition(submission: Submission) -> bool:
    return submission.kind == Submission.Kind.ADD_LOCALES and submission.status in Submission.OPEN


def _is_never_begun(dubbing: Dubbing) -> bool:
    """As ``_never_begun`` says, of one that was read."""
    return dubbing.status == Dubbing.Status.FAILED and not dubbing.remote_id and not dubbing.versions.all()


def _never_begun(asset: Asset) -> QuerySet[Dubbing]:
    """Dubbings that the provider refused to begin: they can be asked for again."""
    return asset.dubbings.filter(status=Dubbing.Status.FAILED, remote_id="", versions=None)
