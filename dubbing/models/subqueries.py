"""Combine several short queries into the columns of one row, such as counts per project or status; lists of ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import Expression, IntegerField, JSONField, Subquery

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import QuerySet

_GATHERED = {
    "postgresql": "(SELECT jsonb_agg(heads.id) FROM (%(subquery)s) AS heads)",
    "sqlite": "(SELECT json_group_array(heads.id) FROM (%(subquery)s) AS heads)",
}


class GatheredIds(Subquery):
    """The ids that a query returns, as one value of the surrounding row."""

    output_field = JSONField()

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper, *args: Any, **kwargs: Any) -> Any:
        """SQL for a list of ids; None or an empty list where there are none."""
        kwargs["template"] = _GATHERED[connection.vendor]
        return super().as_sql(compiler, connection, *args, **kwargs)


def ids_in(gathered: Any) -> list[int]:
    """The ids in a value of ``GatheredIds``, however the database returned it: as text, as a list, or none at all."""
    ids = json.loads(gathered) if isinstance(gathered, str) else gathered
    return list(ids or [])


class CappedCount(Subquery):
    """How many rows a query returns, counting up to ``most`` + 1."""

    output_field = IntegerField()
    template = "(SELECT count(*) FROM (%(subquery)s) AS counted)"

    def __init__(self, rows: QuerySet[Any], most: int) -> None:
        super().__init__(rows.order_by().values("pk")[: most + 1])


class ListedIds(Expression):
    """Known ids for ``pk__in``, as one parameter: a thousand parameters take milliseconds to prepare."""

    output_field = IntegerField()

    def __init__(self, ids: Iterable[int]) -> None:
        super().__init__()
        self.ids = list(ids)

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> Any:
        """SQL for a subquery that returns them."""
        if connection.vendor == "postgresql":
            return "(SELECT unnest(%s::bigint[]))", [self.ids]
        return "(SELECT value FROM json_each(%s))", [json.dumps(self.ids)]
