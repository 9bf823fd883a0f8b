"""Which passes an event touches, and how urgent it is."""

from typing import Any

import pytest

from cardamom.kit.clock import now
from cardamom.ledger.dispatcher import PlacedEvent
from cardamom.wallet.touching import EVENT_TYPES, Redesign, Urgency, redesigns, touches

VOUCHER = {"card": "card-1", "customer": None, "program": None, "reward": None}
TOUCHED: list[tuple[str, dict[str, Any], list[tuple[str, str, Urgency]]]] = [
    ("stamp.added", {}, [("subject", "it", Urgency.STAMP)]),
    ("stamp.undone", {}, [("subject", "it", Urgency.STAMP)]),
    ("stamps.expired", {}, [("subject", "it", Urgency.STAMP)]),
    ("goal.reached", {}, [("subject", "it", Urgency.STAMP)]),
    (
        "voucher.issued",
        VOUCHER,
        [("subject", "it", Urgency.COSMETIC), ("subject", "card-1", Urgency.COSMETIC)],
    ),
    ("voucher.issued", {**VOUCHER, "card": None}, [("subject", "it", Urgency.COSMETIC)]),
    ("voucher.redeemed", VOUCHER, [("subject", "it", Urgency.REDEEM), ("subject", "card-1", Urgency.REDEEM)]),
    (
        "voucher.redemption_undone",
        VOUCHER,
        [("subject", "it", Urgency.REDEEM), ("subject", "card-1", Urgency.REDEEM)],
    ),
    (
        "voucher.cancelled",
        VOUCHER,
        [("subject", "it", Urgency.REDEEM), ("subject", "card-1", Urgency.REDEEM)],
    ),
    (
        "voucher.expired",
        VOUCHER,
        [("subject", "it", Urgency.COSMETIC), ("subject", "card-1", Urgency.COSMETIC)],
    ),
    ("card.link_renewed", {}, [("older_links", "it", Urgency.REDEEM)]),
    ("customer.updated", {"changed": ["phone", "name"]}, [("holder", "it", Urgency.COSMETIC)]),
    ("customer.updated", {"changed": ["phone"]}, []),
    ("program.updated", {"changed": ["design"]}, [("subject", "it", Urgency.COSMETIC)]),
    ("program.updated", {"changed": ["slug", "join_form", "rules"]}, []),
    ("reward.updated", {"changed": ["terms"]}, [("subject", "it", Urgency.COSMETIC)]),
    ("reward.updated", {"changed": ["archived"]}, []),
    ("merchant.updated", {"changed": ["brand"]}, [("classes", "shop", Urgency.COSMETIC)]),
    ("location.updated", {"changed": ["address"]}, []),
    ("location.closed", {}, [("classes", "shop", Urgency.COSMETIC)]),
]
REDESIGNED: list[tuple[str, list[str], Redesign | None]] = [
    ("stamp.added", [], None),
    ("voucher.redeemed", [], None),
    ("program.updated", ["design"], Redesign("shop", 7, program_id="it")),
    ("program.updated", ["rules"], None),
    ("program.updated", ["slug"], None),
    ("reward.updated", ["title"], Redesign("shop", 7, reward_id="it")),
    ("reward.updated", ["terms"], None),
    ("merchant.updated", ["name"], Redesign("shop", 7)),
    ("merchant.updated", ["region"], None),
    ("location.updated", ["latitude", "longitude"], Redesign("shop", 7)),
    ("location.updated", ["name"], Redesign("shop", 7, location_id="it")),
    ("location.updated", ["address"], None),
    ("location.added", [], Redesign("shop", 7, location_id="it")),
    ("location.closed", [], Redesign("shop", 7, location_id="it")),
    ("location.reopened", [], Redesign("shop", 7, location_id="it")),
]


def placed(event_type: str, payload: dict[str, Any]) -> PlacedEvent:
    return PlacedEvent("shop", "event", event_type, "it", payload, "operation", now(), 7)


@pytest.mark.parametrize(("event_type", "payload", "expected"), TOUCHED)
def test_an_event_touches(
    event_type: str, payload: dict[str, Any], expected: list[tuple[str, str, Urgency]]
) -> None:
    found = list(touches(placed(event_type, payload)))
    assert [(each.scope, each.subject_id, each.urgency) for each in found] == expected
    assert {(each.merchant_id, each.position) for each in found} <= {("shop", 7)}


@pytest.mark.parametrize(("event_type", "changed", "expected"), REDESIGNED)
def test_an_event_redesigns(event_type: str, changed: list[str], expected: Redesign | None) -> None:
    assert redesigns(placed(event_type, {"changed": changed, "card": None})) == expected


def test_every_type_that_is_heard_has_a_case() -> None:
    assert {event_type for event_type, *_ in TOUCHED + REDESIGNED} == EVENT_TYPES


def test_a_redemption_goes_before_a_stamp_and_a_stamp_before_a_name() -> None:
    assert Urgency.REDEEM > Urgency.STAMP > Urgency.COSMETIC > Urgency.ROLLOUT > 0
