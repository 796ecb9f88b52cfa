"""The content of a batch's page: fifty rows at a time, what all of them amount to, and their outcomes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from dubbing import providers
from dubbing.batches.batches import AWAITS, REMAINDER
from dubbing.drafts import provider_fit
from dubbing.drafts.draft import SOURCE, field_of, slot_of
from dubbing.minutes import costs
from dubbing.models import Asset, Batch, BatchRow, Upload, status_badges
from dubbing.platform import formatting, json_values, locales
from dubbing.review import assignments
from dubbing.web.shared import etags, next_steps

SIZE = 50
MOST_REASONS = 8
_COMING = [Upload.Status.RECEIVING, Upload.Status.ARRIVED]

CHECKING = status_badges.State(_("Being checked"), "loader-2", "blue", moving=True)
UPLOADING = status_badges.State(_("Uploading"), "cloud-upload", "blue")
IN_TRASH = status_badges.State(_("In trash"), "trash", "grey")
DELETED = status_badges.State(_("Deleted for good"), "trash", "grey")
NEEDS_FILE = status_badges.State(_("Missing file"), "file-x", "amber")
_LABELS = {
    "": "",
    "source": _("Video"),
    "media_url": _("Link to the video"),
    "source_locale": _("Spoken language"),
    "targets": _("Languages"),
    "auto_generate": _("Result"),
    "lips_model": _("Lip sync quality"),
    "voice_anonymization": _("Voice anonymization"),
    "background_url": _("Link to the background"),
    "consent": _("Consent reference"),
    "name": _("Name"),
    "start": _("Start"),
    "end": _("End"),
    "speakers": _("Number of speakers"),
    "speakers_from": _("Speakers"),
    "background": _("Background audio file"),
    "voice_id": _("Voice"),
    "voice_model": _("Voice model"),
    "speed": _("Speed"),
    "seed": _("Seed"),
    "notes": _("Notes"),
    "provider": _("Provider"),
    "preset": _("Preset"),
    field_of(SOURCE): _("Transcript of the video"),
}
_PLACES = {"source": "source-box", "background": "background-box", "targets": "languages-search", "": "asset-form"}


# What is said about rows that were sent, besides that they were.
_BECAME = {
    Asset.Status.AWAITING: _("%(count)s awaiting approval"),
    Asset.Status.UNCONFIRMED: _("%(count)s unconfirmed"),
    Asset.Status.REFUSED: _("%(count)s refused"),
    Asset.Status.FAILED: _("%(count)s failed"),
    Asset.Status.PARTLY_DONE: _("%(count)s partly done"),
    Asset.Status.COMPLETED: _("%(count)s done"),
}
_ROWS = {
    BatchRow.Status.SENT: _("%(count)s sent"),
    BatchRow.Status.REFUSED: _("%(count)s refused"),
    BatchRow.Status.GOOD: _("%(count)s ready to send"),
    BatchRow.Status.PROBLEM: _("%(count)s not ready"),
}
_RUNNING = (Asset.Status.SUBMITTING, Asset.Status.DUBBING)
_WRONG = (Asset.Status.REFUSED, Asset.Status.FAILED, Asset.Status.PARTLY_DONE)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """An error: the field by its name, its anchor on the draft's page, and the message."""

    label: str
    place: str
    message: str


@dataclass(frozen=True, slots=True)
class RowSummary:
    """One row as it is shown."""

    row: BatchRow
    name: str
    state: status_badges.State
    codes: list[tuple[str, status_badges.State | None]]
    problems: list[RowProblem] = field(default_factory=list)
    missing: str = ""

    @property
    def seconds(self) -> float | None:
        """The seconds it uses, if known."""
        return self.row.milliseconds / 1000 or None

    @property
    def sent(self) -> bool:
        """Whether it was sent for good."""
        return self.row.status == BatchRow.Status.SENT

    @property
    def is_deleted(self) -> bool:
        """Whether nothing of it is left to open."""
        return self.state is DELETED


