"""Putting vouchers into the world, in bulk and inside somebody else's decision.

A handler that issues (a full card, a campaign, a person) drafts in `decide`, opens the voucher's account in the same
decision, and inserts in `save`. Every statement here is one for the whole batch, in the writer's open transaction, and
names the merchant of every row.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

import msgspec

from cardamom.kit.codes import CodeKind, new_code
from cardamom.kit.ids import new_id
from cardamom.ledger.arrays import plain, quoted
from cardamom.ledger.decisions import Account, Event, Move
from cardamom.ledger.handlers import Tx
from cardamom.vouchers.rules import Status, Terms, validity

#: (merchant_id, voucher_id)
Pair = tuple[str, str]

#: Digits, like everything that can be scanned: a wedge scanner types them right under every keyboard layout.
_GENERATED_DIGITS = 12

INSERT_VOUCHERS = """
insert into voucher (merchant_id, id, code, status, card_id, customer_id, program_id, reward_id, cycle, goal_at, terms,
                     operation_id, issued_at, active_at, expires_at, drawn_code)
select * from unnest(%s::uuid[], %s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::uuid[], %s::uuid[], %s::uuid[],
                     %s::integer[], %s::integer[], %s::jsonb[], %s::uuid[], %s::timestamptz[], %s::timestamptz[],
                     %s::timestamptz[], %s::text[])
"""

ACTIVATE = """
update voucher v set status = 'active', active_at = %s
  from unnest(%s::uuid[], %s::uuid[]) as u (merchant_id, id)
 where v.merchant_id = u.merchant_id and v.id = u.id and v.status = 'issued'
"""

CANCEL = """
update voucher v set status = 'cancelled', ended_at = %s
  from unnest(%s::uuid[], %s::uuid[]) as u (merchant_id, id)
 where v.merchant_id = u.merchant_id and v.id = u.id and v.status in ('issued', 'active')
"""


class NewVoucher(msgspec.Struct, frozen=True, kw_only=True):
    """A voucher that is about to exist. cycle, goal_at: the goal that earned it; None when nobody earned it."""

    merchant_id: str
    id: str
    code: str
    status: Status
    terms: Terms
    operation_id: str
    issued_at: datetime
    active_at: datetime | None
    expires_at: datetime | None
    card_id: str | None = None
    customer_id: str | None = None
    program_id: str | None = None
    reward_id: str | None = None
    cycle: int | None = None
    goal_at: int | None = None
    drawn_code: str | None = None


class Origin(TypedDict, total=False):
    """Whose a new voucher is and what it was given for; everything may be missing."""

    card_id: str | None
    customer_id: str | None
    program_id: str | None
    reward_id: str | None
    cycle: int | None
    goal_at: int | None


def draft(
    *,
    merchant_id: str,
    terms: Terms,
    operation_id: str,
    issued_at: datetime,
    time_zone: str,
    **origin: Unpack[Origin],
) -> NewVoucher:
    """A voucher with a fresh id and code. Without a card and a customer it belongs to whoever holds its code."""
    active_at, expires_at = validity(terms, issued_at=issued_at, time_zone=time_zone)
    is_bearer = origin.get("card_id") is None and origin.get("customer_id") is None
    return NewVoucher(
        merchant_id=merchant_id,
        id=new_id(),
        code=new_code(CodeKind.GIFT if is_bearer else CodeKind.VOUCHER),
        status=Status.ISSUED if active_at is None else Status.ACTIVE,
        terms=terms,
        operation_id=operation_id,
        issued_at=issued_at,
        active_at=active_at,
        expires_at=expires_at,
        drawn_code=_generated_code() if terms.code is not None and terms.code.kind == "generated" else None,
        **origin,
    )


def _generated_code() -> str:
    return str(secrets.randbelow(9 * 10 ** (_GENERATED_DIGITS - 1)) + 10 ** (_GENERATED_DIGITS - 1))


def opening(new: NewVoucher) -> tuple[Account, Move]:
    """The account that counts the voucher's uses, and the entry that puts them there."""
    account = Account(merchant_id=new.merchant_id, id=new.id, kind="voucher", subject_id=new.id)
    return account, Move(new.id, "use", new.terms.uses)


def issued_event(new: NewVoucher) -> Event:
    """What the passes, the messages and the webhooks learn about a new voucher."""
    payload = {
        "kind": new.terms.kind,
        "title": new.terms.title,
        "card": new.card_id,
        "customer": new.customer_id,
        "program": new.program_id,
        "reward": new.reward_id,
        "expires_at": None if new.expires_at is None else new.expires_at.isoformat(),
    }
    return Event("voucher.issued", new.id, payload)


async def insert(tx: Tx, news: Sequence[NewVoucher]) -> None:
    """Write the rows of new vouchers. Their accounts are opened by the ledger."""
    if not news:
        return
    await tx.driver.execute(
        INSERT_VOUCHERS,
        (
            plain(new.merchant_id for new in news),
            plain(new.id for new in news),
            plain(new.code for new in news),
            plain(new.status.value for new in news),
            plain(new.card_id for new in news),
            plain(new.customer_id for new in news),
            plain(new.program_id for new in news),
            plain(new.reward_id for new in news),
            plain(new.cycle for new in news),
            plain(new.goal_at for new in news),
            quoted(msgspec.json.encode(new.terms).decode() for new in news),
            plain(new.operation_id for new in news),
            plain(new.issued_at.isoformat() for new in news),
            plain(new.active_at and new.active_at.isoformat() for new in news),
            plain(new.expires_at and new.expires_at.isoformat() for new in news),
            plain(new.drawn_code for new in news),
        ),
        prepare=True,
    )


async def activate(tx: Tx, pairs: Sequence[Pair], now: datetime) -> None:
    """Vouchers that waited for the next visit become active; others are left as they are."""
    if pairs:
        await _update(tx, ACTIVATE, pairs, now)


async def cancel(tx: Tx, pairs: Sequence[Pair], now: datetime) -> None:
    """Open vouchers are taken back; others are left as they are.

    The caller holds the locks of their accounts and takes their uses away with `withdrawal`.
    """
    if pairs:
        await _update(tx, CANCEL, pairs, now)


async def _update(tx: Tx, statement: str, pairs: Sequence[Pair], now: datetime) -> None:
    """In the order in which everybody locks vouchers, so that two batches do not wait for one another."""
    ordered = sorted(pairs)
    merchant_ids, voucher_ids = plain(pair[0] for pair in ordered), plain(pair[1] for pair in ordered)
    await tx.driver.execute(statement, (now, merchant_ids, voucher_ids), prepare=True)


def withdrawal(account: Account) -> Move:
    """The entry that takes the remaining uses of a cancelled voucher away."""
    return Move(account.id, "cancelled", -account.balance)
