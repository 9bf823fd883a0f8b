"""The facts that are announced about card holders: who, never how to reach them."""

from collections.abc import Sequence

from cardamom.ledger.decisions import Event


def customer_created(customer_id: str) -> Event:
    return Event("customer.created", customer_id)


def customer_updated(customer_id: str, changed: Sequence[str]) -> Event:
    """changed: the names of the fields, not their values."""
    return Event("customer.updated", customer_id, {"changed": list(changed)})


def consent_recorded(customer_id: str, *, channel: str, purpose: str, granted: bool) -> Event:
    """consent.given or consent.withdrawn."""
    kind = "consent.given" if granted else "consent.withdrawn"
    return Event(kind, customer_id, {"channel": channel, "purpose": purpose})
