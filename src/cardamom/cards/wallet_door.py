"""What the pages of a card need to know of wallets, which stand above and are handed in."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

import msgspec

from cardamom.programs.schemas import Program


class WalletOffer(msgspec.Struct, frozen=True, kw_only=True):
    """The wallets that a page offers to the device in hand. "" is not offered.

    apple, google: where the pass is added. elsewhere: the address for a phone's camera, on what is no phone.
    """

    apple: str = ""
    google: str = ""
    elsewhere: str = ""

    def __bool__(self) -> bool:
        return bool(self.apple or self.google)


@runtime_checkable
class WalletDoor(Protocol):
    """Answered by the package of the wallets."""

    def offer(self, *, handle: str, path: str, user_agent: str) -> WalletOffer:
        """The wallets for a card or voucher whose page lies at `path` ("/c/…"), the right ones for this device."""
        ...

    async def preview_url(self, program: Program, *, shop: str, promise: str) -> str:
        """The picture that a link to a program shows elsewhere, in the language in force: 1200 by 630 pixels.

        shop: its name. promise: what one gets there, as a sentence.
        """
        ...
