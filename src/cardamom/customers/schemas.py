"""Card holders as they are read and written from outside."""

from datetime import datetime

import msgspec

from cardamom.customers.consents import Channel, Purpose, Source


class ConsentRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One giving (granted) or withdrawing of a consent, with the words that the person saw."""

    id: str
    channel: Channel
    purpose: Purpose
    granted: bool
    wording: str
    language: str
    source: Source
    recorded_at: datetime


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """A card holder. phone is E.164; birthday is "YYYY-MM-DD" or, without the year, "--MM-DD".

    consents: what is in force, at most one for each channel and purpose; a withdrawn one has granted: false.
    """

    id: str
    name: str | None
    phone: str | None
    email: str | None
    birthday: str | None
    language: str | None
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    consents: list[ConsentRecord]


class Customers(msgspec.Struct, frozen=True, kw_only=True):
    """A page of customers; `next` is the cursor of the following page."""

    items: list[Customer]
    next: str | None