@dataclass(frozen=True, slots=True)
class Missing:
    """A file that still has to be uploaded, or completed. ``asset_id``: the draft on whose page it is added."""

    name: str
    begun: bool = False
    asset_id: int | None = None


@dataclass(slots=True)
class BatchPage:
    """The context of the templates."""

    batch: Batch
    number: int
    pages: int
    rows: list[RowSummary]
    counts: Counter[str]
    seconds: float
    unknown: int
    missing: list[Missing]
    moving: bool
    reasons: list[tuple[str, str]]
    sent: Counter[str] = field(default_factory=Counter)
    checking: int = 0
    fingerprint: str = ""
    ready: str = ""
    unreviewed: str = ""
    """For the rows that the button sends: when they are usually ready, and languages without a reviewer."""
    running_since: datetime | None = None
    usual: str = ""

    @property
    def dropped(self) -> list[Missing]:
        """Missing files that are dropped on this page: videos and subtitles."""
        return [file for file in self.missing if file.asset_id is None]

    @property
    def backgrounds(self) -> list[Missing]:
        """Missing files that are added on a draft's own page."""
        return [file for file in self.missing if file.asset_id is not None]

    @property
    def progress(self) -> str:
        """How many of the sent rows are done, while others are not finished: "3 of 10 done"."""
        sent = self.counts[BatchRow.Status.SENT]
        if sum(self.sent[status] for status in Asset.FINAL) == sent:
            return ""
        return gettext("%(done)s of %(total)s done") % {"done": self.sent[Asset.Status.COMPLETED], "total": sent}

    @property
    def total(self) -> int:
        """The number of rows."""
        return sum(self.counts.values())

    @property
    def sendable(self) -> int:
        """How many rows the button sends."""
        return sum(self.counts[status] for status in REMAINDER)

    @property
    def button(self) -> str:
        """What the button does, and what it costs."""
        if not self.counts[BatchRow.Status.SENT]:
            label = ngettext("Send %(count)s video", "Send %(count)s videos", self.sendable)
        elif self.sendable:
            label = gettext("Send the remaining %(count)s")
        else:
            return gettext("Nothing to send now")
        label %= {"count": self.sendable}
        return f"{label}: {formatting.minutes(self.seconds)}" if self.seconds else label

    @property
    def summary(self) -> str:
        """The outcome: "18 sent, 2 refused"."""
        counts = self.counts
        if not counts[BatchRow.Status.SENT] and not counts[BatchRow.Status.REFUSED]:
            return ""
        parts = [str(text) % {"count": counts[status]} for status, text in _ROWS.items() if counts[status]]
        became = [str(text) % {"count": self.sent[status]} for status, text in _BECAME.items() if self.sent[status]]
        if became:
            parts[0] += f" ({', '.join(became)})"
        return ", ".join(parts)

    @property
    def needs_somebody(self) -> bool:
        """Whether something went wrong."""
        return bool(self.reasons) or any(self.sent[status] for status in _WRONG)

    @property
    def status_text(self) -> str:
        """The state of the whole batch, for screen readers."""
        counts = self.counts
        text = gettext("%(ready)s of %(total)s ready to send")
        return self.summary or text % {"ready": counts[BatchRow.Status.GOOD], "total": self.total}


def build(batch: Batch, *, number: int = 1) -> BatchPage:
    """The page ``number``, in a fixed number of queries."""
    # Before the rows: what is shown may be newer than its fingerprint, never older.
    fingerprint = etags.of_batch(batch.pk, number).etag
    light = list(batch.rows.values_list(*_LIGHT))
    paginator = Paginator(light, SIZE)
    number = paginator.get_page(number).number
    rows = [_row(row) for row in _full(batch)[(number - 1) * SIZE : number * SIZE]]
    unsent = [light_row for light_row in light if light_row[0] in REMAINDER]
    page = BatchPage(
        batch,
        number,
        paginator.num_pages,
        rows,
        counts=Counter(light_row[0] for light_row in light),
        seconds=sum(light_row[1] for light_row in unsent) / 1000,
        unknown=sum(not light_row[1] for light_row in unsent),
        missing=[missing for light_row in light for missing in _missing(light_row)],
        moving=not light or any(_moves(light_row) for light_row in light),
        reasons=_reasons(light),
        checking=sum(
            light_row[2] and light_row[0] != BatchRow.Status.SENT and not _lacks(light_row) for light_row in light
        ),
        sent=Counter(str(light_row[5]) for light_row in light if light_row[0] == BatchRow.Status.SENT),
    )
    page.fingerprint = fingerprint
    if page.sendable:
        _foretell(page)
    if oldest := _oldest_running(batch):
        page.running_since = oldest.submitted_at
        page.usual = next_steps.usual_range(oldest, len(oldest.dubbings.all()))
    return page


