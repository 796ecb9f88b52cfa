"""JSON columns of one form each. A row that holds another form, which no code of ours writes, reads as empty.

Otherwise one such row would stop every page that lists it and all that runs by itself over many rows, again and again.
What is inside of the values is judged by whoever reads it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models.fields.json import KeyTransform


class _FormedField(models.JSONField):
    """Columns, lookups and migrations are those of ``JSONField``."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The value in its form; what a lookup takes out of it, as it is."""
        found = super().from_db_value(value, expression, connection)
        return found if isinstance(expression, KeyTransform) else self.formed(found)

    def deconstruct(self) -> Any:
        """For migrations: the column is any JSON."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def formed(self, value: Any) -> Any:
        """The value, or an empty one of the right form."""
        raise NotImplementedError


class ObjectField(_FormedField):
    """Values by name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"default": dict, **kwargs})

    def formed(self, value: Any) -> Any:
        """The object, or an empty one."""
        return value if isinstance(value, dict) else {}


class ListField(_FormedField):
    """A list. ``is_item``: whether something can be one of its items; what cannot is left out."""

    def __init__(self, *args: Any, is_item: Callable[[Any], bool] = lambda item: True, **kwargs: Any) -> None:
        self.is_item = is_item
        super().__init__(*args, **{"default": list, **kwargs})

    def formed(self, value: Any) -> Any:
        """The list with what can be its items, or an empty one."""
        return [item for item in value if self.is_item(item)] if isinstance(value, list) else []


def is_text(item: Any) -> bool:
    """Whether it is a text."""
    return isinstance(item, str)
