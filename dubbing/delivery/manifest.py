"""The list of files in a delivery: as JSON for programs, as a table for people."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from dubbing.models import Delivery, DeliveryEntry
from dubbing.platform import tables

JSON_NAME, CSV_NAME = "manifest.json", "manifest.csv"
FORM = "dubbing-portal/manifest/1"
_COLUMNS = ("name", "kind", "video", "language", "version", "approved", "bytes", "sha256")


def as_json(delivery: Delivery, entries: Iterable[DeliveryEntry]) -> bytes:
    """The list as JSON, with the project, the time and every file."""
    made = {
        "form": FORM,
        "delivery": delivery.pk,
        "project": delivery.project.name,
        "made_at": delivery.created_at.isoformat(timespec="seconds"),
        "files": [_file(entry) | _languages(entry) for entry in entries],
    }
    return (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode()


def as_csv(entries: Iterable[DeliveryEntry]) -> bytes:
    """The list as CSV, one line for each file. Column names are for programs, and stay English."""
    rows = ([str(value) for value in _file(entry).values()] for entry in entries)
    return "".join(tables.written(tables.harmless_rows([_COLUMNS, *rows]))).encode()


def _languages(entry: DeliveryEntry) -> dict[str, Any]:
    """The languages that are in a video with all languages."""
    return {"languages": entry.languages_included} if entry.languages else {}


def _file(entry: DeliveryEntry) -> dict[str, Any]:
    values = (
        entry.name, entry.kind, str(entry.asset) if entry.asset else "", entry.locale, entry.version, entry.approved,
        entry.size, entry.sha256,
    )  # fmt: skip
    return dict(zip(_COLUMNS, values, strict=True))
