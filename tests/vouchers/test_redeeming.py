"""A voucher is used through the real ledger: once, whoever asks and however often."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from cardamom.kit.actor import ActorKind
from cardamom.kit.clock import SimulatedClock
from cardamom.kit.errors import KeyReused, Malformed, NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.merchants.queries import locations_of
from cardamom.programs.schemas import RedeemCode, Validity
from cardamom.vouchers.queries import voucher_by_id
from cardamom.vouchers.schemas import RedemptionIn
from tests.vouchers.shop import Shop, an_actor
from tests.world import BARBER, a_world


async def test_the_second_use_shows_when_and_how_the_first_was(shop: Shop, clock: SimulatedClock) -> None:
    voucher_id = await shop.a_voucher()
    first = await shop.redeem(voucher_id)
    assert (first.accepted, first.facts["via"], first.facts["uses_left"]) == (True, "staff", 0)
    used_at = clock()
    clock.advance(timedelta(hours=3))
    second = await shop.redeem(voucher_id)
    assert second.reason == "voucher_already_redeemed"
    assert second.facts["redeemed_at"] == used_at.isoformat()
    assert second.facts["voucher"] == voucher_id
    assert "14:00" in second.refusal().sentence()
    voucher = await shop.voucher(voucher_id)
    assert (voucher.status, voucher.redeemed_at, voucher.redeemed_via) == ("redeemed", used_at, "staff")
    assert await shop.moves(voucher_id) == [("use", 1), ("use", -1)]
    assert await shop.books_are_sound()


async def test_it_is_found_by_its_code(shop: Shop) -> None:
    voucher_id = await shop.a_voucher()
    code = (await shop.voucher(voucher_id)).code
    outcome = await shop.redeem(None, code=code)  # type: ignore[arg-type]
    assert outcome.facts["voucher"] == voucher_id


async def test_the_same_key_is_the_same_use(shop: Shop) -> None:
    voucher_id, actor = await shop.a_voucher(), shop.staff
    first = await shop.redeem(voucher_id, key="once", actor=actor)
    again = await shop.redeem(voucher_id, key="once", actor=actor)
    assert (again.replayed, again.operation_id, again.facts) == (True, first.operation_id, first.facts)
    with pytest.raises(KeyReused):
        await shop.redeem(await shop.a_voucher(), key="once", actor=actor)


async def test_the_first_answer_carries_the_voucher_as_it_is_stored(shop: Shop) -> None:
    voucher_id = await shop.a_voucher(code=RedeemCode(kind="shared", text="FREECOFFEE"), redemption="code")
    outcome = await shop.redeem(voucher_id)
    async with shop.database.reading(shop.merchant_id) as tx:
        stored = await voucher_by_id(tx, shop.merchant_id, voucher_id)
    assert msgspec.to_builtins(outcome.aside) == msgspec.to_builtins(stored)


async def test_the_code_is_shown_at_redemption_and_written_nowhere_else(shop: Shop) -> None:
    shared = await shop.a_voucher(code=RedeemCode(kind="shared", text="SECRETWORD"), redemption="code")
    own = await shop.a_voucher(code=RedeemCode(kind="generated"))
    for voucher_id in (shared, own):
        assert (await shop.voucher(voucher_id)).redeem_code is None
        await shop.redeem(voucher_id)
    assert (await shop.voucher(shared)).redeem_code == "SECRETWORD"
    generated = (await shop.voucher(own)).redeem_code
    assert generated is not None
    assert generated.isdigit()
    written = await shop.everything_written()
    for code in ("SECRETWORD", generated, (await shop.voucher(own)).code):
        assert code not in written


async def test_expiry_is_enforced_whatever_the_job_did(shop: Shop, clock: SimulatedClock) -> None:
    voucher_id = await shop.a_voucher(validity=Validity(kind="days", n=1))
    clock.advance(timedelta(days=2))
    outcome = await shop.redeem(voucher_id)
    assert (outcome.reason, outcome.facts["last_day"]) == ("voucher_expired", "2026-03-11")
    assert (await shop.voucher(voucher_id)).status == "expired"


async def test_a_voucher_with_several_uses_counts_them(shop: Shop) -> None:
    voucher_id = await shop.a_voucher(uses=3)
    outcomes = await asyncio.gather(*(shop.redeem(voucher_id) for _ in range(5)))
    assert sorted(outcome.reason or "" for outcome in outcomes) == [
        "",
        "",
        "",
        *["voucher_already_redeemed"] * 2,
    ]
    voucher = await shop.voucher(voucher_id)
    assert (voucher.status, voucher.uses_left) == ("redeemed", 0)


async def test_the_holder_uses_only_what_is_on_their_card(shop: Shop) -> None:
    mine, other = await shop.world.a_card(), await shop.world.a_card()
    voucher_id = await shop.a_voucher(card=mine, redemption="self")
    assert (await shop.use(voucher_id, other)).reason == "voucher_unknown"
    outcome = await shop.use(voucher_id, mine)
    assert (outcome.accepted, outcome.facts["via"]) == (True, "self")


async def test_the_holder_cannot_do_what_staff_do(shop: Shop) -> None:
    card_id = await shop.world.a_card()
    voucher_id = await shop.a_voucher(card=card_id)
    assert (await shop.use(voucher_id, card_id)).reason == "redemption_not_allowed"
    with pytest.raises(NotFound):
        await shop.use(voucher_id, card_id, actor=an_actor(shop.merchant_id, "staff"))


async def test_a_stranger_sees_nothing(shop: Shop) -> None:
    barber = await a_world(shop.ledger, new=BARBER)
    voucher_id = await shop.a_voucher()
    code = (await shop.voucher(voucher_id)).code
    with pytest.raises(NotFound):
        await shop.redeem(voucher_id, actor=barber.owner)
    theirs = {"actor": barber.owner, "merchant_id": barber.merchant_id}
    for outcome in (await shop.redeem(voucher_id, **theirs), await shop.redeem(None, code=code, **theirs)):  # type: ignore[arg-type]
        assert outcome.reason == "voucher_unknown"
    assert (await shop.voucher(voucher_id)).status == "active"


@pytest.mark.parametrize("name", ["", "x", "not-an-id", "0190", "\x00", "'; drop table voucher"])
async def test_what_cannot_be_an_id_or_a_code_is_unknown(shop: Shop, name: str) -> None:
    assert (await shop.redeem(name)).reason == "voucher_unknown"
    assert (await shop.redeem(None, code=name)).reason == "voucher_unknown"  # type: ignore[arg-type]


async def test_a_place_is_taken_from_who_stands_there(shop: Shop) -> None:
    async with shop.database.reading(shop.merchant_id) as tx:
        (here,) = await locations_of(tx, shop.merchant_id)
    voucher_id = await shop.a_voucher(locations=[here.id])
    elsewhere = msgspec.structs.replace(shop.staff, location_id=new_id())
    refused = await shop.redeem(voucher_id, actor=elsewhere, at=RedemptionIn(location=here.id))
    assert refused.reason == "voucher_location"
    with pytest.raises(Malformed):
        await shop.redeem(voucher_id, at=RedemptionIn(location="here"))
    assert (await shop.redeem(voucher_id, at=RedemptionIn(location=here.id))).accepted


async def test_a_program_redeems_as_a_program(shop: Shop) -> None:
    key = msgspec.structs.replace(shop.staff, kind=ActorKind.API_KEY)
    assert (await shop.redeem(await shop.a_voucher(), actor=key)).facts["via"] == "api"


async def test_it_takes_the_permission(shop: Shop) -> None:
    nobody = msgspec.structs.replace(shop.staff, permissions=frozenset())
    with pytest.raises(NotPermitted):
        await shop.redeem(await shop.a_voucher(), actor=nobody)
