"""The journal in words: what each operation was, who did it where, and why it was refused.

Pure: operations and the names around them in, lines out, in the language in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

import msgspec

from cardamom.cards.stamping import StampCard
from cardamom.kit.clock import local_day
from cardamom.kit.codes import grouped
from cardamom.kit.errors import refusal
from cardamom.kit.i18n import LazyText, _, lazy, ngettext, say_number
from cardamom.kit.text import isolate
from cardamom.ledger.queries import Operation
from cardamom.merchants.schemas import Merchant
from cardamom.merchants.speech import text_for_reader
from cardamom.vouchers.redeeming import RedeemVoucher


class Kind(msgspec.Struct, frozen=True):
    """A kind of operation as people call it. icon: a name of the interface's icons."""

    words: LazyText
    icon: str


#: By `Command.kind`. A test compares it with everything that the ledger takes.
KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "card.stamp": Kind(lazy("Stamp"), "stamp"),
        "card.undo": Kind(lazy("Stamp undone"), "undo-2"),
        "card.expire_stamps": Kind(lazy("Stamps expired"), "hourglass"),
        "card.join": Kind(lazy("New card"), "wallet-cards"),
        "card.renew_link": Kind(lazy("New link for a card"), "link"),
        "wallet.issue_pass": Kind(lazy("Pass made for a wallet"), "wallet-cards"),
        "wallet.register_device": Kind(lazy("Card saved to Apple Wallet"), "smartphone"),
        "wallet.unregister_device": Kind(lazy("Card removed from Apple Wallet"), "smartphone"),
        "wallet.mark_saved": Kind(lazy("Card saved to Google Wallet"), "smartphone"),
        "wallet.mark_removed": Kind(lazy("Card removed from Google Wallet"), "smartphone"),
        "wallet.refresh_passes": Kind(lazy("Passes brought up to date"), "refresh-cw"),
        "voucher.redeem": Kind(lazy("Redemption"), "ticket-check"),
        "voucher.undo_redemption": Kind(lazy("Redemption undone"), "undo-2"),
        "voucher.issue": Kind(lazy("Voucher issued"), "ticket"),
        "voucher.cancel": Kind(lazy("Voucher cancelled"), "ticket-x"),
        "voucher.expire": Kind(lazy("Vouchers expired"), "hourglass"),
        "pool.create": Kind(lazy("Pool of codes created"), "plus"),
        "pool.fill": Kind(lazy("Codes imported"), "upload"),
        "customer.create": Kind(lazy("Customer added"), "user-plus"),
        "customer.update": Kind(lazy("Customer changed"), "pencil"),
        "consent.record": Kind(lazy("Consent recorded"), "check"),
        "reward.create": Kind(lazy("Reward created"), "gift"),
        "reward.update": Kind(lazy("Reward changed"), "gift"),
        "program.create": Kind(lazy("Program created"), "plus"),
        "program.update": Kind(lazy("Program changed"), "pencil"),
        "access.set_up": Kind(lazy("Business set up"), "store"),
        "person.add": Kind(lazy("Person added"), "user-plus"),
        "person.change_role": Kind(lazy("Role changed"), "id-card"),
        "person.reset_password": Kind(lazy("Password reset"), "lock"),
        "person.change_password": Kind(lazy("Own password changed"), "lock"),
        "person.remove": Kind(lazy("Person removed"), "user"),
        "wallet.set_credential": Kind(lazy("Keys of a wallet added"), "key-round"),
        "wallet.remove_credential": Kind(lazy("Keys of a wallet removed"), "key-round"),
        "api_key.create": Kind(lazy("API key created"), "key-round"),
        "api_key.revoke": Kind(lazy("API key revoked"), "key-round"),
        "merchant.create": Kind(lazy("Business created"), "store"),
        "merchant.update": Kind(lazy("Settings changed"), "settings"),
        "picture.upload": Kind(lazy("Picture uploaded"), "palette"),
        "location.add": Kind(lazy("Location added"), "map-pin"),
        "location.update": Kind(lazy("Location changed"), "map-pin"),
        "notice.record": Kind(lazy("Notice to the owner"), "bell"),
        "notice.read": Kind(lazy("Notices read"), "bell"),
    }
)

