"""What makes two requests the same one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from scrapy.utils.request import RequestFingerprinter

if TYPE_CHECKING:
    from scrapy import Request

IDENTITY = "identity"


class IdentityFingerprinter(RequestFingerprinter):
    """Requests with an `identity` in their meta are the same when it is: a vehicle is its account and reference.

    The address will not do: chunks of the grid share one, and so do reports of the session's current vehicle.
    """

    def fingerprint(self, request: Request) -> bytes:
        identity = request.meta.get(IDENTITY)
        if identity is None:
            return super().fingerprint(request)
        return hashlib.sha1("\0".join(identity).encode(), usedforsecurity=False).digest()
