"""What people, tills and jobs do with vouchers and pools.

Every function checks the actor first, then the words, then asks the ledger. A redemption answers with the outcome,
refused or not: the till shows either. Everything else raises its refusal. Taking a redemption back is for the counter,
which knows who may undo what (`vouchers.undoing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from cardamom.access.permissions import Permission
from cardamom.access.require import require
from cardamom.kit.actor import Actor, ActorKind, system_actor
from cardamom.kit.errors import Malformed, NotFound
from cardamom.kit.ids import is_id
from cardamom.kit.text import clean
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.programs.checks import check_terms, check_text, check_title
from cardamom.programs.schemas import RewardTerms
from cardamom.vouchers.deeds import CancelVoucher, ExpireVouchers, IssueVoucher
from cardamom.vouchers.errors import PoolUnknown, VoucherUnknown
from cardamom.vouchers.pools import CreatePool, FillPool
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.vouchers.rules import Terms, Via, full_terms
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn

POOL_NAME_LIMIT: Final = 80
REASON_LIMIT: Final = 200
DEVICE_LIMIT: Final = 80
#: Vouchers that one expiry records; more follow at once with the next.
EXPIRED_AT_ONCE: Final = 500


async def issue_voucher(
    ledger: Ledger, *, actor: Actor, merchant_id: str, new: VoucherIn, key: str
) -> Outcome:
    """Issue a voucher by hand. Facts: voucher, card, kind, title.

    Raises Malformed for a reward together with terms, or neither; TermsMalformed, CurrencyMismatch, PoolUnknown, and
    NotFound for a card, customer or reward that is not this merchant's.
    """
    require(actor, Permission.VOUCHERS_ISSUE, merchant_id)
    command = IssueVoucher(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        card_id=_id(new.card),
        customer_id=_id(new.customer),
        reward_id=_id(new.reward),
        terms=_own_terms(new),
    )
    return (await ledger.submit(command)).or_raise()


def _id(given: str | None) -> str | None:
    if given is not None and not is_id(given):
        raise NotFound
    return given


def _own_terms(new: VoucherIn) -> Terms | None:
    """The terms that were written by hand; None when a reward brings them."""
    said = RewardTerms(**{name: getattr(new, name) for name in RewardTerms.__struct_fields__})
    if new.reward is not None:
        if new.title is not None or new.description or said != RewardTerms():
            raise Malformed(field="reward")
        return None
    if new.title is None:
        raise Malformed(field="title")
    return full_terms(
        check_terms(said),
        kind=new.kind,
        title=check_title(new.title),
        description=check_text(new.description),
        image=None,
    )


async def redeem_voucher(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    voucher_id: str | None = None,
    code: str | None = None,
    at: RedemptionIn,
    key: str,
) -> Outcome:
    """Use a voucher once, at the counter or by a program. Facts: voucher, card, kind, title, via, status, uses_left.

    The voucher is named by its id, or by its code (all digits, as `kit.codes.parse_code` returns them).
    An actor who is bound to a location is there, whatever the request says.
    """
    require(actor, Permission.VOUCHERS_REDEEM, merchant_id)
    via: Via = "api" if actor.kind is ActorKind.API_KEY else "staff"
    location_id = actor.location_id or at.location
    if location_id is not None and not is_id(location_id):
        raise Malformed(field="location")
    command = RedeemVoucher(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        occurred_at=at.occurred_at,
        location_id=location_id,
        device=clean(at.device, limit=DEVICE_LIMIT) if at.device else None,
        voucher_id=voucher_id,
        code=code,
        via=via,
    )
    return await ledger.submit(command)


async def use_own_voucher(
    ledger: Ledger,
    *,
    actor: Actor,
    merchant_id: str,
    card_id: str,
    voucher_id: str,
    via: Literal["self", "code"],
    key: str,
) -> Outcome:
    """The holder of a card uses a voucher of that card on their own phone.

    The caller has checked the capability link of the card: it is the permission. Raises NotFound for an actor who is
    no customer of this merchant.
    """
    if actor.kind is not ActorKind.CUSTOMER or actor.merchant_id != merchant_id:
        raise NotFound
    command = RedeemVoucher(
        merchant_id=merchant_id, actor=actor, key=key, voucher_id=voucher_id, card_id=card_id, via=via
    )
    return await ledger.submit(command)


def _reason(text: str | None) -> str | None:
    return None if text is None else clean(text, limit=REASON_LIMIT) or None


async def cancel_voucher(
    ledger: Ledger, *, actor: Actor, merchant_id: str, voucher_id: str, reason: str | None, key: str
) -> Outcome:
    """Take an open voucher back. Raises VoucherUnknown, and for one that is not open what became of it."""
    require(actor, Permission.VOUCHERS_ISSUE, merchant_id)
    if not is_id(voucher_id):
        raise VoucherUnknown
    command = CancelVoucher(
        merchant_id=merchant_id, actor=actor, key=key, voucher_id=voucher_id, note=_reason(reason)
    )
    return (await ledger.submit(command)).or_raise()


async def expire_vouchers(ledger: Ledger, *, merchant_id: str) -> int:
    """Record every voucher of a merchant whose time is over; tells how many. Redeeming does not depend on it."""
    expired = 0
    while True:
        command = ExpireVouchers(
            merchant_id=merchant_id, actor=system_actor(merchant_id), limit=EXPIRED_AT_ONCE
        )
        done: int = (await ledger.submit(command)).or_raise().facts["expired"]
        expired += done
        if done < EXPIRED_AT_ONCE:
            return expired


async def create_pool(ledger: Ledger, *, actor: Actor, merchant_id: str, name: str, key: str) -> Outcome:
    """Begin an empty pool of codes. Facts: pool."""
    require(actor, Permission.VOUCHERS_ISSUE, merchant_id)
    cleaned = clean(name, limit=POOL_NAME_LIMIT)
    if not cleaned:
        raise Malformed(field="name")
    command = CreatePool(merchant_id=merchant_id, actor=actor, key=key, name=cleaned)
    return (await ledger.submit(command)).or_raise()


async def import_pool_codes(
    ledger: Ledger, *, actor: Actor, merchant_id: str, pool_id: str, codes: Sequence[str], key: str
) -> Outcome:
    """Add codes to a pool. Facts: pool, added, rejected, lines (the first that were not taken, and why).

    Raises PoolUnknown. Codes that are there already, or come twice, are reported and stop nothing.
    """
    require(actor, Permission.VOUCHERS_ISSUE, merchant_id)
    if not is_id(pool_id):
        raise PoolUnknown
    command = FillPool(merchant_id=merchant_id, actor=actor, key=key, pool_id=pool_id, codes=list(codes))
    return (await ledger.submit(command)).or_raise()
