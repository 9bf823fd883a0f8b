"""All pictures of passes, by the card or the voucher that they belong to: as files for Apple, as addresses for Google.

Whoever builds a pass asks here and nowhere else, so that the strip in one wallet and the hero in the other show the
same stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

import msgspec

from cardamom.db.database import Database
from cardamom.kit.digits import Numbering
from cardamom.kit.languages import Direction
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design
from cardamom.wallet.art.drawing import (
    FORMATS,
    Drawing,
    Kind,
    Order,
    Preview,
    Stamps,
    gift_of,
    path_of,
    sign_of,
    stamps_of,
)
from cardamom.wallet.art.store import DrawingStore
from cardamom.wallet.art.studio import Studio
from cardamom.wallet.face import CardFace, VoucherFace, Wording

#: Apple's name of each picture in a bundle.
_CARD_FILES: Final[dict[Kind, str]] = {"strip": "strip", "background": "background"}
_SIGN_FILES: Final[dict[Kind, str]] = {"icon": "icon", "logo": "logo"}
#: A poster's own, which only cards are.
_POSTER_FILES: Final[dict[Kind, str]] = {**_SIGN_FILES, "primary-logo": "primaryLogo"}
_VOUCHER_FILES: Final[dict[Kind, str]] = {"gift-strip": "strip"}

#: So much of a card is filled where it is shown as an example.
_SHOWN_SHARE: Final = 0.4


class CardAddresses(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses of pictures for Google; each is answered for ever. hero: the stamps as they are now."""

    logo: str
    wide_logo: str
    hero: str


class VoucherAddresses(msgspec.Struct, frozen=True, kw_only=True):
    logo: str
    hero: str


class ArtBook:
    """Every address it gives was written down before: it can be drawn by any process, now and later.

    address: makes the whole address of a path (`LinkMaker.address`).
    """

    def __init__(
        self, database: Database, *, address: Callable[[str], str], studio: Studio | None = None
    ) -> None:
        self.store = DrawingStore(database)
        self.studio = studio or Studio()
        self._address = address

    def close(self) -> None:
        """Let the drawing thread end."""
        self.studio.close()

    async def pass_images(self, face: CardFace) -> dict[str, bytes]:
        """The pictures of a card's Apple bundle by file name: icon, logo, primaryLogo, strip, background.

        Languages that need other stamps than the pass's own (another direction, other digits) have theirs in
        `<language>.lproj/`, in the densities that phones have. While a picture is remembered it is the same bytes
        object, so that what is computed of it (CRC, SHA-1) can be remembered with it.
        """
        files = await self._files(sign_of(face.design), _POSTER_FILES, 0)
        own = self._stamps(face, face.wording)
        files |= await self._files(own, _CARD_FILES, face.view.balance)
        for code, wording in face.wordings.items():
            stamps = self._stamps(face, wording)
            if stamps != own:
                localized = await self._files(stamps, _CARD_FILES, face.view.balance)
                files |= {
                    f"{code}.lproj/{name}": content for name, content in localized.items() if "@" in name
                }
        return files

    async def voucher_images(self, design: Design, voucher: VoucherFace) -> dict[str, bytes]:
        """The pictures of a voucher's Apple bundle. design: of the card that it belongs to."""
        files = await self._files(sign_of(design), _SIGN_FILES, 0)
        return files | await self._files(gift_of(design, picture=voucher.picture), _VOUCHER_FILES, 0)

    async def card_addresses(self, face: CardFace, language: str | None = None) -> CardAddresses:
        """language: of the stamps' digits and direction; the pass's own without."""
        wording = face.wordings[language or face.language]
        hero = Order(kind="hero", balance=face.view.balance)
        return CardAddresses(
            logo=await self.logo_url(face.design),
            wide_logo=await self.wide_logo_url(face.design),
            hero=await self._url(self._stamps(face, wording), hero),
        )

    async def voucher_addresses(self, design: Design, *, picture: str | None) -> VoucherAddresses:
        """picture: of the reward, as `VoucherFace.picture`."""
        return VoucherAddresses(
            logo=await self.logo_url(design),
            hero=await self._url(gift_of(design, picture=picture), Order(kind="gift-hero")),
        )

    async def hero_url(self, face: CardFace, language: str | None = None) -> str:
        """The stamps of a card as they are now, 1032 x 336."""
        return (await self.card_addresses(face, language)).hero

    async def logo_url(self, design: Design) -> str:
        """The sign of the shop for Google's round logo, 660 x 660."""
        return await self._url(sign_of(design), Order(kind="emblem"))

    async def wide_logo_url(self, design: Design) -> str:
        """The sign of the shop, 1280 x 400."""
        return await self._url(sign_of(design), Order(kind="wide-logo"))

    async def preview_url(
        self,
        design: Design,
        rules: Rules,
        *,
        shop: str,
        promise: str,
        direction: Direction,
        numbering: Numbering,
    ) -> str:
        """What a link to a program shows elsewhere, 1200 x 630. shop, promise: in the language of the link's reader."""
        filled = min(max(rules.welcome_stamps, round(rules.goal * _SHOWN_SHARE)), rules.goal - 1)
        preview = Preview(
            stamps=stamps_of(design, rules, direction=direction, numbering=numbering),
            filled=filled,
            shop=shop,
            promise=promise,
            logo=design.logo,
        )
        return await self._url(preview, Order(kind="preview"))

    async def _url(self, drawing: Drawing, order: Order) -> str:
        await self.store.keep(drawing)
        return self._address(path_of(drawing, order))

    async def _files(self, drawing: Drawing, names: dict[Kind, str], balance: int) -> dict[str, bytes]:
        """By Apple's file names, in every scale."""
        orders = [
            Order(kind=kind, scale=scale, balance=balance if FORMATS[kind].is_counted else 0)
            for kind in names
            for scale in FORMATS[kind].scales
        ]
        drawn = await self.studio.drawn(drawing, orders, await self.store.uploads(drawing))
        return dict(zip(_file_names(orders, names), drawn, strict=True))

    def _stamps(self, face: CardFace, wording: Wording) -> Stamps:
        return stamps_of(
            face.design,
            face.view.card.rules,
            direction=wording.direction,
            numbering=wording.numbering,
        )


def _file_names(orders: Iterable[Order], names: dict[Kind, str]) -> list[str]:
    return [f"{names[order.kind]}{'' if order.scale == 1 else f'@{order.scale}x'}.png" for order in orders]
