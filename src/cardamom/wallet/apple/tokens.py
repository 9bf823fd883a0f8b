"""The token that a pass carries and a phone shows when it asks about that pass (PassKit web service, authorization).

It is derived from the instance's key, the serial number and the epoch of the card's link, so nothing is stored for it
and a copy of the database answers for no pass. A renewed link begins an epoch, with a pass and a token of its own; the
token of an earlier epoch stays good for the earlier pass, because what is in a pass that somebody installed can never
be changed, and that pass has yet to learn that it is void.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from typing import Final

#: 192 bits, 32 characters. Apple asks for 16 characters at least (`authenticationToken`).
_BYTES: Final = 24
_PURPOSE: Final = b"cardamom.wallet.apple.pass"

#: The scheme is case-insensitive (RFC 9110, section 11.1). A very long header is not looked into.
_HEADER = re.compile(r"ApplePass +([A-Za-z0-9_-]{16,128}) *", re.IGNORECASE)


class PassTokens:
    """Makes and compares tokens with the instance's key."""

    def __init__(self, secret_key: bytes) -> None:
        self._key = hmac.digest(secret_key, _PURPOSE, "sha256")

    def token(self, serial: str, epoch: int) -> str:
        """What `authenticationToken` of a pass says, from its first installation on."""
        digest = hmac.digest(self._key, f"{serial}|{epoch}".encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest[:_BYTES]).decode()

    def is_valid(self, shown: str, serial: str, epoch: int) -> bool:
        """Compared in constant time."""
        return hmac.compare_digest(shown.encode(), self.token(serial, epoch).encode())


def shown_token(authorization: str | None) -> str | None:
    """The token in an Authorization header; None for a header that is missing, malformed or of another scheme."""
    found = None if authorization is None else _HEADER.fullmatch(authorization)
    return None if found is None else found[1]
