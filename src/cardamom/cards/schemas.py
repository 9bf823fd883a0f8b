"""Cards as the API shows and takes them (DESIGN section 7)."""

from __future__ import annotations

from datetime import datetime

import msgspec

from cardamom.cards.links import Links
from cardamom.customers.contacts import ContactIn
from cardamom.kit.localised import Localised


class Holder(msgspec.Struct, frozen=True):
    """Who holds a card, as far as staff need it."""

    id: str
    name: str | None


class MilestoneOut(msgspec.Struct, frozen=True):
    """A goal below the final one. reached: in the running cycle."""

    at: int
    reward: str
    reached: bool


class VoucherBrief(msgspec.Struct, frozen=True):
    """A voucher that the card holds, without its code: what staff see at the scan."""

    id: str
    status: str
    title: Localised
    redemption: str
    expires_at: datetime | None = None


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """A customer's card.

    balance: stamps in the running cycle. to_go: stamps until the final goal, owed ones included. lifetime: stamps ever
    given. vouchers: those that are issued or active. revision grows with every change of balance or state.
    """

    id: str
    code: str
    number: str
    program: str
    customer: Holder | None
    balance: int
    goal: int
    to_go: int
    cycle: int
    lifetime: int
    milestones: list[MilestoneOut]
    vouchers: list[VoucherBrief]
    links: Links
    revision: int
    external_id: str | None = None
    language: str | None = None
    created_at: datetime | None = None
    closed_at: datetime | None = None


class CardIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A card to be given out. program: its id or slug."""

    program: str
    customer: ContactIn | None = None
    external_id: str | None = None
    language: str | None = None


class EntryOut(msgspec.Struct, frozen=True, kw_only=True):
    """One movement of a card's stamps. hash: hex, chained (see the explanation of the ledger)."""

    seq: int
    operation: str
    unit: str
    delta: int
    balance: int
    recorded_at: datetime
    hash: str
