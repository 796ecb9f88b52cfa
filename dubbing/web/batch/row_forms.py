"""Rows of a batch or a manifest, read as the new-asset form reads a draft; and the settings that they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import QueryDict
from django.utils.translation import gettext, ngettext

from dubbing import providers
from dubbing.batches import batches, manifests
from dubbing.batches.batches import Checked, Messages
from dubbing.batches.manifests import Manifest, ManifestLine, PlannedRow
from dubbing.drafts import preset_values, provider_fit, saved_drafts
from dubbing.drafts.creation import usual_provider
from dubbing.drafts.draft import SOURCE, Draft
from dubbing.drafts.source_links import check_links
from dubbing.models import Asset, Batch, BatchRow, Link, Policy, Preset, Project, Upload
from dubbing.platform import formatting, locales
from dubbing.platform.locales import Table
from dubbing.projects import policies
from dubbing.subtitles import file_names
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.quote import quote_form, quote_seconds
from dubbing.web.asset_form.sources import find_upload
from dubbing.web.shared import choices

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_EDITED = 200
"""Number of cells that can be edited on the page of a dry run: each is a field of its form."""
_REMEMBERED = 5_000
_MOST_CHOICES = 4
# Columns for values that the form has in other fields.
_COLUMN = {"background": "background_url", "background_from": "background_url", "speakers_from": "speakers"}


# --- a row that is a draft --------------------------------------------------------------------------------------------


def checking(project: Project) -> batches.Check:
    """``check`` for many rows of one project, whose policy is read once."""
    return partial(check, policy=policies.of_project(project.pk))


def check_with_links(asset: Asset, user: User) -> Checked:
    """The same for rows about to be sent: links are checked first, unless that was done lately."""
    check_links(asset, saved_drafts.read_draft(asset).form_data(), user)
    return check(asset, user)


def check(asset: Asset, user: User, *, policy: Policy | None = None) -> Checked:
    """The form's result for a draft, as ``batches`` needs it."""
    form = AssetForm(saved_drafts.read_draft(asset), asset=asset, user=user, policy=policy)
    if form.is_valid():
        return Checked(form.asset_fields(), _subtitle_remarks(form), quote_form(form).cost.known)
    return Checked(None, _form_errors(form), quote_form(form).cost.known, _waits_for(form))


def _form_errors(form: forms.Form) -> Messages:
    return [
        ("" if name == NON_FIELD_ERRORS else name, str(message))
        for name, errors in form.errors.items()
        for message in errors
    ]


def _subtitle_remarks(form: AssetForm) -> Messages:
    """Findings in texts that can be sent, shown in the row before all rows are sent with one click."""
    named_remarks: Messages = []
    for name, report in form.reports.items():
        count = report.to_look_at
        look = ngettext("%(count)s finding in the subtitles.", "%(count)s findings in the subtitles.", count)
        remarks = report.serious or ((look % {"count": count},) if count else ())
        named_remarks += [(name, remark) for remark in remarks]
    return named_remarks


def _waits_for(form: AssetForm) -> UUID | None:
    value = form.data.get("source")
    upload = find_upload(value, asset=form.asset, user=form.user) if value else None
    return upload.pk if upload else None


# --- settings of all rows ---------------------------------------------------------------------------------------------


class SharedForm:
    """Languages and options for every row of a batch: the new-asset form without a video."""

    def __init__(self, batch: Batch, user: User, data: Mapping[str, Any] | None = None) -> None:
        """``data``: the submitted values, otherwise the batch's own."""
        self.asset = Asset(project=batch.project, created_by=user, provider=usual_provider(batch.project))
        self.typed = _shared(data, batch.shared, self.asset) if data is not None else dict(batch.shared)
        self.form = AssetForm(self.typed, asset=self.asset, user=user)
        self.form.is_valid()
        for name in list(self.form.errors):
            if name not in batches.SHARED or not self.typed.get(name):
                del self.form.errors[name]

    @property
    def is_valid(self) -> bool:
        """Whether it has no errors. Open values can be filled in row by row."""
        return not self.form.errors


