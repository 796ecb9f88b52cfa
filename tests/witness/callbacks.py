"""How the witness tells: DER in base64url without padding, the algorithm named only sometimes."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections import Counter
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256


class Caller:
    """Posts events and remembers what they were answered. One try each."""

    def __init__(self, key: EllipticCurvePrivateKey, counts: Counter[str]) -> None:
        self.told: list[tuple[str, int]] = []
        self._key, self._counts = key, counts

    def tell(self, order: dict[str, Any], body: dict[str, Any]) -> None:
        """Deliver a body to the address that the order names, if any."""
        url = order.get("callback_url")
        if not url:
            return
        data = json.dumps(body, indent=1).encode()
        signature = base64.urlsafe_b64encode(self._key.sign(data, ECDSA(SHA256()))).decode().rstrip("=")
        headers = {"Content-Type": "application/json; charset=utf-8", "X-Signature": signature}
        if len(self.told) % 2:
            headers["X-Signature-Algorithm"] = "ES256"
        status = _posted(urllib.request.Request(url, data, headers, method="POST"))
        self.told.append((body["event"], status))
        self._counts["told"] += 1


def _posted(request: urllib.request.Request) -> int:
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0
