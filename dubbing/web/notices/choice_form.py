"""The form of email settings: one row for each kind of notice, one choice in each row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from dubbing.models import Notice, Project, Rhythm
from dubbing.notices import choices
from dubbing.web.shared.users import is_ops

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_HELP: dict[str, StrOrPromise] = {
    Notice.Kind.FAILED: _("A video or a language you sent failed or was refused."),
    Notice.Kind.APPROVAL: _("Somebody requests approval in a project you own."),
    Notice.Kind.DECIDED: _("An owner approved your request or requested changes."),
    Notice.Kind.PILOT: _("A pilot you sent is ready to listen to."),
    Notice.Kind.FINISHED: _("A video you sent is done, or ready to edit in the studio."),
    Notice.Kind.REVIEW: _("A final video is waiting for your review, or for your approval as a project owner."),
    Notice.Kind.REVIEWED: _("A video you sent or review was approved, reopened, or needs changes."),
    Notice.Kind.MENTION: _("Somebody mentions you in a comment."),
    Notice.Kind.VOTE: _("Somebody asks for your vote in a blind comparison, or closes it."),
    Notice.Kind.MINUTES: _("A project you own has used 80% or all of its minutes."),
    Notice.Kind.LATE: _("A video you sent is taking much longer than usual."),
    Notice.Kind.HOLD: _("A provider is not accepting requests."),
    Notice.Kind.WEBHOOK: _("A webhook of a project you own was turned off."),
    Notice.Kind.ALERT: _("Something in the portal itself does not work, or works again."),
}
_FOR_OPS = {Notice.Kind.HOLD, Notice.Kind.ALERT}


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """A kind of notice and the person's choice. ``usual``: what applies if the project has no choice of its own."""

    kind: str
    label: StrOrPromise
    help: StrOrPromise
    chosen: str
    options: list[tuple[str, StrOrPromise]]


def rows(user: User, project: Project | None) -> list[ChoiceRow]:
    """The rows that concern this person."""
    chosen = choices.of_people([user.pk])
    kinds = [kind for kind in Notice.Kind if kind not in _FOR_OPS or (is_ops(user) and project is None)]
    return [_row(user, kind, chosen, project) for kind in kinds]


def read(data: Mapping[str, str]) -> dict[str, str]:
    """The choices by kind, without invalid ones."""
    return {kind: data[kind] for kind in Notice.Kind.values if kind in data and data[kind] in ("", *Rhythm.values)}


def _row(user: User, kind: Notice.Kind, chosen: choices.Choices, project: Project | None) -> ChoiceRow:
    options: list[tuple[str, StrOrPromise]] = [(value, label) for value, label in Rhythm.choices]
    if project is None:
        return ChoiceRow(kind, kind.label, _HELP[kind], chosen.of(user.pk, kind), options)
    everywhere = Rhythm(chosen.of(user.pk, kind)).label
    options.insert(0, ("", _("Same as for all projects (%(rhythm)s)") % {"rhythm": everywhere}))
    return ChoiceRow(kind, kind.label, _HELP[kind], chosen.own(user.pk, kind, project.pk), options)