def _shared(data: Mapping[str, Any], before: Mapping[str, Any], asset: Asset) -> dict[str, Any]:
    """The chosen values; what the short form does not ask for stays."""
    getlist = data.getlist if isinstance(data, QueryDict) else lambda name: list(data.get(name) or [])
    given = {name: data.get(name, before.get(name, "")) for name in batches.SHARED}
    typed: dict[str, Any] = {name: str(value or "").strip()[:200] for name, value in given.items()}
    typed["targets"] = [str(code)[:40] for code in getlist("targets")][:100]
    typed["speakers_from"] = "count" if typed["speakers"] else "unsure"
    fitted = provider_fit.fit_draft(Draft.of(typed), asset.provider).form_data()
    return {name: fitted[name] for name in batches.SHARED if name in fitted}


def defaults(project: Project, user: User) -> dict[str, Any]:
    """The shared settings that a new batch starts with, all of them, so that later changes can be recognised."""
    provider = usual_provider(project)
    begun = preset_values.beginning(project, provider).form_data()
    form = AssetForm({}, asset=Asset(project=project, created_by=user, provider=provider), user=user)
    usual = {"targets": [], "auto_generate": form["auto_generate"].field.choices[0][0], "speakers_from": "unsure"}  # type: ignore[attr-defined]
    blank = dict.fromkeys(batches.SHARED, "") | {"lips_model": Asset().lips_model} | usual
    return blank | {name: begun[name] for name in batches.SHARED if begun.get(name)}


def of_preset(preset: Preset, shared: Mapping[str, Any]) -> dict[str, Any]:
    """The shared settings with those of a preset in their place."""
    taken = {name: value for name, value in preset.sound.items() if name in batches.SHARED}
    return dict(shared) | {name: value if isinstance(value, list) else str(value) for name, value in taken.items()}


# --- a manifest before anything is created from it --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ManifestCell:
    """One cell and its error."""

    column: str
    text: str
    messages: tuple[str, ...] = ()
    choices: tuple[LanguageChoice, ...] = ()
    is_editable: bool = False


@dataclass(frozen=True, slots=True)
class LanguageChoice:
    """A language that a cell with ``code`` may mean."""

    code: str
    instead: str


