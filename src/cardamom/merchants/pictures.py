"""The pictures that a business uploads, and the addresses at which everybody sees them.

A picture is public and kept for ever: cards, passes and mails name it by the hash of what is in it.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Collection
from functools import partial
from typing import Final, Literal

import msgspec
import sqlalchemy as sa
from async_lru import alru_cache
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.database import Database
from cardamom.kit.actor import Actor
from cardamom.kit.authority import require
from cardamom.kit.errors import NotFound
from cardamom.kit.picture_press import press
from cardamom.kit.pictures import rounded_png, shrunk
from cardamom.ledger.writer import Ledger
from cardamom.merchants.picture_deeds import UploadPicture
from cardamom.merchants.rules import MAY_UPLOAD
from cardamom.merchants.tables import pictures

Shape = Literal["small", "round"]

#: Pixels. Three times what a card on a phone shows.
_SMALL_EDGE: Final = 240
_ROUND_SIDE: Final = 192
_HASH: Final = re.compile(r"[0-9a-f]{32}")
_ENDINGS: Final = {"image/png": "png", "image/jpeg": "jpg"}


class PictureOut(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept. hash: what a design or a reward names it by. width, height: in pixels."""

    hash: str
    path: str
    media_type: str
    width: int
    height: int


class StoredPicture(msgspec.Struct, frozen=True):
    content: bytes
    media_type: str


async def upload_picture(
    ledger: Ledger, *, actor: Actor, merchant_id: str, data: bytes, key: str
) -> PictureOut:
    """Keep a picture. Whatever it was, it is a plain PNG or JPEG from here on.

    Raises NotPermitted, Unavailable where too many wait for their turn, and the refusals of `kit.pictures`.
    """
    require(actor, MAY_UPLOAD, merchant_id)
    picture = await press(data, sender=merchant_id)
    command = UploadPicture(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        source=hashlib.sha256(data).hexdigest(),
        hash=picture.hash,
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        content=picture.content,
    )
    facts = (await ledger.submit(command)).or_raise().facts
    return PictureOut(
        hash=facts["picture"],
        path=picture_path(facts["picture"], facts["media_type"]),
        media_type=facts["media_type"],
        width=facts["width"],
        height=facts["height"],
    )


def picture_path(name: str, media_type: str) -> str:
    """Where a picture is seen as it is kept."""
    return f"/art/pictures/{name}.{_ENDINGS[media_type]}"


def shaped_path(name: str, shape: Shape) -> str:
    """Where a picture is seen for pages. small: at most 240 pixels wide and high; round: 192 wide, as a stamp."""
    return f"/art/pictures/{name}-{shape}.png"


def is_hash(name: str) -> bool:
    """Whether a text can be the name of a picture."""
    return _HASH.fullmatch(name) is not None


async def unknown_pictures(tx: AsyncConnection, names: Collection[str]) -> set[str]:
    """Those of the names that stand for no picture."""
    wanted = {name for name in names if is_hash(name)}
    known = set()
    if wanted:
        found = await tx.execute(sa.select(pictures.c.hash).where(pictures.c.hash.in_(sorted(wanted))))
        known = set(found.scalars())
    return set(names) - known


class PictureShelf:
    """Pictures for those who look at them. Small ones are made once in a while and remembered."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._shaped = alru_cache(maxsize=512)(self._shape)

    async def stored(self, name: str) -> StoredPicture:
        """As it is kept. Raises NotFound."""
        if not is_hash(name):
            raise NotFound
        row = sa.select(pictures.c.content, pictures.c.media_type).where(pictures.c.hash == name)
        async with self._database.unscoped_reading_of_the_directory() as tx:
            found = (await tx.execute(row)).first()
        if found is None:
            raise NotFound
        return StoredPicture(bytes(found.content), found.media_type)

    async def shaped(self, name: str, shape: Shape) -> bytes:
        """A PNG file for pages. Raises NotFound, which is not remembered."""
        return await self._shaped(name, shape)

    async def _shape(self, name: str, shape: Shape) -> bytes:
        kept = await self.stored(name)
        if shape == "round":
            return await asyncio.to_thread(partial(rounded_png, kept.content, side=_ROUND_SIDE))
        return await asyncio.to_thread(partial(shrunk, kept.content, edge=_SMALL_EDGE))
