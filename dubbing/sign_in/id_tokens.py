"""Check an ID token as OpenID Connect Core 3.1.3.7 requires, signature included, wherever it came from."""

from __future__ import annotations

from collections.abc import Mapping
from hmac import compare_digest
from typing import Any

import jwt

from dubbing.models import SignInAttempt
from dubbing.sign_in.refusals import SignInRefused

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signature algorithms with a public key; "none" and shared secrets are left out."""
LEEWAY_SECONDS = 60
Outcome = SignInAttempt.Outcome


def verify(token: str, keys: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str) -> dict[str, Any]:
    """The claims of `token`. `keys`: the provider's JSON Web Key Set. Raises SignInRefused."""
    unverified = _unverified(token)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            _key(token, keys),
            algorithms=list(ALGORITHMS),
            audience=client_id,
            issuer=issuer,
            leeway=LEEWAY_SECONDS,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.ExpiredSignatureError as problem:
        raise SignInRefused(Outcome.EXPIRED, _REASONS[Outcome.EXPIRED], unverified) from problem
    except jwt.InvalidIssuerError as problem:
        reason = f"The ID token names the issuer {unverified.get('iss')!r}; the provider calls itself {issuer!r}."
        raise SignInRefused(Outcome.WRONG_ISSUER, reason, unverified) from problem
    except jwt.InvalidAudienceError as problem:
        reason = f"The ID token is for {unverified.get('aud')!r}; OIDC_CLIENT_ID is {client_id!r}."
        raise SignInRefused(Outcome.OTHER_CLIENT, reason, unverified) from problem
    except jwt.PyJWTError as problem:
        raise SignInRefused(Outcome.UNSIGNED, f"The ID token cannot be trusted: {problem}.", unverified) from problem
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != client_id:
        reason = f"The ID token is for several programs and was given to {claims.get('azp')!r}, not to this portal."
        raise SignInRefused(Outcome.OTHER_CLIENT, reason, claims)
    if not compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise SignInRefused(Outcome.NONCE, _REASONS[Outcome.NONCE], claims)
    return claims


_REASONS = {
    Outcome.EXPIRED: "The ID token has expired. Check the clocks of this machine and of the provider.",
    Outcome.NONCE: "The ID token has another nonce than this sign-in: it was made for an earlier one, or replayed.",
}


def _key(token: str, keys: Mapping[str, Any]) -> Any:
    header = jwt.get_unverified_header(token)
    if header.get("alg") not in ALGORITHMS:
        raise jwt.InvalidAlgorithmError(f"its algorithm is {header.get('alg')!r}")
    usable = [key for key in jwt.PyJWKSet.from_dict(dict(keys)).keys if key.public_key_use in {None, "sig"}]
    named = [key for key in usable if key.key_id == header.get("kid")]
    found = named or (usable if "kid" not in header and len(usable) == 1 else [])
    if not found:
        raise jwt.InvalidKeyError("the provider publishes no key with the ID that it names")
    return found[0]


def _unverified(token: str) -> dict[str, Any]:
    """The content of an unverified token, for operators only."""
    try:
        claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return {}
    return claims
