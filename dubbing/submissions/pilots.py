"""Pilot, then promote: a minute of a draft in all its languages first, the whole film for those that passed."""

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
SHORT = 120.0  # a trim up to this is a pilot by itself
NAME = " · pilot"
_SETTINGS = (
    "source_locale", "start", "end", "speakers", "auto_generate", "lips_model", "voice_anonymization", "options",
    "media_url", "background_url", "source_srt",
)  # fmt: skip
_TOLD = {
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


def trim(start: float | None, end: float | None, duration: float | None) -> tuple[float | None, float | None]:
    """What a pilot of this trim takes: all of it up to two minutes, else its first minute."""
    first, last = start or 0.0, end if end is not None else duration
    if last is not None and last - first <= SHORT:
        return start, end
    return start, round(first + MINUTE, 3)


def send(draft: Asset, fields: AssetFields, user: User) -> tuple[Asset, list[Submission]]:
    """An asset of its own from the draft's settings, with the trim in ``fields``. The draft stays a draft.

    Raises NotPossible when the draft was sent, or when the very same pilot is under way: a double click.
    """
    with transaction.atomic():
        locked = Asset.objects.locked(draft.pk)
        if locked.status != Asset.Status.DRAFT:
            raise NotPossible(gettext("The whole video was already sent."))
        if under_way(locked, fields):
            raise NotPossible(gettext("The same pilot is already in progress."))
        quota.check_quota(user, locked.typed_bytes)
        name = fields.name[: 255 - len(NAME)] + NAME
        pilot = Asset.objects.create(
            project_id=draft.project_id, created_by=user, provider=draft.provider, pilot_of=locked, name=name,
            typed_bytes=locked.typed_bytes,
        )  # fmt: skip
        Event.objects.record(pilot, Event.Kind.CREATED, actor=user, cause="person", pilot_of=draft.pk)
        Event.objects.record(locked, Event.Kind.PILOT, actor=user, cause="person", pilot=pilot.pk)
        Event.objects.record(pilot, Event.Kind.PILOT, actor=user, cause="person", pilot_of=draft.pk)
        return pilot, submit(pilot, replace(fields, name=name), user)


def promote(draft: Asset, fields: AssetFields, user: User) -> list[Submission]:
    """Send the whole film in the languages of ``fields``. Raises NotPossible when it was sent already."""
    codes = [target.locale for target in fields.targets]
    with transaction.atomic():
        made = submit(draft, fields, user)
        passed = list(list_pilots(draft))
        Event.objects.record(draft, Event.Kind.PILOT, actor=user, cause="person", promoted=codes)
        for pilot in passed:
            Event.objects.record(pilot, Event.Kind.PILOT, actor=user, cause="person", promoted=codes, whole=draft.pk)
    return made


def under_way(draft: Asset, fields: AssetFields) -> Asset | None:
    """The pilot that ``fields``, with their trim, would only make a second time."""
    running = (pilot for pilot in list_pilots(draft) if pilot.status in (*Asset.OPEN, Asset.Status.AWAITING))
    return next((pilot for pilot in running if _is_of(pilot, fields)), None)


def list_pilots(draft: Asset) -> Iterable[Asset]:
    """The draft's pilots, the newest first."""
    return draft.pilots.prefetch_related("dubbings__versions__results").order_by("-id")


def newest_of_each_language(draft: Asset) -> dict[str, Dubbing]:
    """By locale, the dubbing in the newest pilot that had it."""
    return {dubbing.locale: dubbing for pilot in reversed(list(list_pilots(draft))) for dubbing in pilot.dubbings.all()}


def changed_since(pilot: Asset, fields: AssetFields) -> list[str]:
    """What is other in the draft now than it was in the pilot, in words."""
    columns = {
        "source_id": fields.source and fields.source.pk,
        "background_id": fields.background and fields.background.pk,
    }
    now = {name: columns[name] if name in columns else getattr(fields, name) for name in _TOLD}
    labels = [(name, str(label)) for name, label in _TOLD.items()]
    return list(dict.fromkeys(label for name, label in labels if now[name] != getattr(pilot, name)))


def _is_of(pilot: Asset, fields: AssetFields) -> bool:
    texts = {target.locale: target.srt for target in fields.targets}
    same = all(getattr(pilot, name) == getattr(fields, name) for name in _SETTINGS)
    files = (fields.source and fields.source.pk, fields.background and fields.background.pk)
    same = same and (pilot.source_id, pilot.background_id) == files
    return same and texts == {dubbing.locale: dubbing.srt for dubbing in pilot.dubbings.all()}
