"""Everything that can be switched while the program runs, as validated groups kept in the state file."""

import re
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

_PROGRESS = re.compile(r"at_once|looks:\d{1,6}|seconds:\d{1,6}(\.\d{1,3})?")


def _known(value: str) -> str:
    if not _PROGRESS.fullmatch(value):
        raise ValueError("must be at_once, looks:N or seconds:N")
    return value


Progress = Annotated[str, AfterValidator(_known)]


Damage = Literal["none", "quiet", "silent-cue", "frozen", "source-sound", "cut", "late-300ms", "half-speed"]


class Group(BaseModel):
    """One group of switches; unknown names are refused."""

    model_config = ConfigDict(extra="forbid")


G = TypeVar("G", bound=Group)


class Policy(Group):
    """How fast versions move, and whether the dub is real."""

    progress: Progress = Field(
        default="seconds:3", description="at_once, looks:N (GETs of the version), seconds:N; per step"
    )
    damage: Damage = Field(default="none", description="what is wrong with dubs from now on, for automatic checks")
    engine: Literal["real", "stub"] = Field(default="real", description="stub: the result is the source, unchanged")

    def passed(self, *, looks: int, seconds: float) -> bool:
        """Tell whether a step may end after so many looks and seconds."""
        kind, _, number = self.progress.partition(":")
        if kind == "at_once":
            return True
        return looks >= int(number) if kind == "looks" else seconds >= float(number)


class Limits(Group):
    """Limits of the pretended account."""

    max_bytes: int | None = Field(default=None, description="larger files fail with video_size_limit_reached")
    max_seconds: float | None = Field(default=None, description="longer videos fail with video_duration_limit_reached")
    account_limited: bool = Field(default=False, description="403 on create, upload and add languages")
    key_revoked: bool = Field(default=False, description="401 on everything that needs a key")
    result_ttl: float = Field(default=3600, description="seconds a result link lives")


class Shapes(Group):
    """Forms of answers the documentation leaves open."""

    duration: Literal["null", "omit"] = Field(default="null", description="how an unknown duration is shown")
    told_duration: float | None = Field(default=None, description="what every asset says it lasts, true or not")
    locale_style: Literal["tag", "underscore", "lower", "language"] = Field(
        default="tag", description="how answers spell target locales: es-ES, es_ES, es-es, es"
    )
    empty_versions_looks: int = Field(default=0, description="the first N GETs of an asset show empty versions")
    detail: Literal["string", "array", "object"] = "string"
    validation_status: Literal[400, 422] = Field(default=400, description="status of refused input")
    list_envelope: Literal["items", "assets", "results", "data", "bare"] = "items"
    error: Literal["code_message", "error_code_detail", "type_description", "string"] = "code_message"
    trim_error: Literal["time_out_of_range", "invalid_input"] = "time_out_of_range"


class Delivery(Group):
    """How callbacks are signed and sent."""

    encoding: Literal["hex", "base64", "base64url"] = "hex"
    form: Literal["raw", "der"] = "raw"
    locale_field: Literal["version_locale", "locale"] = "version_locale"
    attempts: int = Field(default=3, ge=1, description="tries until a 2xx")
    backoff: float = Field(default=0.5, description="seconds before the second try; doubles")
    timeout: float = 5.0


class Switches(BaseModel):
    """All groups together, plus the clock's offset."""

    policy: Policy = Field(default_factory=Policy)
    limits: Limits = Field(default_factory=Limits)
    shapes: Shapes = Field(default_factory=Shapes)
    delivery: Delivery = Field(default_factory=Delivery)
    clock_offset: float = 0.0


def merged(old: G, patch: G) -> G:
    """Lay the fields that were really sent over the old group."""
    return old.model_copy(update=patch.model_dump(exclude_unset=True))
