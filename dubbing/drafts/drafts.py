"""Drafts: what was typed stays, however often the page is left, and whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from dubbing import subtitles, uploads
from dubbing.drafts import provider_fit
from dubbing.drafts.creation import copy_for_retry
from dubbing.drafts.preset_values import BEGUN
from dubbing.drafts.provider_fit import ASIDE
from dubbing.models import Asset, Batch, BatchRow, Upload
from dubbing.platform import formatting, locales
from dubbing.platform.errors import NotPossible
from dubbing.providers import all_names, locale_table, provider_names

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.core.files.uploadedfile import UploadedFile

UNDO = "undo"  # in what was typed: the text before, and what was done to it, for each text that was changed by a fix
FILE = "_file"  # a subtitle file stands beside its text: srt_es-ES_file, source_srt_file
_SINGLE = (
    "name", "source_from", "source", "media_url", "start", "end", "source_locale", "source_srt", "auto_generate",
    "lips_model", "voice_anonymization", "speakers", "background_from", "background", "background_url",
    "voice_id", "voice_model", "speed", "seed", "notes", "speakers_from", "consent", "override_reason",
)  # fmt: skip
MOST_BYTES = 8_000_000
"""What a draft may hold in all; one step back for each text comes on top of it."""
_LONGEST, _LONGEST_TEXT, _MOST_TARGETS = 5_000, 2 * subtitles.MAX_BYTES, 100


class NotKept(NotPossible):
    """What came cannot stand in a draft, and nothing of it was kept. ``typed``: what the draft would have been."""

    def __init__(self, words: str, typed: dict[str, Any]) -> None:
        super().__init__(words)
        self.typed = typed


class ChangedElsewhere(NotPossible):
    """Another tab has saved the draft since this one was opened."""


def typed_of(asset: Asset) -> dict[str, Any]:
    """The form as it was typed, or as the asset's own fields say when it was never typed here."""
    return dict(asset.typed) or _from_columns(asset)


