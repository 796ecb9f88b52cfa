"""Record attempts to sign in through the identity provider, for operators. No token is ever stored."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.utils import timezone

from dubbing.models import SignInAttempt

KEPT = timedelta(days=90)
LARGEST_BYTES, MOST_ITEMS, LONGEST = 8_000, 200, 500
# Useless when looking for a reason, and some of them identify a session.
_LEFT_OUT = {"nonce", "at_hash", "c_hash", "s_hash", "jti", "sid", "acr", "rt_hash"}


def record(
    outcome: str,
    address: str,
    *,
    claims: Mapping[str, Any] | None = None,
    user: User | None = None,
    user_id: int | None = None,
    reason: str = "",
    rules: Iterable[str] = (),
) -> SignInAttempt:
    """Record one attempt. `address`: where it came from; `claims`: as the provider sent them."""
    claims = claims or {}
    return SignInAttempt.objects.create(
        outcome=outcome,
        address=address,
        reason=reason.replace("\0", ""),
        user_id=user.pk if user else user_id,
        subject=_short(claims.get("sub", ""), 255),
        issuer=_short(claims.get("iss", ""), 255),
        claims=_kept(claims),
        rules=list(rules)[:MOST_ITEMS],
    )


def forget_old() -> None:
    """Delete attempts older than 90 days."""
    SignInAttempt.objects.filter(at__lt=timezone.now() - KEPT).delete()


def _kept(claims: Mapping[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name, value in list(claims.items())[:MOST_ITEMS]:
        if name in _LEFT_OUT or "token" in name.lower():
            continue
        kept[_short(name, 100)] = _small(value)
        if len(json.dumps(kept)) > LARGEST_BYTES:
            kept[_short(name, 100)] = "(too long to show)"
    return kept


def _small(value: Any) -> Any:
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list):
        return [_small(item) for item in value[:MOST_ITEMS]]
    if isinstance(value, Mapping):
        return {_short(name, 100): _small(item) for name, item in list(value.items())[:MOST_ITEMS]}
    return _short(value, LONGEST)


def _short(value: Any, most: int) -> str:
    return str(value).replace("\0", "")[:most]
