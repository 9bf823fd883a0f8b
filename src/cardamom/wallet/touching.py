"""Which bindings an event touches, and how urgent that is. Pure: the statement that finds them is in `following`.

Only what a pass shows counts: a changed phone number pushes nothing, because a phone that is pushed too often stops
fetching (Apple's developer forum, thread 807401).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import Literal

import msgspec

from cardamom.ledger.dispatcher import PlacedEvent

#: subject: the card, voucher, program or reward with this id. older_links: everything that was issued under an earlier
#: link of the card, which ends. holder: the cards of a customer. classes: all of Google's classes of the merchant.
Scope = Literal["subject", "older_links", "holder", "classes"]


class Urgency(IntEnum):
    """Who is told first when not everybody can be told at once. As kept in a binding; 0 there is nothing to tell."""

    #: A redesign over many passes.
    ROLLOUT = 1
    #: A name, a Google class, a voucher that a shop gives to everybody at once: one look, nobody waits.
    COSMETIC = 2
    #: A stamp: the customer has the phone in hand.
    STAMP = 3
    #: A voucher was used: whoever shows it next must not see it as open.
    REDEEM = 4


class Touch(msgspec.Struct, frozen=True):
    """Bindings of a merchant that should know a position of its feed."""

    merchant_id: str
    scope: Scope
    subject_id: str
    position: int
    urgency: Urgency


class Redesign(msgspec.Struct, frozen=True):
    """A change that shows on the passes of a whole program, or of the merchant when `program_id` is None.

    reward_id: instead of a program, those that give this reward. location_id: only if this location is on the map.
    """

    merchant_id: str
    position: int
    program_id: str | None = None
    reward_id: str | None = None
    location_id: str | None = None


#: What wallets show of a holder, a program, a reward and a business: names in the events' `changed`. Not other rules:
#: a card comes under them with its next cycle, and that is a stamp.
SHOWN_OF_HOLDER = frozenset({"name", "language"})
SHOWN_OF_PROGRAM = frozenset({"name", "status", "design"})
SHOWN_OF_REWARD = frozenset({"title", "description", "image", "terms"})
SHOWN_OF_MERCHANT = frozenset(
    {"name", "language", "languages", "time_zone", "currency", "brand", "preferences"}
)
#: A card names the reward that comes next; its other words are on the vouchers and in Google's class.
SHOWN_OF_REWARD_ON_CARDS = frozenset({"title"})
#: What moves a location on the map, and what changes only how it is called there.
MOVED = frozenset({"latitude", "longitude"})
RENAMED = frozenset({"name"})

_VOUCHER: dict[str, Urgency] = {
    # One that a stamp earned goes with that stamp: of all that a pass has to be told the most urgent counts.
    "voucher.issued": Urgency.COSMETIC,
    "voucher.redeemed": Urgency.REDEEM,
    "voucher.redemption_undone": Urgency.REDEEM,
    "voucher.cancelled": Urgency.REDEEM,
    "voucher.expired": Urgency.COSMETIC,
}
_CARD: dict[str, Urgency] = {
    "stamp.added": Urgency.STAMP,
    "stamp.undone": Urgency.STAMP,
    "stamps.expired": Urgency.STAMP,
    "goal.reached": Urgency.STAMP,
}
_LOCATION = frozenset({"location.added", "location.updated", "location.closed", "location.reopened"})

#: Everything that `touches` or `redesigns` has an answer for.
EVENT_TYPES = frozenset(
    {
        *_CARD,
        *_VOUCHER,
        *_LOCATION,
        "card.link_renewed",
        "customer.updated",
        "program.updated",
        "reward.updated",
        "merchant.updated",
    }
)


def touches(event: PlacedEvent) -> Iterator[Touch]:
    """The few bindings that an event is about; none for what no pass shows."""
    changed = frozenset(event.payload.get("changed", ()))
    match event.type:
        case kind if kind in _CARD:
            # What it names is the card; in a stamp's payload too.
            yield _touch(event, "subject", event.subject_id, _CARD[kind])
        case kind if kind in _VOUCHER:
            yield _touch(event, "subject", event.subject_id, _VOUCHER[kind])
            if event.payload["card"] is not None:
                # The card lists its vouchers.
                yield _touch(event, "subject", event.payload["card"], _VOUCHER[kind])
        case "card.link_renewed":
            yield _touch(event, "older_links", event.subject_id, Urgency.REDEEM)
        case "customer.updated" if changed & SHOWN_OF_HOLDER:
            yield _touch(event, "holder", event.subject_id, Urgency.COSMETIC)
        case "program.updated" if changed & SHOWN_OF_PROGRAM:
            yield _touch(event, "subject", event.subject_id, Urgency.COSMETIC)
        case "reward.updated" if changed & SHOWN_OF_REWARD:
            yield _touch(event, "subject", event.subject_id, Urgency.COSMETIC)
        case "merchant.updated" if changed & SHOWN_OF_MERCHANT:
            yield _touch(event, "classes", event.merchant_id, Urgency.COSMETIC)
        case kind if kind in _LOCATION and (kind != "location.updated" or changed & (MOVED | RENAMED)):
            yield _touch(event, "classes", event.merchant_id, Urgency.COSMETIC)


def redesigns(event: PlacedEvent) -> Redesign | None:
    """The change that an event means for passes by the thousand, which are told at a pace."""
    changed = frozenset(event.payload.get("changed", ()))
    match event.type:
        case "program.updated" if changed & SHOWN_OF_PROGRAM:
            return Redesign(event.merchant_id, event.position, program_id=event.subject_id)
        case "reward.updated" if changed & SHOWN_OF_REWARD_ON_CARDS:
            return Redesign(event.merchant_id, event.position, reward_id=event.subject_id)
        case "merchant.updated" if changed & SHOWN_OF_MERCHANT:
            return Redesign(event.merchant_id, event.position)
        case "location.updated" if changed & MOVED:
            # Also one that was taken off the map.
            return Redesign(event.merchant_id, event.position)
        case kind if kind in _LOCATION and (kind != "location.updated" or changed & RENAMED):
            return Redesign(event.merchant_id, event.position, location_id=event.subject_id)
    return None


def _touch(event: PlacedEvent, scope: Scope, subject_id: str, urgency: Urgency) -> Touch:
    return Touch(event.merchant_id, scope, subject_id, event.position, urgency)
