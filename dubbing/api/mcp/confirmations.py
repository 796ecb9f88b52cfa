"""Confirmations: a quote hands one out, and a paid tool sends nothing but what was quoted.

A confirmation is signed and names the token, the request and its fingerprint. So it is of no use for another token,
another video, or after the video or the minutes changed.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import astuple, dataclass
from datetime import timedelta
from typing import Any

from django.core import signing

from dubbing.api.caller import Caller
from dubbing.api.idempotency import answer_once
from dubbing.api.paid import PaidRequest
from dubbing.api.problems import Problem
from dubbing.api.schemas import Submitted

VALID = timedelta(minutes=15)
_SIGNER = signing.Signer(salt=__name__)
_AGAIN = "Call get_quote, show the quote to the person you work for, and pass on its confirmation."


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What was quoted to whom. ``until``: seconds since 1970."""

    token: int
    tool: str
    asset: int
    fingerprint: str
    until: int

    def __str__(self) -> str:
        return _SIGNER.sign_object(astuple(self), compress=True)

    def check(self, paid: PaidRequest) -> None:
        """Raise Problem if it has expired, or is for something else than would be sent now."""
        if time.time() > self.until:
            raise Problem("not-confirmed", f"The confirmation has expired. {_AGAIN}")
        if self.fingerprint != paid.fingerprint():
            raise Problem("not-confirmed", f"The video or what it uses changed since the quote. {_AGAIN}")


def of_request(paid: PaidRequest, called: Caller, tool: str) -> Confirmation:
    """The confirmation that ``tool`` needs to send exactly this."""
    until = int(time.time() + VALID.total_seconds())
    return Confirmation(called.token.pk, tool, paid.asset.pk, paid.fingerprint(), until)


def read(text: str, called: Caller, tool: str, asset: int) -> Confirmation:
    """The confirmation with this text. Raises Problem if it is not for this token, tool and video."""
    try:
        confirmation = Confirmation(*_SIGNER.unsign_object(text))
    except signing.BadSignature:
        raise Problem("not-confirmed", f"The confirmation is not one of this portal. {_AGAIN}") from None
    if (confirmation.token, confirmation.tool, confirmation.asset) != (called.token.pk, tool, asset):
        raise Problem("not-confirmed", f"The confirmation is for another token, tool or video. {_AGAIN}")
    return confirmation


def send_once(text: str, called: Caller, tool: str, paid: PaidRequest) -> dict[str, Any]:
    """Send what was confirmed, once: the same confirmation has the same answer for days, also after it has expired."""
    confirmation = read(text, called, tool, paid.asset.pk)

    def perform() -> Submitted:
        confirmation.check(paid)
        return paid.send()

    digest = hashlib.sha256(str(confirmation).encode()).hexdigest()
    return answer_once(called, f"confirmation:{digest}", digest, perform)[0]
