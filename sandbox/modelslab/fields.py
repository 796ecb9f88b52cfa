"""Request bodies, strict: an unknown field or a wrong type is refused. The key is looked at before."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from sandbox.fields import Body, HttpUrl


def _name(value: str) -> str:
    if "/" in value or "\\" in value or not value.isprintable() or not value:
        raise ValueError("must be fit for a file name")
    return value


def _address_only(value: bool) -> bool:
    if value:
        raise ValueError("this sandbox takes addresses only")
    return value


class Keyed(Body):
    """Every body carries the key; this is also all that fetch takes."""

    key: str


class CreateDubbing(Keyed):
    """The body of create_dubbing."""

    init_video: HttpUrl = Field(examples=["http://127.0.0.1:8000/sample.mp4"])
    output_lang: Literal["es", "fr", "hi", "it", "pt-br", "en-us", "en-gb", "ja", "zh"]
    source_lang: str = "hi"
    voice_id: str = Field(default="", examples=["henry"])
    voice_model: str = "kokoro"
    speed: float = Field(default=1.0, ge=0.5, le=2.0)
    file_prefix: Annotated[str, AfterValidator(_name)] = Field(default="spanish_dub", max_length=150)
    base64: Annotated[bool, AfterValidator(_address_only)] = False
    seed: int = Field(default=0, ge=0, description="0 is random")
    webhook: HttpUrl | None = None
    track_id: int | None = None


class VoiceList(Keyed):
    """The body of voice_list."""

    type: Literal["manual", "trained", "voice_cover"] = "manual"


class AssetsGenerated(Keyed):
    """The body of assets_generated."""

    type: str
    page: int = Field(default=1, ge=1)
    per_page: int = Field(default=30, ge=1, le=30)