def _foretell(page: BatchPage) -> None:
    """Add what can be said about the rows that the button sends, before it does."""
    typed = {name: KeyTextTransform(name, "asset__typed") for name in ("auto_generate", "lips_model")}
    rows = page.batch.rows.filter(status__in=REMAINDER, asset__isnull=False).annotate(
        codes=KeyTransform("targets", "asset__typed"), **typed
    )
    # Of videos with the same settings, the longest is the last to be ready.
    longest: dict[tuple[str, str, str, int], float] = {}
    codes = set[str]()
    for milliseconds, provider, made, lips, chosen in rows.values_list(
        "milliseconds", "asset__provider", "auto_generate", "lips_model", "codes"
    ):
        targets = json_values.texts(chosen)
        codes |= set(targets)
        # The form's default, if nobody chose.
        made = made or provider_fit.auto_generate(providers.capabilities(provider))[0]
        lips = lips if lips and made == Asset.AutoGenerate.WITH_LIPS else str(Asset.LipsModel.REAL_FACE)
        if milliseconds and targets:
            seconds = milliseconds / 1000 / len(targets) / costs.weight(made, lips)
            alike = (provider, made, lips, len(targets))
            longest[alike] = max(seconds, longest.get(alike, 0))
    page.unreviewed = assignments.name_unreviewable(page.batch.project, locales.by_name(codes))
    if longest and not page.unknown:
        page.ready = next_steps.all_ready_by(
            (Asset(provider=provider, auto_generate=made, lips_model=lips), seconds, languages)
            for (provider, made, lips, languages), seconds in longest.items()
        )


def _oldest_running(batch: Batch) -> Asset | None:
    """The video that has been at its provider longest: it tells how long the batch may still take."""
    running = Asset.objects.filter(batch_row__batch=batch, status__in=_RUNNING, submitted_at__isnull=False)
    return running.select_related("source").prefetch_related("dubbings").order_by("submitted_at").first()


_LIGHT = (
    "status", "milliseconds", "stale", "given__file", "problems", "asset__status", "asset__source_id",
    "waits_for__status", "number", "given", "asset_id", "asset__name",
    "asset__background_id",
)  # fmt: skip


def _lacks(light_row: tuple[Any, ...]) -> bool:
    _, _, _, file, _, status, source, upload, *_ = light_row
    return bool(file) and status == Asset.Status.DRAFT and not source and upload in (None, Upload.Status.RECEIVING)


def _missing(light_row: tuple[Any, ...]) -> list[Missing]:
    """All files that a row still lacks: its video, and what its last check named."""
    if light_row[5] != Asset.Status.DRAFT:
        return []
    video = [Missing(str(light_row[3]), light_row[7] == Upload.Status.RECEIVING)] if _lacks(light_row) else []
    asked, given = [place for place, _words in light_row[4]], light_row[9]
    awaited = (place.removeprefix(AWAITS) for place in asked if place.startswith(AWAITS))
    texts = [Missing(str(given[column])) for column in awaited if given.get(column)]
    name = light_row[11] or light_row[3] or gettext("Untitled")
    background = [Missing(str(name), asset_id=light_row[10])] if "background" in asked and not light_row[12] else []
    return [*video, *texts, *background]


