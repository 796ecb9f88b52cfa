"""The drafts of assets: read, save, change and delete them. Whatever was entered is kept, valid or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from dubbing import subtitles, uploads
from dubbing.drafts import provider_fit, quota, subtitle_files
from dubbing.drafts.creation import copy_for_retry
from dubbing.drafts.draft import (
    FIELDS,
    FILES_FIELD,
    SOURCE,
    Draft,
    TextFile,
    field_of,
    holding,
    plain_text,
    slot_choices,
    slot_of,
    slot_of_file,
)
from dubbing.models import Asset, Batch, BatchRow, Dubbing, Upload
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.providers import all_names, locale_table, provider_names

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

MOST_BYTES = 8_000_000
"""Maximum size of a draft, in bytes; for each text, the one before its last fix is kept on top of that."""
_LONGEST_TEXT = 2 * subtitles.MAX_BYTES


class NotKept(NotPossible):
    """The data cannot be kept in a draft, and nothing of it was. ``draft``: what it would have been."""

    def __init__(self, message: str, draft: Draft) -> None:
        super().__init__(message)
        self.draft = draft


class ChangedElsewhere(NotPossible):
    """Another tab has saved the draft since this one was opened."""


def read_draft(asset: Asset) -> Draft:
    """Return the draft as it was entered, or one made from the asset's own fields if none was."""
    return Draft.read(asset.typed) if asset.typed else as_sent(asset)


def keep_typed(
    asset: Asset,
    data: Mapping[str, Any],
    user: User,
    *,
    files: Mapping[str, UploadedFile[Any]] | None = None,
    checked: bool = False,
    undoable: Mapping[str, str] | None = None,
) -> Draft:
    """Store what was entered, valid or not, and return the draft.

    ``checked``: somebody tried to submit it, so missing values count as errors from now on.
    ``undoable``: slots whose text was changed for the person, and what was changed; one step back is kept for each.
    Raises NotPossible if the asset was sent meanwhile, ChangedElsewhere if another tab has saved it, and NotKept if it
    is larger than a draft may be, or has subtitles for a language that does not exist.
    """
    with transaction.atomic():
        locked = _locked(asset)
        if locked.status not in Asset.EDITABLE:
            raise NotPossible(gettext("This video was already sent."))
        before = read_draft(locked)
        check_tab(before, data)
        attached = {slot: file for name, file in (files or {}).items() if (slot := slot_of_file(name)) is not None}
        _check_slots([*(slot for name in data if (slot := slot_of(name)) is not None), *attached], before)
        draft = before.with_data(data, _LONGEST_TEXT, undoable or {})
        if not checked:  # what is submitted is what the page shows
            draft = draft.with_fields(_untouched_files(data, before))
        for slot, file in attached.items():
            draft = _take_file(draft, slot, file)
        if chosen_slots := slot_choices(data):
            draft = subtitle_files.say_slots(draft, chosen_slots, locked.provider)
        if several := _several(files):
            draft = _take_several(draft, several, locked.provider)
        draft = draft.saved(str(data.get("tab") or ""), checked=checked)
        draft = provider_fit.fit_draft(draft, locked.provider)
        _check_size(draft, before, locked)
        draft = _write(locked, draft, user)
    asset.refresh_from_db()
    return draft


def check_tab(draft: Draft, data: Mapping[str, Any]) -> None:
    """Raise ChangedElsewhere if another tab has saved the draft, so that two tabs do not overwrite each other.

    ``data``: the name that the page gave itself (``tab``), and the name of the tab that had saved last when the page
    was loaded (``tab_seen``). Data without a page, as from the command line, is always accepted.
    """
    if data.get("tab") and draft.tab not in (data["tab"], data.get("tab_seen", "")):
        raise ChangedElsewhere(
            gettext(
                "This draft was changed in another tab after you opened this page, so your changes were not saved. "
                "Check the current version, then continue."
            )
        )


