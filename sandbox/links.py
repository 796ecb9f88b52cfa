"""Result links: signed with an HMAC, valid for a while, no key needed."""

import hashlib
import hmac


class Links:
    """Makes and checks the query string of result links."""

    def __init__(self, secret: bytes) -> None:
        """Keep the secret."""
        self._secret = secret

    def path(self, version_id: str, round_: int, expires: float) -> str:
        """The path and query of a link that works until `expires` on the sandbox clock."""
        path = f"/results/{version_id}/{round_}.mp4"
        return f"{path}?expires={int(expires)}&signature={self._signature(path, str(int(expires)))}"

    def valid(self, path: str, expires: str, signature: str, now: float) -> bool:
        """Tell whether a link is ours and still alive."""
        good = hmac.compare_digest(self._signature(path, expires).encode(), signature.encode())
        return good and expires.isdecimal() and now < int(expires)

    def _signature(self, path: str, expires: str) -> str:
        return hmac.new(self._secret, f"{path}\n{expires}".encode(), hashlib.sha256).hexdigest()