_WALLET: Final = frozenset(
    {
        "wallet.issue_pass",
        "wallet.register_device",
        "wallet.unregister_device",
        "wallet.mark_saved",
        "wallet.mark_removed",
        "wallet.refresh_passes",
    }
)

#: What the journal can be narrowed to: name in the address -> (words, kinds).
GROUPS: Final[Mapping[str, tuple[LazyText, frozenset[str]]]] = MappingProxyType(
    {
        "stamps": (lazy("Stamps"), frozenset({"card.stamp", "card.expire_stamps"})),
        "redemptions": (lazy("Redemptions"), frozenset({"voucher.redeem"})),
        "undone": (lazy("Undone"), frozenset({"card.undo", "voucher.undo_redemption"})),
        "cards": (lazy("Cards"), frozenset({"card.join", "card.renew_link", *_WALLET})),
        "vouchers": (lazy("Vouchers"), frozenset({"voucher.issue", "voucher.cancel", "voucher.expire"})),
    }
)
#: As their makers write them, in every language.
_WALLET_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {"apple": "Apple Wallet", "google": "Google Wallet"}
)
_GROUPED: Final = frozenset().union(*(kinds for _words, kinds in GROUPS.values()))
SETTINGS_KINDS: Final = frozenset(KINDS) - _GROUPED

