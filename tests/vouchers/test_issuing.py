"""Vouchers by hand: for a card, for a customer, for whoever holds the code."""

from datetime import date
from typing import Any

import pytest

from cardamom.customers.contacts import Contact
from cardamom.kit.actor import ActorKind
from cardamom.kit.clock import SimulatedClock
from cardamom.kit.codes import CodeKind, parse_code
from cardamom.kit.errors import Malformed, NotFound, NotPermitted, Refused
from cardamom.kit.ids import new_id
from cardamom.kit.money import Money
from cardamom.programs.schemas import (
    RedeemCode,
    RewardIn,
    RewardPatch,
    RewardTerms,
    RewardTermsPatch,
    Validity,
)
from cardamom.programs.service import create_reward, update_reward
from cardamom.vouchers.queries import vouchers_of_card
from cardamom.vouchers.schemas import VoucherIn
from cardamom.vouchers.service import issue_voucher
from tests.vouchers.shop import Shop
from tests.world import BARBER, a_world


async def test_a_voucher_for_a_card_keeps_its_terms(shop: Shop, clock: SimulatedClock) -> None:
    card_id = await shop.world.a_card()
    voucher_id = await shop.a_voucher(
        card=card_id,
        description={"en": "Any size"},
        validity=Validity(kind="days", n=30),
        redemption="self",
        value=Money(5_000, "EGP"),
    )
    voucher = await shop.voucher(voucher_id)
    assert voucher.title == {"en": "A free coffee", "ar": "قهوة مجانية"}
    assert (voucher.status, voucher.redemption, voucher.description) == ("active", "self", {"en": "Any size"})
    assert (voucher.card, voucher.value) == (card_id, Money(5_000, "EGP"))
    assert (voucher.issued_at, voucher.active_at) == (clock(), clock())
    assert voucher.expires_at is not None
    assert voucher.expires_at.isoformat() == "2026-04-09T22:00:00+00:00"
    assert parse_code(voucher.code).kind is CodeKind.VOUCHER
    async with shop.database.reading(shop.merchant_id) as tx:
        on_card = await vouchers_of_card(tx, shop.merchant_id, card_id)
    assert [found.voucher.id for found in on_card] == [voucher_id]


async def test_a_card_brings_its_customer_and_its_program(shop: Shop) -> None:
    card_id, other_id = await shop.world.a_card(contact=Contact(name="ليلى")), await shop.world.a_card()
    card = await shop.world.card(card_id)
    voucher = await shop.voucher(await shop.a_voucher(card=card_id))
    assert (voucher.customer, voucher.program) == (card.customer_id, shop.world.program_id)
    assert (await shop.issue(card=card_id, customer=card.customer_id)).accepted
    with pytest.raises(NotFound):
        await shop.issue(card=other_id, customer=card.customer_id)


async def test_without_a_holder_it_belongs_to_whoever_has_its_code(shop: Shop) -> None:
    voucher = await shop.voucher(await shop.a_voucher())
    assert (voucher.card, voucher.customer) == (None, None)
    assert parse_code(voucher.code).kind is CodeKind.GIFT


async def test_a_customer_gets_one_without_naming_a_card(shop: Shop) -> None:
    card = await shop.world.card(await shop.world.a_card(contact=Contact(name="ليلى")))
    voucher = await shop.voucher(await shop.a_voucher(customer=card.customer_id))
    assert voucher.customer == card.customer_id
    assert parse_code(voucher.code).kind is CodeKind.VOUCHER


async def test_a_reward_brings_its_terms_and_a_later_change_does_not_reach_them(shop: Shop) -> None:
    voucher_id = await shop.a_voucher(reward=shop.world.reward_id)
    await update_reward(
        shop.ledger,
        actor=shop.owner,
        merchant_id=shop.merchant_id,
        reward_id=shop.world.reward_id,
        patch=RewardPatch(title={"en": "A tea"}, terms=RewardTermsPatch(redemption="self")),
        key=new_id(),
    )
    voucher = await shop.voucher(voucher_id)
    assert (voucher.title["en"], voucher.redemption, voucher.reward) == (
        "Free coffee",
        "staff",
        shop.world.reward_id,
    )
    later = await shop.voucher(await shop.a_voucher(reward=shop.world.reward_id))
    assert (later.title, later.redemption) == ({"en": "A tea"}, "self")


