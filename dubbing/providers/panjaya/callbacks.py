"""Read Panjaya's callbacks, which are signed over their raw bytes. https://docs.panjaya.ai/apis/callbacks"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from django.conf import settings

from dubbing.providers.answers import parsed
from dubbing.providers.base import Delivery, NotGenuine
from dubbing.providers.panjaya import signature


def keys() -> tuple[EllipticCurvePublicKey, ...]:
    """The pinned keys: the published one, unless the settings name others. Raises ``ValueError``."""
    return _loaded(settings.PANJAYA_PUBLIC_KEY or signature.PUBLISHED_KEY)


def read(body: bytes, headers: Mapping[str, str]) -> Delivery:
    """What ``body`` claims.

    Raises ``NotGenuine`` unless exactly these bytes were signed, ``ValueError`` if it is no event.
    """
    if not signature.verify(body, headers.get("X-Signature"), headers.get("X-Signature-Algorithm"), keys()):
        raise NotGenuine("the signature does not match")
    data = parsed(body)
    if not isinstance(data, dict) or not isinstance(data.get("event"), str):
        raise ValueError("the body names no event")
    # An id may be a number: then it is one of ours in another form.
    texts = {name: str(value) for name, value in data.items() if isinstance(value, (str, int))}
    return Delivery(
        event=texts["event"][:40],
        asset_id=texts.get("asset_id", "")[:128],
        version_id=texts.get("version_id", "")[:128],
        named=frozenset(texts.values()),
    )


@lru_cache(maxsize=4)
def _loaded(pem_text_or_path: str) -> tuple[EllipticCurvePublicKey, ...]:
    return signature.load_keys(pem_text_or_path)