def keep_typed(
    asset: Asset,
    data: Mapping[str, Any],
    user: User,
    *,
    files: Mapping[str, UploadedFile[Any]] | None = None,
    checked: bool = False,
    undoable: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Write down what was typed, valid or not, and give it back.

    ``checked``: somebody tried to submit it, so what is missing counts as an error from now on.
    ``undoable``: texts that are changed for somebody, and what was done to them; one step back is kept of each.
    Raises NotPossible when the asset was sent meanwhile, ChangedElsewhere when another tab has saved it, and NotKept
    for what is larger than a draft may be, or has subtitles for a language that there is not.
    """
    with transaction.atomic():
        locked = Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        if locked.status not in Asset.EDITABLE:
            raise NotPossible("This asset was sent already.")
        before = typed_of(locked)
        check_tab(before, data)
        _check_slots([*data, *(files or {})], before)
        typed = before | _plain(data) | {"files": dict(before.get("files", {}))}
        if not checked:  # what is submitted is what the page shows
            typed |= _untouched_files(data, before)
        _forget_edited_files(typed, before, undoable or {})
        _keep_steps_back(typed, before, undoable or {})
        for name, file in (files or {}).items():
            if name == f"source_srt{FILE}" or name.startswith("srt_"):
                _take_file(typed, name.removesuffix(FILE), file)
        typed["checked"] = checked or bool(before.get("checked"))
        typed["tab"] = str(data.get("tab") or before.get("tab", ""))[:40]
        typed.pop(BEGUN, None)
        typed = provider_fit.fitted(typed, locked.provider)
        _check_size(typed, before)
        _write(locked, typed, user)
    asset.refresh_from_db()
    return typed


def check_tab(typed: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Two tabs of one draft would write over each other. Raises ChangedElsewhere for the one that is behind.

    ``data``: the name that its page gave itself (``tab``), and the name of who had saved when that was made
    (``tab_seen``). What comes without a page, as from the command line, is always taken.
    """
    if data.get("tab") and typed.get("tab", "") not in (data["tab"], data.get("tab_seen", "")):
        raise ChangedElsewhere(
            "This draft was changed in another tab since this page was opened. Nothing of this page was saved over it: "
            "look at what stands there now, then go on."
        )


def attach(asset: Asset, upload: Upload, user: User, tab: Mapping[str, Any] | None = None) -> None:
    """The draft's source or background is this upload from now on, whatever state that is in."""
    name = _field_of(upload)
    keep_typed(asset, {name: str(upload.pk), f"{name}_from": "file"} | dict(tab or {}), user)


def attach_arrived(upload: Upload) -> None:
    """Give a file that became usable to the drafts that wait for it, even if no page is open any more."""
    name, owner = _field_of(upload), upload.owner
    waiting = Asset.objects.editable_by(owner).filter(status__in=Asset.EDITABLE, **{f"typed__{name}": str(upload.pk)})
    for asset in Asset.objects.select_for_update(no_key=True).filter(pk__in=list(waiting.values_list("pk", flat=True))):
        if asset.status in Asset.EDITABLE and asset.typed.get(name) == str(upload.pk):
            _write(asset, asset.typed, owner)


def choose_provider(asset: Asset, provider: str) -> None:
    """Have this provider dub the draft: what it has no use for is put aside. Raises NotPossible for what was sent."""
    with transaction.atomic():
        draft = Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        if draft.status != Asset.Status.DRAFT:
            raise NotPossible("This asset was sent already, so its provider stays. Try it with another one instead.")
        if provider not in provider_names():
            raise NotPossible("Choose one of the providers in the list.")
        draft.typed, draft.provider = provider_fit.fitted(typed_of(draft), provider), provider
        draft.save(update_fields=["typed", "provider"])
        _touch_batch(draft)
    asset.refresh_from_db()


def try_with(asset: Asset, provider: str, user: User) -> Asset:
    """A draft of the same source, trim, languages and texts for another provider. Raises NotPossible."""
    if provider == asset.provider or asset.status == Asset.Status.DRAFT:
        raise NotPossible("Choose another provider, for an asset that was sent.")
    with transaction.atomic():
        everything = list(asset.dubbings.values_list("locale", flat=True))
        copy = copy_for_retry(asset, user, locales=everything, provider=provider)
        choose_provider(copy, provider)
    return copy


def detach(asset: Asset, upload: Upload, user: User) -> None:
    """Forget the upload. One that never arrived gives way to the file that was there before it."""
    name = _field_of(upload)
    attached = getattr(asset, f"{name}_id")
    if typed_of(asset).get(name) == str(upload.pk):
        keep_typed(asset, {name: str(attached) if attached and attached != upload.pk else ""}, user)


def discard(asset: Asset, user: User) -> None:
    """Delete a draft and its files. Raises NotPossible for what was sent once, because that has a history."""
    with transaction.atomic():
        # Its batch first: rows that are being looked at refer to it until that is through.
        theirs = BatchRow.objects.filter(asset=asset).values("batch")
        list(Batch.objects.select_for_update(no_key=True).filter(pk__in=theirs))
        draft = Asset.objects.editable_by(user).filter(pk=asset.pk, status=Asset.Status.DRAFT)
        if not draft.select_for_update():  # locked first: it may be on its way out this very moment
            raise NotPossible("This asset was sent already, so it stays in the history.")
        left = list(Upload.objects.filter(pk__in=_brought(asset), owner=user))
        draft.delete()
    for upload in left:
        uploads.remove(upload)


def _brought(asset: Asset) -> set[UUID]:
    """Its files, and those that are still on their way."""
    pks: set[UUID] = {pk for pk in (asset.source_id, asset.background_id) if pk}
    for name in ("source", "background"):
        with suppress(ValueError):
            pks.add(UUID(str(asset.typed.get(name, ""))))
    return pks


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the form has, as text that every database can hold."""
    getlist = getattr(data, "getlist", lambda name: data.get(name) or [])
    typed: dict[str, Any] = {name: _text(data[name], _longest(name)) for name in _texts_in(data)}
    if "targets" in data or "targets_shown" in data:
        typed["targets"] = [_text(code, 40) for code in getlist("targets")][:_MOST_TARGETS]
    return typed


def _untouched_files(data: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Files that this page only shows: another tab may have brought newer ones."""
    shown = {name: str(data.get(f"shown_{name}", "?")).partition(":")[0] for name in ("source", "background")}
    return {name: before.get(name, "") for name, pk in shown.items() if data.get(name) == pk}


def _check_slots(names: Iterable[str], before: Mapping[str, Any]) -> None:
    """Subtitles belong to a language that somebody dubs into, or dubbed into when they were typed."""
    slots = {name.removesuffix(FILE) for name in names if name.startswith("srt_")} - {*before, *before.get(ASIDE, {})}
    for code in (slot.removeprefix("srt_") for slot in slots):
        found = [locales.find(code, among=locale_table(provider)) for provider in all_names()]
        if not any(one and one.code == code for one in found):
            raise NotKept(f"There is no language “{_text(code, 40)}” to bring subtitles for.", dict(before))


def _check_size(typed: dict[str, Any], before: Mapping[str, Any]) -> None:
    size = _size_of(typed)
    if size > max(MOST_BYTES, _size_of(before)):
        words = f"The texts of this draft have {size / 1e6:.1f} MB in all; {MOST_BYTES / 1e6:g} MB fit."
        raise NotKept(f"{words} Take subtitles out, or bring some of the languages as an asset of their own.", typed)


def _size_of(value: Any) -> int:
    """Bytes of all that was typed, without the steps back."""
    if isinstance(value, Mapping):
        return sum(_size_of(name) + _size_of(part) for name, part in value.items() if name != UNDO)
    if isinstance(value, list):
        return sum(map(_size_of, value))
    return len(str(value).encode())


def _texts_in(data: Mapping[str, Any]) -> Iterator[str]:
    for name in data:
        if name in _SINGLE or (name.startswith("srt_") and not name.endswith(FILE) and len(name) < 40):
            yield name


def _longest(name: str) -> int:
    return _LONGEST_TEXT if "srt" in name else _LONGEST


def _text(value: Any, longest: int) -> str:
    text = str(value)[:longest].replace("\r\n", "\n").replace("\0", "")
    return text.encode("utf-8", "replace").decode()


def _forget_edited_files(typed: dict[str, Any], before: Mapping[str, Any], mended: Container[str]) -> None:
    """What was found in a file is no longer true of a text that was changed since. A fix leaves its letters alone."""
    for name in list(typed["files"]):
        if typed.get(name, "").strip() != str(before.get(name, "")).strip():
            file = typed["files"][name]
            edited = {"name": file["name"], "edited": True}
            if name in mended and file.get("encoding"):
                edited["encoding"] = file["encoding"]
            typed["files"] = {key: value for key, value in typed["files"].items() if key != name}
            if typed[name].strip():
                typed["files"][name] = edited


def _keep_steps_back(typed: dict[str, Any], before: Mapping[str, Any], undoable: Mapping[str, str]) -> None:
    """The text before, of what was changed for somebody; nothing of what they have changed themselves since."""
    kept = before.get(UNDO) or {}
    steps = {name: step for name, step in kept.items() if typed.get(name, "") == before.get(name, "")}
    steps |= {name: {"text": str(before.get(name, "")), "did": did} for name, did in undoable.items()}
    typed[UNDO] = {name: step for name, step in steps.items() if step["text"] != typed.get(name, "")}


def _take_file(typed: dict[str, Any], name: str, file: UploadedFile[Any]) -> None:
    """Put the file's text into the form, or say why it cannot be read; the text that was there stays then."""
    found: dict[str, Any] = {"name": _text(PurePath(file.name or "").name, 255)}
    language = typed.get("source_locale", "") if name == "source_srt" else name.removeprefix("srt_")
    try:
        text, encoding, notes = subtitles.text_of(_beginning(file), language=language.partition("-")[0] or None)
    except subtitles.SubtitleError as error:
        found["problems"] = [str(problem) for problem in error.problems]
    else:
        typed[name] = _text(text, _LONGEST_TEXT)
        found |= {"notes": [str(note) for note in notes], "encoding": encoding}
    typed["files"][name] = found


def _beginning(file: UploadedFile[Any]) -> bytes:
    # One byte more than may be is enough to be refused as too large.
    return bytes(file.read(subtitles.MAX_BYTES + 1))


def _write(asset: Asset, typed: dict[str, Any], user: User) -> None:
    asset.typed = typed
    asset.source = _attachable(typed.get("source", ""), Upload.Kind.VIDEO, asset, user, asset.source)
    asset.background = _attachable(typed.get("background", ""), Upload.Kind.BACKGROUND, asset, user, asset.background)
    if asset.source and not typed.get("name", "").strip():
        typed["name"] = PurePath(asset.source.name).stem
    asset.name = formatting.one_line(typed.get("name", ""))[:255]
    asset.save(update_fields=["typed", "source", "background", "name"])
    _touch_batch(asset)


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


def _from_columns(asset: Asset) -> dict[str, Any]:
    dubbings = list(asset.dubbings.all()) if asset.pk else []
    typed: dict[str, Any] = {name: _written(getattr(asset, name)) for name in _SINGLE if hasattr(asset, name)}
    typed |= {name: _written(asset.options.get(name)) for name in provider_fit.OPTIONS}
    typed |= {
        "source": _written(asset.source_id),
        "background": _written(asset.background_id),
        "source_from": "url" if asset.media_url else "file",
        "background_from": "url" if asset.background_url else "file" if asset.background_id else "none",
        "targets": [dubbing.locale for dubbing in dubbings],
    }
    return typed | {f"srt_{dubbing.locale}": dubbing.srt for dubbing in dubbings if dubbing.srt}


def _written(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".") or "0"
    return "" if value is None else str(value)