async def test_an_archived_reward_issues_nothing(shop: Shop) -> None:
    ours: dict[str, Any] = {"actor": shop.owner, "merchant_id": shop.merchant_id}
    created = await create_reward(shop.ledger, **ours, new=RewardIn(title={"en": "A tea"}), key=new_id())
    reward_id = created.facts["reward_id"]
    assert (await shop.issue(reward=reward_id)).accepted
    await update_reward(
        shop.ledger, **ours, reward_id=reward_id, patch=RewardPatch(archived=True), key=new_id()
    )
    for unknown in (reward_id, new_id()):
        with pytest.raises(NotFound):
            await shop.issue(reward=unknown)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": None}, "title"),
        ({"reward": new_id(), "title": {"en": "A tea"}}, "reward"),
        ({"reward": new_id(), "validity": Validity(kind="days", n=1)}, "reward"),
        ({"reward": new_id(), "description": {"en": "Any size"}}, "reward"),
    ],
)
async def test_a_reward_and_own_terms_exclude_one_another(
    shop: Shop, said: dict[str, Any], field: str
) -> None:
    with pytest.raises(Malformed) as refused:
        await shop.issue(**said)
    assert refused.value.facts == {"field": field}


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"title": {}}, "localised_malformed"),
        ({"title": {"en": "x" * 81}}, "text_too_long"),
        ({"validity": Validity(kind="days")}, "terms_malformed"),
        ({"validity": Validity(kind="days", n=10**12)}, "terms_malformed"),
        ({"validity": Validity(kind="fixed", date=date(9999, 12, 31))}, "terms_malformed"),
        ({"validity": Validity(kind="fixed", date=date(2026, 3, 9))}, "terms_malformed"),
        ({"redemption": "code"}, "terms_malformed"),
        ({"code": RedeemCode(kind="shared", text="قهوة")}, "terms_malformed"),
        ({"code": RedeemCode(kind="pool", pool=new_id())}, "pool_unknown"),
        ({"code": RedeemCode(kind="pool", pool="x")}, "terms_malformed"),
        ({"value": Money(100, "EUR")}, "currency_mismatch"),
        ({"locations": [new_id()]}, "terms_malformed"),
        ({"uses": 0}, "terms_malformed"),
        ({"card": new_id()}, "not_found"),
        ({"card": "x"}, "not_found"),
        ({"customer": new_id()}, "not_found"),
        ({"reward": "x"}, "not_found"),
    ],
)
async def test_what_makes_no_sense_is_refused(shop: Shop, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        await shop.issue(**said)
    assert refused.value.code == code
    assert refused.value.sentence()


async def test_the_last_day_may_be_today(shop: Shop) -> None:
    voucher_id = await shop.a_voucher(validity=Validity(kind="fixed", date=date(2026, 3, 10)))
    assert (await shop.voucher(voucher_id)).status == "active"


async def test_another_shops_things_do_not_exist_here(shop: Shop) -> None:
    barber = await a_world(shop.ledger, new=BARBER)
    card_id = await barber.a_card()
    card = await barber.card(card_id)
    for said in ({"card": card_id}, {"customer": card.customer_id or new_id()}, {"reward": barber.reward_id}):
        with pytest.raises(NotFound):
            await shop.issue(**said)


async def test_a_voucher_is_no_card(shop: Shop) -> None:
    with pytest.raises(NotFound):
        await shop.issue(card=await shop.a_voucher())


async def test_staff_do_not_issue(shop: Shop) -> None:
    assert shop.staff.kind is ActorKind.PERSON
    with pytest.raises(NotPermitted):
        await issue_voucher(
            shop.ledger,
            actor=shop.staff,
            merchant_id=shop.merchant_id,
            new=VoucherIn(title={"en": "A tea"}),
            key=new_id(),
        )


async def test_what_a_full_card_issues_can_be_used(shop: Shop) -> None:
    world = await a_world(shop.ledger, terms=RewardTerms(active_from="next_visit", redemption="self"))
    card_id = await world.a_card(stamps=9)
    await world.stamp(card_id)
    (brief,) = (await world.card(card_id)).vouchers
    theirs = {"actor": world.owner, "merchant_id": world.merchant_id}
    assert (await shop.redeem(brief.id, **theirs)).reason == "voucher_not_yet_active"
    await world.stamp(card_id)
    assert (await shop.redeem(brief.id, **theirs)).accepted
