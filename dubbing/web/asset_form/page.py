"""The content of the new-asset page: what is chosen, what is missing, what it will cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from django.conf import settings
from django.forms import BoundField
from django.utils.translation import gettext, gettext_noop

from dubbing import providers, subtitles, uploads
from dubbing.drafts import provider_fit, retries, subtitle_files
from dubbing.drafts.draft import SOURCE, Draft, DroppedFiles, TextFile, field_of, slot_field_of, slot_of
from dubbing.models import Asset, Event, Upload
from dubbing.platform import formatting, locales
from dubbing.review import assignments
from dubbing.submissions import approvals
from dubbing.uploads import links
from dubbing.web.asset_form import failures
from dubbing.web.asset_form.explanations import Explained
from dubbing.web.asset_form.failures import Failure
from dubbing.web.asset_form.form import AssetForm
from dubbing.web.asset_form.pilots import PilotPanel
from dubbing.web.asset_form.quote import QuoteSummary
from dubbing.web.asset_form.sources import find_upload
from dubbing.web.shared import choices, provider_limits
from dubbing.web.shared.field_anchors import place_of
from dubbing.web.shared.text_reports import TextReport

_PROVIDER = ("id_provider", gettext_noop("Provider"))
# Not filled in yet, or in progress: nobody did anything wrong.
_NOT_YET = {"required", "checking", "partial"}


@dataclass(frozen=True, slots=True)
class TextSlot:
    """The place of a text: ``name`` is its field, ``file`` what is known of the file it came from."""

    name: str
    code: str
    text: str
    file: TextFile | None
    report: TextReport | None
    shown: bool = True
    undo: str = ""
    starts: tuple[TextSlot, ...] = ()
    failure: Failure | None = None

    @property
    def key(self) -> str:
        """The slot's name in addresses: "source", or the code of the language."""
        return self.code or SOURCE