def store(asset: Asset, draft: Draft, *others: str) -> None:
    """Store the draft and these other columns of the asset. The caller has the row locked."""
    columns = draft.columns()
    for name, value in columns.items():
        setattr(asset, name, value)
    asset.save(update_fields=[*columns, *others])


def undo_files(asset: Asset, user: User) -> None:
    """Undo what several dropped files changed. Raises NotPossible if the asset was sent meanwhile."""
    with transaction.atomic():
        locked = _locked(asset)
        if locked.status not in Asset.EDITABLE:
            raise NotPossible(gettext("This video was already sent."))
        _write(locked, subtitle_files.undo(read_draft(locked)), user)
    asset.refresh_from_db()


def attach(asset: Asset, upload: Upload, user: User, tab: Mapping[str, Any] | None = None) -> None:
    """Make this upload the draft's source or background, whatever its status."""
    name = _field_of(upload)
    keep_typed(asset, {name: str(upload.pk), f"{name}_from": "file"} | dict(tab or {}), user)


def attach_arrived(upload: Upload) -> None:
    """Attach a usable upload to the drafts that wait for it, even if no page is open any more."""
    name, owner = _field_of(upload), upload.owner
    waiting = Asset.objects.editable_by(owner).filter(holding(name, str(upload.pk)), status__in=Asset.EDITABLE)
    for asset in Asset.objects.select_for_update(no_key=True).filter(pk__in=list(waiting.values_list("pk", flat=True))):
        if asset.status in Asset.EDITABLE and (draft := read_draft(asset)).get(name) == str(upload.pk):
            _write(asset, draft, owner)


def choose_provider(asset: Asset, provider: str) -> None:
    """Choose the provider of the draft, and put aside what it cannot use. Raises NotPossible if it was sent."""
    with transaction.atomic():
        draft = _locked(asset)
        if draft.status != Asset.Status.DRAFT:
            raise NotPossible(
                gettext("This video was already sent, so its provider cannot be changed. Try it with another provider.")
            )
        if provider not in provider_names():
            raise NotPossible(gettext("Choose a provider from the list."))
        draft.provider = provider
        store(draft, provider_fit.fit_draft(read_draft(draft), provider), "provider")
        _touch_batch(draft)
    asset.refresh_from_db()


def try_with(asset: Asset, provider: str, user: User) -> Asset:
    """Return a draft with the same source, trim, languages and texts for another provider. Raises NotPossible."""
    if provider == asset.provider or asset.status == Asset.Status.DRAFT:
        raise NotPossible(gettext("Choose a different provider. This works only for videos that were already sent."))
    with transaction.atomic():
        everything = list(asset.dubbings.values_list("locale", flat=True))
        copy = copy_for_retry(asset, user, locales=everything, provider=provider)
        choose_provider(copy, provider)
    return copy


def retry(asset: Asset, user: User, locales: Iterable[str] = ()) -> Asset:
    """Return the person's draft of another attempt at these languages of the asset (default: all that failed, or all).

    An unsent one is reused. Raises NotPossible if the person's drafts are full.
    """
    failed = set(asset.dubbings.filter(status=Dubbing.Status.FAILED).values_list("locale", flat=True))
    wanted = set(locales) or failed
    unsent = Asset.objects.filter(
        copied_from=asset, created_by=user, status=Asset.Status.DRAFT, provider=asset.provider
    )
    for copy in unsent.order_by("-id"):
        if wanted <= set(read_draft(copy).targets):
            return copy
    in_place = bool(failed) and asset.status in Asset.MIRRORED
    return copy_for_retry(asset, user, locales=wanted, in_place=in_place)


def detach(asset: Asset, upload: Upload, user: User) -> None:
    """Remove the upload from the draft. If it never arrived, the file before it is restored."""
    name = _field_of(upload)
    attached = getattr(asset, f"{name}_id")
    if read_draft(asset).get(name) == str(upload.pk):
        keep_typed(asset, {name: str(attached) if attached and attached != upload.pk else ""}, user)


