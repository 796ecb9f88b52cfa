"""The next attempt at failed languages of an asset: the earlier one ends, and its settings stay with its requests.

If nothing of an asset is done, the attempt replaces it as a whole, and its settings become the asset's. Otherwise the
languages that are sent again have settings of their own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from dubbing import subtitles
from dubbing.drafts import retries
from dubbing.drafts.fields import AssetFields, TargetText
from dubbing.minutes import ledger, settlement
from dubbing.minutes.costs import Cost
from dubbing.models import Asset, Dubbing, Event, Submission, Upload, Version, sent_settings, text_search
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.submissions import lateness, records

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a draft becomes: another attempt at these languages of ``original``, which is locked.

    ``whole``: at all of its languages, so that one request makes the whole asset again.
    """

    original: Asset
    codes: tuple[str, ...]
    whole: bool
    languages: int

    @property
    def added(self) -> set[str]:
        """Languages that the original did not have."""
        return set(self.codes) - set(self.original.dubbings.values_list("locale", flat=True))


def of_fields(draft: Asset, asked: AssetFields) -> Attempt | None:
    """``of_draft`` for a checked form, in the transaction that sends it: the asset stays locked until it ends."""
    codes = [target.locale for target in asked.targets]
    return of_draft(draft, codes, source=asked.source, media_url=asked.media_url, lock=True)


def of_draft(
    draft: Asset, languages: Iterable[str], *, source: Upload | None, media_url: str, lock: bool = False
) -> Attempt | None:
    """The attempt that this draft becomes when it is sent; None if it becomes an asset of its own.

    Raises NotPossible while the asset accepts no such attempt.
    """
    original = retries.original_of(draft, source=source, media_url=media_url)
    if original is None:
        return None
    original = Asset.objects.locked(original.pk) if lock else original
    codes = tuple(languages)
    there = dict(original.dubbings.values_list("locale", "status"))
    _check_takes(original, codes, there)
    kept = set(there) - set(codes) - _left_out(original, draft, codes)
    return Attempt(original, codes, whole=not kept, languages=len(kept) + len(codes))


def _check_takes(original: Asset, codes: Collection[str], there: Mapping[str, str]) -> None:
    names = {"video": formatting.isolated(str(original))}
    if original.trashed_at is not None:
        raise NotPossible(gettext("“%(video)s” is in the trash. Restore it, then try again.") % names)
    if original.status not in Asset.MIRRORED or Dubbing.Status.FAILED not in there.values():
        message = gettext(
            "“%(video)s” was sent again in the meantime or does not need another attempt. Open it to see its status."
        )
        raise NotPossible(message % names)
    for code in codes:
        clash = next((dubbing for dubbing in there if locales.may_mean(dubbing, code)), None)
        if clash is not None and (clash != code or there[clash] != Dubbing.Status.FAILED):
            message = gettext("“%(video)s” already has %(language)s, and it did not fail. Remove this language.")
            raise NotPossible(message % (names | {"language": locales.display_name(clash)}))
    check_none_open(original, codes)


def _left_out(original: Asset, draft: Asset, codes: Collection[str]) -> set[str]:
    """Languages that were removed from the draft and that the provider never began."""
    begun_with = set(draft.dubbings.values_list("locale", flat=True)) - set(codes)
    return set(never_begun(original).filter(locale__in=begun_with).values_list("locale", flat=True))


def what_is_asked(settings: Mapping[str, Any], texts: Iterable[TargetText]) -> dict[str, Any]:
    """Fingerprints that show whether settings and subtitles are still those that an owner approved."""
    by_locale = {text.locale: sent_settings.fingerprint(text.srt) for text in texts}
    return {"settings": sent_settings.fingerprint(sent_settings.of_the_dub(settings)), "texts": by_locale}


def is_approved(attempt: Attempt, asked: AssetFields) -> bool:
    """Whether an owner has approved exactly this, in these languages."""
    wanted = what_is_asked(_settings(attempt.original, columns_of(asked)), asked.targets)
    approved = Event.objects.filter(asset=attempt.original, kind=Event.Kind.APPROVED, data__settings=wanted["settings"])
    texts = [data.get("texts") for data in approved.values_list("data", flat=True)]
    return any(isinstance(of_it, dict) and wanted["texts"].items() <= of_it.items() for of_it in texts)


def send(
    attempt: Attempt, draft: Asset, asked: AssetFields, cost: Cost, user: User, **overridden: Any
) -> list[Submission]:
    """Record the attempt and its submissions, and reserve its minutes. The draft ceases to exist.

    ``overridden``: what was overridden for it, as columns. Raises NotPossible, and then nothing has changed.
    """
    original, whole, added = attempt.original, attempt.whole, attempt.added
    columns = columns_of(asked) | overridden
    with transaction.atomic():
        settlement.close_due(original.pk)
        sent = _settings(original, columns)
        changed = sent_settings.differing(sent, sent_settings.of_asset(original))
        _write_down_what_was_sent(original, attempt.codes)
        never_begun(original).filter(locale__in=_left_out(original, draft, attempt.codes)).delete()
        supersede(original, [code for code in attempt.codes if code not in added], whole=whole)
        of_them = {} if whole or not changed else sent
        changes = resent(whole=whole) | {"name": asked.name, "archived_at": None} | (columns if whole else {})
        Asset.objects.filter(pk=original.pk).update(**changes)
        for name, value in changes.items():
            setattr(original, name, value)
        _write_texts(original, asked.targets, added, of_them)
        move_on(original, len(attempt.codes), user)
        made = records.create(
            original, list(attempt.codes), user, apart=not whole, settings=of_them, draft_number=draft.pk
        )
        ledger.reserve(original, cost, made, user)
        data: dict[str, Any] = {"draft": draft.pk, "locales": list(attempt.codes), "changed": changed}
        Event.objects.record(original, Event.Kind.RETRIED, actor=user, cause="person", **data)
        draft.pilots.update(pilot_of=original)
        Asset.objects.filter(pk=draft.pk).delete()
    return made


