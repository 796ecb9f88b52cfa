"""The sandbox's own P-256 pair, its signatures, and the secret of the result links."""

import base64
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


class Keys:
    """What the sandbox signs with; made on the first start, then kept."""

    def __init__(self, folder: Path) -> None:
        """Load the key pair and the link secret from the state directory, or make them."""
        private = _load_or_make(folder / "signing_key.pem", _new_pem)
        key = serialization.load_pem_private_key(private, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise SystemExit("signing_key.pem does not hold an elliptic curve key")
        self._key = key
        self.link_secret = _load_or_make(folder / "link_secret", lambda: secrets.token_hex(32).encode())
        self.public_pem = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        (folder / "public_key.pem").write_bytes(self.public_pem)

    def sign(self, body: bytes, *, encoding: str = "hex", form: str = "raw", own: bool = True) -> str:
        """Sign raw bytes with ES256 and write the signature in the wanted form; `own=False` uses a stranger's key."""
        key = self._key if own else ec.generate_private_key(ec.SECP256R1())
        signature = key.sign(body, ec.ECDSA(hashes.SHA256()))
        if form == "raw":
            r, s = decode_dss_signature(signature)
            signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
        return _encoded(signature, encoding)


def _encoded(signature: bytes, encoding: str) -> str:
    if encoding == "hex":
        return signature.hex()
    encode = base64.urlsafe_b64encode if encoding == "base64url" else base64.b64encode
    text = encode(signature).decode()
    return text.rstrip("=") if encoding == "base64url" else text


def _load_or_make(path: Path, make: Callable[[], bytes]) -> bytes:
    if not path.exists():
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(make())
        part.replace(path)
    return path.read_bytes()


def _new_pem() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
