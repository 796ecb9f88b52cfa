"""Failure messages: one entry per error code, and a fallback for codes that we do not know.

A message has four parts: what happened, why, what to do, and who can fix it. ``%(provider)s`` stands for the
provider's name; ``explain`` fills it in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Retry(StrEnum):
    """Whether trying again helps."""

    NEW = "new"  # with the same settings
    EDIT = "edit"  # after somebody has changed something
    NONE = "none"  # it does not, or it happens automatically


class Who(StrEnum):
    """Who can fix it."""

    YOU = "you"
    OPS = "ops"
    PROVIDER = "provider"
    NOBODY = "nobody"

    @property
    def label(self) -> str:
        """What people read."""
        return str(_LABELS[self])

    def describe(self, *, may_edit: bool) -> str:
        """The fourth part of the message, for a reader who may edit the asset or only view it."""
        if self == Who.NOBODY:
            return self.label
        editors = self == Who.YOU and not may_edit
        who = gettext("an editor or owner of this project") if editors else self.label
        return gettext("Who can fix it: %(who)s.") % {"who": who}


_LABELS = {
    Who.YOU: _("you"),
    Who.OPS: _("an administrator"),
    Who.PROVIDER: _("the provider"),
    Who.NOBODY: _("No action needed."),
}


@dataclass(frozen=True, slots=True)
class FailureMessage:
    """What people read about one error code."""

    what: StrOrPromise
    why: StrOrPromise
    remedy: StrOrPromise
    who: Who
    retry: Retry = Retry.NONE

    def for_provider(self, provider: str) -> FailureMessage:
        """The message with the provider's name filled in."""
        names = {"provider": provider}
        return replace(self, what=self.what % names, why=self.why % names, remedy=self.remedy % names)


