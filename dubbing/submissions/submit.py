"""Submit a draft: check it, reserve its minutes and write its submissions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext

from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.minutes import costs, ledger, settlement
from dubbing.models import Asset, Dubbing, Event, Project, Submission, sent_settings, text_search
from dubbing.platform import lengths, locales
from dubbing.platform.errors import NotEnoughMinutes, NotPossible, PolicyBroken
from dubbing.projects import policies
from dubbing.providers import capabilities
from dubbing.submissions import approvals, attempts, records
from dubbing.submissions.attempts import Attempt
from dubbing.submissions.quotes import Quote, quote_draft, quote_languages

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def submit(asset: Asset, fields: AssetFields, user: User) -> list[Submission]:
    """Record the fields and the submissions, and reserve the minutes. Raises NotPossible.

    Returns one submission for all locales, or one for each if the provider makes one job per locale. Returns none if an
    owner has to approve it first; then the asset awaits approval.
    """
    if asset.status not in Asset.EDITABLE:
        raise NotPossible(gettext("This video was already sent."))
    with transaction.atomic():
        _check_still_so(asset, user)
        settlement.close_due(asset.pk)  # what an earlier attempt reserved becomes available again
        attempt = attempts.of_fields(asset, fields)
        quote = quote_draft(asset, fields, user, attempt=attempt)
        _keep_policy(quote)
        cost = quote.cost
        if cost.seconds is not None and cost.seconds > lengths.LONGEST:
            raise NotPossible(
                gettext("According to the file, this video is weeks long. Export it again and upload that file.")
            )
        overridden = _override(quote.verdict, fields, user)
        if attempt is not None and not quote.waits:
            return _send_attempt(attempt, asset, fields, quote, overridden)
        columns = attempts.columns_of(fields) | overridden | {"returned": False}
        _unarchive(asset, user)
        to = Asset.Status.AWAITING if quote.waits else Asset.Status.SUBMITTING
        if not quote.waits:
            columns |= records.begun_now(Asset(provider=asset.provider, **columns), len(fields.targets))
        if not Asset.objects.move(asset, to, cause="person", actor=user, **columns):
            raise NotPossible(gettext("This video was already sent."))
        _record_override(asset, quote.verdict, user, asset.override_reason)
        asset.dubbings.all().delete()
        _add_dubbings(asset, fields.targets)
        if quote.waits:
            if quote.lacking:
                raise NotEnoughMinutes(quote.lacking)
            what = approvals.what_is_approved(asset)
            approvals.record(asset, Event.Kind.APPROVAL_ASKED, cost, user, reason=quote.approval_reason, **what)
            return []
        if quote.approval:
            approvals.record(asset, Event.Kind.APPROVED, cost, user, own=True, **approvals.what_is_approved(asset))
        return _reserved(asset, cost, records.create(asset, [locale.locale for locale in fields.targets], user), user)


def _send_attempt(
    attempt: Attempt, draft: Asset, fields: AssetFields, quote: Quote, overridden: dict[str, Any]
) -> list[Submission]:
    original, user = attempt.original, quote.user
    made = attempts.send(attempt, draft, fields, quote.cost, user, **overridden)
    _record_override(original, quote.verdict, user, overridden["override_reason"])
    if quote.approval and not quote.is_approved:
        settings = sent_settings.of_asset(original) if attempt.whole else made[0].sent_settings
        what = attempts.what_is_asked(settings or sent_settings.of_asset(original), fields.targets)
        approvals.record(original, Event.Kind.APPROVED, quote.cost, user, own=True, **what)
    return made


def add_locales(asset: Asset, targets: Iterable[TargetText], user: User) -> list[Submission]:
    """Request more locales of an asset that the provider has. Raises NotPossible."""
    wanted = tuple(targets)
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        _check_member(asset, user)
        codes = [target.locale for target in wanted]
        check_addition(asset, codes)
        quote = quote_languages(asset, len(codes), user)
        _keep_policy(quote)
        settlement.close_due(asset.pk)
        one_by_one = not capabilities(asset.provider).several_locales
        anew = attempts.never_begun(asset)
        (anew.filter(locale__in=codes) if one_by_one else anew).delete()
        attempts.end_attempts(asset, codes)
        _add_dubbings(asset, wanted)
        _check_approval(quote)
        return _reserved(asset, quote.cost, records.add(asset, codes, user), user)


def send_missing(asset: Asset, user: User, texts: Mapping[str, str] | None = None) -> list[Submission]:
    """Send the locales that failed again, and no others, on the same asset. Raises NotPossible.

    ``texts``: subtitles (SRT) by locale that replace those sent before. A provider that accepts a language of an asset
    only once makes a separate asset, which is bound to ours.
    """
    with transaction.atomic():
        asset = Asset.objects.locked(asset.pk)
        _check_member(asset, user)
        failed = _failed_languages(asset)
        codes = [dubbing.locale for dubbing in failed]
        settlement.close_due(asset.pk)
        groups = _by_settings(failed)
        whole = len(codes) == asset.dubbings.count() and len(groups) == 1
        quotes = [_quote_again(asset, group, user) for group in groups]
        _replace_texts(asset, texts or {}, codes)
        attempts.supersede(asset, codes, whole=whole)
        Asset.objects.filter(pk=asset.pk).update(**attempts.resent(whole=whole))
        asset.refresh_from_db()
        attempts.move_on(asset, len(codes), user)
        made = []
        for group, quote in zip(groups, quotes, strict=True):
            settings, its_codes = group[0].sent_settings, [dubbing.locale for dubbing in group]
            sent = records.create(asset, its_codes, user, apart=not whole, settings=settings)
            made += _reserved(asset, quote.cost, sent, user)
        return made


def quote_missing(asset: Asset, user: User) -> list[Quote]:
    """The quotes for ``send_missing``: one for each group of locales with the same settings. Raises NotPossible."""
    return [_quote_again(asset, group, user) for group in _by_settings(_failed_languages(asset))]


def _failed_languages(asset: Asset) -> list[Dubbing]:
    _check_in_place(asset)
    failed = list(asset.dubbings.filter(status=Dubbing.Status.FAILED).order_by("pk"))
    if not failed or asset.status not in Asset.MIRRORED:
        raise NotPossible(gettext("No language of this video has failed."))
    attempts.check_none_open(asset, [dubbing.locale for dubbing in failed])
    return failed


def _by_settings(dubbings: Iterable[Dubbing]) -> list[list[Dubbing]]:
    """Groups of dubbings that were last sent with the same settings."""
    groups: dict[str, list[Dubbing]] = {}
    for dubbing in dubbings:
        groups.setdefault(sent_settings.fingerprint(dubbing.sent_settings), []).append(dubbing)
    return list(groups.values())


def _quote_again(asset: Asset, group: list[Dubbing], user: User) -> Quote:
    """The quote for languages that are sent again with the settings they had. Raises NotPossible."""
    quote = quote_languages(group[0].as_sent(asset), len(group), user)
    _keep_policy(quote)
    if not asset.events.filter(kind=Event.Kind.APPROVED).exists():  # an owner approved these languages
        _check_approval(quote)
    return quote


def _replace_texts(asset: Asset, texts: Mapping[str, str], codes: list[str]) -> None:
    for locale, srt in texts.items():
        if locale in codes:
            attempts.check_text(TargetText(locale, srt))
            asset.dubbings.filter(locale=locale).update(srt=srt)
    text_search.refresh(asset.pk)


def _reserved(asset: Asset, cost: costs.Cost, made: list[Submission], user: User) -> list[Submission]:
    ledger.reserve(asset, cost, made, user)
    return made


def _check_still_so(asset: Asset, user: User) -> None:
    """Raise NotPossible if the source or the draft changed since it was checked.

    Checking links takes seconds, and sending a batch takes longer.
    """
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
    """Raise NotPossible for somebody who was removed, or made a viewer, since the page was opened."""
    if not Project.objects.editable_by(user).filter(pk=asset.project_id).exists():
        raise NotPossible(
            gettext("You can no longer send videos in this project. A project owner can change your role.")
        )


def _check_in_place(asset: Asset) -> None:
    if asset.trashed_at is not None:
        raise NotPossible(gettext("This video is in the trash. Restore it first."))


def _check_approval(quote: Quote) -> None:
    """Raise NotPossible if the added languages exceed the limit: what was sent already cannot await approval."""
    if quote.waits:
        names = ", ".join(policies.owners(quote.asset.project_id))
        advice = gettext("A sent video cannot wait for approval. Ask a project owner (%(owners)s) to do this.")
        raise NotPossible(f"{quote.approval} {advice % {'owners': names}}")


def _unarchive(asset: Asset, user: User) -> None:
    """Take the asset out of the archive: people want to see what they send in lists."""
    if Asset.objects.filter(pk=asset.pk, archived_at__isnull=False).update(archived_at=None):
        Event.objects.record(asset, Event.Kind.UNARCHIVED, actor=user, cause="person")


def _keep_policy(quote: Quote) -> None:
    if quote.verdict.refusal:
        raise PolicyBroken(quote.verdict.refusal)


def _override(verdict: policies.Verdict, fields: AssetFields, user: User) -> dict[str, object]:
    """Columns for what was overridden and why; the reason is kept only if there was something to override."""
    reason = fields.override_reason.strip() if verdict.broken else ""
    return {"override_reason": reason, "overridden_by": user if verdict.broken else None}


def _record_override(asset: Asset, verdict: policies.Verdict, user: User, reason: str) -> None:
    if verdict.broken:
        data: dict[str, Any] = {"rules": verdict.rules, "why": reason}
        Event.objects.record(asset, Event.Kind.OVERRIDDEN, actor=user, cause="person", **data)


def _add_dubbings(asset: Asset, targets: Iterable[TargetText]) -> None:
    targets = list(targets)
    for target in targets:
        attempts.check_text(target)
    Dubbing.objects.bulk_create(Dubbing(asset=asset, locale=target.locale, srt=target.srt) for target in targets)
    text_search.refresh(asset.pk)


def check_addition(asset: Asset, codes: list[str]) -> None:
    """Check whether the asset accepts these locales now. Raises NotPossible.

    Reads what was not loaded with the asset: ``submissions``, ``dubbings`` and their ``versions``.
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
    present = [dubbing.locale for dubbing in asset.dubbings.all() if not attempts.is_never_begun(dubbing)]
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
