"""Verify the signature of a Panjaya callback: ES256 over the raw body, in any encoding used for ES256.

The page says ES256 but not how the header is written, so hex and base64, raw ``r||s`` and DER are all accepted. That is
safe: each still needs a valid signature under a key of ours. https://docs.panjaya.ai/apis/callbacks
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

PUBLISHED_KEY = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEZbUzbbuVyzSv7zVmH6rKypr6ojSS
/86W9dU6mwbdfAtUAx+QI7GNxl/4H1QV2BuBrysabh56O/YXhnFJMh7Lng==
-----END PUBLIC KEY-----
"""
"""The key on Panjaya's page. All of its customers share it, so it proves who called, but not for whom."""

ALGORITHM = "ES256"
LONGEST = 256
_HEX = re.compile(r"([0-9A-Fa-f]{2})+")
_BASE64 = re.compile(r"([A-Za-z0-9+/]+|[A-Za-z0-9_-]+)(={0,2})")
_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)


def load_keys(pem_text_or_path: str) -> tuple[EllipticCurvePublicKey, ...]:
    """The P-256 keys in a PEM text (newlines may be written ``\\n``) or in a file: several during a rotation.

    Raises ``ValueError`` saying what is wrong.
    """
    text = pem_text_or_path if "-----BEGIN" in pem_text_or_path else _contents(pem_text_or_path.strip())
    blocks = list(_BLOCK.finditer(text.replace("\\n", "\n")))
    if not blocks:
        raise ValueError("it contains no PEM public key (-----BEGIN PUBLIC KEY----- ...)")
    return tuple(_key(block[1], block[0]) for block in blocks)


def verify(body: bytes, signature: str | None, algorithm: str | None, keys: Iterable[EllipticCurvePublicKey]) -> bool:
    """Whether ``signature`` (X-Signature) over the raw ``body`` is from one of ``keys``. Never raises.

    ``algorithm`` (X-Signature-Algorithm) may be missing, but must be ES256 if it is there.
    """
    if algorithm not in (None, ALGORITHM):
        return False
    der = _der(_decoded(signature or ""))
    return der is not None and any(_matches(key, der, body) for key in keys)


def _contents(path: str) -> str:
    if not path:
        raise ValueError("no public key is set")
    try:
        return Path(path).read_text("ascii")
    except (OSError, ValueError) as error:
        raise ValueError(f"neither PEM text nor a readable file: {type(error).__name__}") from None


def _key(kind: str, pem: str) -> EllipticCurvePublicKey:
    if kind != "PUBLIC KEY":
        raise ValueError(f"it must be a public key, not a {kind.lower()}")
    try:
        key = load_pem_public_key(pem.encode("ascii"))
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ValueError(f"the PEM public key cannot be read: {error}") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("the public key is not on the curve P-256, which ES256 needs")
    return key


def _decoded(text: str) -> bytes | None:
    if not text or len(text) > LONGEST:
        return None
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    match = _BASE64.fullmatch(text)
    if not match or (match[2] and len(text) % 4):
        return None
    return _from_base64(match[1].replace("-", "+").replace("_", "/"))


def _from_base64(digits: str) -> bytes | None:
    """Strict: one spelling only, so no bits left over at the end."""
    try:
        decoded = base64.b64decode(digits + "=" * (-len(digits) % 4), validate=True)
    except binascii.Error:
        return None
    return decoded if base64.b64encode(decoded).decode().rstrip("=") == digits else None


def _der(signature: bytes | None) -> bytes | None:
    if signature is None:
        return None
    if len(signature) == 64:
        return encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    try:
        strict = encode_dss_signature(*decode_dss_signature(signature))
    except ValueError:
        return None
    return signature if signature == strict else None


def _matches(key: EllipticCurvePublicKey, der: bytes, body: bytes) -> bool:
    try:
        key.verify(der, body, ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return True
