"""What guests say by a share link, and what they read."""

from __future__ import annotations

from django.utils.translation import gettext

from dubbing.accounts.attempt_limits import Limit
from dubbing.models import Comment, Dubbing, Result, ShareLink
from dubbing.platform import formatting
from dubbing.platform.errors import NotPossible
from dubbing.review import comments, exports
from dubbing.review.comments import NewComment

PACE = Limit("comments by a share link", 30, 60 * 60)
MOST = 300
"""Comments by one link: guests cannot use up what a language may have."""
LONGEST_NAME = Comment._meta.get_field("guest").max_length or 80


def readable(dubbing: Dubbing) -> list[Comment]:
    """Those marked for people outside, by their moment, each followed by its replies."""
    return exports.ordered(exports.chosen(dubbing, outside=True))


def add(link: ShareLink, result: Result, *, name: str, text: str, start: float | None, address: str) -> Comment:
    """Say something as a guest of this name. ``start``: a second of the result. Raises NotPossible."""
    guest = formatting.one_line(name)
    if not guest:
        raise NotPossible(gettext("Enter your name, so that the team knows who is commenting."))
    if len(guest) > LONGEST_NAME:
        raise NotPossible(gettext("Shorten your name."))
    if link.comments.count() >= MOST:
        raise NotPossible(gettext("This link has reached its limit of comments. Ask for a new link."))
    if PACE.count(f"{link.pk} {address}"):
        raise NotPossible(gettext("You have written too many comments in the last hour. Try again later."))
    return comments.add_of_guest(link, guest, NewComment(text, start=start), result=result)
