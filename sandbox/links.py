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
        return f"{path}?{self.query(path, expires)}"

    def query(self, subject: str, expires: float) -> str:
        """The query of a link: the signature covers whatever the subject says."""
        return f"expires={int(expires)}&signature={self._signature(subject, str(int(expires)))}"

    def valid(self, subject: str, expires: str, signature: str, now: float) -> bool:
        """Tell whether a link is ours and still alive."""
        return self.genuine(subject, expires, signature) and expires.isdecimal() and now < int(expires)

    def genuine(self, subject: str, expires: str, signature: str) -> bool:
        """Tell whether a link is ours, dead or alive."""
        return hmac.compare_digest(self._signature(subject, expires).encode(), signature.encode())

    def _signature(self, subject: str, expires: str) -> str:
        return hmac.new(self._secret, f"{subject}\n{expires}".encode(), hashlib.sha256).hexdigest()
