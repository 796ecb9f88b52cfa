"""Note what a request changes about access, policies and settings: the values before and after."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group, User
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import Model
from django.db.models.signals import m2m_changed, post_save, pre_delete, pre_save

from dubbing import models
from dubbing.models.audit import AuditKind
from dubbing.platform import request_scope

NOTED: tuple[type[Model], ...] = (
    User,
    Group,
    models.Project,
    models.Membership,
    models.Policy,
    models.Preset,
    models.ReviewPolicy,
    models.DefaultReviewer,
    models.ProjectThresholds,
    models.SharingPolicy,
    models.RetentionPolicy,
    models.DeliveryPolicy,
    models.LabelPolicy,
    models.GroupRule,
)
"""Rows that say who may do what, and how."""
MOST, LONGEST = 50, 500
"""Number of changes noted for one request, and characters of one value."""
_SECRET = ("password", "secret", "token", "hash", "salt")
_LEFT_OUT = {"last_login"}
_BEFORE = "_audit_before"


def connect() -> None:
    """Start noting."""
    for model in NOTED:
        pre_save.connect(_about_to_save, sender=model)
        post_save.connect(_saved, sender=model)
        pre_delete.connect(_about_to_delete, sender=model)
    for through in (User.groups.through, User.user_permissions.through, Group.permissions.through):
        m2m_changed.connect(_related_changed, sender=through)
    user_logged_in.connect(_signed_in)
    user_login_failed.connect(_sign_in_failed)
    user_logged_out.connect(_signed_out)


def _about_to_save(sender: type[Model], instance: Model, **_: Any) -> None:
    if request_scope.current() and not instance._state.adding:
        setattr(instance, _BEFORE, sender._default_manager.filter(pk=instance.pk).values().first())


def _saved(sender: type[Model], instance: Model, created: bool, **_: Any) -> None:
    before = instance.__dict__.pop(_BEFORE, None) or {}
    after = {field.attname: field.value_from_object(instance) for field in sender._meta.concrete_fields}
    names = [name for name, value in after.items() if created or before.get(name) != value]
    names = [name for name in names if name not in _LEFT_OUT]
    if names:
        _note(instance, {} if created else _shown(before, names), _shown(after, names))


def _about_to_delete(sender: type[Model], instance: Model, **_: Any) -> None:
    values = {field.attname: field.value_from_object(instance) for field in sender._meta.concrete_fields}
    _note(instance, _shown(values, list(values)), {})


def _related_changed(sender: Any, instance: Model, action: str, pk_set: set[Any] | None, **_: Any) -> None:
    word = {"post_add": "added", "post_remove": "removed", "pre_clear": "cleared"}.get(action)
    if word:
        _note(instance, {}, {f"{sender._meta.label_lower} {word}": sorted(pk_set or ())})


def _note(instance: Model, before: dict[str, Any], after: dict[str, Any]) -> None:
    scope = request_scope.current()
    if scope and len(scope.changes) < MOST:
        row = {"row": instance._meta.label_lower, "id": instance.pk, "name": str(instance)[:LONGEST]}
        scope.changes.append(row | {"before": before, "after": after})


def _shown(values: dict[str, Any], names: list[str]) -> dict[str, Any]:
    """Values as they are shown: long ones cut, secrets not at all."""
    return {name: "(secret)" if any(mark in name for mark in _SECRET) else _short(values.get(name)) for name in names}


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)[:LONGEST]


def _signed_in(sender: object, user: User, **_: Any) -> None:
    _note_sign_in(AuditKind.SIGNED_IN, username=user.get_username())


def _sign_in_failed(sender: object, credentials: dict[str, Any], **_: Any) -> None:
    _note_sign_in(AuditKind.SIGN_IN_FAILED, username=str(credentials.get("username", ""))[:150])


def _signed_out(sender: object, user: User | None, **_: Any) -> None:
    _note_sign_in(AuditKind.SIGNED_OUT, signed_out=user, username=user.get_username() if user else "")


def _note_sign_in(kind: str, *, signed_out: User | None = None, **details: Any) -> None:
    if scope := request_scope.current():
        scope.sign_in, scope.signed_out = (kind, details), signed_out
