"""A passport in words, for the page to print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext

from dubbing.models import Membership, QualityReport, Review
from dubbing.models.reviews import ReviewStatus
from dubbing.platform import formatting, locales
from dubbing.web.shared import c2pa_texts

Facts = list[tuple[str, str]]


def sections(passport: dict[str, Any]) -> list[tuple[str, Facts]]:
    """Headings with facts, without unknown ones. ``passport``: as the portal wrote it."""
    content = passport["content"]
    parts = (
        (gettext("Video"), _video(content)),
        (gettext("Source"), _source(content["source"], content["texts"])),
        (gettext("Dub"), _dub(content)),
        (gettext("AI label"), _label(content["disclosure"].get("label"))),
        (gettext("Approval"), _approval(content["approval"])),
        (gettext("Automatic checks"), _quality(content["quality"])),
        (gettext("Proof"), _proof(passport)),
    )
    return [(title, facts) for title, pairs in parts if (facts := [pair for pair in pairs if pair[1]])]


def _video(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    result = content["result"]
    yield gettext("Project"), content["project"]
    yield gettext("Name"), content["source"]["name"]
    yield gettext("Language"), locales.display_name(result["language"])
    yield gettext("Length"), formatting.duration(result["seconds"])
    yield gettext("Size"), formatting.size(result["bytes"])
    yield gettext("SHA-256"), result["sha256"]
    # Passports of earlier releases do not have it.
    if about := content.get("c2pa"):
        yield (
            gettext("C2PA manifest"),
            c2pa_texts.describe(about["state"], about["issuer"], about["problem"]),
        )
    for text in content["beside"]:
        yield text["file"], text["sha256"]


def _source(source: dict[str, Any], texts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield gettext("File"), source["file"] or (gettext("a link") if source["is_link"] else "")
    yield gettext("Spoken language"), locales.display_name(source["language"]) if source["language"] else ""
    yield gettext("SHA-256"), source["sha256"]
    yield gettext("SHA-256 of the transcript"), texts["transcript_sha256"]


def _dub(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    request, provider = content["request"], content["provider"]
    yield gettext("Requested by"), request["asked_by"]
    yield gettext("Requested"), _moment(request["asked_at"])
    yield gettext("Reference"), request["reference"]
    yield gettext("Consent"), content["consent_reference"]
    yield gettext("Provider"), provider["name"]
    yield gettext("Provider’s video"), provider["asset_id"]
    yield gettext("Provider’s version"), provider["version_id"]
    yield gettext("SHA-256 of the settings"), content["settings"]["sha256"]
    yield gettext("SHA-256 of the subtitles"), content["texts"]["subtitles_sha256"]


def _label(label: dict[str, Any] | None) -> Iterator[tuple[str, str]]:
    """Passports of earlier releases do not have it."""
    if label is None:
        return
    yield gettext("Files put together by the portal"), _label_state(label)
    left_out = label["left_out"]
    yield gettext("Left out by"), left_out.get("by", "")
    yield gettext("Role"), _role(left_out.get("role", ""))
    yield gettext("Left out"), _moment(left_out.get("at", ""))
    yield gettext("Reason"), left_out.get("reason", "")


def _label_state(label: dict[str, Any]) -> str:
    return gettext("say that they are AI-dubbed") if label["in_assembled_files"] else gettext("have no AI label")


def _role(role: str) -> str:
    return str(Membership.Role(role).label) if role in Membership.Role.values else role


def _approval(approval: dict[str, Any]) -> Iterator[tuple[str, str]]:
    known = approval["status"] in Review.Status.values
    yield gettext("Status"), str(ReviewStatus(approval["status"]).label) if known else gettext("Not reviewed")
    yield gettext("Approved by"), approval.get("approved_by", "")
    yield gettext("Reviewed by"), approval.get("reviewed_by", "")
    yield gettext("Approved"), _moment(approval.get("approved_at", ""))
    if approval["status"] in Review.DECIDED and not approval["of_this_result"]:
        yield gettext("Note"), gettext("The approved final video is a different one.")


def _quality(quality: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield gettext("Checked"), _moment(quality["checked_at"])
    if quality["checked_at"]:
        yield gettext("Findings"), str(len(quality["findings"]))
        yield gettext("Worst"), str(QualityReport.Severity(quality["worst"]).label)
    loudness = quality["loudness"]
    if loudness.get("loudness") is not None:
        yield gettext("Loudness"), f"{formatting.number(loudness['loudness'])} LUFS"
        yield gettext("Loudest peak"), f"{formatting.number(loudness['true_peak'])} dBTP"


def _proof(passport: dict[str, Any]) -> Iterator[tuple[str, str]]:
    signature = passport["signature"]
    yield gettext("Made by"), passport["content"]["portal"]
    yield gettext("Made"), _moment(passport["content"]["made_at"])
    yield gettext("SHA-256 of this passport"), passport["sha256"]
    yield gettext("Signature (%(algorithm)s)") % signature, signature["value"]
    yield gettext("Public key"), signature["public_key"]


def _moment(text: str) -> str:
    at = parse_datetime(text) if text else None
    return at.strftime("%Y-%m-%d %H:%M %Z") if at else ""
