"""Pilots: dub the first minute of a draft in all its languages, then send the whole video in those that passed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.drafts import quota
from dubbing.drafts.fields import AssetFields
from dubbing.models import Asset, Dubbing, Event, Submission
from dubbing.platform.errors import NotPossible
from dubbing.submissions.submit import submit

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MINUTE = 60.0
SHORT = 120.0  # a trim up to this length is a pilot itself
NAME = " · pilot"
_SETTINGS = (
    "source_locale", "start", "end", "speakers", "auto_generate", "lips_model", "voice_anonymization", "options",
    "media_url", "background_url", "source_srt",
)  # fmt: skip
_COMPARED = {
    "source_locale": _("the spoken language"),
    "speakers": _("the number of speakers"),
    "auto_generate": _("the result"),
    "lips_model": _("the lip sync quality"),
    "voice_anonymization": _("the voice anonymization"),
    "options": _("the voice"),
    "background_url": _("the background"),
    "background_id": _("the background"),
    "source_id": _("the video"),
    "media_url": _("the video"),
}


class SentBefore(NotPossible):
    """Exactly this pilot exists already. ``pilot``: the existing one."""

    def __init__(self, pilot: Asset, message: str) -> None:
        super().__init__(message)
        self.pilot = pilot


def trim(start: float | None, end: float | None, duration: float | None) -> tuple[float | None, float | None]:
    """The trim that a pilot of this trim takes: all of it up to two minutes, otherwise its first minute."""
    first, last = start or 0.0, end if end is not None else duration
    if last is not None and last - first <= SHORT:
        return start, end
    return start, round(first + MINUTE, 3)


def send(
    draft: Asset, fields: AssetFields, user: User, *, provider: str = "", since: int | None = None
) -> tuple[Asset, list[Submission]]:
    """Send a separate asset with the draft's settings and the trim in ``fields``. The draft stays a draft.

    ``provider``: the pilot's provider if it is not the draft's. ``since``: id of the draft's newest pilot when this one
    was quoted, 0 for none. Raises NotPossible if the draft was sent, and SentBefore if exactly this pilot is in
    progress or was sent since then: a double click, or another tab.
    """
    provider = provider or draft.provider
    with transaction.atomic():
        locked = Asset.objects.locked(draft.pk)
        if locked.status != Asset.Status.DRAFT:
            raise NotPossible(gettext("The whole video was already sent."))
        if running := under_way(locked, fields, provider):
            raise SentBefore(running, gettext("The same pilot is already in progress."))
        if since is not None and (sent := _sent_since(locked, fields, provider, since)):
            raise SentBefore(sent, gettext("This pilot was already sent, so it was not sent again."))
        quota.check_quota(user, locked.typed_bytes)
        name = _name(fields.name, locked.pilots.count())
        pilot = Asset.objects.create(
            project_id=draft.project_id, created_by=user, provider=provider, pilot_of=locked, name=name,
            typed_bytes=locked.typed_bytes,
        )  # fmt: skip
        Event.objects.record(pilot, Event.Kind.CREATED, actor=user, cause="person", pilot_of=draft.pk)
        Event.objects.record(locked, Event.Kind.PILOT, actor=user, cause="person", pilot=pilot.pk)
        Event.objects.record(pilot, Event.Kind.PILOT, actor=user, cause="person", pilot_of=draft.pk)
        return pilot, submit(pilot, replace(fields, name=name), user)


def promote(draft: Asset, fields: AssetFields, user: User) -> list[Submission]:
    """Send the whole video in the languages of ``fields``. Raises NotPossible if it was sent already."""
    codes = [target.locale for target in fields.targets]
    with transaction.atomic():
        made = submit(draft, fields, user)
        whole = made[0].asset if made else draft  # another attempt belongs to the asset that failed
        passed = list(list_pilots(whole))
        Event.objects.record(whole, Event.Kind.PILOT, actor=user, cause="person", promoted=codes)
        for pilot in passed:
            Event.objects.record(pilot, Event.Kind.PILOT, actor=user, cause="person", promoted=codes, whole=whole.pk)
    return made


def under_way(draft: Asset, fields: AssetFields, provider: str) -> Asset | None:
    """A pilot in progress that ``fields``, with their trim, would only repeat; None if there is none."""
    running = (pilot for pilot in list_pilots(draft) if pilot.status in (*Asset.OPEN, Asset.Status.AWAITING))
    return next((pilot for pilot in running if _is_of(pilot, fields, provider)), None)


def list_pilots(draft: Asset) -> Iterable[Asset]:
    """The draft's pilots, newest first."""
    return draft.pilots.select_related("source").prefetch_related("dubbings__versions__results").order_by("-id")


def newest_id(draft: Asset) -> int:
    """Id of the draft's newest pilot; 0 if there is none."""
    return draft.pilots.order_by("-id").values_list("pk", flat=True).first() or 0


def newest_of_each_language(draft: Asset) -> dict[str, Dubbing]:
    """The dubbing from the newest pilot in each language, by locale."""
    return {dubbing.locale: dubbing for pilot in reversed(list(list_pilots(draft))) for dubbing in pilot.dubbings.all()}


def changed_since(pilot: Asset, fields: AssetFields) -> list[str]:
    """What differs between the draft now and the pilot, in words."""
    columns = {
        "source_id": fields.source and fields.source.pk,
        "background_id": fields.background and fields.background.pk,
    }
    now = {name: columns[name] if name in columns else getattr(fields, name) for name in _COMPARED}
    labels = [(name, str(label)) for name, label in _COMPARED.items()]
    return list(dict.fromkeys(label for name, label in labels if now[name] != getattr(pilot, name)))


def _sent_since(draft: Asset, fields: AssetFields, provider: str, since: int) -> Asset | None:
    newer = (pilot for pilot in list_pilots(draft) if pilot.pk > since and pilot.status not in Asset.EDITABLE)
    return next((pilot for pilot in newer if _is_of(pilot, fields, provider)), None)


def _name(name: str, pilots: int) -> str:
    """Numbered from the second pilot on, so that lists tell them apart."""
    ending = NAME if not pilots else f"{NAME} {pilots + 1}"
    return name[: 255 - len(ending)] + ending


def _is_of(pilot: Asset, fields: AssetFields, provider: str) -> bool:
    texts = {target.locale: target.srt for target in fields.targets}
    same = pilot.provider == provider and all(getattr(pilot, name) == getattr(fields, name) for name in _SETTINGS)
    files = (fields.source and fields.source.pk, fields.background and fields.background.pk)
    same = same and (pilot.source_id, pilot.background_id) == files
    return same and texts == {dubbing.locale: dubbing.srt for dubbing in pilot.dubbings.all()}
