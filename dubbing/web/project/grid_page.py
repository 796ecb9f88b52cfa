"""The grid as it is shown: a cell is an icon and a word, and leads to what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from dubbing.models import Asset
from dubbing.platform import locales
from dubbing.projects import coverage
from dubbing.projects.coverage import Cell, CellState, Row

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

_CELL = '<td role="gridcell" tabindex="-1" id="cell-{}-{}" class="grid-cell tone-{} is-{}" title="{}: {}">{}</td>'
_PICTURE = (
    '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    '<span class="grid-code" aria-hidden="true">{}</span><span class="visually-hidden">{}</span>'
)


@dataclass(frozen=True, slots=True)
class Cells:
    """Draws the cells of rows. They are many, and few of them differ: what they have in common is made once."""

    may_edit: bool
    sprite: str
    names: dict[str, str]
    sending: str

    def of(self, row: Row) -> SafeString:
        """The cells of one video."""
        return format_html_join("", "{}", ((self._cell(row.asset, cell),) for cell in row.cells))

    def _cell(self, asset: Asset, cell: Cell) -> SafeString:
        word, name = str(cell.look.word), self.names[cell.locale]
        picture = format_html(_PICTURE, self.sprite, cell.look.icon, cell.locale, word)
        where = self._add(asset, cell) or _target(asset, cell, may_edit=self.may_edit)
        inside = format_html('<a href="{}">{}</a>', where, picture) if where else picture
        tone, state = cell.look.tone, cell.state.value
        return format_html(_CELL, asset.pk, cell.locale, tone, state, name, word, inside)

    def _add(self, asset: Asset, cell: Cell) -> str:
        """A hole leads to adding that language, for those who may."""
        if cell.state != CellState.MISSING or not self.may_edit or asset.status == Asset.Status.DRAFT:
            return ""
        return f"{self.sending}?{urlencode({'locale': cell.locale, 'asset': asset.pk})}"


def cells_of(grid: coverage.Grid, project_id: int, *, may_edit: bool) -> Cells:
    """Draws the cells of this grid."""
    names = {column.locale: column.name for column in grid.totals.columns}
    sending = reverse("grid-send", args=[project_id])
    return Cells(may_edit, static("vendor/tabler-icons/sprite.svg"), names, sending)


def _target(asset: Asset, cell: Cell, *, may_edit: bool) -> str:
    """Where a cell leads: what can be played, mended or finished; nowhere if there is nothing to see."""
    if cell.state in (CellState.MISSING, CellState.SOURCE):
        return ""
    if asset.status == Asset.Status.DRAFT:
        return reverse("asset-edit", args=[asset.pk])
    if cell.version is not None:
        return reverse("version", args=[cell.version])
    if cell.state == CellState.FAILED and may_edit and asset.status in Asset.MIRRORED:
        return reverse("asset-missing", args=[asset.pk])
    return reverse("asset", args=[asset.pk])


def table(project_id: int, user: User | AnonymousUser, columns: list[coverage.Column]) -> Iterator[list[str]]:
    """The whole grid in words, for a spreadsheet: names are as people typed them."""
    yield [
        gettext("Video"),
        gettext("Source language"),
        *(f"{column.name} · {column.locale}" for column in columns),
        gettext("Done"),
        gettext("Languages"),
    ]
    for row in coverage.rows(project_id, user, [column.locale for column in columns]):
        spoken = locales.display_name(row.asset.source_locale) if row.asset.source_locale else ""
        words = [str(cell.look.word) for cell in row.cells]
        yield [str(row.asset), spoken, *words, str(row.done), str(row.wanted)]
