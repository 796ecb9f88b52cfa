"""JSON columns of one form each. A row in any other form, which no code of ours writes, reads as empty.

Otherwise one such row would break every page that lists it, and every periodic task that comes across it, again and
again. Validating what is inside the values is left to their readers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models.fields.json import KeyTransform


class _FormedField(models.JSONField):
    """A ``JSONField`` in columns, lookups and migrations."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The value in its form; the result of a lookup, unchanged."""
        found = super().from_db_value(value, expression, connection)
        return found if isinstance(expression, KeyTransform) else self.formed(found)

    def deconstruct(self) -> Any:
        """For migrations, a plain JSON column."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def formed(self, value: Any) -> Any:
        """The value, or an empty one of the right form."""
        raise NotImplementedError


EMPTY_OBJECT = models.Value({}, models.JSONField())
"""What the database writes into a column that older code does not know."""


class ObjectField(_FormedField):
    """Values by name. ``is_value``: whether something can be the value of a name; other values are left out."""

    def __init__(
        self, *args: Any, is_value: Callable[[str, Any], bool] = lambda name, value: True, **kwargs: Any
    ) -> None:
        self.is_value = is_value
        super().__init__(*args, **{"default": dict, **kwargs})

    def formed(self, value: Any) -> Any:
        """The object with its valid values only, or an empty one."""
        if not isinstance(value, dict):
            return {}
        return {name: each for name, each in value.items() if self.is_value(name, each)}


class ListField(_FormedField):
    """A list. ``is_item``: whether something can be an item of it; other items are left out."""

    def __init__(self, *args: Any, is_item: Callable[[Any], bool] = lambda item: True, **kwargs: Any) -> None:
        self.is_item = is_item
        super().__init__(*args, **{"default": list, **kwargs})

    def formed(self, value: Any) -> Any:
        """The list with its valid items only, or an empty one."""
        return [item for item in value if self.is_item(item)] if isinstance(value, list) else []


def is_text(item: Any) -> bool:
    """Whether the item is a text."""
    return isinstance(item, str)