def columns_of(asked: AssetFields) -> dict[str, Any]:
    """The fields of a checked form, as columns of an asset."""
    return {name: getattr(asked, name) for name in AssetFields.columns()}


def _settings(original: Asset, columns: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a form, as settings."""
    like = Asset(pk=original.pk)
    for name, value in columns.items():
        setattr(like, name, value)
    return sent_settings.of_asset(like)


def _write_down_what_was_sent(original: Asset, codes: Collection[str]) -> None:
    """Store with the requests to be superseded what they were sent with, before the asset's settings change."""
    texts = dict(original.dubbings.values_list("locale", "srt"))
    of_asset = sent_settings.of_asset(original)
    for submission in original.submissions.all():
        if set(submission.locales) & set(codes) and not sent_settings.texts_of(submission.sent_settings):
            its_texts = {code: texts[code] for code in submission.locales if texts.get(code)}
            settings = sent_settings.with_texts(submission.sent_settings or of_asset, its_texts)
            Submission.objects.filter(pk=submission.pk).update(sent_settings=settings)


def _write_texts(
    original: Asset, targets: Iterable[TargetText], added: Collection[str], settings: Mapping[str, Any]
) -> None:
    targets = list(targets)
    for target in targets:
        check_text(target)
        original.dubbings.filter(locale=target.locale).update(srt=target.srt, sent_settings=settings)
    Dubbing.objects.bulk_create(
        Dubbing(asset=original, locale=target.locale, srt=target.srt, sent_settings=settings)
        for target in targets
        if target.locale in added
    )
    text_search.refresh(original.pk)


def move_on(asset: Asset, languages: int, user: User) -> None:
    """Put the asset in progress again, with deadlines for this many languages."""
    deadlines = lateness.deadlines(asset, languages, timezone.now())
    Asset.objects.move(asset, Asset.Status.DUBBING, cause="person", actor=user, **deadlines)


def resent(*, whole: bool) -> dict[str, Any]:
    """Columns of an asset whose languages are sent again; ``whole``: all of them, in one request."""
    # A sync in progress has read the old jobs, so its answer must not count.
    changes: dict[str, Any] = {"finished_at": None, "lease_token": None, "lease_until": None}
    if whole:
        changes |= {"remote_id": "", "remote_status": "", "error_code": "", "error_message": ""}
    return changes


def supersede(asset: Asset, codes: list[str], *, whole: bool) -> None:
    """End the attempts that failed: what they made stays but no longer counts."""
    end_attempts(asset, None if whole else codes)
    Version.objects.filter(dubbing__asset=asset, dubbing__locale__in=codes).update(superseded=True)
    anew = {"status": Dubbing.Status.PENDING, "remote_id": "", "error_code": "", "error_message": "", "warning": ""}
    asset.dubbings.filter(locale__in=codes).update(**anew, changed_at=timezone.now())


def end_attempts(asset: Asset, codes: list[str] | None) -> None:
    """Stop following what the provider accepted for these locales' own requests (None: for all requests)."""
    over = Submission.objects.filter(asset=asset, status=Submission.Status.ACCEPTED)
    if codes is not None:
        over.filter(locale__in=codes).update(status=Submission.Status.SUPERSEDED)
        return
    # Why the asset failed as a whole moves to its request; the asset drops it.
    why = {"error_code": asset.error_code, "error_message": asset.error_message} if asset.error_code else {}
    over.filter(locale="").update(status=Submission.Status.SUPERSEDED, **why)
    over.update(status=Submission.Status.SUPERSEDED)


def check_none_open(asset: Asset, codes: Iterable[str]) -> None:
    """Raise NotPossible if a request for one of these locales is still open.

    A language can fail with the whole video while its own request is still open and may yet be paid for.
    """
    requests = [submission.locales for submission in asset.submissions.all() if submission.status in Submission.OPEN]
    waiting = {locale for locales_of_one in requests for locale in locales_of_one}
    still = next((code for code in codes if code in waiting), None)
    if still is not None:
        message = gettext("%(language)s is still being sent. Try again when that is finished.")
        raise NotPossible(message % {"language": locales.display_name(still)})


def check_text(target: TargetText) -> None:
    """Raise NotPossible if these subtitles cannot be spoken as they are."""
    if subtitles.PLACEHOLDER in target.srt:
        message = gettext("The subtitles for %(language)s have cues that are not filled in. Fill them in.")
        raise NotPossible(message % {"language": target.locale})
    if subtitles.stands_still(target.srt):
        message = gettext("The subtitles for %(language)s have cues that end when they start. Correct their times.")
        raise NotPossible(message % {"language": target.locale})


def is_never_begun(dubbing: Dubbing) -> bool:
    """``never_begun`` for a dubbing that was already loaded."""
    return dubbing.status == Dubbing.Status.FAILED and not dubbing.remote_id and not dubbing.versions.all()


def never_begun(asset: Asset) -> QuerySet[Dubbing]:
    """Dubbings that the provider refused to begin, so that they can be requested again."""
    return asset.dubbings.filter(status=Dubbing.Status.FAILED, remote_id="", versions=None)
