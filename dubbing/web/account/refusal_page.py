"""The page for somebody who could not sign in through the identity provider."""

from __future__ import annotations

import logging

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from dubbing.sign_in import attempts
from dubbing.sign_in.refusals import SignInRefused
from portal.addresses import client_address

log = logging.getLogger(__name__)


def refused(request: HttpRequest, refusal: SignInRefused) -> HttpResponse:
    """Say what happened and what to do, and record the reason for operators."""
    attempt = attempts.record(
        refusal.outcome,
        client_address(request),
        claims=refusal.claims,
        user_id=refusal.user_id,
        reason=refusal.reason,
        rules=refusal.rules,
    )
    log.warning("sign-in attempt %s was refused (%s): %s", attempt.pk, refusal.outcome, refusal.reason)
    context = {"explanation": refusal.explanation, "attempt": attempt}
    return render(request, "account/sso_refused.html", context, status=403)
