"""The anti-forgery value of a browser's own pages."""

import hashlib
import hmac
import secrets

NONCE_LENGTH = 16


class Forgery:
    """Makes the values that belong to a browser's cookie, and knows them again."""

    def __init__(self, *, per_page: bool) -> None:
        self.per_page = per_page
        self.secret = secrets.token_bytes(16)

    def value(self, cookie: str) -> str:
        """Return a value for this cookie: always the same one, or another each time."""
        nonce = secrets.token_hex(NONCE_LENGTH // 2) if self.per_page else ""
        return nonce + self._sign(cookie, nonce)

    def is_right(self, cookie: str, value: str) -> bool:
        """Tell whether the value was given to this cookie."""
        nonce = value[:NONCE_LENGTH] if self.per_page else ""
        return hmac.compare_digest(value.encode(), (nonce + self._sign(cookie, nonce)).encode())

    def _sign(self, cookie: str, nonce: str) -> str:
        return hmac.new(self.secret, f"{cookie} {nonce}".encode(), hashlib.sha256).hexdigest()
