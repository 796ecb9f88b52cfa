"""What a provider's callback claims, and whether it is genuine: one reader for each provider that sends any."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from dubbing.providers import modelslab, panjaya
from dubbing.providers.base import Delivery, NotGenuine

_READERS = {"panjaya": panjaya.callbacks.read, "modelslab": modelslab.callbacks.read}
_CONCERNS = {"modelslab": modelslab.callbacks.concerns}


def signature_keys() -> tuple[EllipticCurvePublicKey, ...]:
    """The pinned public keys. Raises ``ValueError`` that says what is wrong with the setting."""
    return panjaya.callbacks.keys()


def read(provider: str, body: bytes, headers: Mapping[str, str]) -> Delivery:
    """What the body claims. Raises ``NotGenuine``, above all for a provider that sends none, and ``ValueError``."""
    if provider not in _READERS:
        raise NotGenuine("this provider sends no callbacks")
    return _READERS[provider](body, headers)


def concerns(provider: str, delivery: Delivery, remote_id: str) -> bool:
    """Whether the delivery can be about the asset or job ``remote_id``. One that names none can."""
    if provider in _CONCERNS:
        return _CONCERNS[provider](delivery, remote_id)
    return delivery.asset_id in ("", remote_id)
