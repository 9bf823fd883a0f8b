"""Pools of codes that another system gave us: each code is handed out once.

The balance of a pool's account is the number of codes that are left. They are drawn in `redeeming`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import msgspec
import sqlalchemy as sa

from cardamom.kit.digits import to_ascii
from cardamom.kit.errors import Refused
from cardamom.kit.ids import is_id, new_id
from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Account, Decision, Move, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.programs.checks import REDEEM_CODE
from cardamom.vouchers.errors import PoolCodeDuplicate, PoolCodeMalformed, PoolUnknown
from cardamom.vouchers.events import pool_created, pool_filled
from cardamom.vouchers.locking import lock_pools
from cardamom.vouchers.tables import pools

#: Of a long import with many bad lines the first ones are stored with the outcome.
REJECTED_SHOWN = 100

INSERT_CODES = """
insert into pool_code (merchant_id, id, pool_id, code)
select %s::uuid, u.id, %s::uuid, u.code from unnest(%s::uuid[], %s::text[]) as u (id, code)
    on conflict (merchant_id, pool_id, code) do nothing
returning code
"""


class CreatePool(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "pool.create"

    name: str


class FillPool(Command, frozen=True, kw_only=True):
    """Add codes to a pool, one per line as they came."""

    kind: ClassVar[str] = "pool.fill"

    pool_id: str
    codes: list[str]


class Line(msgspec.Struct, frozen=True):
    """A line of an import that is not taken. line: its number, from 1. reason: the code of a refusal.

    The line's text is not kept: it may be a code of the shop's till.
    """

    line: int
    reason: str


class CreatePoolDeed:
    async def perform(self, tx: Tx, command: CreatePool, occasion: Occasion) -> Decision:
        """Facts: pool (its id)."""
        pool_id = new_id()
        row = {
            "merchant_id": command.merchant_id,
            "id": pool_id,
            "name": command.name,
            "created_at": occasion.now,
        }
        await tx.sql.execute(sa.insert(pools).values(row))
        account = Account(merchant_id=command.merchant_id, id=pool_id, kind="pool", subject_id=pool_id)
        return Decision(facts={"pool": pool_id}, opened=(account,), events=(pool_created(pool_id),))


class FillPoolDeed:
    async def perform(self, tx: Tx, command: FillPool, occasion: Occasion) -> Decision:
        """Facts: pool, added, rejected (how many), lines (the first of them). Raises PoolUnknown.

        The lock of the pool's account keeps two imports of the same codes apart.
        """
        if not await lock_pools(tx, [(command.merchant_id, command.pool_id)]):
            raise PoolUnknown
        fresh, rejected = sorted_out(command.codes)
        added = await _insert(tx, command.merchant_id, command.pool_id, list(fresh))
        rejected += [Line(line, PoolCodeDuplicate.code) for code, line in fresh.items() if code not in added]
        rejected.sort(key=lambda each: each.line)
        return Decision(
            facts={
                "pool": command.pool_id,
                "added": len(added),
                "rejected": len(rejected),
                "lines": [msgspec.to_builtins(each) for each in rejected[:REJECTED_SHOWN]],
            },
            moves=(Move(command.pool_id, "code", len(added)),) if added else (),
            events=(pool_filled(command.pool_id, added=len(added)),) if added else (),
        )


def sorted_out(codes: Sequence[str]) -> tuple[dict[str, int], list[Line]]:
    """The codes of an import with their lines, and the lines that cannot be codes or repeat an earlier one."""
    fresh: dict[str, int] = {}
    rejected: list[Line] = []
    for line, text in enumerate(codes, start=1):
        code = to_ascii(text.strip())
        refusal: type[Refused] | None = None
        if REDEEM_CODE.fullmatch(code) is None:
            refusal = PoolCodeMalformed
        elif code in fresh:
            refusal = PoolCodeDuplicate
        if refusal is None:
            fresh[code] = line
        else:
            rejected.append(Line(line, refusal.code))
    return fresh, rejected


async def _insert(tx: Tx, merchant_id: str, pool_id: str, codes: Sequence[str]) -> set[str]:
    """Insert codes; returns those that were not in the pool yet."""
    found = await tx.driver.execute(
        INSERT_CODES, (merchant_id, pool_id, plain(new_id() for _ in codes), quoted(codes))
    )
    return {code for (code,) in await found.fetchall()}


async def require_pool(tx: Tx, merchant_id: str, pool_id: str) -> None:
    """Raises PoolUnknown for what is not a pool of this merchant."""
    if not is_id(pool_id):
        raise PoolUnknown
    found = await tx.sql.execute(
        sa.select(pools.c.id).where(pools.c.merchant_id == merchant_id, pools.c.id == pool_id)
    )
    if found.first() is None:
        raise PoolUnknown
