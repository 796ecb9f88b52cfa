"""Passports of dubs: where a delivered file comes from, how it was made, who approved it, and that it is a dub.

It also says that the voices are synthetic. The provider's bytes are delivered unchanged, with any mark of provenance in
them; the passport is a separate file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.templatetags.static import static

from dubbing import providers
from dubbing.delivery import labels, passport_seals
from dubbing.models import Asset, Delivery, DeliveryEntry, Dubbing, QualityReport, Result, Review, Submission
from dubbing.platform import formatting
from dubbing.review import decisions

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.contrib.auth.models import User

FORM = "dubbing-portal/passport/2"
READABLE = ("dubbing-portal/passport/1", FORM)
"""Forms that can be verified: passports of earlier releases are kept where they were delivered."""
_SCHEMA = "passport-2.schema.json"
SCHEMA_NAME = "passport.schema.json"
SCHEMA_PATH = Path(settings.BASE_DIR) / "static" / "schemas" / _SCHEMA
ENDING = "passport.json"
LARGEST = 1024**2
"""Maximum bytes of a passport that is read."""
_MULTITRACK = (
    "Put together by the portal without encoding the picture: the picture of the source, its sound and the sounds of "
    "the final videos. The final video itself is delivered as the provider made it."
)
_BLOCK = 4 * 1024**2


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked. ``text``: its outcome, for the command line."""

    fits: bool
    text: str


def content_of(delivery: Delivery, entry: DeliveryEntry, beside: Iterable[DeliveryEntry]) -> dict[str, Any]:
    """The content of a final video's passport. ``entry``: loaded with its result, version, dubbing and asset."""
    result = entry.result
    assert result is not None
    version, dubbing, asset = result.version, result.version.dubbing, result.version.dubbing.asset
    sent, request = dubbing.as_sent(asset), _taken(asset, dubbing)
    return {
        "form": FORM,
        "schema": schema_address(),
        "made_at": _moment(delivery.created_at),
        "portal": settings.PORTAL_URL,
        "project": delivery.project.name,
        "disclosure": {
            "ai_dubbed": True,
            "lips_changed": _has_lips(sent),
            "text": labels.DISCLOSURE,
            "label": {"in_assembled_files": not delivery.label_left_out, "left_out": delivery.label_left_out},
        },
        "consent_reference": sent.consent,
        "source": _source(sent),
        "settings": _settings(sent, decisions.settings_sha256(dubbing)),
        "texts": {
            "transcript_sha256": _hash_of(sent.source_srt),
            "subtitles_sha256": _hash_of(dubbing.srt),
        },
        "request": _request(asset, request),
        "provider": {
            "name": providers.label(version.provider),
            "asset_id": request.remote_id if request and request.locale else asset.remote_id,
            "version_id": version.remote_id,
        },
        "result": {
            "file": entry.name,
            "language": entry.locale,
            "version": entry.version,
            "sha256": entry.sha256,
            "bytes": entry.size,
            "seconds": result.duration,
            "kept_at": _moment(result.kept_at),
        },
        "c2pa": _c2pa(result),
        "beside": [_beside(other) for other in beside],
        "quality": _quality(getattr(result, "quality", None)),
        "approval": _approval(getattr(dubbing, "review", None), entry),
    }


def _c2pa(result: Result) -> dict[str, Any]:
    """The manifest in the provider's file, which is delivered with it."""
    about = {name: str(result.c2pa.get(name, "")) for name in ("issuer", "generator", "problem")}
    return {"state": result.c2pa_state or "not_read"} | about


def _beside(entry: DeliveryEntry) -> dict[str, Any]:
    made = {"contents": _MULTITRACK} if entry.kind == DeliveryEntry.Kind.MULTITRACK else {}
    return {"file": entry.name, "sha256": entry.sha256, "bytes": entry.size} | made


def sealed(content: dict[str, Any]) -> dict[str, Any]:
    """The passport: its content and the proof of it."""
    seal = passport_seals.seal(content)
    return _assembled(content, seal.public_key, seal.signature)


def _assembled(content: dict[str, Any], public_key: str, signature: str) -> dict[str, Any]:
    """Everything in it follows from these, so that a changed letter anywhere makes a different passport."""
    return {
        "$schema": content["schema"],
        "content": content,
        "sha256": hashlib.sha256(passport_seals.canonical(content)).hexdigest(),
        "signature": {"algorithm": passport_seals.ALGORITHM, "public_key": public_key, "value": signature},
    }


def schema_address() -> str:
    """The address at which the schema is published."""
    return f"{settings.PORTAL_URL}{static(f'schemas/{_SCHEMA}')}"


def check(written: bytes, *, media: Path | None = None, key: str = "") -> list[Check]:
    """Check whether a passport is unchanged and belongs to this file. ``key``: of another portal, or an earlier one.

    Raises ValueError if it is not a passport, and OSError.
    """
    passport = _read(written)
    content, signature = passport["content"], passport["signature"]
    trusted = key or passport_seals.public_key()
    whole = _assembled(content, signature["public_key"], signature["value"])
    checks = [
        Check(whole["sha256"] == passport["sha256"], "its SHA-256 is that of its content"),
        Check(write(whole) == written, "written as the portal writes it"),
        Check(signature["public_key"] == trusted, f"the key is {'the given one' if key else 'the key of this portal'}"),
        Check(passport_seals.is_signed(content, signature["value"], trusted), "signed with that key"),
    ]
    if media is not None:
        checks += _media_checks(content["result"], media)
    return checks


