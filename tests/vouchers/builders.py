"""Vouchers and batches for tests of the pure parts."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from cardamom.kit.actor import system_actor
from cardamom.kit.errors import NotFound, Refused
from cardamom.kit.ids import new_id
from cardamom.ledger.decisions import Account, Decision, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.rules import post
from cardamom.programs.schemas import RedeemCode, Validity
from cardamom.vouchers.locking import Held, PoolCode
from cardamom.vouchers.redeeming import RedeemHandler, RedeemVoucher, RedemptionFacts, ShownCard
from cardamom.vouchers.rules import Status, Terms, Via, Voucher

MERCHANT = "01900000-0000-7000-8000-000000000001"
STRANGER = "01900000-0000-7000-8000-000000000002"
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


def some_terms(**changes: Any) -> Terms:
    """A free coffee that staff hand over, valid for ever."""
    terms: dict[str, Any] = {
        "kind": "voucher",
        "title": {"en": "A free coffee", "ar": "قهوة مجانية"},
        "redemption": "staff",
        "validity": Validity(kind="unlimited"),
    }
    return Terms(**(terms | changes))


def from_pool(pool_id: str, **changes: Any) -> Terms:
    return some_terms(redemption="code", code=RedeemCode(kind="pool", pool=pool_id), **changes)


def a_voucher(**changes: Any) -> Voucher:
    """An active voucher of MERCHANT, in Cairo."""
    voucher: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "id": new_id(),
        "code": f"2{new_id()[-12:]}",
        "status": Status.ACTIVE,
        "terms": some_terms(),
        "time_zone": "Africa/Cairo",
        "issued_at": NOON,
        "active_at": NOON,
    }
    return Voucher(**(voucher | changes))


def a_redemption(voucher: Voucher, **changes: Any) -> RedeemVoucher:
    command: dict[str, Any] = {
        "merchant_id": voucher.merchant_id,
        "actor": system_actor(voucher.merchant_id),
        "voucher_id": voucher.id,
        "via": "staff",
    }
    return RedeemVoucher(**(command | changes))


def facts_of(vouchers: Sequence[Voucher], *, pools: dict[str, int] | None = None) -> RedemptionFacts:
    """What the handler would load: vouchers with all their uses, and pools of MERCHANT with so many codes left."""
    held = Held()
    for voucher in vouchers:
        held.vouchers[voucher.merchant_id, voucher.id] = voucher
        held.ids[voucher.merchant_id, voucher.code] = voucher.id
        held.accounts[voucher.id] = Account(
            merchant_id=voucher.merchant_id,
            id=voucher.id,
            kind="voucher",
            subject_id=voucher.id,
            balance=voucher.terms.uses if voucher.status in {Status.ISSUED, Status.ACTIVE} else 0,
        )
    accounts = {
        pool_id: Account(merchant_id=MERCHANT, id=pool_id, kind="pool", subject_id=pool_id, balance=left)
        for pool_id, left in (pools or {}).items()
    }
    codes = {
        pool_id: [PoolCode(new_id(), f"{pool_id[-4:]}-{n}") for n in range(left)]
        for pool_id, left in (pools or {}).items()
    }
    facts = RedemptionFacts(held)
    facts.add_pools(accounts, codes)
    return facts


async def no_cards(_tx: Tx, shown: Sequence[ShownCard]) -> dict[ShownCard, str | Refused]:
    """Nobody shows a card where vouchers are named by their ids."""
    return {each: NotFound() for each in shown}


def decide_all(
    facts: RedemptionFacts, commands: Sequence[RedeemVoucher], *, now: datetime = NOON
) -> list[Decision]:
    """Decide a batch as the writer does: each decision is applied before the next one is made."""
    decisions = []
    for command in commands:
        occasion = Occasion(new_id(), now)
        decision = RedeemHandler(no_cards).decide(facts, command, occasion)
        post(facts.accounts, decision, occasion)
        # The books keep JSON: what is not JSON would fail here.
        msgspec.json.encode(decision.facts)
        decisions.append(decision)
    return decisions


def redeem_all(facts: RedemptionFacts, vouchers: Sequence[Voucher], *, via: Via) -> list[Decision]:
    return decide_all(facts, [a_redemption(voucher, via=via) for voucher in vouchers])