def _moves(light_row: tuple[Any, ...]) -> bool:
    """Whether the row may still change: its video may come from another window, an owner may approve it."""
    status, asset = light_row[0], light_row[5]
    return status != BatchRow.Status.SENT or (asset is not None and asset not in Asset.FINAL)


def _reasons(light: list[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Which rows were refused and why, as ("Rows 4 and 7", words); rows with the same reason are grouped."""
    rows_by_reason: dict[str, list[int]] = {}
    for light_row in light:
        if light_row[0] == BatchRow.Status.REFUSED:
            reason = " ".join(formatting.translated(message) for _, message in light_row[4])
            rows_by_reason.setdefault(reason, []).append(light_row[8])
    reasons = [(_rows_named(numbers), message) for message, numbers in rows_by_reason.items()]
    more = len(reasons) - MOST_REASONS
    return [
        *reasons[:MOST_REASONS],
        *([("", gettext("%(count)s more. See the reason in each row.") % {"count": more})] if more > 0 else []),
    ]


def _rows_named(numbers: list[int]) -> str:
    shown = [str(number) for number in numbers[:MOST_REASONS]]
    if len(numbers) > MOST_REASONS:
        shown.append(gettext("%(count)s more") % {"count": len(numbers) - MOST_REASONS})
    text = ngettext("Row %(rows)s", "Rows %(rows)s", len(shown))
    return text % {"rows": formatting.enumeration(shown)}


def _full(batch: Batch) -> Any:
    """Rows with what a line shows. Texts and everything else that was entered are not loaded."""
    heavy = ("asset__typed", "asset__source_srt", "asset__source__media", "waits_for__media")
    rows = batch.rows.select_related("asset__source", "waits_for").defer(*heavy)
    return rows.annotate(codes=KeyTransform("targets", "asset__typed"), at=F("asset__status")).prefetch_related(
        "asset__dubbings"
    )


def _row(row: Any) -> RowSummary:
    asset, file = row.asset, str(row.given.get("file") or "")
    name = str(
        (asset.name if asset else "")
        or row.given.get("name")
        or file
        or row.given.get("media_url")
        or gettext("Untitled")
    )
    upload = row.waits_for.status if row.waits_for else None
    lacks = _lacks((0, 0, 0, file, 0, row.at, asset.source_id if asset else None, upload, 0))
    messages = [] if row.status == BatchRow.Status.SENT else [_row_problem(*remark) for remark in row.problems]
    if lacks or upload in _COMING:
        messages = [
            remark
            for remark in messages
            if remark.place not in {"source-box", "id_media_url", "id_name", "id_source_from"}
        ]
    if row.status == BatchRow.Status.SENT and asset:
        codes = [
            (dubbing.locale, status_badges.of_language(asset.status, dubbing.status, doubtful=bool(dubbing.warning)))
            for dubbing in asset.dubbings.all()
        ]
        state = status_badges.of_asset(asset.status, doubtful=asset.is_doubtful)
        if asset.trashed_at:
            state = DELETED if asset.purged_at else IN_TRASH
        return RowSummary(row, name, state, sorted(codes, key=lambda code: code[0]), messages)
    shown: list[tuple[str, status_badges.State | None]] = [(code, None) for code in json_values.texts(row.codes)]
    return RowSummary(row, name, _state(row, upload, lacks=lacks), shown, messages, missing=file if lacks else "")


def _state(row: BatchRow, upload: str | None, *, lacks: bool) -> status_badges.State:
    if upload == Upload.Status.RECEIVING:
        return UPLOADING
    if lacks:
        return NEEDS_FILE
    if row.stale or upload == Upload.Status.ARRIVED:
        return CHECKING
    return status_badges.of_status(BatchRow.Status(row.status))


def _row_problem(place: str, message: str) -> RowProblem:
    place = place.removeprefix(AWAITS)
    label = _LABELS.get(place, place.replace("_", " ").capitalize())
    slot = slot_of(place)
    if slot and place not in _LABELS:
        label = gettext("Subtitles in %(language)s") % {"language": locales.display_name(slot)}
    return RowProblem(str(label), _PLACES.get(place, f"id_{place}"), formatting.translated(message))
