"""An asset's name, due date and tags."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext

from dubbing.drafts import saved_drafts
from dubbing.models import Asset, Event, Tag
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_NAME = 255
MOST_TAGS = 20
MOST_KNOWN = 200
"""The number of a project's tags that people can choose from."""
_LOOKED_AT = 500
"""The number of a tag's assets searched for one that the person may see."""


def rename(asset: Asset, name: str, user: User) -> None:
    """Rename the asset. Raises NotPossible for a name without visible characters."""
    name = formatting.one_line(name)[:LONGEST_NAME].strip()
    if not name:
        raise NotPossible(gettext("Enter a name."))
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        before = locked.name
        if name == before:
            return
        locked.name = name
        if locked.typed:  # another submission sends the name in the draft
            saved_drafts.store(locked, saved_drafts.read_draft(locked).with_fields({"name": name}), "name")
        else:
            locked.save(update_fields=["name"])
        Event.objects.record(locked, Event.Kind.RENAMED, actor=user, cause="person", before=before, after=name)


def set_due_date(asset: Asset, due_on: date | None, user: User) -> None:
    """Set the asset's due date, or remove it (None)."""
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        if locked.due_on == due_on:
            return
        locked.due_on = due_on
        locked.save(update_fields=["due_on"])
        due = due_on.isoformat() if due_on else ""
        Event.objects.record(locked, Event.Kind.DUE, actor=user, cause="person", due=due)


def add_tag(asset: Asset, name: str, user: User) -> bool:
    """Add a tag of the asset's project, creating it if needed. Return False if it has the tag. Raises NotPossible."""
    name = formatting.one_line(name).strip()
    if not name:
        raise NotPossible(gettext("Enter a tag."))
    if len(name) > Tag.LONGEST:
        raise NotPossible(gettext("This tag is too long. Use at most %(count)s characters.") % {"count": Tag.LONGEST})
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        present = {tag.name.lower() for tag in locked.tags.all()}
        if name.lower() in present:
            return False
        if len(present) >= MOST_TAGS:
            message = gettext("A video can have at most %(count)s tags. Remove one first.")
            raise NotPossible(message % {"count": MOST_TAGS})
        tag = find_tag(locked.project_id, name)
        locked.tags.add(tag)
        Event.objects.record(locked, Event.Kind.TAGGED, actor=user, cause="person", added=[tag.name])
    return True


def remove_tag(asset: Asset, tag_id: int, user: User) -> None:
    """Remove a tag from the asset. A tag without assets is deleted."""
    with transaction.atomic():
        locked = Asset.objects.locked(asset.pk)
        tag = locked.tags.filter(pk=tag_id).first()
        if tag is None:
            return
        locked.tags.remove(tag)
        Event.objects.record(locked, Event.Kind.TAGGED, actor=user, cause="person", removed=[tag.name])
        forget_unused([tag.pk])


def find_tag(project_id: int, name: str) -> Tag:
    """Return the project's tag of this name, creating it if there is none."""
    # Compared in Python: SQLite only knows the capitals of English letters.
    wanted = name.lower()
    there = Tag.objects.filter(project_id=project_id)
    present = next((tag for tag in there if tag.name.lower() == wanted), None)
    return present or Tag.objects.get_or_create(project_id=project_id, name=name)[0]


def known_tags(project_id: int, user: User) -> list[str]:
    """Return tags that this person may know: those of assets they see, not those in other people's drafts only."""
    seen = Asset.objects.in_project(project_id, user).filter(pk=RawSQL("tagged.asset_id", ()))
    exists, values = seen.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN % {"seen": exists}, [project_id, _LOOKED_AT, *values, MOST_KNOWN])
        return [name for (name,) in cursor.fetchall()]


# Reads a few assets of each tag first: left to itself, PostgreSQL joins all assets of the project.
_KNOWN = """
SELECT name FROM dubbing_tag WHERE project_id = %%s AND EXISTS (
  SELECT 1 FROM (SELECT asset_id FROM dubbing_asset_tags WHERE tag_id = dubbing_tag.id
    ORDER BY asset_id DESC LIMIT %%s) AS tagged
  WHERE EXISTS (%(seen)s)
) ORDER BY name LIMIT %%s
"""


def forget_unused(tag_ids: list[int]) -> None:
    """Delete those of these tags that no asset has."""
    Tag.objects.filter(pk__in=tag_ids, assets=None).delete()
