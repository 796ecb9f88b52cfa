"""Everything that can go wrong with a dub, in words for people: one entry per code, and a good one for the rest.

An entry answers four questions: what happened, why, what to do, who can. ``{provider}`` stands for the provider's name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


class Again(StrEnum):
    """Whether trying again helps."""

    NEW = "new"  # the same once more
    EDIT = "edit"  # after a person has changed something
    NONE = "none"  # not at all, or it happens by itself


class Who(StrEnum):
    """Who can do something about it."""

    YOU = "you"
    OPS = "the people who run the portal"
    PROVIDER = "the provider"
    NOBODY = "No action needed: it goes on by itself"

    def said_to(self, *, may_edit: bool) -> str:
        """The sentence about it, for a reader who may change the asset or only look at it."""
        if self == Who.NOBODY:
            return f"{self.value}."
        whom = "an editor or owner of this project" if self == Who.YOU and not may_edit else self.value
        return f"Who can fix it: {whom}."


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that can go wrong."""

    what: str
    why: str
    remedy: str
    who: Who
    again: Again = Again.NONE

    def about(self, provider: str) -> Entry:
        """The same, with the provider's name in it."""
        texts = {name: getattr(self, name).replace("{provider}", provider) for name in ("what", "why", "remedy")}
        return replace(self, **texts)


# What {provider} says about an asset or a version, and our own words for a refused request and a missing reason.
_FAILURES = {
    "invalid_input": Entry(
        "{provider} could not use these settings for this video.",
        "Something in them does not fit the file: most often a trim outside the film, or subtitles of another cut.",
        "Check trim, languages and subtitles, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "time_out_of_range": Entry(
        "The trim lies outside the video.",
        "Its start or its end is later than the film lasts.",
        "Set the trim inside the film, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "unsupported_media": Entry(
        "{provider} cannot read this video.",
        "It found no picture that it can decode, whatever the name of the file says.",
        "Export the video as MP4 (H.264 and AAC), bring that file, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "missing_audio_track": Entry(
        "This video has no sound.",
        "Dubbing starts from the voices of the original, and there is no audio track.",
        "Export the video again with its sound, bring that file, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "empty_transcript": Entry(
        "No speech was found.",
        "Nobody speaks in this part of the film, or the source language is not the one that was chosen.",
        "Check the source language and the trim, or give the source's transcript, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "video_duration_limit_reached": Entry(
        "The video is longer than our account at {provider} allows.",
        "The account has a limit on the length of a video.",
        "Trim it, or have the limit raised before it is sent again.",
        Who.OPS,
        Again.EDIT,
    ),
    "video_size_limit_reached": Entry(
        "The file is larger than {provider} takes.",
        "There is a limit on the size of a file.",
        "Export it with a lower bit rate, bring that file, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "refused": Entry(
        "{provider} refused the request.",
        "It read what we asked and said no. Nothing was made and nothing is paid.",
        "Read {provider}'s words below, change what they name, and send it again.",
        Who.YOU,
        Again.EDIT,
    ),
    "version_failed": Entry(
        "{provider} could not dub this language.",
        "It gave no reason that we know.",
        "Try this language again. If it fails again, tell the people who run the portal.",
        Who.YOU,
        Again.NEW,
    ),
    "version_generate_failed": Entry(
        "The dub is there, but its final video could not be made.",
        "Making the picture or the sound broke at {provider}.",
        "Open it in the studio and have it generated once more, or try this language again.",
        Who.YOU,
        Again.NEW,
    ),
    "processing_failed": Entry(
        "{provider} could not process this language.",
        "Its job ended without a video; its own words, if it gave any, are below.",
        "Send this language again. If it fails again, try another provider, or tell the people who run the portal.",
        Who.YOU,
        Again.NEW,
    ),
    "placeholder": Entry(
        "Completed, but the provider returned a placeholder.",
        "What {provider} gave back is the source itself: nobody dubbed it. A service in its beta may answer so.",
        "Try it with another provider, or send this language again later. The placeholder is not kept.",
        Who.YOU,
        Again.NEW,
    ),
    "removed": Entry(
        "{provider} does not have this version any more.",
        "Somebody removed or replaced it in the provider's own pages.",
        "Nothing that is kept here is lost. Send this language again if you still need it.",
        Who.YOU,
        Again.NEW,
    ),
    "failed": Entry(
        "{provider} could not dub this video.",
        "It gave no reason.",
        "Try it again. If it fails again, tell the people who run the portal.",
        Who.YOU,
        Again.NEW,
    ),
}

