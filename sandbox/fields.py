"""Request bodies of the documented API, strict: an unknown field or a wrong type is refused."""

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from sandbox.locales import SOURCES, TARGETS
from sandbox.srt import SrtError, parse_srt

AutoGenerate = Literal["off", "with_lips", "no_lips"]


class Body(BaseModel):
    """A strict JSON object."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


def _source(value: str) -> str:
    if value not in SOURCES:
        raise ValueError(f"unsupported source locale {value!r}")
    return value


def _target(value: str) -> str:
    if value not in TARGETS:
        raise ValueError(f"unsupported target locale {value!r}")
    return value


def _srt(value: str | None) -> str | None:
    if value is not None:
        try:
            parse_srt(value)
        except SrtError as error:
            raise ValueError(f"invalid SRT: {error}") from error
    return value


def _http_url(value: str) -> str:
    try:
        parts = urlsplit(value)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be an http or https URL")
    return value


def _name(value: str) -> str:
    if not value.strip():
        raise ValueError("must not be empty")
    return value[:255]


HttpUrl = Annotated[str, AfterValidator(_http_url)]


class Language(Body):
    """One target language."""

    locale: Annotated[str, AfterValidator(_target)] = Field(examples=["es-ES"])
    srt: Annotated[str | None, AfterValidator(_srt)] = Field(default=None, description="contents of an SRT file")


def _distinct(value: list[Language]) -> list[Language]:
    locales = [language.locale for language in value]
    if len(set(locales)) != len(locales):
        raise ValueError("the same target locale twice")
    return value


Languages = Annotated[list[Language], Field(min_length=1), AfterValidator(_distinct)]


class UploadFields(Body):
    """The `request` part of an upload."""

    name: Annotated[str, AfterValidator(_name)] = Field(examples=["Welcome film"])
    locale: Annotated[str, AfterValidator(_source)] = Field(examples=["en-US"])
    languages: Languages
    callback_url: HttpUrl | None = None
    speakers_count: int | None = Field(default=None, ge=1)
    start_time: float | None = None
    end_time: float | None = None
    auto_generate: AutoGenerate = "off"
    source_srt: str | None = None
    lips_model: Literal["real_face", "real_face_turbo"] | None = None
    voice_anonymization: float = Field(default=0.0, ge=0.0, le=1.0)
    background_url: HttpUrl | None = None

    @model_validator(mode="after")
    def _not_into_itself(self) -> "UploadFields":
        if any(language.locale == self.locale for language in self.languages):
            raise ValueError("languages: a target locale equals the source locale")
        return self


class CreateFields(UploadFields):
    """The body of create asset."""

    media_url: HttpUrl = Field(examples=["http://127.0.0.1:8000/sample.mp4"])


class AddLanguages(Body):
    """The body of add languages."""

    languages: Languages
    auto_generate: AutoGenerate = "off"


class Revise(Body):
    """The body of revise version."""

    studio_url_request: dict[str, object] | None = None
