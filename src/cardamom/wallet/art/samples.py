"""What a card under the designer's hand will look like in wallets. Nothing is kept of a draft."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Final, Literal

from cardamom.kit.i18n import current
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design
from cardamom.programs.showcase import PassPicture
from cardamom.wallet.art.book import ArtBook
from cardamom.wallet.art.drawing import Order, stamps_of

#: Sharp on a laptop, and small enough to be sent with the page.
_STRIP_SCALE: Final = 2


def sampler(book: ArtBook) -> Callable[[Design, Rules, int], Awaitable[list[PassPicture]]]:
    """Draws a design with some stamps on it, in the direction and digits of the language in force."""

    async def sample(design: Design, rules: Rules, balance: int) -> list[PassPicture]:
        chosen = current()
        stamps = stamps_of(design, rules, direction=chosen.direction, numbering=chosen.numbering)
        strip = Order(kind="strip", balance=balance, scale=_STRIP_SCALE)
        hero = Order(kind="hero", balance=balance)
        uploads = await book.store.uploads(stamps)
        on_apple, on_google = await book.studio.drawn(stamps, [strip, hero], uploads)
        return [_picture("apple", strip, on_apple), _picture("google", hero, on_google)]

    return sample


def _picture(wallet: Literal["apple", "google"], order: Order, content: bytes) -> PassPicture:
    width, height = order.size
    inline = f"data:image/png;base64,{base64.b64encode(content).decode('ascii')}"
    return PassPicture(wallet=wallet, source=inline, width=width, height=height)
