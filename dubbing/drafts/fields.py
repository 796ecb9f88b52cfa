"""A checked draft: everything an asset needs before it can be submitted."""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from dubbing.models import Upload


@dataclass(frozen=True, slots=True)
class TargetText:
    """A target locale, and the strict SRT to be spoken in it, if any."""

    locale: str
    srt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetFields:
    """A checked form: everything an asset needs before it can be submitted."""

    name: str
    source_locale: str
    targets: tuple[TargetText, ...]
    source: Upload | None = None
    media_url: str = ""
    source_srt: str = ""
    background: Upload | None = None
    background_url: str = ""
    start: float | None = None
    end: float | None = None
    speakers: int | None = None
    auto_generate: str = "off"
    lips_model: str = "real_face"
    voice_anonymization: float = 0.0
    options: dict[str, str | int | float] = field(default_factory=dict)
    consent: str = ""
    override_reason: str = ""

    @classmethod
    def columns(cls) -> list[str]:
        """The fields that are columns of an asset: all but the languages, which have rows of their own."""
        return [field.name for field in fields(cls) if field.name != "targets"]
