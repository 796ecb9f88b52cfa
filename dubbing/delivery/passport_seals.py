"""Seal the content of a passport: a canonical form, its SHA-256, and an Ed25519 signature that anybody can verify."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

ALGORITHM = "Ed25519"
_KEY_BYTES = 32
_PURPOSE = b"dubbing-portal passports 1"


@dataclass(frozen=True, slots=True)
class Seal:
    """The signature of a content, and its key."""

    public_key: str
    signature: str


def canonical(content: Any) -> bytes:
    """The canonical form: UTF-8, names sorted, no spaces, whole numbers without a point."""
    return json.dumps(_plain(content), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal(content: Any) -> Seal:
    """Sign the content with the portal's key."""
    written, key = canonical(content), _private_key()
    return Seal(public_key(), _text(key.sign(written)))


def public_key() -> str:
    """The key with which the portal's signatures are verified."""
    return _text(_private_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))


def is_signed(content: Any, signature: str, key: str) -> bool:
    """Whether the holder of this public key signed exactly this content."""
    try:
        Ed25519PublicKey.from_public_bytes(_bytes(key)).verify(_bytes(signature), canonical(content))
    except (InvalidSignature, ValueError, TypeError):
        return False
    # Several base64 texts decode to the same bytes.
    return _text(_bytes(signature)) == signature


def is_key(text: str) -> bool:
    """Whether the text is a key of the right length, in base64."""
    try:
        return len(_bytes(text)) == _KEY_BYTES
    except ValueError:
        return False


def _private_key() -> Ed25519PrivateKey:
    """The configured key; else one derived from SECRET_KEY, which changes with it."""
    if settings.PASSPORT_KEY:
        return Ed25519PrivateKey.from_private_bytes(_bytes(settings.PASSPORT_KEY))
    derive = HKDF(algorithm=hashes.SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE)
    return Ed25519PrivateKey.from_private_bytes(derive.derive(settings.SECRET_KEY.encode()))


def _plain(value: Any) -> Any:
    """The value with numbers as every program writes them."""
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, float):
        rounded = round(value, 6)
        return int(rounded) if rounded.is_integer() else rounded
    return value


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
