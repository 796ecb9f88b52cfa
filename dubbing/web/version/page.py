"""The content of the version page: player, kept files, and whether the version can go back to editing."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from dubbing import providers, subtitles
from dubbing.models import Asset, Dubbing, Membership, Result, Version, status_badges
from dubbing.platform import failure_messages
from dubbing.web.shared import c2pa_texts, next_steps
from dubbing.web.version.room import cues_of


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionPage:
    """What the template shows."""

    version: Version
    dubbing: Dubbing
    asset: Asset
    state: status_badges.State
    step_text: str
    provider: str
    result: Result | None
    older: list[Result]
    warnings: list[str]
    has_source: bool
    has_source_track: bool
    has_target_track: bool
    may_edit: bool
    may_revise: bool
    why_not: str

    @property
    def c2pa(self) -> str:
        """What the C2PA manifest in the final video says."""
        if self.result is None:
            return ""
        about = self.result.c2pa
        return c2pa_texts.describe(self.result.c2pa_state, str(about.get("issuer", "")), str(about.get("problem", "")))

    @property
    def is_final(self) -> bool:
        """Whether nothing on this page changes on its own any more."""
        moving = self.version.status not in (Version.Status.COMPLETED, Version.Status.FAILED)
        return not (moving or self.version.revise_asked_at or _is_being_kept(self.version))


def build(version: Version, role: str) -> VersionPage:
    """The page of a version loaded with its dubbing, asset and results, for a reader with this role."""
    dubbing, asset = version.dubbing, version.dubbing.as_sent(version.dubbing.asset)
    results = sorted(version.results.all(), key=lambda result: -result.pk)
    provider = providers.label(version.provider)
    may_edit = role in Membership.EDITORS
    why_not = _why_not(version, provider)
    able = providers.capabilities(version.provider).revise
    return VersionPage(
        version=version,
        dubbing=dubbing,
        asset=asset,
        state=_state(version, results),
        step_text=next_steps.of_dubbing(asset, dubbing, version, provider, may_edit=may_edit),
        provider=provider,
        result=results[0] if results else None,
        older=results[1:],
        warnings=[failure_messages.explain_warning(code) for code in results[0].warnings] if results else [],
        has_source=bool(asset.source and asset.source.key),
        has_source_track=_has_cues(asset.source_srt, whole=True, asset=asset),
        has_target_track=_has_cues(dubbing.srt, whole=False, asset=asset),
        may_edit=may_edit,
        may_revise=may_edit and able,
        why_not=why_not,
    )


def _state(version: Version, results: list[Result]) -> status_badges.State:
    """The look of its status; ``results``: newest first."""
    status = "keeping" if _is_being_kept(version) else version.status
    return status_badges.of_dubbing(status, doubtful=bool(results and results[0].warnings))


def _is_being_kept(version: Version) -> bool:
    return version.status == Version.Status.COMPLETED and version.keep != Version.Keep.KEPT


def _why_not(version: Version, provider: str) -> str:
    """Why it cannot go back to editing now; empty if it can."""
    if version.revise_asked_at:
        return gettext("It is already being sent back to editing.")
    if version.status in (Version.Status.PREPARING, Version.Status.GENERATING):
        reason = gettext("%(provider)s is processing it. You can send it back to editing when that is finished.")
        return reason % {"provider": provider}
    if _is_being_kept(version):
        return gettext("Our copy is not saved yet. Sending it back now would delete the only copy.")
    if version.status == Version.Status.READY:
        return gettext("It is already open for editing.")
    return ""


def _has_cues(srt: str, *, whole: bool, asset: Asset) -> bool:
    cues = cues_of(srt)
    return bool(cues) and (whole or not subtitles.nothing_inside(cues, asset.start, asset.end))
