"""Drafts: what was typed stays, however often the page is left, and whatever is wrong with it."""

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
"""What a draft may hold in all; one step back for each text comes on top of it."""
_LONGEST_TEXT = 2 * subtitles.MAX_BYTES


class NotKept(NotPossible):
    """What came cannot stand in a draft, and nothing of it was kept. ``draft``: what it would have been."""

    def __init__(self, message: str, draft: Draft) -> None:
        super().__init__(message)
        self.draft = draft


class ChangedElsewhere(NotPossible):
    """Another tab has saved the draft since this one was opened."""


def read_draft(asset: Asset) -> Draft:
    """The draft as it was typed, or as the asset's own fields say when it was never typed here."""
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
    """Write down what was typed, valid or not, and give it back.

    ``checked``: somebody tried to submit it, so what is missing counts as an error from now on.
    ``undoable``: slots whose text is changed for somebody, and what was done to it; one step back is kept of each.
    Raises NotPossible when the asset was sent meanwhile, ChangedElsewhere when another tab has saved it, and NotKept
    for what is larger than a draft may be, or has subtitles for a language that there is not.
    """
    with transaction.atomic():
        locked = Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        if locked.status not in Asset.EDITABLE:
            raise NotPossible(gettext("This video was already sent."))
        before = read_draft(locked)
        check_tab(before, data)
        brought = {slot: file for name, file in (files or {}).items() if (slot := slot_of_file(name)) is not None}
        _check_slots([*(slot for name in data if (slot := slot_of(name)) is not None), *brought], before)
        draft = before.with_data(data, _LONGEST_TEXT, undoable or {})
        if not checked:  # what is submitted is what the page shows
            draft = draft.with_fields(_untouched_files(data, before))
        for slot, file in brought.items():
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
    """Two tabs of one draft would write over each other. Raises ChangedElsewhere for the one that is behind.

    ``data``: the name that its page gave itself (``tab``), and the name of who had saved when that was made
    (``tab_seen``). What comes without a page, as from the command line, is always taken.
    """
    if data.get("tab") and draft.tab not in (data["tab"], data.get("tab_seen", "")):
        raise ChangedElsewhere(
            gettext(
                "This draft was changed in another tab after you opened this page, so your changes were not saved. "
                "Check the current version, then continue."
            )
        )


def store(asset: Asset, draft: Draft, *others: str) -> None:
    """Write this draft down, and these other columns of the asset. Whoever calls this has the row locked."""
    columns = draft.columns()
    for name, value in columns.items():
        setattr(asset, name, value)
    asset.save(update_fields=[*columns, *others])


def undo_files(asset: Asset, user: User) -> None:
    """Take back what several files that came at once did. Raises NotPossible when the asset was sent meanwhile."""
    with transaction.atomic():
        locked = Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        if locked.status not in Asset.EDITABLE:
            raise NotPossible(gettext("This video has been sent already."))
        _write(locked, subtitle_files.undo(read_draft(locked)), user)
    asset.refresh_from_db()


def attach(asset: Asset, upload: Upload, user: User, tab: Mapping[str, Any] | None = None) -> None:
    """The draft's source or background is this upload from now on, whatever state that is in."""
    name = _field_of(upload)
    keep_typed(asset, {name: str(upload.pk), f"{name}_from": "file"} | dict(tab or {}), user)


def attach_arrived(upload: Upload) -> None:
    """Give a file that became usable to the drafts that wait for it, even if no page is open any more."""
    name, owner = _field_of(upload), upload.owner
    waiting = Asset.objects.editable_by(owner).filter(holding(name, str(upload.pk)), status__in=Asset.EDITABLE)
    for asset in Asset.objects.select_for_update(no_key=True).filter(pk__in=list(waiting.values_list("pk", flat=True))):
        if asset.status in Asset.EDITABLE and (draft := read_draft(asset)).get(name) == str(upload.pk):
            _write(asset, draft, owner)


def choose_provider(asset: Asset, provider: str) -> None:
    """Have this provider dub the draft: what it has no use for is put aside. Raises NotPossible for what was sent."""
    with transaction.atomic():
        draft = Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
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
    """A draft of the same source, trim, languages and texts for another provider. Raises NotPossible."""
    if provider == asset.provider or asset.status == Asset.Status.DRAFT:
        raise NotPossible(gettext("Choose another provider. Only a sent video can be tried with one."))
    with transaction.atomic():
        everything = list(asset.dubbings.values_list("locale", flat=True))
        copy = copy_for_retry(asset, user, locales=everything, provider=provider)
        choose_provider(copy, provider)
    return copy


def retry(asset: Asset, user: User, locales: Iterable[str] = ()) -> Asset:
    """The person's draft of another attempt at these languages of the asset (default: all that failed, or all).

    One that was not sent yet is gone on with. Raises NotPossible when the person's drafts are full.
    """
    failed = asset.dubbings.filter(status=Dubbing.Status.FAILED).values_list("locale", flat=True)
    wanted = set(locales) or set(failed)
    unsent = Asset.objects.filter(
        copied_from=asset, created_by=user, status=Asset.Status.DRAFT, provider=asset.provider
    )
    for copy in unsent.order_by("-id"):
        if wanted <= set(read_draft(copy).targets):
            return copy
    return copy_for_retry(asset, user, locales=wanted)


