"""The facts that a business announces."""

from collections.abc import Sequence

from cardamom.ledger.decisions import Event


def merchant_created(merchant_id: str) -> Event:
    return Event("merchant.created", merchant_id)


def merchant_updated(merchant_id: str, changed: Sequence[str]) -> Event:
    """changed: the names of the settings, not their values."""
    return Event("merchant.updated", merchant_id, {"changed": sorted(changed)})


def location_added(location_id: str) -> Event:
    return Event("location.added", location_id)


def location_updated(location_id: str, changed: Sequence[str]) -> Event:
    return Event("location.updated", location_id, {"changed": sorted(changed)})


def location_closed(location_id: str) -> Event:
    return Event("location.closed", location_id)


def location_reopened(location_id: str) -> Event:
    return Event("location.reopened", location_id)


def picture_uploaded(merchant_id: str, *, picture: str) -> Event:
    """picture: the hash under which it is kept."""
    return Event("picture.uploaded", merchant_id, {"picture": picture})
