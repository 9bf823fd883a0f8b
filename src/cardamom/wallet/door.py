"""The "Add to wallet" buttons of cards and vouchers: which of them, and where they lead."""

from __future__ import annotations

from cardamom.cards.links import LinkMaker
from cardamom.cards.wallet_door import WalletOffer
from cardamom.wallet.phones import device_of


class WalletButtons:
    """Answers `cardamom.cards.wallet_door.WalletDoor`."""

    def __init__(self, links: LinkMaker) -> None:
        self._links = links

    def offer(self, *, handle: str, path: str, user_agent: str) -> WalletOffer:
        """On a phone its own wallet only; elsewhere each, and an address for the phone's camera."""
        has_apple, has_google = self._links.wallets_of(handle)
        device = device_of(user_agent)
        apple = f"{path}/apple" if has_apple and device != "google" else ""
        google = f"{path}/google" if has_google and device != "apple" else ""
        is_elsewhere = device == "neither" and (apple or google)
        return WalletOffer(
            apple=apple,
            google=google,
            elsewhere=self._links.address(f"{path}/wallet") if is_elsewhere else "",
        )
