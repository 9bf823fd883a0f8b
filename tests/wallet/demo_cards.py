"""Cards of the demo's businesses without a database: what a `CardView` of theirs looks like at an instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from cardamom.cards.queries import CardRow
from cardamom.cards.view import CardView, ProgramFace
from cardamom.cli.demo.shops import NAMES, Shop, load_shops
from cardamom.merchants.rules import suggested_currency, suggested_time_zone
from cardamom.merchants.schemas import Merchant
from cardamom.programs.rules import Progress, Rules
from cardamom.programs.schemas import Colours, Design, ProgramIn
from cardamom.vouchers.rules import Status, Voucher, VoucherNow, full_terms, validity
from cardamom.wallet.face import CardFace, Place
from cardamom.wallet.wording import card_face

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HANDLE = "cafe2345"
PAGE = f"https://cards.example.org/c/{HANDLE}oyMsY2ZbIIUVX4dvHMEtTp8K"
CARD_CODE = "140285910337164928"
ROTATING_KEY = "3132333435363738393031323334353637383930"


def an_id(number: int) -> str:
    """The same id for the same number: golden files are compared byte for byte."""
    return f"01900000-0000-7000-8000-{number:012x}"


PLACES = (
    Place(id=an_id(21), latitude=30.0444, longitude=31.2357, name={"ar": "الزمالك", "en": "Zamalek"}),
    Place(id=an_id(22), latitude=29.9602, longitude=31.2569, name={"ar": "المعادي", "en": "Maadi"}),
)


@cache
def shop_of(name: str) -> Shop:
    return dict(zip(NAMES, load_shops(), strict=True))[name]


def a_merchant(shop: str = "cafe", **changes: Any) -> Merchant:
    """The business as it is stored. shop: a name of `cli.demo.shops.NAMES`."""
    new = shop_of(shop).merchant
    merchant = Merchant(
        id=an_id(1),
        slug=new.slug or shop,
        handle=HANDLE,
        name=new.name,
        language=new.language,
        languages=new.languages or [new.language],
        time_zone=new.time_zone or suggested_time_zone(new.region),
        currency=new.currency or suggested_currency(new.region),
        region=new.region,
        brand=new.brand,
        preferences=new.preferences,
        created_at=NOON - timedelta(days=300),
    )
    return msgspec.structs.replace(merchant, **changes)


def a_design(program: ProgramIn, **changes: Any) -> Design:
    said = msgspec.structs.asdict(program.design)
    return Design(**{**said, "colours": said["colours"] or Colours(), **changes})


def a_voucher(
    shop: str = "cafe", reward: str | None = None, *, number: int = 900, **changes: Any
) -> VoucherNow:
    """An active voucher of one of the shop's rewards, issued at NOON. reward: its key; the first without one."""
    offered = shop_of(shop).rewards
    key = reward or next(iter(offered))
    said, merchant = offered[key], a_merchant(shop)
    terms = full_terms(said.terms, kind=said.kind, title=said.title, description=said.description, image=None)
    uses_left = changes.pop("uses_left", terms.uses)
    active_at, expires_at = validity(terms, issued_at=NOON, time_zone=merchant.time_zone)
    voucher: dict[str, Any] = {
        "merchant_id": merchant.id,
        "id": an_id(number),
        "code": f"2{number:016d}8",
        "status": Status.ISSUED if active_at is None else Status.ACTIVE,
        "terms": terms,
        "time_zone": merchant.time_zone,
        "issued_at": NOON,
        "card_id": an_id(2),
        "reward_id": an_id(800 + list(offered).index(key)),
        "active_at": active_at,
        "expires_at": expires_at,
    }
    return VoucherNow(Voucher(**(voucher | changes)), uses_left)


def a_view(
    shop: str = "cafe",
    *,
    program: int = 0,
    balance: int = 7,
    vouchers: Sequence[VoucherNow] = (),
    design: dict[str, Any] | None = None,
    merchant: dict[str, Any] | None = None,
    progress: dict[str, Any] | None = None,
    status: str = "live",
    at: datetime = NOON,
    **card: Any,
) -> CardView:
    """A card of a demo business with stamps of yesterday; each dictionary changes one of its parts."""
    said, business = shop_of(shop).programs[program], a_merchant(shop, **(merchant or {}))
    rewards = shop_of(shop).rewards
    rules = a_rulebook(said, {key: an_id(800 + place) for place, key in enumerate(rewards)})
    return CardView(
        card=a_card(shop, business, rules, balance=balance, progress=progress or {}, changes=card),
        merchant=business,
        program=ProgramFace(
            id=an_id(3),
            slug=said.slug or shop,
            name=said.name,
            status=status,
            version=1,
            design=a_design(said, **(design or {})),
        ),
        titles={an_id(800 + place): reward.title for place, reward in enumerate(rewards.values())},
        vouchers=list(vouchers),
        at=at,
    )


def a_rulebook(program: ProgramIn, reward_ids: dict[str, str]) -> Rules:
    """The program's rules with ids in place of the keys by which its file names rewards."""
    return msgspec.structs.replace(
        program.rules,
        reward=reward_ids.get(program.rules.reward or ""),
        milestones=[
            msgspec.structs.replace(goal, reward=reward_ids[goal.reward]) for goal in program.rules.milestones
        ],
    )


def a_card(
    shop: str,
    merchant: Merchant,
    rules: Rules,
    *,
    balance: int,
    progress: dict[str, Any],
    changes: dict[str, Any],
) -> CardRow:
    state: dict[str, Any] = {
        "version": 1,
        "lifetime": balance,
        "last_at": NOON - timedelta(days=1),
        "reached": [goal.at for goal in rules.milestones if goal.at <= balance],
    }
    row: dict[str, Any] = {
        "merchant_id": merchant.id,
        "id": an_id(2),
        "code": CARD_CODE,
        "number": "482915",
        "program_id": an_id(3),
        "customer_id": an_id(4),
        "customer_name": shop_of(shop).sample.name,
        "external_id": None,
        "language": merchant.language,
        "token_epoch": 1,
        "handle": HANDLE,
        "created_at": NOON - timedelta(days=90),
        "closed_at": None,
        "balance": balance,
        "revision": 12,
        "progress": Progress(**(state | progress)),
        "rules": rules,
        "vouchers": [],
    }
    return CardRow(**(row | changes))


def a_face(
    shop: str = "cafe",
    *,
    page: str = PAGE,
    places: tuple[Place, ...] = (),
    rotating_key: str | None = None,
    replaced: bool = False,
    **view: Any,
) -> CardFace:
    """The same as wallets show it."""
    return card_face(
        a_view(shop, **view),
        handle=HANDLE,
        page=page,
        places=places,
        rotating_key=rotating_key,
        replaced=replaced,
    )