# Not failures: things that wait. They stand beside a state, and mostly mend themselves.
_WAITS = {
    "hold_key": Entry(
        "{provider} does not accept our key.",
        "The portal's API key is wrong or was withdrawn.",
        "It goes out by itself once the key is right. Tell the people who run the portal if it lasts.",
        Who.OPS,
    ),
    "hold_account": Entry(
        "Our account at {provider} may not do this now.",
        "It has reached a limit, or it is not allowed to dub.",
        "It goes out by itself once the account is in order. Tell the people who run the portal if it lasts.",
        Who.OPS,
    ),
    "hold_throttled": Entry(
        "{provider} asked us to slow down.",
        "Many requests went out at once.",
        "Nothing to do: it goes out by itself in a moment.",
        Who.NOBODY,
    ),
    "hold_down": Entry(
        "{provider} does not answer.",
        "Its service, or the way there, is down.",
        "Nothing to do: we try every minute, and it goes out by itself.",
        Who.NOBODY,
    ),
    "unconfirmed": Entry(
        "We asked, and the answer got lost.",
        "The connection broke before {provider} said whether it has the video.",
        "Nothing to do: we find out by ourselves, and nothing is sent twice. That can take up to an hour.",
        Who.NOBODY,
    ),
    "needs_person": Entry(
        "It is not clear what became of the request.",
        "What {provider} shows does not tell us whether it was carried out.",
        "The people who run the portal have to decide. Until then nothing is sent, so nothing is paid twice.",
        Who.OPS,
    ),
    "late": Entry(
        "This takes longer than usual.",
        "{provider} has not said that it failed; it has not said that it is done either.",
        "We keep looking. If it is urgent, tell the people who run the portal.",
        Who.PROVIDER,
    ),
    "late_unsent": Entry(
        "This takes longer than usual.",
        "{provider} has not confirmed that it has the video.",
        "We keep trying, and nothing is sent twice. If it is urgent, tell the people who run the portal.",
        Who.OPS,
    ),
    "keep_waiting": Entry(
        "The result is not saved yet.",
        "{provider} has made it, and copying it to the portal has not worked so far.",
        "Nothing to do: we try again by ourselves.",
        Who.NOBODY,
    ),
    "keep_stuck": Entry(
        "The result could not be saved.",
        "{provider} calls it done, but what we download is missing, damaged or of the wrong length.",
        "We try every hour. Tell the people who run the portal, who can see why.",
        Who.OPS,
    ),
}

_UNKNOWN = Entry(
    "{provider} could not dub this.",
    "It gave a reason that we have no words for yet.",
    "Read {provider}'s words below. Try it again, and if it fails again tell the people who run the portal.",
    Who.YOU,
    Again.NEW,
)

# What a kept result is warned about.
RESULT_WARNINGS = {
    "too_short": "The result is shorter than the part of the source that was sent. Check its end.",
    "too_long": "The result is longer than the part of the source that was sent. Check its end.",
}

CODES = frozenset(_FAILURES | _WAITS)


def explain(code: str, provider: str) -> Entry:
    """The entry of a code, about this provider; for an unknown one, an entry that points at the provider's words."""
    entry = (_FAILURES | _WAITS).get(code.strip().lower(), _UNKNOWN)
    return entry.about(provider)