@dataclass(frozen=True, slots=True)
class Option:
    """One of several choices, with its meaning."""

    value: str
    title: str
    help: str
    checked: bool
    barred: bool = False  # shown with the reason why it is not available


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something to be done before it can be sent. ``wrong``: an error, not just something missing."""

    place: str
    label: str
    message: str
    wrong: bool


@dataclass(frozen=True, slots=True)
class SubtitleRemark:
    """Subtitles that can be sent but should be looked at first."""

    place: str
    label: str
    count: int
    serious: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnsureFile:
    """A file whose language has to be chosen: ``field`` takes it, ``likely`` and ``others`` are possible slots."""

    name: str
    field: str
    likely: list[tuple[str, str]]
    others: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class OfferedLanguage:
    """A language to dub into: whether it is chosen, and whether it can be."""

    locale: locales.Locale
    chosen: bool
    offered: bool

    @property
    def search_text(self) -> str:
        """The text by which it is found."""
        also = choices.ALSO_CALLED.get(self.locale.code, "")
        names = f"{self.locale.name} {self.locale.english_name} {self.locale.native_name}"
        return f"{names} {self.locale.code} {also}".lower()


class DraftPage(Explained):
    """A bound form and what its page shows. Anything not filled in yet is missing rather than an error."""

    def __init__(self, form: AssetForm) -> None:
        self.form, self.asset = form, form.asset
        self.quote = QuoteSummary(form)
        self.obstacles = list(self._obstacles())
        self.failures = failures.of_form(form, self.earlier)
        form.failures = {
            failure.field: failure for failure in self.failures if failure.field and not failure.is_changed
        }
        self.tried = form.draft.checked
        if not self.tried:
            form.forgive_blank()

    def context(self) -> dict[str, Any]:
        """The context of the templates."""
        return {
            "page": self,
            "pilot": PilotPanel(self.form, ready=not self.obstacles),
            "form": self.form,
            "asset": self.asset,
            "project": self.asset.project,
            "can": self.form.can,
            "max_bytes": settings.UPLOAD_MAX_BYTES,
            "max_text_bytes": subtitles.MAX_BYTES,
        }

    # --- content ------------------------------------------------------------------------------------------------------

    @cached_property
    def source(self) -> Upload | None:
        """The upload in the form, whatever its status."""
        return self._upload("source")

    @property
    def twin(self) -> Asset | None:
        """Another asset with the same video."""
        return uploads.twin_of(self.source, self.form.user) if self.source else None

    @cached_property
    def background(self) -> Upload | None:
        """The background upload in the form, whatever its status."""
        return self._upload("background")

    @property
    def link_facts(self) -> str:
        """What is known of the file behind the link to the video."""
        link = self.form.link_facts_by_url.get("media_url")
        return links.facts(link) if link and link.status == link.Status.GOOD else ""

    @property
    def background_link_facts(self) -> str:
        """What is known of the file behind the link to the background."""
        link = self.form.link_facts_by_url.get("background_url")
        return links.facts(link) if link and link.status == link.Status.GOOD else ""

    @cached_property
    def unreviewed(self) -> str:
        """The names of chosen languages without a reviewer, shown before they are paid for."""
        return assignments.name_unreviewable(self.asset.project, self.form.chosen_codes())

    @property
    def heading(self) -> str:
        """The heading, since not everything on this form is new."""
        if self.asset.status == Asset.Status.REFUSED or self.given_back:
            return gettext("Change and submit again")
        if not self.earlier:
            return gettext("New video")
        if self.earlier.provider == self.asset.provider:
            return gettext("Try again")
        return gettext("Try with %(provider)s") % {"provider": self.provider}

    @cached_property
    def earlier(self) -> Asset | None:
        """The asset that this draft is another attempt at, unless that is now in a project the person cannot see."""
        if not self.asset.copied_from_id:
            return None
        visible = Asset.objects.visible_to(self.form.user).prefetch_related("dubbings")
        return visible.filter(pk=self.asset.copied_from_id).first()

    @property
    def place_of_attempt(self) -> str:
        """What happens to another attempt: it belongs to the video that failed, or why it becomes a separate video."""
        original = self.earlier
        if original is None or not self.asset.in_place:
            return ""
        name = {"video": formatting.isolated(str(original))}
        if self.form.attempt is not None:
            if self.form.attempt.whole:
                return gettext("Once sent, this becomes the next attempt for “%(video)s”.") % name
            return (
                gettext(
                    "Once sent, this becomes the next attempt for “%(video)s”. Its other languages stay as they are."
                )
                % name
            )
        data = self.form.cleaned_data
        source, media_url = data.get("source"), data.get("media_url") or ""
        why = retries.why_apart(self.asset, original, source=source, media_url=media_url)
        if why is retries.Apart.SOURCE and (source or media_url):
            return (
                gettext(
                    "This is a different video file, so it is sent as a new video: a video has one source. "
                    "“%(video)s” stays as it is."
                )
                % name
            )
        if why is retries.Apart.PROVIDER:
            return gettext("With another provider, this is sent as a new video beside “%(video)s”.") % name
        return ""

    @property
    def provider(self) -> str:
        """What people call the provider."""
        return providers.label(self.asset.provider)

    def providers(self) -> list[tuple[str, str]]:
        """The providers to choose from, if there is a choice. The draft's own may no longer be configured."""
        names = providers.provider_names()
        if self.asset.status != Asset.Status.DRAFT or set(names) == {self.asset.provider}:
            return []
        removed = [self.asset.provider] if self.asset.provider not in names else []
        return [(name, self.called(name)) for name in (*removed, *names)]

    @property
    def limits(self) -> str:
        """What the provider cannot do."""
        return provider_limits.limits(self.asset.provider)

    @property
    def left_out(self) -> str:
        """What was entered for another provider and cannot be used by this one."""
        provider = self.asset.provider
        return provider_limits.left_out_text(provider_fit.left_out(self.form.draft, provider), provider)

    @property
    def samples(self) -> list[str]:
        """Sample files to try the form with, if there are any."""
        folder = Path(settings.SAMPLES_DIR)
        files = folder.iterdir() if folder.is_dir() else ()
        return sorted((file.name for file in files if file.suffix in {".mp4", ".srt"}), key=lambda name: name[-4:])

    def source_from(self) -> list[Option]:
        """The choice between a file and a link."""
        return self._options("source_from", choices.source_from(self.form.can), {})

    def background_from(self) -> list[Option]:
        """The choice between no background, a file and a link."""
        return self._options("background_from", choices.BACKGROUND_FROM, {})

    def auto_generate(self) -> list[Option]:
        """The choice of how much is automatic."""
        return self._options("auto_generate", self.form.ways_to_finish(), choices.AUTO_GENERATE_HELP)

    def lips_model(self) -> list[Option]:
        """The choice between quality and speed."""
        return self._options("lips_model", list(choices.LIPS_TITLE.items()), choices.LIPS_HELP)

    def speakers_from(self) -> list[Option]:
        """The choice between "not sure" and a number."""
        default = "count" if self.knows_speakers else "unsure"
        return [Option(value, gettext(title), "", value == default) for value, title in choices.SPEAKERS_FROM]

    def languages(self) -> list[OfferedLanguage]:
        """Every language that can be dubbed into."""
        chosen, source = self.form.chosen_codes(), self.form.data.get("source_locale")
        offered = locales.targets(among=self.form.table)
        return [OfferedLanguage(locale, locale.code in chosen, locale.code != source) for locale in offered]

    def slots(self) -> list[TextSlot]:
        """The chosen languages with their subtitles; texts of removed languages are kept, hidden."""
        chosen = self.form.chosen_codes()
        typed = (code for code, text in self.form.draft.texts.items() if code != SOURCE and text)
        left = [code for code in typed if code not in chosen and locales.find(code, among=self.form.table)]
        return [self.slot(field_of(code), code, shown=code in chosen) for code in (*chosen, *left)]

    def all_slots(self) -> list[TextSlot]:
        """All texts, including the transcript."""
        return [*self.slots(), *([self.source_slot()] if self.form.can.source_srt else [])]

    @property
    def dropped(self) -> DroppedFiles:
        """Several files dropped at once, and the outcome for each."""
        return self.form.draft.dropped

    @property
    def takes_files(self) -> bool:
        """Whether there is a slot that a file could go to."""
        return self.form.can.target_srt or self.form.can.source_srt

    def placed_files(self) -> list[tuple[str, str, str]]:
        """The files that are in slots: name, language, anchor on the page."""
        placed = ((dropped, field_of(dropped.slot)) for dropped in self.dropped.placed)
        return [(dropped.file.name, _slot_name(dropped.slot), f"{field}-slot") for dropped, field in placed]

    def unsure_files(self) -> list[UnsureFile]:
        """The files whose language has to be chosen, with the likely slots first."""
        draft, provider = self.form.draft, self.asset.provider
        every = subtitle_files.slots(draft, provider)
        files = []
        for dropped in self.dropped.unsure:
            likely = [*subtitle_files.slot_of_name(dropped.file.name, draft, provider).candidates]
            if not likely:
                likely = [slot for slot in every if slot in draft.targets]
            others = [(slot, _slot_name(slot)) for slot in every if slot not in likely]
            named = [(slot, _slot_name(slot)) for slot in likely]
            files.append(UnsureFile(dropped.file.name, slot_field_of(dropped.number), named, others))
        return files

    def texts_changed(self, before: Draft, shown: Mapping[str, str]) -> list[str]:
        """The texts that differ from those on the page, or in the draft before."""
        known = {slot.name: str(shown.get(slot.name, before.text(slot.key))) for slot in self.all_slots()}
        new = [field_of(code) for code in self.form.chosen_codes() if code not in before.targets]
        return [slot.name for slot in self.all_slots() if slot.text.strip() != known[slot.name].strip()] + new

    def changed(self, shown: Mapping[str, str]) -> list[str]:
        """The files that differ, or whose status differs, from those on the page."""
        return [name for name in ("source", "background") if self._shown(name) != shown.get(f"shown_{name}", ":")]

    def blank_slot(self) -> TextSlot:
        """The template from which a script makes a slot when a language is chosen."""
        return self.slot(field_of("CODE"), "CODE")

    def source_slot(self) -> TextSlot:
        """The transcript of the source."""
        return self.slot(field_of(SOURCE), "")

    def slot(self, name: str, code: str, *, shown: bool = True) -> TextSlot:
        """The slot of one text."""
        draft, key = self.form.draft, code or SOURCE
        text = str(self.form.data.get(name) or "")
        undo = draft.steps[key].did if key in draft.steps else ""
        starts = self._starts(name) if code and shown and not text.strip() else ()
        report, failure = self.form.reports.get(name), self.form.failures.get(name)
        return TextSlot(name, code, text, draft.files.get(key), report, shown, undo, starts, failure)

    def _starts(self, name: str) -> tuple[TextSlot, ...]:
        """Texts with times that this one can start from, the source's first."""
        timed = [other for other, report in self.form.reports.items() if other != name and report.cues]
        ordered = sorted(timed, key=lambda other: other != field_of(SOURCE))
        return tuple(self._as_start(other) for other in ordered)

    def _as_start(self, name: str) -> TextSlot:
        slot = slot_of(name) or ""
        return TextSlot(name, "" if slot == SOURCE else slot, "", None, self.form.reports[name])

    def fields(self) -> Iterator[BoundField]:
        """Fields that show their errors beside themselves."""
        return (self.form[name] for name in self.form.fields if slot_of(name) is None)

    # --- cost and problems --------------------------------------------------------------------------------------------

    @property
    def button(self) -> str:
        """The label of the button, with the cost."""
        return self.quote.button

    @cached_property
    def given_back(self) -> Event | None:
        """The event with which an owner returned it, if that is why it is a draft."""
        return approvals.given_back(self.asset)

    @property
    def name(self) -> str:
        """Its name, either entered or taken from the file."""
        return str(self.form.cleaned_data.get("name") or "")

    @property
    def missing(self) -> list[str]:
        """What is not filled in yet, or in progress."""
        return [obstacle.message for obstacle in self.obstacles if not obstacle.wrong]

    @property
    def remarks(self) -> list[SubtitleRemark]:
        """Subtitles with something to look at before they are paid for."""
        reports = ((slot, slot.report) for slot in self.all_slots() if slot.shown and slot.report)
        return [
            SubtitleRemark(f"{slot.name}-status", str(self.form[slot.name].label), report.to_look_at, report.serious)
            for slot, report in reports
            if report.to_look_at and not report.problems
        ]

    @property
    def to_look_at(self) -> int:
        """The number of such findings in all texts."""
        return sum(remark.count for remark in self.remarks)

    @property
    def with_subtitles(self) -> int:
        """The number of chosen languages with usable subtitles."""
        return sum(bool(slot.report and not slot.report.problems) for slot in self.slots() if slot.shown)

    @property
    def anonymization(self) -> str:
        """The name of the slider's value, if it has one."""
        value = self.form.cleaned_data.get("voice_anonymization")
        return choices.anonymization(value) if isinstance(value, int | float) else ""

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """Everything that prevents sending: the anchor on the page, its label, the words."""
        whole = [(*_PROVIDER, str(message)) for message in self.form.non_field_errors()]
        return whole + [
            (place_of(name), str(self.form[name].label), str(message))
            for name, errors in self.form.errors.items()
            if name in self.form.fields
            for message in errors
        ]

    def _obstacles(self) -> Iterator[Obstacle]:
        """Everything for which a click would be refused, whether or not it is already shown beside its field."""
        for name, errors in self.form.errors.items():
            place, label = (place_of(name), str(self.form[name].label)) if name in self.form.fields else _PROVIDER
            for error in errors.as_data():
                message = " ".join(map(str, error.messages))
                yield Obstacle(place, label, message, error.code not in _NOT_YET)
        if self.quote.problem:
            yield Obstacle("cost", gettext("Minutes"), self.quote.problem, True)

    def _upload(self, name: str) -> Upload | None:
        value = self.form.data.get(name)
        upload = find_upload(value, asset=self.asset, user=self.form.user) if value else None
        if upload and upload.status == Upload.Status.COMPLETE and getattr(self.asset, f"{name}_id") != upload.pk:
            # The upload became usable after the asset was read: otherwise the page would show the file without its
            # player.
            self.asset.refresh_from_db(fields=[name])
        return upload

    def _shown(self, name: str) -> str:
        upload = self.source if name == "source" else self.background
        return f"{upload.pk}:{upload.status}" if upload else ":"

    def _options(self, name: str, titles: list[tuple[str, str]], hints: dict[str, str]) -> list[Option]:
        typed = str(self.form.data.get(name))
        chosen = typed if typed in dict(titles) else titles[0][0]
        hints = hints | (barred := self.barred(dict(titles)) if name == "auto_generate" else {})
        texts = {value: gettext(hints[value]) if value in hints else "" for value, _ in titles}
        return [
            Option(value, gettext(title), texts[value], value == chosen, value in barred) for value, title in titles
        ]


def _slot_name(slot: str) -> str:
    return gettext("Transcript of the video") if slot == SOURCE else locales.display_name(slot)
