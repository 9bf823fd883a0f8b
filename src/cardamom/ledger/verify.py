"""The books prove themselves: balances against sums, chains against hashes. Reports, never repairs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import msgspec
import psycopg

from cardamom.ledger.chain import GENESIS, canonical_time, entry_hash

_ACCOUNTS = """
select a.merchant_id, a.id, a.kind, a.balance, a.floor, a.seq, a.head
  from account a
 where (a.merchant_id, a.id) > (%s::uuid, %s::uuid) and (%s::uuid is null or a.merchant_id = %s::uuid)
 order by a.merchant_id, a.id
 limit %s
"""

_ENTRIES = """
select e.merchant_id, e.account_id, e.seq, e.operation_id, e.unit, e.delta, e.balance, e.recorded_at, e.hash
  from entry e
 where (e.merchant_id, e.account_id) >= (%s::uuid, %s::uuid) and (e.merchant_id, e.account_id) <= (%s::uuid, %s::uuid)
 order by e.merchant_id, e.account_id, e.seq
"""

#: What no foreign key can say: refused operations move nothing, an accepted reversal names an accepted operation.
_STRAY_OPERATIONS = """
select o.merchant_id, o.id
  from operation o
 where o.outcome = 'refused'
   and exists (select 1 from entry e where e.merchant_id = o.merchant_id and e.operation_id = o.id)
union all
select r.merchant_id, r.id
  from operation r
  join operation o on o.merchant_id = r.merchant_id and o.id = r.reverses
 where r.outcome = 'accepted' and o.outcome <> 'accepted'
"""

_FIRST = "00000000-0000-0000-0000-000000000000"
_PAGE = 2_000


class Fault(msgspec.Struct, frozen=True):
    """One place where the books do not add up. what: a stable word; where: ids, never a code or a name."""

    what: str
    merchant_id: str
    where: str


class Report(msgspec.Struct):
    """What was checked and what was found."""

    accounts: int = 0
    entries: int = 0
    faults: list[Fault] = []

    @property
    def is_sound(self) -> bool:
        return not self.faults


class _Chain:
    """One account's entries, read in order and compared with the row that sums them up."""

    def __init__(self, row: tuple[Any, ...]) -> None:
        self.merchant_id, self.id, self.kind, self.balance, self.floor, self.seq, head = row
        self.head = bytes(head)
        self._seq, self._sum, self._hash = 0, 0, GENESIS
        self.faults: list[Fault] = []

    def read(self, row: tuple[Any, ...]) -> None:
        merchant_id, account_id, seq, operation_id, unit, delta, balance, recorded_at, stored = row
        self._seq += 1
        self._sum += delta
        self._hash = entry_hash(
            self._hash,
            merchant_id=merchant_id,
            account_id=account_id,
            seq=seq,
            operation_id=operation_id,
            unit=unit,
            delta=delta,
            balance=balance,
            recorded_at=canonical_time(recorded_at),
        )
        if seq != self._seq:
            self._fault("entry_missing", seq)
        if balance != self._sum:
            self._fault("entry_balance_wrong", seq)
        if bytes(stored) != self._hash:
            self._fault("entry_hash_wrong", seq)
            self._hash = bytes(stored)  # say it once, not for every later entry

    def close(self) -> list[Fault]:
        if self._seq != self.seq:
            self._fault("account_seq_wrong", self.seq)
        if self._sum != self.balance:
            self._fault("account_balance_wrong", self.seq)
        if self._hash != self.head:
            self._fault("account_head_wrong", self.seq)
        if self.balance < self.floor:
            self._fault("account_below_floor", self.seq)
        return self.faults

    def _fault(self, what: str, seq: int) -> None:
        self.faults.append(Fault(what, self.merchant_id, f"{self.kind} account {self.id}, entry {seq}"))


async def verify(
    driver: psycopg.AsyncConnection[Any],
    *,
    merchant_id: str | None = None,
    progress: Callable[[int], None] = lambda _accounts: None,
) -> Report:
    """Recompute every balance and every chain, of one merchant or of all.

    driver: a connection that sees all merchants; everything is read in one repeatable-read snapshot, so that stamps
    that land meanwhile are not taken for faults. progress: called with the number of accounts read so far.
    """
    report = Report()
    await driver.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
    async with driver.transaction():
        async for page in _pages(driver, merchant_id):
            await _read_page(driver, page, report)
            report.accounts += len(page)
            progress(report.accounts)
        strays = await driver.execute(_STRAY_OPERATIONS)
        report.faults += [
            Fault("operation_contradicts", row[0], f"operation {row[1]}") for row in await strays.fetchall()
        ]
    await driver.set_isolation_level(None)
    return report


async def _pages(
    driver: psycopg.AsyncConnection[Any], merchant_id: str | None
) -> AsyncIterator[list[_Chain]]:
    after = (_FIRST, _FIRST)
    while True:
        found = await driver.execute(_ACCOUNTS, (*after, merchant_id, merchant_id, _PAGE))
        page = [_Chain(row) for row in await found.fetchall()]
        if not page:
            return
        yield page
        after = (page[-1].merchant_id, page[-1].id)


async def _read_page(driver: psycopg.AsyncConnection[Any], page: list[_Chain], report: Report) -> None:
    chains = {(chain.merchant_id, chain.id): chain for chain in page}
    first, last = page[0], page[-1]
    async with driver.cursor() as cursor:
        await cursor.execute(_ENTRIES, (first.merchant_id, first.id, last.merchant_id, last.id))
        async for row in cursor:
            report.entries += 1
            chain = chains.get((row[0], row[1]))
            if chain is not None:
                chain.read(row)
    for chain in page:
        report.faults += chain.close()