def write(passport: dict[str, Any]) -> bytes:
    """The passport as it is delivered."""
    return passport_seals.canonical(passport) + b"\n"


def _media_checks(result: dict[str, Any], media: Path) -> list[Check]:
    sums = hashlib.sha256()
    with media.open("rb") as file:
        while chunk := file.read(_BLOCK):
            sums.update(chunk)
    return [
        Check(media.stat().st_size == result["bytes"], f"{media.name} has {result['bytes']} bytes"),
        Check(sums.hexdigest() == result["sha256"], f"{media.name} has the SHA-256 of the result"),
    ]


def _read(written: bytes) -> dict[str, Any]:
    """The parsed passport. Raises ValueError."""
    try:
        passport = json.loads(written[: LARGEST + 1].decode())
        content, signature, result = passport["content"], passport["signature"], passport["content"]["result"]
        texts = (
            passport["sha256"],
            signature["public_key"],
            signature["value"],
            content["form"],
            content["schema"],
            result["sha256"],
        )
    except (ValueError, LookupError, TypeError, RecursionError) as error:
        raise ValueError("This file is not a passport of the portal.") from error
    if not all(isinstance(text, str) for text in texts) or not isinstance(result.get("bytes"), int):
        raise ValueError("This file is not a passport of the portal.")
    if content["form"] not in READABLE:
        known = ", ".join(READABLE)
        raise ValueError(f"This passport is of another form ({content['form']}) than this portal knows ({known}).")
    return dict(passport)


def _source(asset: Asset) -> dict[str, Any]:
    upload = asset.source
    return {
        "video": asset.pk,
        "name": str(asset),
        "language": asset.source_locale,
        "file": upload.name if upload else "",
        "sha256": upload.sha256 if upload else "",
        "bytes": upload.size if upload else None,
        "seconds": asset.source_duration,
        "is_link": upload is None and bool(asset.media_url),
    }


def _settings(asset: Asset, sha256: str) -> dict[str, Any]:
    return {
        "sha256": sha256,
        "start": asset.start,
        "end": asset.end,
        "final_video": asset.auto_generate,
        "lips_model": asset.lips_model if _has_lips(asset) else "",
        "voice_anonymization": asset.voice_anonymization,
        "speakers": asset.speakers,
        "background_sha256": asset.background.sha256 if asset.background else "",
        "options": asset.options,
    }


def _has_lips(asset: Asset) -> bool:
    return asset.auto_generate == Asset.AutoGenerate.WITH_LIPS


def _taken(asset: Asset, dubbing: Dubbing) -> Submission | None:
    """The newest request for this language that the provider accepted."""
    taken = [
        submission
        for submission in asset.submissions.all()
        if submission.status == Submission.Status.ACCEPTED
        and (submission.locale == dubbing.locale or (not submission.locale and dubbing.locale in submission.locales))
    ]
    return taken[-1] if taken else None


def _request(asset: Asset, submission: Submission | None) -> dict[str, Any]:
    return {
        "asked_by": formatting.person(submission.asked_by if submission else asset.created_by),
        "asked_at": _moment(submission.created_at if submission else asset.submitted_at),
        "sent_at": _moment(submission.sent_at) if submission else "",
        "reference": submission.reference if submission else "",
    }


def _quality(report: QualityReport | None) -> dict[str, Any]:
    if report is None or report.checked_at is None:
        return {"checked_at": "", "worst": "", "findings": [], "not_measurable": [], "loudness": {}}
    sound = (report.measurements.get("result") or {}).get("sound") or {}
    names = ("loudness", "loudness_range", "true_peak")
    return {
        "checked_at": _moment(report.checked_at),
        "worst": report.worst,
        "findings": report.findings,
        "not_measurable": report.not_measurable,
        "loudness": {name: sound[name] for name in names if isinstance(sound, dict) and name in sound},
    }


def _approval(review: Review | None, entry: DeliveryEntry) -> dict[str, Any]:
    """Who approved what. ``of_this_result``: whether it was exactly this file."""
    if review is None or review.status not in Review.DECIDED:
        status = review.status if review else "not_reviewed"
        return {"status": status, "of_this_result": False}
    return {
        "status": review.status,
        "of_this_result": review.result_sha256 == entry.sha256,
        "approved_by": _name(review.decided_by),
        "approved_at": _moment(review.decided_at),
        "reviewed_by": _name(review.reviewed_by),
        "result_sha256": review.result_sha256,
        "subtitles_sha256": review.subtitles_sha256,
        "settings_sha256": review.settings_sha256,
    }


def _name(person: User | None) -> str:
    return formatting.person(person) if person else ""


def _moment(at: datetime | None) -> str:
    return at.isoformat(timespec="seconds") if at else ""


def _hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest() if text.strip() else ""