def detach(asset: Asset, upload: Upload, user: User) -> None:
    """Forget the upload. One that never arrived gives way to the file that was there before it."""
    name = _field_of(upload)
    attached = getattr(asset, f"{name}_id")
    if read_draft(asset).get(name) == str(upload.pk):
        keep_typed(asset, {name: str(attached) if attached and attached != upload.pk else ""}, user)


def discard(asset: Asset, user: User) -> None:
    """Delete a draft and its files. Raises NotPossible for what was sent once, because that has a history."""
    with transaction.atomic():
        # Its batch first: rows that are being looked at refer to it until that is through.
        theirs = BatchRow.objects.filter(asset=asset).values("batch")
        list(Batch.objects.select_for_update(no_key=True).filter(pk__in=theirs))
        draft = Asset.objects.editable_by(user).filter(pk=asset.pk, status=Asset.Status.DRAFT)
        if not draft.select_for_update():  # locked first: it may be on its way out this very moment
            raise NotPossible(gettext("This video was already sent, so it cannot be deleted."))
        left = list(Upload.objects.filter(pk__in=_brought(asset), owner=user))
        draft.delete()
    for upload in left:
        uploads.remove(upload)


def _brought(asset: Asset) -> set[UUID]:
    """Its files, and those that are still on their way."""
    pks: set[UUID] = {pk for pk in (asset.source_id, asset.background_id) if pk}
    for name in ("source", "background"):
        with suppress(ValueError):
            pks.add(UUID(read_draft(asset).get(name)))
    return pks


def _untouched_files(data: Mapping[str, Any], before: Draft) -> dict[str, str]:
    """Files that this page only shows: another tab may have brought newer ones."""
    shown = {name: str(data.get(f"shown_{name}", "?")).partition(":")[0] for name in ("source", "background")}
    return {name: before.get(name) for name, pk in shown.items() if data.get(name) == pk}


def _check_slots(slots: Iterable[str], before: Draft) -> None:
    """Subtitles belong to a language that somebody dubs into, or dubbed into when they were typed."""
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
    """Put the file's text into the draft, or say why it cannot be read; the text that was there stays then."""
    origin, text = _read_file(file, draft.get("source_locale") if slot == SOURCE else slot)
    return draft.with_file(slot, origin, None if origin.problems else text)


def _several(files: Mapping[str, UploadedFile[Any]] | None) -> list[UploadedFile[Any]]:
    """Files of which each is for the slot that its name says."""
    getlist = getattr(files, "getlist", None)
    return list(getlist(FILES_FIELD)) if getlist else []


def _take_several(draft: Draft, files: list[UploadedFile[Any]], provider: str) -> Draft:
    """Put the texts of these files where their names say. One that cannot be read does not keep the others back."""
    read = []
    for file in files:
        slot = subtitle_files.slot_of_name(_name_of(file), draft, provider).slot or ""
        read.append(_read_file(file, draft.get("source_locale") if slot == SOURCE else slot))
    return subtitle_files.place_files(draft, read, provider, room=MOST_BYTES - draft.size)


def _name_of(file: UploadedFile[Any]) -> str:
    return plain_text(PurePath(file.name or "").name, 255)


def _read_file(file: UploadedFile[Any], locale: str) -> tuple[TextFile, str]:
    """Where a text came from, and the text; no text, and why, for a file that cannot be read."""
    name = _name_of(file)
    try:
        text, encoding, notes = subtitles.text_of(_beginning(file), language=locale.partition("-")[0] or None)
    except subtitles.SubtitleError as error:
        return TextFile(name, problems=tuple(map(str, error.problems))), ""
    return TextFile(name, notes=tuple(map(str, notes)), encoding=encoding), plain_text(text, _LONGEST_TEXT)


def _beginning(file: UploadedFile[Any]) -> bytes:
    # One byte more than may be is enough to be refused as too large.
    return bytes(file.read(subtitles.MAX_BYTES + 1))


def _write(asset: Asset, draft: Draft, user: User) -> Draft:
    asset.source = _attachable(draft.get("source"), Upload.Kind.VIDEO, asset, user, asset.source)
    asset.background = _attachable(draft.get("background"), Upload.Kind.BACKGROUND, asset, user, asset.background)
    if asset.source and not draft.get("name").strip():
        draft = draft.with_fields({"name": PurePath(asset.source.name).stem})
    asset.name = formatting.one_line(draft.get("name"))[:255]
    store(asset, draft, "source", "background", "name")
    _touch_batch(asset)
    return draft


def _touch_batch(asset: Asset) -> None:
    """A row of a batch keeps what was found in its draft, so it has to be told."""
    BatchRow.objects.filter(asset=asset).update(stale=True)


def _attachable(value: str, kind: str, asset: Asset, user: User, present: Upload | None) -> Upload | None:
    """The upload to attach: a whole one of this person that no other asset uses, or the one that is there."""
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
    """What the asset's own fields say, as somebody would have typed it."""
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
