"""The content of the grid: each cell has an icon and a label, and links to the next step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from dubbing.models import Asset
from dubbing.platform import locales
from dubbing.submissions import coverage
from dubbing.submissions.coverage import CellState, GridCell, GridRow
from dubbing.web.project import video_list
from dubbing.web.project.video_filters import Filters
from dubbing.web.shared import next_steps

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_BEGIN = '{}" class="grid-cell tone-{} is-{}" title="{}: {}'
_PICTURE = (
    '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>'
    '<span class="grid-code" aria-hidden="true">{}</span><span class="visually-hidden">{}</span>'
)
_CELL = '<td role="gridcell" tabindex="-1" id="cell-{}-{}{}">{}</td>'
_LINKED = '<td role="gridcell" tabindex="-1" id="cell-{}-{}{}"><a href="{}">{}</a></td>'
_MOVING = {CellState.RUNNING, CellState.LATE, CellState.STUCK}
_NOT_SENT = {CellState.MISSING, CellState.SOURCE}
_PLACES = ("asset", "asset-edit", "asset-missing", "version")


class Cells:
    """Draws the cells of rows. There are many and few of them differ, so common parts are made once."""

    def __init__(self, grid: coverage.Grid, project_id: int, *, may_edit: bool) -> None:
        self._may_edit = may_edit
        self._sprite = static("vendor/tabler-icons/sprite.svg")
        self._names = {column.locale: column.name for column in grid.totals.columns}
        self._sending = reverse("grid-send", args=[project_id])
        # The addresses of all rows are the same except for a key.
        self._places = {name: reverse(name, args=[0]).rpartition("0") for name in _PLACES}
        self._made: dict[tuple[str, str, str], tuple[SafeString, SafeString]] = {}

    def of(self, row: GridRow) -> SafeString:
        """The cells of one video."""
        since = self._since(row)
        return format_html_join("", "{}", ((self._cell(row.asset, cell, since),) for cell in row.cells))

    def _cell(self, asset: Asset, cell: GridCell, since: str) -> SafeString:
        begin, picture = self._parts(cell)
        more = f", {since}" if since and cell.state in _MOVING else ""
        where = self._target(asset, cell)
        if where:
            return format_html(_LINKED, asset.pk, begin, more, where, picture)
        return format_html(_CELL, asset.pk, begin, more, picture)

    def _since(self, row: GridRow) -> str:
        """How long the video's unfinished languages have been in progress, and how long is usual."""
        if all(cell.state not in _MOVING for cell in row.cells):
            return ""
        languages = sum(cell.state not in _NOT_SENT for cell in row.cells)
        return next_steps.running_since(row.asset, languages)

    def _parts(self, cell: GridCell) -> tuple[SafeString, SafeString]:
        """What is the same in all cells of this language and state."""
        key = cell.locale, cell.state.value, cell.look.icon
        if key not in self._made:
            word, name = str(cell.look.word), self._names[cell.locale]
            begin = format_html(_BEGIN, cell.locale, cell.look.tone, cell.state.value, name, word)
            self._made[key] = begin, format_html(_PICTURE, self._sprite, cell.look.icon, cell.locale, word)
        return self._made[key]

    def _target(self, asset: Asset, cell: GridCell) -> str:
        """The cell's link: to what can be played, fixed, finished or added; empty if there is nothing to do or see."""
        is_draft = asset.status == Asset.Status.DRAFT
        if cell.state == CellState.MISSING and self._may_edit and not is_draft:
            return f"{self._sending}?{urlencode({'locale': cell.locale, 'asset': asset.pk})}"
        if cell.state in (CellState.MISSING, CellState.SOURCE):
            return ""
        if is_draft:
            return self._place("asset-edit", asset.pk)
        if cell.version is not None:
            return self._place("version", cell.version)
        if cell.state == CellState.FAILED and self._may_edit and asset.status in Asset.MIRRORED:
            return self._place("asset-missing", asset.pk)
        return self._place("asset", asset.pk)

    def _place(self, name: str, pk: int) -> str:
        before, _, after = self._places[name]
        return f"{before}{pk}{after}"


def chosen_rows(project_id: int, user: User, filters: Filters, codes: list[str]) -> Iterator[coverage.GridRow]:
    """Every video that these filters leave, in order, read in small groups."""
    beyond = 0
    while True:
        videos = video_list.find(project_id, user, filters, beyond=beyond, size=coverage.CHUNK)
        yield from coverage.rows_of(videos.ids, codes)
        beyond = videos.beyond
        if not beyond:
            return


def table(project_id: int, user: User, columns: list[coverage.Column], filters: Filters) -> Iterator[list[str]]:
    """The grid in words, for a spreadsheet: names are as people typed them."""
    yield [
        gettext("Video"),
        gettext("Source language"),
        *(f"{column.name} · {column.locale}" for column in columns),
        gettext("Done"),
        gettext("Languages"),
    ]
    codes = [column.locale for column in columns]
    plain = not filters.query
    for row in coverage.rows(project_id, user, codes) if plain else chosen_rows(project_id, user, filters, codes):
        spoken = locales.display_name(row.asset.source_locale) if row.asset.source_locale else ""
        labels = [str(cell.look.word) for cell in row.cells]
        yield [str(row.asset), spoken, *labels, str(row.done), str(row.wanted)]
