"""Programs and rewards as they are read and written from outside (DESIGN section 7).

A patch names what changes: of `rules`, `design`, `join_form` and `terms` each part that is absent stays as it is.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from cardamom.kit.colour import INK, PAPER
from cardamom.kit.localised import Localised
from cardamom.kit.money import Money
from cardamom.merchants.schemas import DEFAULT_COLOUR
from cardamom.programs.definition import Earn, Expiry, HappyHour, Milestone, Rules

S = TypeVar("S", bound=msgspec.Struct)

Status = Literal["draft", "live", "archived"]

#: The stamps that `cards` can draw. A name is never taken away: old versions keep it.
Icon = Literal[
    "cup",
    "croissant",
    "bread",
    "cake",
    "ice_cream",
    "pizza",
    "plate",
    "drink",
    "scissors",
    "drop",
    "flower",
    "leaf",
    "car",
    "wrench",
    "shirt",
    "paw",
    "book",
    "dumbbell",
    "tooth",
    "star",
    "heart",
    "gift",
    "check",
]
Pattern = Literal["plain", "emblem", "dots", "rays"]

#: How the join page asks for something.
Wish = Literal["off", "optional", "required"]
#: How a message would reach the customer, and what for; the same words as in `customers`.
Channel = Literal["email", "sms", "whatsapp", "telegram", "push", "wallet"]
Purpose = Literal["marketing", "profiling"]


class Colours(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Each "#rrggbb". accent is the colour of the stamps. What is drawn corrects them for contrast."""

    background: str = PAPER
    ink: str = INK
    accent: str = DEFAULT_COLOUR


class DesignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a card looks. Without colours it begins in those of the business.

    headline: one line above the stamps. terms: what the shop promises and does not. how_to: how one collects.
    logo, cover, stamp: hashes of uploaded pictures: the shop's sign, what lies behind the stamps, and a stamp of its
    own instead of the icon. code: what the till scans stays the same, or changes every half minute where a wallet can
    do that. sharing: whether wallets offer to pass the card on.
    """

    colours: Colours | None = None
    icon: Icon = "cup"
    pattern: Pattern = "plain"
    headline: Localised = {}
    terms: Localised = {}
    how_to: Localised = {}
    logo: str | None = None
    cover: str | None = None
    stamp: str | None = None
    code: Literal["fixed", "rotating"] = "fixed"
    sharing: Literal["allowed", "discouraged"] = "allowed"


class Design(DesignIn, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a card looks."""

    colours: Colours = Colours()


class DesignPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    colours: Colours | UnsetType = UNSET
    icon: Icon | UnsetType = UNSET
    pattern: Pattern | UnsetType = UNSET
    headline: Localised | UnsetType = UNSET
    terms: Localised | UnsetType = UNSET
    how_to: Localised | UnsetType = UNSET
    logo: str | UnsetType | None = UNSET
    cover: str | UnsetType | None = UNSET
    stamp: str | UnsetType | None = UNSET
    code: Literal["fixed", "rotating"] | UnsetType = UNSET
    sharing: Literal["allowed", "discouraged"] | UnsetType = UNSET


class ConsentBox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A box on the join page. Its wording is stored with the consent."""

    channel: Channel
    purpose: Purpose
    wording: Localised


class JoinForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the join page asks for. Nothing is required unless the owner says so."""

    name: Wish = "optional"
    phone: Wish = "optional"
    email: Wish = "optional"
    birthday: Wish = "off"
    consents: list[ConsentBox] = []


class JoinFormPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: Wish | UnsetType = UNSET
    phone: Wish | UnsetType = UNSET
    email: Wish | UnsetType = UNSET
    birthday: Wish | UnsetType = UNSET
    consents: list[ConsentBox] | UnsetType = UNSET


class RulesPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    goal: int | UnsetType = UNSET
    earn: Earn | UnsetType = UNSET
    reward: str | UnsetType | None = UNSET
    milestones: list[Milestone] | UnsetType = UNSET
    welcome_stamps: int | UnsetType = UNSET
    cooldown_seconds: int | UnsetType = UNSET
    daily_cap: int | UnsetType | None = UNSET
    stamps_cap: int | UnsetType = UNSET
    happy_hours: list[HappyHour] | UnsetType = UNSET
    expiry: Expiry | UnsetType | None = UNSET
    locations: list[str] | UnsetType | None = UNSET


class ProgramIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new program. It is live at once unless it is called a draft. slug: of its join page, /j/{slug}."""

    name: Localised
    rules: Rules
    slug: str | None = None
    status: Literal["draft", "live"] = "live"
    design: DesignIn = msgspec.field(default_factory=DesignIn)
    join_form: JoinForm = msgspec.field(default_factory=JoinForm)


class ProgramPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a program. Other rules, another design or join form make a new version. A new look is on every
    card at once; cards come under new rules with their next cycle. An old slug keeps leading to the program."""

    name: Localised | UnsetType = UNSET
    slug: str | UnsetType = UNSET
    status: Status | UnsetType = UNSET
    rules: RulesPatch | UnsetType = UNSET
    design: DesignPatch | UnsetType = UNSET
    join_form: JoinFormPatch | UnsetType = UNSET


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """A program under its newest version. status: drafts cannot be joined; archived ones are over, their vouchers are
    not."""

    id: str
    slug: str
    name: Localised
    status: Status
    version: int
    design: Design
    rules: Rules
    join_form: JoinForm
    created_at: datetime
    updated_at: datetime


class Programs(msgspec.Struct, frozen=True, kw_only=True):
    """A page of programs; `next` is the cursor of the following page."""

    items: list[Program]
    next: str | None


class RedeemCode(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A code for a till of another maker. shared: `text`, the same for everybody. pool: one of the imported codes of
    `pool`, drawn at redemption. generated: each voucher its own."""

    kind: Literal["shared", "pool", "generated"]
    text: str | None = None
    pool: str | None = None


class Validity(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For how long. n counts days or months; date is the last valid day, in the shop's time zone."""

    kind: Literal["unlimited", "days", "months", "fixed"] = "unlimited"
    n: int | None = None
    date: date | None = None


class RewardTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a voucher of this reward will promise. A voucher keeps the terms it was issued with.

    redemption: self by the customer's tap, staff by their scan, code by a till of another maker.
    value: what it is worth to the customer; cost: what it costs the shop; both in the merchant's currency.
    locations: where it is accepted; None is everywhere. uses: how often in all.
    """

    redemption: Literal["self", "staff", "code"] = "staff"
    validity: Validity = Validity()
    code: RedeemCode | None = None
    active_from: Literal["now", "next_visit"] = "now"
    locations: list[str] | None = None
    value: Money | None = None
    cost: Money | None = None
    uses: int = 1


class RewardTermsPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    redemption: Literal["self", "staff", "code"] | UnsetType = UNSET
    validity: Validity | UnsetType = UNSET
    code: RedeemCode | UnsetType | None = UNSET
    active_from: Literal["now", "next_visit"] | UnsetType = UNSET
    locations: list[str] | UnsetType | None = UNSET
    value: Money | UnsetType | None = UNSET
    cost: Money | UnsetType | None = UNSET
    uses: int | UnsetType = UNSET


class RewardIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new reward. An award is handed over on the spot, a voucher whenever the customer wants it.

    image: hash of an uploaded picture.
    """

    title: Localised
    kind: Literal["award", "voucher"] = "voucher"
    description: Localised = {}
    image: str | None = None
    terms: RewardTerms = msgspec.field(default_factory=RewardTerms)


class RewardPatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What changes about a reward; vouchers that were issued stay as they are.

    archived: true takes it out of use, which a program that offers it prevents; false brings it back.
    """

    title: Localised | UnsetType = UNSET
    description: Localised | UnsetType = UNSET
    image: str | UnsetType | None = UNSET
    terms: RewardTermsPatch | UnsetType = UNSET
    archived: bool | UnsetType = UNSET


class Reward(msgspec.Struct, frozen=True, kw_only=True):
    """What a goal, a campaign or a person may give."""

    id: str
    kind: Literal["award", "voucher", "lottery"]
    title: Localised
    description: Localised
    image: str | None
    terms: RewardTerms
    created_at: datetime
    updated_at: datetime
    archived_at: datetime | None


class Rewards(msgspec.Struct, frozen=True, kw_only=True):
    """A page of rewards; `next` is the cursor of the following page."""

    items: list[Reward]
    next: str | None


def patched(current: S, patch: msgspec.Struct) -> S:
    """The same with every part that the patch names."""
    named = {name: getattr(patch, name) for name in patch.__struct_fields__}
    return msgspec.structs.replace(
        current, **{name: value for name, value in named.items() if value is not UNSET}
    )