def discard(asset: Asset, user: User) -> None:
    """Delete a draft and its files. Raises NotPossible if it was ever sent, because then it has a history."""
    with transaction.atomic():
        # Its batch is locked first: rows being checked refer to the draft until that is done.
        theirs = BatchRow.objects.filter(asset=asset).values("batch")
        list(Batch.objects.select_for_update(no_key=True).filter(pk__in=theirs))
        draft = Asset.objects.editable_by(user).filter(pk=asset.pk, status=Asset.Status.DRAFT)
        if not draft.select_for_update():  # locked first: it may be on its way out at this very moment
            raise NotPossible(gettext("This video was already sent, so it cannot be deleted."))
        left = list(Upload.objects.filter(pk__in=_uploads_of(asset), owner=user))
        draft.delete()
    for upload in left:
        uploads.remove(upload)


def _uploads_of(asset: Asset) -> set[UUID]:
    """Return the ids of its uploads, and of those still coming in."""
    pks: set[UUID] = {pk for pk in (asset.source_id, asset.background_id) if pk}
    for name in ("source", "background"):
        with suppress(ValueError):
            pks.add(UUID(read_draft(asset).get(name)))
    return pks


def _locked(asset: Asset) -> Asset:
    """Return the locked asset. Raise NotPossible if another tab has deleted the draft or sent it as another attempt."""
    locked = Asset.objects.select_for_update(no_key=True).filter(pk=asset.pk).first()
    if locked is None:
        raise NotPossible(gettext("This draft was deleted."))
    return locked


def _untouched_files(data: Mapping[str, Any], before: Draft) -> dict[str, str]:
    """Return the stored values of files that this page did not change: another tab may have attached newer ones."""
    shown = {name: str(data.get(f"shown_{name}", "?")).partition(":")[0] for name in ("source", "background")}
    return {name: before.get(name) for name, pk in shown.items() if data.get(name) == pk}


def _check_slots(slots: Iterable[str], before: Draft) -> None:
    """Raise NotKept for new subtitles in a language that no provider supports."""
    for code in slots:
        if code == SOURCE or before.has_slot(code):
            continue
        matches = [locales.find(code, among=locale_table(provider)) for provider in all_names()]
        if not any(locale and locale.code == code for locale in matches):
            unknown = gettext("“%(language)s” is not a language that you can add subtitles for.")
            raise NotKept(unknown % {"language": plain_text(code, 40)}, before)


def _check_size(draft: Draft, before: Draft, asset: Asset) -> None:
    size = draft.size
    if size > max(MOST_BYTES, before.size):
        message = gettext(
            "The texts of this draft add up to %(size)s MB and the limit is %(limit)s MB. "
            "Remove subtitles, or add some of the languages as a separate video."
        )
        sizes = {"size": formatting.number(size / 1e6), "limit": formatting.number(MOST_BYTES / 1e6)}
        raise NotKept(message % sizes, draft)
    try:
        quota.check_quota(asset.created_by, draft.columns()["typed_bytes"], before=asset.typed_bytes)
    except quota.DraftsFull as problem:
        raise NotKept(str(problem), draft) from problem


def _take_file(draft: Draft, slot: str, file: UploadedFile[Any]) -> Draft:
    """Return the draft with the file's text, or with why it cannot be read; then the text that was there stays."""
    origin, text = _read_file(file, draft.get("source_locale") if slot == SOURCE else slot)
    return draft.with_file(slot, origin, None if origin.problems else text)


def _several(files: Mapping[str, UploadedFile[Any]] | None) -> list[UploadedFile[Any]]:
    """Return files whose names say which slot they are for."""
    getlist = getattr(files, "getlist", None)
    return list(getlist(FILES_FIELD)) if getlist else []


def _take_several(draft: Draft, files: list[UploadedFile[Any]], provider: str) -> Draft:
    """Return the draft with these texts in the slots that their names say. Unreadable files do not block the others."""
    read = []
    for file in files:
        slot = subtitle_files.slot_of_name(_name_of(file), draft, provider).slot or ""
        read.append(_read_file(file, draft.get("source_locale") if slot == SOURCE else slot))
    return subtitle_files.place_files(draft, read, provider, room=MOST_BYTES - draft.size)


