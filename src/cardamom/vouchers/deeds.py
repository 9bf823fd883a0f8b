"""What is rare in a voucher's life, one at a time inside the ledger's transaction: by hand, cancelled, expired."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import ClassVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.customers.tables import customers
from cardamom.kit.clock import local_day
from cardamom.kit.errors import NotFound
from cardamom.ledger.arrays import plain
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Move, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.schemas import Merchant
from cardamom.programs.checks import check_validity_ahead
from cardamom.programs.errors import CurrencyMismatch, TermsMalformed
from cardamom.programs.queries import reward_by_id
from cardamom.programs.references import require_locations
from cardamom.vouchers import events, issuing
from cardamom.vouchers.errors import VoucherUnknown
from cardamom.vouchers.locking import Held, last_use_of, lock_vouchers
from cardamom.vouchers.pools import CreatePool, CreatePoolDeed, FillPool, FillPoolDeed, require_pool
from cardamom.vouchers.redeeming import FindCards, RedeemHandler, RedeemVoucher
from cardamom.vouchers.rules import Status, Terms, Voucher, cancel_refusal, status_at, terms_of
from cardamom.vouchers.undoing import UndoRedemption, UndoRedemptionDeed

FIND_DUE = """
select id from voucher
 where merchant_id = %s and status in ('issued', 'active') and expires_at <= %s
 order by expires_at, id limit %s
"""

EXPIRE = """
update voucher v set status = 'expired', ended_at = v.expires_at
  from unnest(%s::uuid[], %s::uuid[]) as u (merchant_id, id)
 where v.merchant_id = u.merchant_id and v.id = u.id
"""


class IssueVoucher(Command, frozen=True, kw_only=True):
    """Issue one voucher by hand, for a reward or on terms of its own. Without a holder its code is a bearer's."""

    kind: ClassVar[str] = "voucher.issue"

    card_id: str | None = None
    customer_id: str | None = None
    reward_id: str | None = None
    terms: Terms | None = None


class CancelVoucher(Command, frozen=True, kw_only=True):
    """Take an open voucher back."""

    kind: ClassVar[str] = "voucher.cancel"

    voucher_id: str
    note: str | None = None


class ExpireVouchers(Command, frozen=True, kw_only=True):
    """Record that the time of vouchers is over: of at most `limit`, the oldest first."""

    kind: ClassVar[str] = "voucher.expire"

    limit: int


class CardHolder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a card is, and of which program."""

    customer_id: str | None
    program_id: str


#: Asked with a transaction, the merchant and a card's id; None for what is no open card of this merchant.
#: `cards` answers it: this package stands below and does not know its tables.
FindHolder = Callable[[AsyncConnection, str, str], Awaitable[CardHolder | None]]


class IssueVoucherDeed:
    def __init__(self, holder_of_card: FindHolder) -> None:
        self._holder_of_card = holder_of_card

    async def perform(self, tx: Tx, command: IssueVoucher, occasion: Occasion) -> Decision:
        """Raises NotFound for a card, customer or reward, TermsMalformed, CurrencyMismatch and PoolUnknown."""
        shop = await merchant_by_id(tx.sql, command.merchant_id)
        holder = await self._holder(tx, command)
        if command.terms is not None:
            await _require_sense_here(tx, shop, command.terms, occasion)
        new = issuing.draft(
            merchant_id=command.merchant_id,
            terms=command.terms or await _terms_of_reward(tx, command),
            operation_id=occasion.operation_id,
            issued_at=occasion.now,
            time_zone=shop.time_zone,
            card_id=command.card_id,
            customer_id=command.customer_id if holder is None else holder.customer_id,
            program_id=None if holder is None else holder.program_id,
            reward_id=command.reward_id,
        )
        account, filled = issuing.opening(new)
        await issuing.insert(tx, [new])
        return Decision(
            facts={"voucher": new.id, "card": new.card_id, "kind": new.terms.kind, "title": new.terms.title},
            opened=(account,),
            moves=(filled,),
            events=(issuing.issued_event(new),),
        )

    async def _holder(self, tx: Tx, command: IssueVoucher) -> CardHolder | None:
        """Raises NotFound for a card or customer that is not this merchant's, or a card of somebody else than named."""
        if command.customer_id is not None:
            await _require_customer(tx, command.merchant_id, command.customer_id)
        if command.card_id is None:
            return None
        holder = await self._holder_of_card(tx.sql, command.merchant_id, command.card_id)
        if holder is None or command.customer_id not in {None, holder.customer_id}:
            raise NotFound
        return holder