@dataclass(slots=True)
class ExaminedRow:
    """One row of a manifest: whether a draft can be created from it, and what it would cost."""

    line: ManifestLine
    typed: dict[str, Any]
    messages: Messages = field(default_factory=list)
    milliseconds: int = 0
    upload: Upload | None = None
    row: BatchRow | None = None
    is_unchanged: bool = False
    is_sent: bool = False
    shown: list[ManifestCell] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether nothing prevents it, apart from a video that is still to be uploaded."""
        return not self.messages

    @property
    def may_be_corrected(self) -> bool:
        """Whether a draft of it can be corrected: not for duplicates in the table, and not if it was sent."""
        return not self.line.messages and not self.is_sent

    @property
    def wrong(self) -> list[str]:
        """The columns with errors: the table may be wider than the window."""
        return [cell.column for cell in self.shown if cell.messages]

    @property
    def first_wrong(self) -> ManifestCell | None:
        """The first cell with an error."""
        return next((cell for cell in self.shown if cell.messages), None)

    def lay_out(self, there: list[str], columns: list[str], table: Table, room: int) -> None:
        """Arrange the row as in the table; errors in a column that is not shown are listed with the row.

        ``room``: how many more cells may be edited on the page.
        """
        for name in columns:
            messages = tuple(message for place, message in self.messages if place == name)
            choices = tuple(self._choices(name, table)) if messages else ()
            room -= bool(messages)
            self.shown.append(
                ManifestCell(name, self.line.cells.get(name, ""), messages, choices, bool(messages) and room >= 0)
            )
        self.remarks = [
            f"{place}: {message}" if place else message for place, message in self.messages if place not in there
        ]

    def _choices(self, column: str, table: Table) -> Iterator[LanguageChoice]:
        """The languages that may be meant by one without a region, or by a name."""
        offered = locales.sources(among=table) if column == "source_locale" else locales.targets(among=table)
        for code in islice(manifests.languages_of(column, self.line.cells), manifests.MOST_CODES):
            if locales.find(code, among=table):
                continue
            named = file_names.language_in(code)
            tags = [code, *(named.tags if named.is_certain and not locales.canonical(code) else ())]
            fitting = {locale.code for locale in offered for tag in tags if locales.may_mean(tag, locale.code)}
            yield from (LanguageChoice(code, locale) for locale in sorted(fitting)[:_MOST_CHOICES])


@dataclass(slots=True)
class DryRun:
    """A manifest, row by row, before anything is created from it."""

    manifest: Manifest
    rows: list[ExaminedRow] = field(default_factory=list)

    @property
    def good(self) -> list[ExaminedRow]:
        """Rows to create drafts from."""
        return [row for row in self.rows if row.good and not row.is_unchanged]

    @property
    def bad(self) -> list[ExaminedRow]:
        """Rows to be corrected."""
        return [row for row in self.rows if not row.good]

    @property
    def unchanged(self) -> list[ExaminedRow]:
        """Rows that the batch already has, unchanged."""
        return [row for row in self.rows if row.is_unchanged]

    @property
    def correctable(self) -> list[ExaminedRow]:
        """Rows to be corrected that can become drafts first."""
        return [row for row in self.bad if row.may_be_corrected]

    @property
    def columns(self) -> list[str]:
        """The columns that any row fills in, or has an error in."""
        used = {name for row in self.rows for name in (*row.line.cells, *(place for place, _ in row.messages))}
        return [name for name in self.manifest.columns if name in used]

    @property
    def shown(self) -> list[ExaminedRow]:
        """The rows in display order: errors first, since they have to be read."""
        return sorted(self.rows, key=lambda row: row.good)

    @property
    def seconds(self) -> float:
        """The seconds that the good rows use, as far as lengths are known."""
        return sum(row.milliseconds for row in self.good) / 1000

    @property
    def without_length(self) -> int:
        """The number of good rows of unknown length."""
        return sum(not row.milliseconds for row in self.good)

    def wanted(self, *, also_bad: bool) -> list[PlannedRow]:
        """The drafts to create."""
        correctable = {row.line.number for row in self.correctable} if also_bad else set()
        chosen = [row for row in self.rows if (row.good and not row.is_unchanged) or row.line.number in correctable]
        return [PlannedRow(row.line.cells, row.typed, row.row, row.upload) for row in chosen]


class RowForm(AssetForm):
    """The new-asset form for a row whose file may still have to be uploaded. Makes no query for a single row."""

    links: Mapping[tuple[str, str], Link] = {}

    def _take_upload(self, name: str, value: Any, kind: str, message: str) -> None:
        if isinstance(value, Upload):
            self.cleaned_data[name] = value

    def _link_facts(self, name: str, url: str) -> Link | None:
        return self.links.get((name, url))


def examine(data: bytes | str, project: Project, user: User, *, batch: Batch | None = None) -> DryRun:
    """Read a manifest and find the errors of each row. Creates nothing."""
    manifest = manifests.read(data)
    dry_run = DryRun(manifest)
    if manifest.problems:
        return dry_run
    presets = {preset.name.casefold(): preset.sound for preset in Preset.objects.filter(project=project)}
    files = manifests.uploads_called((line.cells.get("file", "") for line in manifest.lines), user)
    present = {_called(row): row for row in batch.rows.select_related("asset")} if batch else {}
    shared = batch.shared if batch else {}
    tried = _Tried(Asset(project=project, created_by=user, provider=usual_provider(project)), user, presets, shared)
    for line in manifest.lines:
        row = ExaminedRow(line, manifests.typed_of(line.cells, presets), list(line.messages))
        called = files.get(line.cells.get("file", ""), [])
        row.upload = called[0] if len(called) == 1 else None
        if len(called) > 1:
            row.messages.append(("file", _ambiguous(called)))
        _read(row, tried)
        _compare(row, present.get(line.called.casefold()))
        dry_run.rows.append(row)
    table, room = providers.locale_table(tried.asset.provider), MOST_EDITED
    for row in dry_run.shown:
        row.lay_out(manifest.columns, dry_run.columns, table, room)
        room -= len(row.wrong)
    return dry_run


def _ambiguous(uploads: list[Upload]) -> str:
    listed = ", ".join(f"“{formatting.isolated(each.name)}” ({formatting.size(each.size)})" for each in uploads[:5])
    return gettext(
        "You uploaded %(count)s videos with this name: %(files)s. Upload the one you mean under another name."
    ) % {"count": len(uploads), "files": listed}


def _called(row: BatchRow) -> str:
    return ManifestLine(row.number, {name: str(text) for name, text in row.given.items()}).called.casefold()


class _Tried:
    """What every row is checked with, read once."""

    def __init__(
        self, asset: Asset, user: User, presets: Mapping[str, Mapping[str, Any]], shared: Mapping[str, Any]
    ) -> None:
        self.asset, self.user, self.presets, self.shared = asset, user, presets, shared
        self.policy = policies.of_project(asset.project_id)
        self.links = {
            ("media_url" if link.kind == Upload.Kind.VIDEO else "background_url", link.url): link
            for link in Link.objects.filter(owner=user)
            .exclude(status=Link.Status.CHECKING)
            .order_by("-looked_at")[:_REMEMBERED]
        }


def _read(row: ExaminedRow, tried: _Tried) -> None:
    cells, presets = row.line.cells, tried.presets
    typed = {**tried.shared, **row.typed, "source": row.upload, "name": row.line.called}
    form = RowForm(typed, asset=tried.asset, user=tried.user, policy=tried.policy)
    form.links = tried.links
    form.is_valid()
    row.milliseconds = quote_seconds(form, form.trimmed_duration).cost.known
    row.messages += _row_errors(form, cells)
    row.messages += _wrong_subtitles(form, cells)
    preset = cells.get("preset", "")
    if preset and preset.casefold() not in presets:
        known = ", ".join(sorted(presets))[:200]
        message = gettext("This project has no preset “%(name)s”. Leave the cell blank.")
        if known:
            message = gettext("This project has no preset “%(name)s”. Its presets are %(presets)s.")
        row.messages.append(("preset", message % {"name": preset[:60], "presets": known}))
    if not cells.get("media_url") and not cells.get("file"):
        row.messages.append(("file", gettext("Enter a file name, or a link in “media_url”.")))
    elif cells.get("media_url") and cells.get("file"):
        row.messages.append(("file", gettext("This row has both a file and a link. Remove one of them.")))


def _wrong_subtitles(form: AssetForm, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for column, name in cells.items():
        slot = batches.subtitle_slot(column)
        if slot is None:
            continue
        if not (form.can.source_srt if slot == SOURCE else form.can.target_srt):
            yield column, gettext("The provider does not accept these subtitles. Clear this cell.")
        elif slot != SOURCE and slot not in form.chosen_codes():
            yield (
                column,
                gettext("This row is not dubbed into %(code)s. Add it to “targets”, or clear this cell.")
                % {"code": slot},
            )
        elif not file_names.is_subtitle_file(name):
            yield column, gettext("Enter the name of an SRT or WebVTT file, such as “harbour.es-ES.srt”.")


def _row_errors(form: AssetForm, cells: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name, errors in form.errors.as_data().items():
        if name in {"source", "source_from"} or (name == "media_url" and not cells.get("media_url")):
            continue
        place = "" if name == NON_FIELD_ERRORS else name
        for error in errors:
            yield _COLUMN.get(place, place), _error_text(place, error)


def _error_text(place: str, error: ValidationError) -> str:
    """The message, which names an invalid choice."""
    values = {"auto_generate": choices.AUTO_GENERATE_HELP, "lips_model": choices.LIPS_HELP}.get(place)
    if values and error.code == "invalid_choice":
        return gettext("Use one of these: %(values)s.") % {"values": ", ".join(values)}
    return error.messages[0]


def _compare(row: ExaminedRow, there: BatchRow | None) -> None:
    """Compare with a row that the batch already has: the same, one to correct, or one that was sent."""
    if there is None or row.line.messages:
        return
    given = {name: text for name, text in there.given.items() if manifests.is_column(name)}
    if given == row.line.cells:
        row.is_unchanged, row.row = True, there
        row.messages.clear()
    elif there.status == BatchRow.Status.SENT:
        row.is_sent = True
        row.messages.append(
            (
                "name",
                gettext("Row %(row)s of this batch has the same name and was already sent. Choose another name.")
                % {"row": there.number},
            )
        )
    else:
        row.row = there