# Codes that providers give for an asset or a version, and our own for a refused request and a missing reason.
_FAILURES = {
    "invalid_input": FailureMessage(
        _("%(provider)s could not use these settings for this video."),
        _("A setting does not match the file: often a trim outside the video, or subtitles of another cut."),
        _("Check the trim, languages and subtitles, then submit the video again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "time_out_of_range": FailureMessage(
        _("The trim is outside the video."),
        _("It starts or ends after the end of the video."),
        _("Set the trim within the length of the video, then submit it again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "unsupported_media": FailureMessage(
        _("%(provider)s cannot read this video."),
        _("The file has no video track that it can decode, whatever the file name says."),
        _("Export the video as MP4 (H.264 and AAC), add the new file, then submit it again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "missing_audio_track": FailureMessage(
        _("This video has no sound."),
        _("The file has no audio track, and dubbing needs the original voices."),
        _("Export the video with its sound, add the new file, then submit it again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "empty_transcript": FailureMessage(
        _("No speech was found."),
        _("There is no speech in this part of the video, or the wrong source language is selected."),
        _("Check the source language and the trim, or add a transcript, then submit the video again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "video_duration_limit_reached": FailureMessage(
        _("The video is longer than our %(provider)s account allows."),
        _("The account limits the length of a video."),
        _("Trim the video, or ask an administrator to have the limit raised, then submit it again."),
        Who.OPS,
        Retry.EDIT,
    ),
    "video_size_limit_reached": FailureMessage(
        _("The file is too large for %(provider)s."),
        _("%(provider)s limits the size of a file."),
        _("Export the video at a lower bit rate, add the new file, then submit it again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "refused": FailureMessage(
        _("%(provider)s refused the request."),
        _("It did not accept something in the request. Nothing was started, and nothing was charged."),
        _("Read the message from %(provider)s below, change what it names, then submit the video again."),
        Who.YOU,
        Retry.EDIT,
    ),
    "version_failed": FailureMessage(
        _("%(provider)s could not dub this language."),
        _("It gave no specific reason."),
        _("Try this language again. If it fails again, contact an administrator."),
        Who.YOU,
        Retry.NEW,
    ),
    "version_generate_failed": FailureMessage(
        _("The final video could not be generated."),
        _("The dubbing is done, but an error occurred at %(provider)s while it put picture and sound together."),
        _("Open the language in the studio and generate it again, or try this language again here."),
        Who.YOU,
        Retry.NEW,
    ),
    "processing_failed": FailureMessage(
        _("%(provider)s could not process this language."),
        _("Its job ended without a video. If it gave a reason, you can read it below."),
        _("Try this language again. If it fails again, try another provider or contact an administrator."),
        Who.YOU,
        Retry.NEW,
    ),
    "placeholder": FailureMessage(
        _("Completed, but the provider returned a placeholder."),
        _("%(provider)s returned the source video without any dubbing. This can happen while a service is in beta."),
        _("Try another provider, or try this language again later. The placeholder was not saved."),
        Who.YOU,
        Retry.NEW,
    ),
    "removed": FailureMessage(
        _("%(provider)s no longer has this version."),
        _("It was removed or replaced at %(provider)s."),
        _("Results that are saved here are not affected. If you still need this language, try it again."),
        Who.YOU,
        Retry.NEW,
    ),
    "failed": FailureMessage(
        _("%(provider)s could not dub this video."),
        _("It gave no reason."),
        _("Try the video again. If it fails again, contact an administrator."),
        Who.YOU,
        Retry.NEW,
    ),
}

# Not failures: reasons to wait, shown next to a status. Most of them end without anybody doing anything.
_WAITS = {
    "hold_key": FailureMessage(
        _("%(provider)s does not accept our API key."),
        _("The key is wrong or has been revoked."),
        _("We send the video automatically once the key works. If the problem continues, contact an administrator."),
        Who.OPS,
    ),
    "hold_account": FailureMessage(
        _("Our %(provider)s account cannot dub right now."),
        _("It has reached a limit, or it does not have permission."),
        _(
            "We send the video automatically once the account is in order. "
            "If the problem continues, contact an administrator."
        ),
        Who.OPS,
    ),
    "hold_throttled": FailureMessage(
        _("%(provider)s asked us to slow down."),
        _("We sent too many requests in a short time."),
        _("We retry automatically in a moment."),
        Who.NOBODY,
    ),
    "hold_down": FailureMessage(
        _("%(provider)s is not responding."),
        _("The service is down, or we cannot reach it."),
        _("We retry automatically every minute."),
        Who.NOBODY,
    ),
    "hold_restored": FailureMessage(
        _("The portal was restored from a backup."),
        _("%(provider)s may already have videos that were sent after the backup."),
        _("We send the video once an administrator has found them. Nothing is sent twice."),
        Who.OPS,
    ),
    "unconfirmed": FailureMessage(
        _("We sent the request, but the answer was lost."),
        _("The connection broke before %(provider)s confirmed that it has the video."),
        _("We find out automatically, within an hour at most. Nothing is sent twice."),
        Who.NOBODY,
    ),
    "needs_person": FailureMessage(
        _("We do not know whether the request was carried out."),
        _("We cannot tell from what %(provider)s shows."),
        _("An administrator has to decide. Until then nothing is sent, so you do not pay twice."),
        Who.OPS,
    ),
    "late": FailureMessage(
        _("This is taking longer than usual."),
        _("%(provider)s has reported neither a result nor an error."),
        _("We keep checking. If it is urgent, contact an administrator."),
        Who.PROVIDER,
    ),
    "stuck": FailureMessage(
        _("This is taking far longer than usual."),
        _("%(provider)s has reported neither a result nor an error."),
        _("An administrator has been told. We keep checking."),
        Who.OPS,
    ),
    "late_unsent": FailureMessage(
        _("This is taking longer than usual."),
        _("%(provider)s has not confirmed that it has the video."),
        _("We retry automatically, and nothing is sent twice. If it is urgent, contact an administrator."),
        Who.OPS,
    ),
    "keep_waiting": FailureMessage(
        _("The result is not saved yet."),
        _("%(provider)s has finished it, but we have not been able to copy it to the portal yet."),
        _("We retry automatically."),
        Who.NOBODY,
    ),
    "keep_stuck": FailureMessage(
        _("The result could not be saved."),
        _("%(provider)s says it is done, but the file we download is missing, damaged or the wrong length."),
        _("We retry every hour. Contact an administrator, who can see the cause."),
        Who.OPS,
    ),
}

_UNKNOWN = FailureMessage(
    _("%(provider)s could not dub this video."),
    _("It gave a reason the portal does not recognize."),
    _("Read the message from %(provider)s below and try again. If it fails again, contact an administrator."),
    Who.YOU,
    Retry.NEW,
)

# Warnings about a result that was kept.
RESULT_WARNINGS = {
    "too_short": _("The result is shorter than the part of the source that was sent. Check its end."),
    "too_long": _("The result is longer than the part of the source that was sent. Check its end."),
}

CODES = frozenset(_FAILURES | _WAITS)


def explain(code: str, provider: str) -> FailureMessage:
    """The message for a code; for an unknown one, a message that refers to the provider's own."""
    message = (_FAILURES | _WAITS).get(code.strip().lower(), _UNKNOWN)
    return message.for_provider(provider)


def explain_warning(code: str) -> str:
    """The sentence for a warning about a result; an unknown code is returned as it is."""
    return str(RESULT_WARNINGS.get(code, code))
