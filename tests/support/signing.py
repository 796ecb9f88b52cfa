"""Callbacks signed as the provider would, under a key that a test pins."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.http import HttpResponse
from django.test import Client


@dataclass(frozen=True)
class Signer:
    """Whoever holds a P-256 key."""

    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))

    @property
    def public_pem(self) -> str:
        """What the portal has to pin."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, body: bytes) -> str:
        """Hex of raw r||s."""
        r, s = decode_dss_signature(self.key.sign(body, ECDSA(SHA256())))
        return (r.to_bytes(32) + s.to_bytes(32)).hex()

    def post(self, token: str, told: Any, **more: Any) -> HttpResponse:
        """Deliver a body to a callback address. ``signature`` and ``headers`` override the right ones."""
        body = told if isinstance(told, bytes) else json.dumps(told).encode()
        headers = {"X-Signature": more.pop("signature", None) or self.sign(body), "X-Signature-Algorithm": "ES256"}
        headers |= more.pop("headers", {})
        sent = {name: value for name, value in headers.items() if value != "-"}
        return Client(enforce_csrf_checks=True).post(  # type: ignore[return-value]
            f"/callbacks/panjaya/{token}/", body, content_type="application/json", headers=sent, **more
        )
