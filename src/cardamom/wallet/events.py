"""The facts that wallets announce. No payload names a device."""

from __future__ import annotations

from cardamom.ledger.decisions import Event


def card_saved(card_id: str, *, program: str, wallet: str, kind: str) -> Event:
    """A pass of a card is in a wallet now. kind: card, or voucher for the pass of one of the card's vouchers."""
    return Event("card.saved", card_id, _payload(card_id, program, wallet, kind))


def card_removed(card_id: str, *, program: str, wallet: str, kind: str) -> Event:
    """A pass was removed from the last device that had it."""
    return Event("card.removed", card_id, _payload(card_id, program, wallet, kind))


def passes_refreshed(
    rollout_id: str,
    *,
    program: str | None,
    passes: int,
    after: str | None,
    through: str | None,
    is_last: bool,
) -> Event:
    """A slice of a redesign's passes is told to show it. after, through: the passes between which they are."""
    payload = {"program": program, "passes": passes, "after": after, "through": through, "is_last": is_last}
    return Event("passes.refreshed", rollout_id, payload)


def _payload(card_id: str, program: str, wallet: str, kind: str) -> dict[str, str]:
    return {"card": card_id, "program": program, "wallet": wallet, "kind": kind}
