"""The facts that vouchers and pools announce. No payload carries a code."""

from __future__ import annotations

from cardamom.ledger.decisions import Event
from cardamom.vouchers.rules import Via, Voucher


def voucher_redeemed(voucher: Voucher, *, via: Via, uses_left: int) -> Event:
    """One use was taken."""
    return Event("voucher.redeemed", voucher.id, {**_whose(voucher), "via": via, "uses_left": uses_left})


def voucher_redemption_undone(voucher: Voucher, *, status: str) -> Event:
    """A use was given back. status: what the voucher is now, active or expired."""
    return Event("voucher.redemption_undone", voucher.id, {**_whose(voucher), "status": status})


def voucher_cancelled(voucher: Voucher) -> Event:
    """It was taken back before it was used."""
    return reward_withdrawn(voucher.id, **_whose(voucher))


def reward_withdrawn(
    voucher_id: str, *, card: str | None, customer: str | None, program: str | None, reward: str | None
) -> Event:
    """The same, said by whoever has only the ids at hand."""
    payload = {"card": card, "customer": customer, "program": program, "reward": reward}
    return Event("voucher.cancelled", voucher_id, payload)


def voucher_expired(voucher: Voucher) -> Event:
    """Its time is over and its remaining uses are gone."""
    return Event("voucher.expired", voucher.id, _whose(voucher))


def pool_emptied(pool_id: str, *, voucher_id: str) -> Event:
    """The last code was drawn by this voucher, or this voucher found none. The owner should import more."""
    return Event("pool.emptied", pool_id, {"voucher": voucher_id})


def pool_created(pool_id: str) -> Event:
    """There is a new, empty pool."""
    return Event("pool.created", pool_id)


def pool_filled(pool_id: str, *, added: int) -> Event:
    """So many codes were imported."""
    return Event("pool.filled", pool_id, {"added": added})


def _whose(voucher: Voucher) -> dict[str, str | None]:
    return {
        "card": voucher.card_id,
        "customer": voucher.customer_id,
        "program": voucher.program_id,
        "reward": voucher.reward_id,
    }
