"""News reaches the bindings: who wants what, and when it is due."""

from datetime import timedelta
from itertools import pairwise

import pytest

from cardamom.cards.recovering import RenewLink
from cardamom.customers import service as customers_service
from cardamom.customers.contacts import ContactIn, ContactPatch
from cardamom.kit.clock import now
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import new_key
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.vouchers import service as vouchers_service
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn
from cardamom.wallet import following
from cardamom.wallet.credential_deeds import SetCredential
from cardamom.wallet.touching import Urgency
from tests.wallet.saved_passes import PASS_TYPE, a_saved_card, binding, change, dispatch, issued, saved
from tests.world import World

SECOND = timedelta(seconds=1)


async def told(world: World, binding_id: str, *, seconds_ago: float = 60) -> None:
    """As if the courier had told it everything."""
    await change(
        world,
        "update wallet_binding set sent = wanted, next_try = null, urgency = 0, tries = 0, sent_at = %s where id = %s",
        now() - timedelta(seconds=seconds_ago),
        binding_id,
    )


async def test_a_stamp_makes_its_pass_due_at_once(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    _other, untouched = await a_saved_card(world, token="bb" * 32)
    before = await binding(world, binding_id)
    await world.stamp(card_id)
    await dispatch(world)
    after = await binding(world, binding_id)
    assert after.wanted > before.wanted == after.sent
    assert after.urgency == Urgency.STAMP
    assert after.next_try is not None
    assert after.next_try <= now()
    still = await binding(world, untouched)
    assert (still.next_try, still.wanted == still.sent) == (None, True)


async def test_the_newest_of_a_batch_counts(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    for _ in range(9):
        await world.stamp(card_id)
    await world.stamp(card_id)  # the tenth: goal.reached and voucher.issued too
    placed = await dispatch(world)
    assert placed > 10
    after = await binding(world, binding_id)
    async with world.database.reading(world.merchant_id) as tx:
        newest = await tx.exec_driver_sql(
            "select max(position) from event where type in ('goal.reached', 'voucher.issued')"
        )
        assert after.wanted == newest.scalar_one()
    assert after.urgency == Urgency.STAMP, "a voucher that a stamp earned does not wait for a bulk of them"


async def test_a_voucher_given_to_everybody_waits_behind_the_stamps_of_other_shops(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    await vouchers_service.issue_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        new=VoucherIn(title={"en": "Tea"}, card=card_id),
        key=new_id(),
    )
    await dispatch(world)
    given = await binding(world, binding_id)
    assert (given.urgency, given.next_try is not None) == (Urgency.COSMETIC, True)
    await world.stamp(card_id)
    await dispatch(world)
    assert (await binding(world, binding_id)).urgency == Urgency.STAMP


async def test_what_was_told_just_now_waits_its_five_seconds(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    await told(world, binding_id, seconds_ago=2)
    await world.stamp(card_id)
    await dispatch(world)
    after = await binding(world, binding_id)
    assert after.sent_at is not None
    assert after.next_try == after.sent_at + 5 * SECOND
    await world.stamp(card_id)
    await dispatch(world)
    assert (await binding(world, binding_id)).next_try == after.next_try, "the trailing edge does not move"


async def test_what_is_being_tried_again_keeps_its_gap(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    later = now() + timedelta(minutes=4)
    await change(world, "update wallet_binding set tries = 7, next_try = %s where id = %s", later, binding_id)
    await world.stamp(card_id)
    await dispatch(world)
    assert (await binding(world, binding_id)).next_try == later


async def test_a_pass_that_nobody_has_only_wants(world: World) -> None:
    card_id = await world.a_card()
    await dispatch(world)
    nobodys = await issued(world, card_id)
    at_google = await issued(world, card_id, wallet="google", issuer="3388000000000000001")
    await world.stamp(card_id)
    await dispatch(world)
    waiting = await binding(world, nobodys)
    assert waiting.wanted > waiting.sent
    assert waiting.next_try is None
    # The object is there, and whoever saves it later gets what is there.
    assert (await binding(world, at_google)).next_try is not None


async def test_modified_at_grows_by_a_second_each_time(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    seen = [(await binding(world, binding_id)).modified_at]
    for _ in range(4):
        await world.stamp(card_id)
        await dispatch(world)
        seen.append((await binding(world, binding_id)).modified_at)
    steps = [after - before for before, after in pairwise(seen)]
    assert all(step >= SECOND for step in steps)


async def test_a_redemption_touches_the_voucher_and_its_card(world: World) -> None:
    card_id, card_pass = await a_saved_card(world)
    outcome = await world.stamp(card_id, stamps=10)
    await dispatch(world)
    (voucher_id,) = outcome.facts["issued"]
    voucher_pass = await saved(world, voucher_id, thing="voucher", token="cc" * 32)
    await told(world, card_pass)
    await told(world, voucher_pass)
    await vouchers_service.redeem_voucher(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        voucher_id=voucher_id,
        at=RedemptionIn(),
        key=new_key(),
    )
    await dispatch(world)
    for each in (card_pass, voucher_pass):
        after = await binding(world, each)
        assert (after.urgency, after.next_try is not None) == (Urgency.REDEEM, True)


async def test_a_renewed_link_ends_the_old_pass_for_ever(world: World) -> None:
    card_id, old = await a_saved_card(world)
    nobodys = await issued(world, card_id, issuer="pass.org.other")
    await told(world, old)
    await world.ledger.submit(RenewLink(merchant_id=world.merchant_id, actor=world.owner, subject_id=card_id))
    new = await saved(world, card_id, token="dd" * 32, device="new phone")
    await dispatch(world)
    ended = await binding(world, old)
    assert (ended.state, ended.next_try is not None) == ("void", True), (
        "the old phone is told that it is over"
    )
    assert (await binding(world, nobodys)).next_try is None
    assert (await binding(world, new)).state == "saved"
    await told(world, old)
    await world.stamp(card_id)
    await dispatch(world)
    assert (await binding(world, old)).next_try is None, "what is void hears nothing more"
    assert (await binding(world, new)).next_try is not None


async def test_a_holders_new_name_reaches_all_the_cards_and_a_new_phone_number_none(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    created = await customers_service.create_customer(
        world.ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        given=ContactIn(name="ليلى"),
        region="EG",
        key=new_key(),
    )
    customer_id = str(created.facts["customer_id"])
    await change(world, "update card set customer_id = %s where id = %s", customer_id, card_id)
    for patch, is_due in ((ContactPatch(phone="+201001234567"), False), (ContactPatch(name="Leila"), True)):
        await customers_service.update_customer(
            world.ledger,
            actor=world.owner,
            merchant_id=world.merchant_id,
            customer_id=customer_id,
            given=patch,
            region="EG",
            key=new_key(),
        )
        await dispatch(world)
        assert ((await binding(world, binding_id)).next_try is not None) == is_due


async def test_a_new_certificate_is_tried_with_everything_that_waits(world: World) -> None:
    card_id, waiting = await a_saved_card(world)
    _other, told_all = await a_saved_card(world, token="bb" * 32)
    await world.stamp(card_id)
    await dispatch(world)
    later = now() + timedelta(minutes=15)
    await change(
        world,
        "update wallet_binding set next_try = %s, tries = 3, error = 'apple_certificate_refused' where id = %s",
        later,
        waiting,
    )
    await world.ledger.submit(
        SetCredential(
            merchant_id=world.merchant_id,
            actor=world.owner,
            credential_id=new_id(),
            wallet="apple",
            issuer=PASS_TYPE,
            sealed=b"sealed",
            likeness="new",
            summary={},
        )
    )
    await dispatch(world)
    row = await binding(world, waiting)
    assert (row.tries, row.next_try is not None and row.next_try < later) == (0, True)
    assert (await binding(world, told_all)).next_try is None


async def test_what_could_not_be_placed_touches_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place in the feed and what follows from it come together."""
    card_id, binding_id = await a_saved_card(world)
    before = await binding(world, binding_id)
    await world.stamp(card_id)

    async def fail(*_given: object) -> None:
        raise RuntimeError("after the bindings were touched")

    dispatcher = Dispatcher(world.database)
    following.follow(dispatcher)
    dispatcher.subscribe_to_all({"stamp.added"}, fail)
    with pytest.raises(RuntimeError):
        await dispatcher.drain()
    assert await binding(world, binding_id) == before
    await dispatch(world)
    assert (await binding(world, binding_id)).next_try is not None
