"""Presets: languages and options with a name. Saved from a draft, applied to a draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from dubbing.drafts import saved_drafts
from dubbing.drafts.draft import Draft
from dubbing.drafts.preset_values import NAMES, Applied, Change, usable
from dubbing.models import Asset, Preset, Project
from dubbing.models.policies import wrong_values
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

__all__ = ["NAMES", "apply", "choose_default", "delete", "rename", "replace_options", "save", "undo", "values_of"]

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_NAME = 80
_LABELS = {
    "source_locale": _("Spoken language"),
    "targets": _("Languages"),
    "auto_generate": _("Result"),
    "lips_model": _("Lip sync quality"),
    "voice_anonymization": _("Voice anonymization"),
    "speakers_from": _("Speakers"),
    "speakers": _("Number of speakers"),
    "voice_id": _("Voice"),
    "voice_model": _("Voice model"),
    "speed": _("Speed"),
    "seed": _("Seed"),
}


def values_of(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a preset made from this draft holds: what was chosen, without blanks."""
    whole = {name: typed.get(name) for name in NAMES}
    if whole.get("speakers_from") == "unsure":
        whole["speakers"] = None
    return {name: value for name, value in whole.items() if value not in (None, "", [])}


def save(project: Project, name: str, typed: Mapping[str, Any], user: User) -> Preset:
    """Save the draft's languages and options under a name. Raises NotPossible."""
    values = _checked(typed)
    try:
        with transaction.atomic():
            return Preset.objects.create(project=project, name=_usable(project, name), values=values, created_by=user)
    except IntegrityError as error:
        raise NotPossible(_taken(name)) from error


def replace_options(preset: Preset, typed: Mapping[str, Any]) -> Preset:
    """Replace the preset's options with those of the draft; its name and languages stay. Raises NotPossible."""
    with transaction.atomic():
        locked = Preset.objects.select_for_update(no_key=True).filter(pk=preset.pk).first()
        if locked is None:
            raise NotPossible(gettext("This preset was deleted. Choose another one."))
        languages = {name: value for name, value in locked.sound.items() if name in ("source_locale", "targets")}
        locked.values = languages | _checked(typed)
        locked.save(update_fields=["values"])
    return locked


def rename(preset: Preset, name: str) -> None:
    """Rename the preset. Raises NotPossible if the name is taken."""
    try:
        with transaction.atomic():
            Preset.objects.filter(pk=preset.pk).update(name=_usable(preset.project, name, besides=preset))
    except IntegrityError as error:
        raise NotPossible(_taken(name)) from error
    preset.refresh_from_db(fields=["name"])


def choose_default(project: Project, preset: Preset | None) -> None:
    """Make the preset the default for new drafts; None: no default."""
    with transaction.atomic():
        # If two owners choose at once, the later choice counts.
        Project.objects.select_for_update(no_key=True).get(pk=project.pk)
        Preset.objects.filter(project=project, is_default=True).update(is_default=False)
        if preset and not Preset.objects.filter(pk=preset.pk, project=project).update(is_default=True):
            raise NotPossible(gettext("This preset was deleted. Choose another one."))


def delete(preset: Preset) -> None:
    """Delete the preset; drafts that started with it stay as they are."""
    Preset.objects.filter(pk=preset.pk).delete()


def apply(asset: Asset, preset: Preset, user: User) -> Applied:
    """Apply the preset's languages and options to the draft. What they replace can be restored once.

    Raises NotPossible for another project's preset, and for an asset that was sent already.
    """
    if preset.project_id != asset.project_id:
        raise NotPossible(gettext("This preset belongs to another project. Choose one from this project."))
    with transaction.atomic():
        _lock(asset)
        before = saved_drafts.read_draft(asset)
        values, applied = usable(preset.sound, asset, before)
        draft = saved_drafts.keep_typed(asset, values, user)
        replaced = {name: before.value(name) for name in values}
        draft = draft.with_replaced(preset.name, replaced)
        _keep(asset, draft)
    changes = [
        Change(name, old, draft.value(name)) for name, old in replaced.items() if _differs(old, draft.value(name))
    ]
    return replace(applied, changes=changes)


def undo(asset: Asset, user: User) -> str:
    """Restore what the last preset replaced, and return its name. Raises NotPossible if there is nothing to restore."""
    with transaction.atomic():
        _lock(asset)
        replaced = saved_drafts.read_draft(asset).replaced
        if not replaced:
            raise NotPossible(gettext("There is nothing to undo."))
        _keep(asset, saved_drafts.keep_typed(asset, replaced.values, user).without_replaced())
    return replaced.preset


def _checked(typed: Mapping[str, Any]) -> dict[str, Any]:
    values = values_of(typed)
    if not values:
        raise NotPossible(gettext("There is nothing to save. Choose languages or options first."))
    if wrong := wrong_values(values):
        problems = " ".join(f"{_LABELS[name]}: {problem}" for name, problem in wrong.items())
        raise NotPossible(f"{gettext('The preset was not saved. Correct these values first.')} {problems}")
    return values


def _differs(before: Any, after: Any) -> bool:
    if isinstance(before, list) or isinstance(after, list):
        return list(before or []) != list(after or [])
    return str(before or "") != str(after or "")


def _lock(asset: Asset) -> None:
    """Lock the asset until the transaction ends, so that nobody else saves the draft, and reload it."""
    Asset.objects.select_for_update(no_key=True).get(pk=asset.pk)
    asset.refresh_from_db(fields=["typed", "provider", "status"])


def _keep(asset: Asset, draft: Draft) -> None:
    saved_drafts.store(asset, draft)


def _usable(project: Project, name: str, *, besides: Preset | None = None) -> str:
    """Return the name on one line. Raise NotPossible if it is taken."""
    plain = formatting.one_line(name)
    if not plain:
        raise NotPossible(gettext("Enter a name for the preset, for example “Latin America, lip sync off”."))
    if len(plain) > LONGEST_NAME:
        message = gettext("The name has %(length)s characters and the limit is %(limit)s. Shorten it.")
        raise NotPossible(message % {"length": len(plain), "limit": LONGEST_NAME})
    others = Preset.objects.filter(project=project, name__iexact=plain)
    if (others.exclude(pk=besides.pk) if besides else others).exists():
        raise NotPossible(_taken(plain))
    return plain


def _taken(name: str) -> str:
    plain = formatting.one_line(name)
    message = gettext("A preset called “%(name)s” already exists. Choose another name, or delete that preset first.")
    return message % {"name": formatting.isolated(plain)}
