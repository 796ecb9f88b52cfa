"""Checks of the new-asset form: the source, the languages and their texts. The fields are in ``form``."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext, ngettext

from dubbing import subtitles
from dubbing.drafts.draft import SOURCE, Draft, TextFile, field_of, slot_of
from dubbing.drafts.source_links import link_problem, portal_problem
from dubbing.models import Asset, Link, Upload
from dubbing.platform import locales
from dubbing.projects import terms
from dubbing.providers.base import Capabilities
from dubbing.web.asset_form.sources import read_link_facts, refusal_texts, usable_upload
from dubbing.web.shared import choices, text_reports
from dubbing.web.shared.fields import CodesField, TextFileField

if TYPE_CHECKING:
    from django.contrib.auth.models import User


_NO_FILE = TextFile("")
_MOST_SHOWN = 10  # nobody reads a hundred words beside one field


class AssetChecks(forms.Form):
    """What all checks need: the form's asset and user, and the provider's capabilities."""

    asset: Asset
    user: User
    can: Capabilities
    table: Mapping[str, locales.Locale]
    configured: bool
    link_facts_by_url: Mapping[str, Link] = MappingProxyType({})

    @property
    def duration(self) -> float | None:
        """Seconds of the source by our probe, for an uploaded file or a link whose length is known; else None."""
        source = self.cleaned_data.get("source")
        if isinstance(source, Upload):
            return source.duration
        link = self.link_facts_by_url.get("media_url")
        return link.duration if link and self.cleaned_data.get("media_url") else None

    def _add(self, name: str, message: str, *, code: str = "invalid") -> None:
        # add_error removes the cleaned value, and the following fields are checked against it.
        kept = self.cleaned_data.get(name)
        self.add_error(name, forms.ValidationError(message, code=code))
        self.cleaned_data[name] = kept

    def _raw(self, name: str, *, many: bool = False) -> Any:
        getlist = getattr(self.data, "getlist", None)
        return getlist(name) if many and getlist else self.data.get(name)


class SourceChecks(AssetChecks):
    """Checks of the file or link of the video and of its background."""

    def _check_source(self) -> None:
        upload, url = self.cleaned_data.get("source"), self.cleaned_data.get("media_url") or ""
        came_from = self._chosen_from("source_from", bool(upload), bool(url))
        self.cleaned_data |= {"source": None, "media_url": "", "source_from": came_from}
        if came_from == "both":
            self._add("media_url", gettext("You added both a file and a link. Remove one of them."))
        elif came_from == "url":
            self._take_link("media_url", url, gettext("Enter a link to the video."))
        elif came_from == "file":
            both, file = gettext("Choose a video file or enter a link."), gettext("Choose a video file.")
            message = both if self.can.links else file
            self._take_upload("source", upload, Upload.Kind.VIDEO, message)
            problem = portal_problem(self.asset.provider) if self.configured and not self.can.uploads else ""
            if problem and self.cleaned_data.get("source"):
                self._add("source", problem)

    def _check_background(self) -> None:
        if "background" not in self.fields:
            return
        upload = self.cleaned_data.get("background")
        url = self.cleaned_data.get("background_url") or ""
        came_from = self._chosen_from("background_from", bool(upload), bool(url), nothing="none")
        self.cleaned_data |= {"background": None, "background_url": "", "background_from": came_from}
        if came_from == "both":
            self._add("background_url", gettext("You added both a file and a link. Remove one of them."))
        elif came_from == "url":
            message = gettext("Enter a link to the background, or choose “Separate it for me”.")
            self._take_link("background_url", url, message)
        elif came_from == "file":
            message = gettext("Choose an audio file, or choose “Separate it for me”.")
            self._take_upload("background", upload, Upload.Kind.BACKGROUND, message)
            if self.cleaned_data["source_from"] == "url":
                self._add("background", str(choices.BACKGROUND_NEEDS_FILE))

    def _chosen_from(self, name: str, file: bool, url: bool, *, nothing: str = "file") -> str:
        """Where it comes from: as stated, or else according to which value is there."""
        choice = self.cleaned_data.get(name)
        if choice:
            return str(choice)
        if file and url:
            return "both"
        return "url" if url else "file" if file else nothing

    def _take_upload(self, name: str, value: Any, kind: Upload.Kind, message: str) -> None:
        if not value:
            self._add(name, message, code="required")
            return
        try:
            self.cleaned_data[name] = usable_upload(value, kind, asset=self.asset, user=self.user)
        except forms.ValidationError as error:
            self.add_error(name, error)

    def _take_link(self, name: str, url: str, message: str) -> None:
        problem = link_problem(url, self.asset.provider) if url and self.configured else ""
        link = None if problem or not url else self._link_facts(name, url)
        if link:
            self.link_facts_by_url = {**self.link_facts_by_url, name: link}
            problem = refusal_texts(link)
        if problem or not url:
            self._add(name, problem or message, code="invalid" if url else "required")
        else:
            self.cleaned_data[name] = url

    def _link_facts(self, name: str, url: str) -> Link | None:
        return read_link_facts(url, name, self.user)


class LanguageChecks(AssetChecks):
    """Checks of source and target locales, and of their texts."""

    draft: Draft
    reports: dict[str, text_reports.TextReport]

    def chosen_codes(self) -> list[str]:
        """The valid chosen targets, each once, in the order in which they were chosen."""
        values = CodesField(required=False).to_python(self._raw("targets", many=True))
        chosen = (locales.find(value, among=self.table) for value in values)
        return list(dict.fromkeys(locale.code for locale in chosen if locale))

    def _check_locales(self) -> None:
        source, table = self.cleaned_data.get("source_locale") or "", self.table
        targets = self.cleaned_data.get("targets") or []
        of_source = locales.problems(source, [], among=table) if source else []
        for _, message in of_source:
            self._add("source_locale", message)
        wrong = locales.problems(source, targets, among=table)[len(of_source) if source else 1 :]
        for _, message in wrong[:_MOST_SHOWN]:
            self._add("targets", message)
        if len(wrong) > _MOST_SHOWN:
            more = len(wrong) - _MOST_SHOWN
            refusal = ngettext(
                "%(count)s more language is not available.", "%(count)s more languages are not available.", more
            )
            self._add("targets", refusal % {"count": more})
        if not source:
            self._add("source_locale", gettext("Choose the language spoken in the video."), code="required")
        if not targets:
            self._add("targets", gettext("Choose at least one language to dub into."), code="required")
        locale = locales.find(source, among=table)
        self.cleaned_data |= {"source_locale": locale.code if locale else source, "targets": self.chosen_codes()}

    def _check_texts(self) -> None:
        video, beside = self._trimmed_video(), self._beside()
        until = time.monotonic() + subtitles.LONGEST_LOOK  # for all texts together
        for name in self.text_fields():
            left = max(0.0, until - time.monotonic())
            data, refused = self.cleaned_data.get(name), self._file(name).problems
            if refused:
                self.reports[name] = text_reports.refused(refused)
            elif data and _slot(name) == SOURCE:
                self.reports[name] = text_reports.source_report(data, self.locale_of(name), video, beside[name], left)
            elif data:
                self.reports[name] = text_reports.target_report(data, video, self.locale_of(name), beside[name], left)
        for name, report in self.reports.items():
            for problem in report.problems:
                self._add(name, problem)

    def text_fields(self) -> list[str]:
        """The fields that hold a text: the transcript, and the subtitles of each chosen language."""
        return [name for name in self.fields if isinstance(self.fields[name], TextFileField)]

    def locale_of(self, name: str) -> str:
        """The locale of the text in this field."""
        slot = _slot(name)
        return str(self.cleaned_data.get("source_locale") or "") if slot == SOURCE else slot

    def context_of(self, name: str) -> subtitles.Context:
        """What the text in this field is checked against."""
        beside = self._beside().get(name) or text_reports.Beside()
        return text_reports.context(self._trimmed_video(), self.locale_of(name), beside, spoken=_slot(name) != SOURCE)

    def _beside(self) -> dict[str, text_reports.Beside]:
        """What each text is compared with; empty while there is no text at all."""
        data = {name: self.cleaned_data.get(name) or "" for name in self.text_fields()}
        if not any(data.values()):
            return {}
        others = {name: text_reports.described(_slot(name), self.locale_of(name), text) for name, text in data.items()}
        wanted = terms.wanted(self.asset.project_id, (self.locale_of(name) for name in data))
        source = data.get(field_of(SOURCE), "")
        return {
            name: text_reports.Beside(
                source=source if isinstance(source, str) else "",
                terms=wanted.get(self.locale_of(name), ()),
                others=tuple(other for key, other in others.items() if key != name),
                file_name=self._file(name).name,
                encoding=self._file(name).encoding,
            )
            for name in data
        }

    def _trimmed_video(self) -> text_reports.TrimmedVideo:
        """What the subtitles are checked against, without an invalid trim."""
        if {"start", "end"} & set(self.errors):
            return text_reports.TrimmedVideo(duration=self.duration)
        data = self.cleaned_data
        return text_reports.TrimmedVideo(duration=self.duration, start=data.get("start"), end=data.get("end"))

    def _srt(self, name: str) -> str:
        return self.reports[name].srt if name in self.reports else ""

    def _file(self, name: str) -> TextFile:
        return self.draft.files.get(_slot(name), _NO_FILE)


def _slot(name: str) -> str:
    return slot_of(name) or name
