"""Whether a callback really comes from a provider, under the keys pinned in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from django.conf import settings

from .panjaya import signature


def signature_keys() -> tuple[EllipticCurvePublicKey, ...]:
    """The pinned public keys. Raises ``ValueError`` that says what is wrong with the setting."""
    return _loaded(settings.PANJAYA_PUBLIC_KEY or signature.PUBLISHED_KEY)


def verify_callback(provider: str, body: bytes, headers: Mapping[str, str]) -> bool:
    """Whether these exact bytes were signed by ``provider``. Fails closed: an unknown provider is never believed."""
    if provider != "panjaya":
        return False
    return signature.verify(body, headers.get("X-Signature"), headers.get("X-Signature-Algorithm"), signature_keys())


@lru_cache(maxsize=4)
def _loaded(pem_text_or_path: str) -> tuple[EllipticCurvePublicKey, ...]:
    return signature.load_keys(pem_text_or_path)
