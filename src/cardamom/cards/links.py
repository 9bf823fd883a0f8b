"""The address of a customer's page: a capability, separate from the code that is scanned.

The token is the merchant's handle and 24 characters derived from the instance key, the card's id and its epoch. Only
its sha256 is stored, so a copy of the database opens no page; raising the epoch revokes every link given out before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

import msgspec

from cardamom.cards.rotating import RotatingCodes
from cardamom.kit.signing import hash_secret

HANDLE_LENGTH = 8
_SECRET_BYTES = 18
_PURPOSE = b"cardamom.card.page"


#: Asked with a merchant's handle: whether its cards can go into (Apple Wallet, Google Wallet).
WalletsOf = Callable[[str], tuple[bool, bool]]


def no_wallets(_handle: str) -> tuple[bool, bool]:
    """Where no wallet is configured."""
    return False, False


class Links(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a card lives. apple, google: only where wallets are configured."""

    page: str
    apple: str | None = None
    google: str | None = None


class LinkMaker:
    """Derives tokens and addresses with the instance key. rotating: makes the codes that change.

    base_url: asked each time, because without a configured address links follow the request's own.
    wallets_of: asked each time too, because certificates come and go while everything runs.
    """

    def __init__(
        self, secret_key: bytes, base_url: Callable[[], str], *, wallets_of: WalletsOf = no_wallets
    ) -> None:
        self._key = hmac.digest(secret_key, _PURPOSE, "sha256")
        self._base_url = base_url
        self.wallets_of = wallets_of
        self.rotating = RotatingCodes(secret_key)

    def token(self, handle: str, card_id: str, epoch: int) -> str:
        """The secret part of the page's address."""
        digest = hmac.digest(self._key, f"{card_id}|{epoch}".encode(), hashlib.sha256)
        return handle + base64.urlsafe_b64encode(digest[:_SECRET_BYTES]).decode()

    def links(self, handle: str, card_id: str, epoch: int) -> Links:
        """The addresses of a card."""
        page = f"{self._base_url()}/c/{self.token(handle, card_id, epoch)}"
        has_apple, has_google = self.wallets_of(handle)
        return Links(
            page=page,
            apple=f"{page}/apple" if has_apple else None,
            google=f"{page}/google" if has_google else None,
        )

    def address(self, path: str) -> str:
        """The whole address of something here. path: begins with a slash."""
        return f"{self._base_url()}{path}"

    def join_url(self, slug: str) -> str:
        """Where the QR on the counter leads."""
        return f"{self._base_url()}/j/{slug}"

    def token_hash(self, handle: str, card_id: str, epoch: int) -> bytes:
        """What is stored of a token."""
        return hash_secret(self.token(handle, card_id, epoch))


def split_token(token: str) -> tuple[str, bytes] | None:
    """(handle of the merchant, sha256 of the token), or None for what cannot be a token."""
    if not (HANDLE_LENGTH < len(token) <= 64 and token.isascii()):
        return None
    return token[:HANDLE_LENGTH], hash_secret(token)
