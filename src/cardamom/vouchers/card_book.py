"""What the pages of this package show of cards, which stand above it: they are handed a `CardBook`.

The application gives it as the dependency `card_book`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol, runtime_checkable

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.localised import Localised


class HeldCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card as far as somebody who gives a voucher has to know it. number: the short one. program: its name."""

    id: str
    number: str
    program: Localised
    customer_id: str | None
    customer_name: str | None


@runtime_checkable
class CardBook(Protocol):
    """Cards of one merchant. The caller opens the transaction."""

    async def find(self, tx: AsyncConnection, merchant_id: str, text: str) -> list[HeldCard]:
        """The open cards that somebody may mean by a name, a phone number, a short number or a scan."""
        ...

    async def read(
        self, tx: AsyncConnection, merchant_id: str, card_ids: Collection[str]
    ) -> dict[str, HeldCard]:
        """Cards by id, closed ones included; what is no card of this merchant is left out."""
        ...
