"""The descriptions behind the addresses of pictures, kept for ever, and the uploaded pictures that they name."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import msgspec
import sqlalchemy as sa
from async_lru import alru_cache
from sqlalchemy.dialects.postgresql import insert

from cardamom.db.database import Database
from cardamom.kit.clock import now
from cardamom.kit.errors import NotFound
from cardamom.merchants.tables import pictures
from cardamom.wallet.art.drawing import Drawing, hash_of, pictures_in
from cardamom.wallet.art.pictures import Uploads
from cardamom.wallet.tables import drawings

_KNOWN_DRAWINGS: Final = 4_096
#: Uploaded pictures are large and few are in use at a time.
_KNOWN_UPLOADS: Final = 32


class DrawingStore:
    """Keeps what was given an address, and finds it again. Both are remembered in the process: neither changes."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept = alru_cache(maxsize=_KNOWN_DRAWINGS)(self._write)
        self._found = alru_cache(maxsize=_KNOWN_DRAWINGS)(self._read)
        self._uploads = alru_cache(maxsize=_KNOWN_UPLOADS)(self._read_uploads)

    async def keep(self, drawing: Drawing) -> str:
        """Write the description down, once, before anybody is told its address. Returns its hash."""
        return await self._kept(drawing)

    async def find(self, name: str) -> Drawing:
        """What a hash stands for. Raises NotFound, which is not remembered: it may be written a moment later."""
        return await self._found(name)

    async def uploads(self, drawing: Drawing) -> Uploads:
        """The uploaded pictures that it takes to draw this. One that is not stored is left out."""
        named = pictures_in(drawing)
        return await self._uploads(frozenset(named)) if named else Uploads({})

    async def _write(self, drawing: Drawing) -> str:
        name = hash_of(drawing)
        row = insert(drawings).values(hash=name, spec=msgspec.to_builtins(drawing), created_at=now())
        async with self._database.unscoped_writing_of_the_directory() as tx:
            await tx.execute(row.on_conflict_do_nothing())
        return name

    async def _read(self, name: str) -> Drawing:
        async with self._database.unscoped_reading_of_the_directory() as tx:
            spec = (await tx.execute(sa.select(drawings.c.spec).where(drawings.c.hash == name))).scalar()
        if spec is None:
            raise NotFound
        return msgspec.convert(spec, Drawing)

    async def _read_uploads(self, names: Collection[str]) -> Uploads:
        wanted = sa.select(pictures.c.hash, pictures.c.content).where(pictures.c.hash.in_(sorted(names)))
        async with self._database.unscoped_reading_of_the_directory() as tx:
            found = (await tx.execute(wanted)).all()
        return Uploads({row.hash: bytes(row.content) for row in found})