def _name_of(file: UploadedFile[Any]) -> str:
    return plain_text(PurePath(file.name or "").name, 255)


def _read_file(file: UploadedFile[Any], locale: str) -> tuple[TextFile, str]:
    """Return the origin of a text, and the text; for an unreadable file, the problems and no text."""
    name = _name_of(file)
    try:
        text, encoding, notes = subtitles.text_of(_beginning(file), language=locale.partition("-")[0] or None)
    except subtitles.SubtitleError as error:
        return TextFile(name, problems=tuple(map(str, error.problems))), ""
    return TextFile(name, notes=tuple(map(str, notes)), encoding=encoding), plain_text(text, _LONGEST_TEXT)


def _beginning(file: UploadedFile[Any]) -> bytes:
    # One byte more than allowed is enough to refuse it as too large.
    return bytes(file.read(subtitles.MAX_BYTES + 1))


def _write(asset: Asset, draft: Draft, user: User) -> Draft:
    draft = draft.with_fields(_restored_files(draft, asset, user))
    asset.source = _attachable(draft.get("source"), Upload.Kind.VIDEO, asset, user, asset.source)
    asset.background = _attachable(draft.get("background"), Upload.Kind.BACKGROUND, asset, user, asset.background)
    if asset.source and not draft.get("name").strip():
        draft = draft.with_fields({"name": PurePath(asset.source.name).stem})
    asset.name = formatting.one_line(draft.get("name"))[:255]
    store(asset, draft, "source", "background", "name")
    _touch_batch(asset)
    return draft


def _restored_files(draft: Draft, asset: Asset, user: User) -> dict[str, str]:
    """Return the ids of attached files that deleted ones were to replace: a cancelled upload loses no video."""
    attached = {"source": asset.source_id, "background": asset.background_id}
    return {name: str(pk) for name, pk in attached.items() if pk and _is_gone(draft.get(name), pk, user)}


def _is_gone(value: str, attached: UUID, user: User) -> bool:
    with suppress(ValueError):
        return UUID(value) != attached and not Upload.objects.owned_by(user).filter(pk=value).exists()
    return False


def _touch_batch(asset: Asset) -> None:
    """Have the draft's batch row checked again, since it stores what was found in the draft."""
    BatchRow.objects.filter(asset=asset).update(stale=True)


def _attachable(value: str, kind: str, asset: Asset, user: User, present: Upload | None) -> Upload | None:
    """Return the upload to attach: a complete one of this person that no other asset uses, or the present one."""
    try:
        pk = UUID(value)
    except ValueError:
        return None
    if present and present.pk == pk:
        return present
    upload = Upload.objects.owned_by(user).unused().filter(pk=pk, kind=kind).first()
    if upload and upload.status != Upload.Status.COMPLETE:
        return present
    return upload


def _field_of(upload: Upload) -> str:
    return "source" if upload.kind == Upload.Kind.VIDEO else "background"


def as_sent(asset: Asset) -> Draft:
    """Return the asset's own fields as form values."""
    dubbings = list(asset.dubbings.all()) if asset.pk else []
    columns = {name: getattr(asset, name) for name in FIELDS if hasattr(asset, name)}
    options = asset.options if isinstance(asset.options, dict) else {}
    values = (
        columns
        | {name: options.get(name) for name in provider_fit.OPTIONS}
        | {
            "source": asset.source_id,
            "background": asset.background_id,
            "source_from": "url" if asset.media_url else "file",
            "background_from": "url" if asset.background_url else "file" if asset.background_id else "none",
            "targets": [dubbing.locale for dubbing in dubbings],
            field_of(SOURCE): asset.source_srt,
        }
    )
    return Draft.of(values | {field_of(dubbing.locale): dubbing.srt for dubbing in dubbings if dubbing.srt})
