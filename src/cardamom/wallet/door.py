"""The "Add to wallet" buttons of cards and vouchers, where they lead, and the picture of a link to a program."""

from __future__ import annotations

from cardamom.cards.links import LinkMaker
from cardamom.cards.wallet_door import WalletOffer
from cardamom.kit.i18n import current
from cardamom.programs.schemas import Program
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.phones import device_of


class WalletButtons:
    """Answers `cardamom.cards.wallet_door.WalletDoor`."""

    def __init__(self, links: LinkMaker, art: ArtBook) -> None:
        self._links = links
        self._art = art

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

    async def preview_url(self, program: Program, *, shop: str, promise: str) -> str:
        """Written down when a page first names it, drawn when somebody fetches it."""
        spoken = current()
        return await self._art.preview_url(
            program.design,
            program.rules,
            shop=shop,
            promise=promise,
            direction=spoken.direction,
            numbering=spoken.numbering,
        )
