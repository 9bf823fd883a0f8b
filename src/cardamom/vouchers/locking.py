"""Vouchers and pools under the locks of their accounts, read in the same statement.

Lock order: the accounts of vouchers by (merchant_id, id), then the accounts of pools likewise. Everything that changes
a voucher's uses comes through here. The voucher's row is locked with its account: a statement that waited for a lock
sees the newest version of what it locked, and only of that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.decisions import Account
from cardamom.ledger.handlers import Tx
from cardamom.ledger.store import account_of, lock_accounts
from cardamom.vouchers.rules import Status, Terms, Use, Voucher

#: (merchant_id, voucher_id), (merchant_id, code) or (merchant_id, pool_id).
Pair = tuple[str, str]

LOCK_VOUCHERS = """
with wanted as (
  select merchant_id, id from unnest(%s::uuid[], %s::uuid[]) as by_id (merchant_id, id)
  union
  select v.merchant_id, v.id
    from unnest(%s::uuid[], %s::text[]) as by_code (merchant_id, code)
    join voucher v on v.merchant_id = by_code.merchant_id and v.code = by_code.code
)
select a.merchant_id, a.id, a.kind, a.subject_id, a.balance, a.floor, a.state::text, a.seq, a.head, a.revision,
       v.code, v.status, v.terms::text, v.card_id, v.customer_id, v.program_id, v.reward_id, v.cycle, v.goal_at,
       v.operation_id, v.issued_at, v.active_at, v.expires_at, v.redemption_id, v.redeemed_at, v.redeemed_via,
       v.drawn_code, m.time_zone
  from wanted w
  join account a on a.merchant_id = w.merchant_id and a.id = w.id
  join voucher v on v.merchant_id = w.merchant_id and v.id = w.id
  join merchant m on m.merchant_id = w.merchant_id
 order by a.merchant_id, a.id
   for no key update of a, v
"""

OPEN_VOUCHERS = """
select v.merchant_id, v.id
  from unnest(%s::uuid[], %s::uuid[]) as c (merchant_id, card_id)
  join voucher v on v.merchant_id = c.merchant_id and v.card_id = c.card_id and v.status in ('issued', 'active')
"""

CODES_LEFT = """
select p.merchant_id, p.pool_id, c.id, c.code
  from unnest(%s::uuid[], %s::uuid[], %s::integer[]) as p (merchant_id, pool_id, wanted)
 cross join lateral (
       select id, code from pool_code
        where merchant_id = p.merchant_id and pool_id = p.pool_id and voucher_id is null
        order by id limit p.wanted
       ) as c
 order by p.merchant_id, p.pool_id, c.id
"""

_terms = msgspec.json.Decoder(Terms)
_use = msgspec.json.Decoder(Use)


class PoolCode(msgspec.Struct, frozen=True):
    """A code of a pool that nobody has drawn yet."""

    id: str
    code: str


class Held:
    """Vouchers with their accounts, locked until the transaction ends. Keys begin with the merchant."""

    __slots__ = ("accounts", "ids", "vouchers")

    def __init__(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.vouchers: dict[Pair, Voucher] = {}
        #: The id behind each (merchant_id, code).
        self.ids: dict[Pair, str] = {}


async def lock_vouchers(tx: Tx, *, ids: Iterable[Pair] = (), codes: Iterable[Pair] = ()) -> Held:
    """Lock and read vouchers by (merchant_id, id) and by (merchant_id, code); what does not exist is absent."""
    by_id, by_code = list(ids), list(codes)
    found = await tx.driver.execute(
        LOCK_VOUCHERS,
        (
            plain(merchant_id for merchant_id, _ in by_id),
            plain(voucher_id for _, voucher_id in by_id),
            plain(merchant_id for merchant_id, _ in by_code),
            quoted(code for _, code in by_code),
        ),
        prepare=True,
    )
    held = Held()
    for row in await found.fetchall():
        voucher = _voucher_of(row)
        held.accounts[voucher.id] = account_of(row)
        held.vouchers[voucher.merchant_id, voucher.id] = voucher
        held.ids[voucher.merchant_id, voucher.code] = voucher.id
    return held


async def open_vouchers(tx: Tx, cards: Collection[Pair]) -> list[Pair]:
    """The (merchant_id, voucher_id) of what cards hold and may use, not locked. cards: (merchant_id, card_id)."""
    found = await tx.driver.execute(
        OPEN_VOUCHERS,
        (plain(merchant_id for merchant_id, _ in cards), plain(card_id for _, card_id in cards)),
        prepare=True,
    )
    return [(merchant_id, voucher_id) for merchant_id, voucher_id in await found.fetchall()]


def _voucher_of(row: Sequence[Any]) -> Voucher:
    return Voucher(
        merchant_id=row[0],
        id=row[1],
        code=row[10],
        status=Status(row[11]),
        terms=_terms.decode(row[12]),
        card_id=row[13],
        customer_id=row[14],
        program_id=row[15],
        reward_id=row[16],
        cycle=row[17],
        goal_at=row[18],
        operation_id=row[19],
        issued_at=row[20],
        active_at=row[21],
        expires_at=row[22],
        redemption_id=row[23],
        redeemed_at=row[24],
        redeemed_via=row[25],
        drawn_code=row[26],
        time_zone=row[27],
    )


def last_use_of(account: Account) -> Use | None:
    """What the state of a voucher's account remembers; None for one that was never used, or whose use was undone."""
    return None if account.state == b"{}" else _use.decode(account.state)


async def lock_pools(tx: Tx, pools: Collection[Pair]) -> dict[str, Account]:
    """Lock and read the accounts of pools, by pool id; what is not a pool is absent.

    Call it after the vouchers were locked.
    """
    locked = await lock_accounts(tx.driver, pools)
    return {pool_id: account for pool_id, account in locked.items() if account.kind == "pool"}


async def codes_left(tx: Tx, wanted: Mapping[Pair, int]) -> dict[str, list[PoolCode]]:
    """The oldest codes that are left in each pool, as many as are wanted or fewer, by pool id.

    The pools must be locked. It is a statement of its own because only a new one sees what the lock waited for.
    """
    found = await tx.driver.execute(
        CODES_LEFT,
        (
            plain(merchant_id for merchant_id, _ in wanted),
            plain(pool_id for _, pool_id in wanted),
            plain(wanted.values()),
        ),
        prepare=True,
    )
    codes: dict[str, list[PoolCode]] = {}
    for _, pool_id, code_id, code in await found.fetchall():
        codes.setdefault(pool_id, []).append(PoolCode(code_id, code))
    return codes
