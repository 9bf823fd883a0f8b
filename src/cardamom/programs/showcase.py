"""What the pages of this package show of packages above it, which this one does not know: they are handed a `Showcase`.

The application gives it as the dependency `showcase`.
"""

from typing import Literal, Protocol, runtime_checkable

import msgspec
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.localised import Localised
from cardamom.merchants.schemas import Merchant
from cardamom.programs.rules import Rules
from cardamom.programs.schemas import Design


class StampPicture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that a stamp can be. name: as a design stores it. outline: an inline SVG in the colour of the text."""

    name: str
    label: str
    outline: Markup


class PassPicture(msgspec.Struct, frozen=True, kw_only=True):
    """The stamps as a wallet shows them. source: for an img element. width, height: in pixels."""

    wallet: Literal["apple", "google"]
    source: str
    width: int
    height: int


@runtime_checkable
class Showcase(Protocol):
    """Answers in the language in force."""

    def picture(
        self, merchant: Merchant, *, name: Localised, design: Design, rules: Rules, reward: str
    ) -> Markup:
        """A card of a program with a few stamps on it, as an inline SVG. reward: the title at its goal, or ""."""
        ...

    async def pass_pictures(self, *, design: Design, rules: Rules) -> list[PassPicture]:
        """The same stamps on a pass of each wallet."""
        ...

    def stamp_pictures(self) -> list[StampPicture]:
        """What a stamp can be, in the order in which it is offered."""
        ...

    def join_url(self, slug: str) -> str:
        """The address of a program's join page."""
        ...

    async def pools(self, tx: AsyncConnection, merchant_id: str) -> list[tuple[str, str]]:
        """(id, name) of the pools that codes can be drawn from."""
        ...
