"""A business and its locations as they are read and written from outside."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, UnsetType

from cardamom.kit.digits import Numbering
from cardamom.kit.languages import Calendar
from cardamom.kit.localised import Localised

DEFAULT_COLOUR = "#1c6b45"


class Brand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The colours of a business, each "#rrggbb". What is drawn corrects them for contrast."""

    colour: str = DEFAULT_COLOUR
    #: Behind the stamps; None lets it follow from `colour`.
    background: str | None = None


class Preferences(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a locale only suggests; None keeps its suggestion. Weekdays are ISO: 1 is Monday, 7 is Sunday."""

    numbering: Numbering | None = None
    calendar: Calendar | None = None
    weekend: list[int] | None = None
    first_weekday: int | None = None


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """A business. `languages` begins with its own one; `handle` stands in its API keys."""

    id: str
    slug: str
    handle: str
    name: Localised
    language: str
    languages: list[str]
    time_zone: str
    currency: str
    region: str
    brand: Brand
    preferences: Preferences
    created_at: datetime


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A place where a business serves its customers. latitude, longitude: where it is, in degrees; both or neither."""

    id: str
    name: Localised
    address: str | None
    latitude: float | None
    longitude: float | None
    created_at: datetime
    closed_at: datetime | None


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Something the owner should know and did not ask for. What it says follows from `kind` and `facts`."""

    id: str
    kind: str
    facts: dict[str, Any]
    created_at: datetime
    read_at: datetime | None


class NewMerchant(msgspec.Struct, frozen=True, kw_only=True):
    """What it takes to begin a business. What is None follows from language, region and name."""

    name: Localised
    language: str
    region: str
    time_zone: str | None = None
    currency: str | None = None
    languages: list[str] | None = None
    slug: str | None = None
    brand: Brand = Brand()
    preferences: Preferences = Preferences()
    location_name: Localised | None = None


class MerchantPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings that change; what is absent stays. `brand` and `preferences` are replaced as a whole."""

    name: Localised | None = None
    language: str | None = None
    languages: list[str] | None = None
    time_zone: str | None = None
    currency: str | None = None
    region: str | None = None
    brand: Brand | None = None
    preferences: Preferences | None = None


class NewLocation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """latitude, longitude: in degrees (WGS 84), both or neither. Wallets show a card when its holder comes near."""

    name: Localised
    address: Annotated[str, msgspec.Meta(max_length=10_000)] | None = None
    latitude: float | None = None
    longitude: float | None = None


class LocationPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a location; what is absent stays, and an empty address removes it.

    closed: true closes it, false opens it again. latitude, longitude: both, or both null to take it off the map.
    """

    name: Localised | None = None
    address: str | None = None
    closed: bool | None = None
    latitude: float | UnsetType | None = UNSET
    longitude: float | UnsetType | None = UNSET


class Locations(msgspec.Struct, frozen=True, kw_only=True):
    """A page of locations; `next` is the cursor of the following page."""

    items: list[Location]
    next: str | None