#: A device's clock may be a little wrong without anybody wanting to know.
_WORTH_TELLING = timedelta(minutes=2)
_REVERSIBLE = frozenset({StampCard.kind, RedeemVoucher.kind})


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """The names around some operations. actors: by the operation's own reference, "person:0190…"; the rest by id.

    cards: holder's name (None when nobody is known) and short number.
    """

    actors: Mapping[str, str] = {}
    cards: Mapping[str, tuple[str | None, str]] = {}
    locations: Mapping[str, Mapping[str, str]] = {}


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An operation as the journal shows it.

    subject: a name to be isolated, with the page that it leads to. what: in words, "" where the kind says it all.
    why: the sentence of a refusal, or the reason of a reversal. occurred_at: on the device's clock, where that differs.
    """

    id: str
    words: str
    icon: str
    subject: str
    subject_url: str
    what: str
    why: str
    who: str
    where: str
    recorded_at: datetime
    occurred_at: datetime | None
    is_refused: bool
    reverses: str | None
    reversed_by: str | None
    is_reversible: bool


class Day(msgspec.Struct, frozen=True):
    """The lines of one calendar day of the shop."""

    day: date
    lines: list[Line]


def lines_of(merchant: Merchant, operations: Iterable[Operation], names: Names) -> list[Line]:
    """In the order in which they come."""
    return [_line(merchant, operation, names) for operation in operations]


def by_day(lines: Sequence[Line], *, time_zone: str) -> list[Day]:
    """The same lines under the days of the shop on which they were recorded."""
    days: list[Day] = []
    for line in lines:
        day = local_day(line.recorded_at, time_zone=time_zone)
        if not days or days[-1].day != day:
            days.append(Day(day, []))
        days[-1].lines.append(line)
    return days


def _line(merchant: Merchant, operation: Operation, names: Names) -> Line:
    kind = KINDS.get(operation.kind)
    subject, url = _subject(merchant, operation.facts, names)
    is_refused = operation.outcome == "refused"
    location = names.locations.get(operation.location_id or "")
    places = [text_for_reader(merchant, location)] if location else []
    return Line(
        id=operation.id,
        words=operation.kind if kind is None else str(kind.words),
        icon="ellipsis" if kind is None else kind.icon,
        subject=subject,
        subject_url=url,
        what="" if is_refused else _what(merchant, operation),
        why=_why(operation),
        who=_who(operation.actor, names),
        where=" · ".join(isolate(part) for part in [*places, operation.device] if part),
        recorded_at=operation.recorded_at,
        occurred_at=_own_time(operation),
        is_refused=is_refused,
        reverses=operation.reverses,
        reversed_by=operation.reversed_by,
        is_reversible=_is_reversible(operation),
    )


def _own_time(operation: Operation) -> datetime | None:
    """The device's time where it says something else than the server's."""
    at = operation.occurred_at
    return at if at is not None and abs(at - operation.recorded_at) >= _WORTH_TELLING else None


def _is_reversible(operation: Operation) -> bool:
    """A stamp or a redemption that was granted and still stands. A second reading of a card gave nothing."""
    return (
        operation.kind in _REVERSIBLE
        and operation.outcome == "accepted"
        and operation.reversed_by is None
        and operation.facts.get("repeats") is None
    )


def _subject(merchant: Merchant, facts: Mapping[str, Any], names: Names) -> tuple[str, str]:
    card_id, voucher_id = facts.get("card"), facts.get("voucher")
    if isinstance(card_id, str) and card_id in names.cards:
        name, number = names.cards[card_id]
        return name or _("Card %(number)s") % {"number": grouped(number)}, f"/app/cards/{card_id}"
    if voucher_id is not None:
        return text_for_reader(merchant, facts.get("title") or {}), f"/app/vouchers/{voucher_id}"
    for fact, section in (("customer_id", "customers"), ("program_id", "programs")):
        if facts.get(fact) is not None:
            return "", f"/app/{section}/{facts[fact]}"
    return "", ""


def _what(merchant: Merchant, operation: Operation) -> str:
    facts = operation.facts
    match operation.kind:
        case "card.stamp" if facts.get("repeats") is not None:
            return _("Read twice, counted once")
        case "card.stamp":
            return _stamped(facts)
        case "card.undo":
            return _("Now %(balance)s of %(goal)s") % _standing(facts)
        case "voucher.redeem" | "voucher.issue" if facts.get("title"):
            return isolate(text_for_reader(merchant, facts["title"]))
        case "voucher.expire":
            count = facts.get("expired", 0)
            return ngettext("%(count)s voucher", "%(count)s vouchers", count) % {"count": say_number(count)}
        case "wallet.issue_pass" | "wallet.set_credential" | "wallet.remove_credential" if (
            facts.get("wallet") in _WALLET_NAMES
        ):
            return _WALLET_NAMES[facts["wallet"]]
        case "wallet.register_device" if not facts.get("is_new"):
            return _("On a phone that already has this pass")
        case "wallet.refresh_passes":
            count = facts.get("passes", 0)
            return ngettext("%(count)s pass", "%(count)s passes", count) % {"count": say_number(count)}
        case "pool.fill":
            count = facts.get("added", 0)
            return ngettext("%(count)s code", "%(count)s codes", count) % {"count": say_number(count)}
    return ""


def _stamped(facts: Mapping[str, Any]) -> str:
    granted = facts.get("granted", 0)
    places = {"count": say_number(granted), **_standing(facts)}
    if facts.get("issued"):
        return ngettext("%(count)s stamp, reward issued", "%(count)s stamps, reward issued", granted) % places
    return (
        ngettext(
            "%(count)s stamp, now %(balance)s of %(goal)s",
            "%(count)s stamps, now %(balance)s of %(goal)s",
            granted,
        )
        % places
    )


def _standing(facts: Mapping[str, Any]) -> dict[str, str]:
    return {"balance": say_number(facts["balance"]), "goal": say_number(facts["goal"])}


def _why(operation: Operation) -> str:
    if operation.reason is None:
        return str(operation.facts.get("note") or "")
    try:
        return refusal(operation.reason, operation.facts).sentence()
    except LookupError:
        # Books outlive the code that wrote them: a refusal of an older release may have no class any more.
        return _("Refused: %(code)s") % {"code": operation.reason}


def _who(actor: str, names: Names) -> str:
    known = names.actors.get(actor)
    match actor.partition(":")[0]:
        case "person":
            return known or _("Somebody who left")
        case "api_key":
            return _("API key %(name)s") % {"name": isolate(known)} if known else _("API key")
        case "customer":
            return known or _("Customer")
        case "device":
            return _("Device")
    return _("Automatic")
