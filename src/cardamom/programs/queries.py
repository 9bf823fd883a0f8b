"""What one may ask about programs and rewards. Reads only; the caller opens the transaction."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import msgspec
import psycopg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.ledger.arrays import plain
from cardamom.merchants.tables import directory
from cardamom.programs.definition import Rules
from cardamom.programs.schemas import Program, Reward
from cardamom.programs.slugs import KIND
from cardamom.programs.tables import program_versions, programs, rewards

S = TypeVar("S", bound=msgspec.Struct)

_PROGRAM = sa.select(
    programs, program_versions.c.design, program_versions.c.rules, program_versions.c.join_form
).join(
    program_versions,
    sa.and_(
        program_versions.c.merchant_id == programs.c.merchant_id,
        program_versions.c.program_id == programs.c.id,
        program_versions.c.version == programs.c.version,
    ),
)


async def program_by_id(tx: AsyncConnection, merchant_id: str, program_id: str) -> Program:
    """Under its newest version. Raises NotFound."""
    if not is_id(program_id):
        raise NotFound
    one = _PROGRAM.where(programs.c.merchant_id == merchant_id, programs.c.id == program_id)
    row = (await tx.execute(one)).mappings().first()
    if row is None:
        raise NotFound
    return _converted(row, Program)


async def programs_of(
    tx: AsyncConnection, merchant_id: str, *, after: str | None = None, limit: int = 1_000
) -> list[Program]:
    """The programs of a merchant, archived ones included, in the order in which they were created.

    after: the id of the last one that was seen.
    """
    rows = _PROGRAM.where(programs.c.merchant_id == merchant_id)
    if after is not None:
        rows = rows.where(programs.c.id > after)
    found = await tx.execute(rows.order_by(programs.c.id).limit(limit))
    return [_converted(row, Program) for row in found.mappings()]


async def program_id_of(tx: AsyncConnection, merchant_id: str, id_or_slug: str) -> str:
    """The program that a caller names either way, also by a slug that it had before. Raises NotFound.

    An id is not looked up: who uses it will see.
    """
    if is_id(id_or_slug):
        return id_or_slug
    row = sa.select(directory.c.subject_id).where(
        directory.c.kind == KIND, directory.c.key == id_or_slug, directory.c.merchant_id == merchant_id
    )
    found = (await tx.execute(row)).scalar()
    if found is None:
        raise NotFound
    return str(found)


async def program_by_slug(database: Database, slug: str) -> tuple[str, Program]:
    """The merchant's id and the program that a public name leads to, whatever its status. Raises NotFound.

    Two transactions: the directory knows no merchant's rows.
    """
    row = sa.select(directory.c.merchant_id, directory.c.subject_id).where(
        directory.c.kind == KIND, directory.c.key == slug
    )
    async with database.unscoped_reading_of_the_directory() as tx:
        found = (await tx.execute(row)).first()
    if found is None:
        raise NotFound
    async with database.reading(found.merchant_id) as tx:
        return found.merchant_id, await program_by_id(tx, found.merchant_id, found.subject_id)


async def rules_of_version(tx: AsyncConnection, merchant_id: str, program_id: str, version: int) -> Rules:
    """The rules of a version, which never change. Raises NotFound."""
    row = sa.select(program_versions.c.rules).where(
        program_versions.c.merchant_id == merchant_id,
        program_versions.c.program_id == program_id,
        program_versions.c.version == version,
    )
    found = (await tx.execute(row)).scalar()
    if found is None:
        raise NotFound
    return msgspec.convert(found, Rules)


async def reward_by_id(tx: AsyncConnection, merchant_id: str, reward_id: str) -> Reward:
    """Raises NotFound."""
    if not is_id(reward_id):
        raise NotFound
    one = sa.select(rewards).where(rewards.c.merchant_id == merchant_id, rewards.c.id == reward_id)
    row = (await tx.execute(one)).mappings().first()
    if row is None:
        raise NotFound
    return _converted(row, Reward)


async def rewards_of(
    tx: AsyncConnection, merchant_id: str, *, after: str | None = None, limit: int = 1_000
) -> list[Reward]:
    """The rewards of a merchant, archived ones included, in the order in which they were created.

    after: the id of the last one that was seen.
    """
    rows = sa.select(rewards).where(rewards.c.merchant_id == merchant_id)
    if after is not None:
        rows = rows.where(rewards.c.id > after)
    found = await tx.execute(rows.order_by(rewards.c.id).limit(limit))
    return [_converted(row, Reward) for row in found.mappings()]


def _converted(row: Mapping[Any, Any], shape: type[S]) -> S:
    return msgspec.convert({name: row[name] for name in shape.__struct_fields__}, shape)


#: (merchant_id, program_id, version)
VersionKey = tuple[str, str, int]

_VERSIONS = """
select v.merchant_id, v.program_id, v.version, v.rules::text
  from unnest(%s::uuid[], %s::uuid[], %s::int[]) as wanted (merchant_id, program_id, version)
  join program_version v using (merchant_id, program_id, version)
"""
_decode_rules = msgspec.json.Decoder(Rules).decode


class RulesCache:
    """Rules by version for the hot paths, one per process. A version never changes, so nothing here grows stale.

    size: far above the versions that the batches under way can name; past it, those go that nobody asked for longest.
    """

    def __init__(self, *, size: int = 20_000) -> None:
        self._size = size
        self._rules: dict[VersionKey, Rules] = {}

    def get(self, merchant_id: str, program_id: str, version: int) -> Rules | None:
        """The rules, if `load` was asked for them and they exist."""
        return self._rules.get((merchant_id, program_id, version))

    async def load(self, driver: psycopg.AsyncConnection[Any], keys: Iterable[VersionKey]) -> None:
        """Make sure of these versions; reads those that are not known, in one statement, of any merchants.

        driver: a connection of the ledger's role.
        """
        missing = []
        for key in dict.fromkeys(keys):
            known = self._rules.pop(key, None)
            if known is None:
                missing.append(key)
            else:
                self._rules[key] = known  # at the end, where another batch does not push it out
        if missing:
            await self._read(driver, missing)

    async def _read(self, driver: psycopg.AsyncConnection[Any], keys: list[VersionKey]) -> None:
        merchant_ids, program_ids, versions = zip(*keys, strict=True)
        found = await driver.execute(_VERSIONS, (plain(merchant_ids), plain(program_ids), plain(versions)))
        for merchant_id, program_id, version, rules in await found.fetchall():
            self._rules[merchant_id, program_id, version] = _decode_rules(rules)
        for key in list(self._rules)[: max(len(self._rules) - self._size, 0)]:
            del self._rules[key]