async def _require_customer(tx: Tx, merchant_id: str, customer_id: str) -> None:
    row = sa.select(customers.c.id).where(
        customers.c.merchant_id == merchant_id, customers.c.id == customer_id
    )
    if (await tx.sql.execute(row)).first() is None:
        raise NotFound


async def _terms_of_reward(tx: Tx, command: IssueVoucher) -> Terms:
    """What the reward promises now. Raises NotFound, also for one that is archived or issues no voucher."""
    if command.reward_id is None:
        raise NotFound
    reward = await reward_by_id(tx.sql, command.merchant_id, command.reward_id)
    if reward.archived_at is not None or reward.kind == "lottery":
        raise NotFound
    return terms_of(reward)


async def _require_sense_here(tx: Tx, shop: Merchant, terms: Terms, occasion: Occasion) -> None:
    """What only the database knows about terms that a person wrote: money, days, places and pools of this shop."""
    for money in (terms.value, terms.cost):
        if money is not None and money.currency != shop.currency:
            raise CurrencyMismatch(currency=shop.currency, given=money.currency[:8])
    check_validity_ahead(terms.validity, today=local_day(occasion.now, time_zone=shop.time_zone))
    await require_locations(tx.sql, shop.id, terms.locations or [], malformed=TermsMalformed)
    if terms.code is not None and terms.code.pool is not None:
        await require_pool(tx, shop.id, terms.code.pool)


class CancelVoucherDeed:
    async def perform(self, tx: Tx, command: CancelVoucher, occasion: Occasion) -> Decision:
        """Raises VoucherUnknown, and for one that is not open what became of it."""
        pair = (command.merchant_id, command.voucher_id)
        held = await lock_vouchers(tx, ids=[pair])
        voucher = held.vouchers.get(pair)
        if voucher is None:
            raise VoucherUnknown
        account = held.accounts[voucher.id]
        refusal = cancel_refusal(voucher, last_use=last_use_of(account), now=occasion.now)
        if refusal is not None:
            raise refusal
        await issuing.cancel(tx, [pair], occasion.now)
        return Decision(
            facts={"voucher": voucher.id, "card": voucher.card_id, "note": command.note},
            moves=(issuing.withdrawal(account),),
            events=(events.voucher_cancelled(voucher),),
        )


class ExpireVouchersDeed:
    """The books follow the calendar: an expired voucher has no uses left, so a balance is what can be used."""

    async def perform(self, tx: Tx, command: ExpireVouchers, occasion: Occasion) -> Decision:
        """Facts: expired (how many)."""
        found = await tx.driver.execute(FIND_DUE, (command.merchant_id, occasion.now, command.limit))
        held = await lock_vouchers(
            tx, ids=[(command.merchant_id, voucher_id) for (voucher_id,) in await found.fetchall()]
        )
        due = _still_due(held, occasion.now)
        await _expire(tx, due)
        return Decision(
            facts={"expired": len(due)},
            moves=[Move(voucher.id, "expired", -held.accounts[voucher.id].balance) for voucher in due],
            events=[events.voucher_expired(voucher) for voucher in due],
        )


def _still_due(held: Held, now: datetime) -> list[Voucher]:
    """Those that nobody used or cancelled before the lock was had."""
    return [
        voucher
        for voucher in held.vouchers.values()
        if voucher.status in {Status.ISSUED, Status.ACTIVE} and status_at(voucher, now) is Status.EXPIRED
    ]


async def _expire(tx: Tx, vouchers: Sequence[Voucher]) -> None:
    await tx.driver.execute(
        EXPIRE,
        (plain(voucher.merchant_id for voucher in vouchers), plain(voucher.id for voucher in vouchers)),
    )


def register(ledger: Ledger, holder_of_card: FindHolder, find_cards: FindCards) -> None:
    """Tell the ledger who decides about the commands of this package."""
    ledger.register(RedeemVoucher, RedeemHandler(find_cards))
    ledger.register(UndoRedemption, UndoRedemptionDeed())
    ledger.register(IssueVoucher, IssueVoucherDeed(holder_of_card))
    ledger.register(CancelVoucher, CancelVoucherDeed())
    ledger.register(ExpireVouchers, ExpireVouchersDeed())
    ledger.register(CreatePool, CreatePoolDeed())
    ledger.register(FillPool, FillPoolDeed())
