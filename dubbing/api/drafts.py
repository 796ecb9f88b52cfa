"""Drafts filled in by programs: the same fields and the same checks as in the form."""

from __future__ import annotations

from typing import Any

from dubbing.api.schemas import DraftIn
from dubbing.drafts.draft import SOURCE, field_of, slot_of
from dubbing.web.asset_form.form import AssetForm

_FIELDS = {
    "source_url": "media_url",
    "source_upload": "source",
    "source_language": "source_locale",
    "background_upload": "background",
    "transcript": field_of(SOURCE),
    "languages": "targets",
}
"""The form's names of fields that have other names in the API."""
_NAMES = {field: name for name, field in _FIELDS.items()}
_WHOLE = "__all__"


def typed_values(given: DraftIn) -> dict[str, Any]:
    """The given values under the form's names. Null clears a value."""
    names = given.model_fields_set & set(DraftIn.model_fields) - {"languages"}
    values: dict[str, Any] = {_FIELDS.get(name, name): _written(getattr(given, name)) for name in names}
    for source, link in (("source", "media_url"), ("background", "background_url")):
        if values.get(source) or values.get(link):
            values[f"{source}_from"] = "file" if values.get(source) else "url"
            values[link if values.get(source) else source] = ""
    if "speakers" in names:
        values["speakers_from"] = "count" if given.speakers else "unsure"
    if given.languages is not None:
        values["targets"] = [chosen.language for chosen in given.languages]
        for chosen in given.languages:
            if "subtitles" in chosen.model_fields_set:
                values[field_of(chosen.language)] = chosen.subtitles or ""
    return values


def errors_of(form: AssetForm) -> dict[str, list[str]]:
    """The errors of a draft, under the API's names."""
    return {_name(field): [str(message) for message in messages] for field, messages in form.errors.items()}


def _name(field: str) -> str:
    if field == _WHOLE:
        return "draft"
    slot = slot_of(field)
    if slot is not None and slot != SOURCE:
        return f"languages.{slot}.subtitles"
    return _NAMES.get(field, field)


def _written(value: Any) -> str:
    return "" if value is None else str(value)
