"""Bindings: one for each thing in a wallet, saved by its first device and removed with its last."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cardamom.cards.errors import CardClosed, CardUnknown
from cardamom.cards.recovering import RenewLink
from cardamom.kit.errors import Refused
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Outcome
from cardamom.ledger.dispatcher import Dispatcher
from cardamom.vouchers import service as vouchers_service
from cardamom.vouchers.schemas import RedemptionIn, VoucherIn
from cardamom.wallet import bindings
from cardamom.wallet.bindings import Binding, device_hash
from cardamom.wallet.deeds import IssuePass, MarkRemoved, MarkSaved
from cardamom.wallet.devices import RegisterDevice, UnregisterDevice
from cardamom.wallet.errors import PassUnknown, VoucherOver
from tests.wallet.saved_passes import registrations_of
from tests.world import BARBER, World, a_world

PASS_TYPE = "pass.org.example.loyalty"
PHONE, WATCH = device_hash("phone"), device_hash("watch")
FIRST, SECOND = "aa" * 32, "bb" * 32


async def issue(world: World, subject_id: str, *, thing: Any = "card", **more: Any) -> Outcome:
    asked: dict[str, Any] = {"wallet": "apple", "issuer": PASS_TYPE, **more}
    command = IssuePass(
        merchant_id=world.merchant_id, actor=world.owner, thing=thing, subject_id=subject_id, **asked
    )
    return (await world.ledger.submit(command)).or_raise()


async def a_pass(world: World, **more: Any) -> str:
    """The id of the binding of a new card."""
    return str((await issue(world, await world.a_card(**more))).facts["binding"])


async def register(world: World, binding_id: str, device: bytes = PHONE, token: str = FIRST) -> Outcome:
    command = RegisterDevice(
        merchant_id=world.merchant_id,
        actor=world.owner,
        binding_id=binding_id,
        device_hash=device,
        push_token=token,
    )
    return (await world.ledger.submit(command)).or_raise()


async def unregister(world: World, binding_id: str, device: bytes = PHONE, **more: Any) -> Outcome:
    command = UnregisterDevice(
        merchant_id=world.merchant_id, actor=world.owner, binding_id=binding_id, device_hash=device, **more
    )
    return (await world.ledger.submit(command)).or_raise()


async def binding(world: World, binding_id: str) -> Binding:
    async with world.database.reading(world.merchant_id) as tx:
        found = await bindings.binding_by_id(tx, world.merchant_id, binding_id)
    assert found is not None
    return found


async def rows(world: World, statement: str) -> list[Any]:
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        return [tuple(row) for row in await tx.exec_driver_sql(statement)]


async def news(world: World) -> list[tuple[str, str, dict[str, Any]]]:
    return await rows(
        world,
        "select type, subject_id::text, payload from event where type in ('card.saved', 'card.removed') order by id",
    )


async def change(world: World, binding_id: str, **values: Any) -> None:
    """What following does with a binding when something happens to its card."""
    said = ", ".join(f"{name} = %({name})s" for name in values)
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        await tx.exec_driver_sql(
            f"update wallet_binding set {said} where merchant_id = %(merchant)s and id = %(id)s",
            {**values, "merchant": world.merchant_id, "id": binding_id},
        )


async def test_a_pass_begins_at_the_newest_position(world: World) -> None:
    card_id = await world.a_card(stamps=2)
    placed = await Dispatcher(world.database).drain()
    made = await issue(world, card_id)
    assert made.facts == {
        "binding": made.facts["binding"],
        "card": card_id,
        "program": world.program_id,
        "wallet": "apple",
        "kind": "card",
    }
    found = await binding(world, made.facts["binding"])
    assert (found.wanted, found.sent, found.fetched) == (placed, placed, placed)
    assert (found.state, found.epoch, found.next_try) == ("issued", 0, None)
    assert found.modified_at == found.created_at


async def test_who_asks_again_finds_the_same_pass(world: World) -> None:
    card_id = await world.a_card()
    first = await issue(world, card_id)
    assert (await issue(world, card_id)).facts["binding"] == first.facts["binding"]
    other = await issue(world, card_id, issuer="pass.org.example.other")
    assert other.facts["binding"] != first.facts["binding"]
    google = await issue(world, card_id, wallet="google", issuer="3388000000022")
    assert await rows(world, "select id::text from wallet_binding order by id") == [
        (each.facts["binding"],) for each in (first, other, google)
    ]


async def test_a_renewed_link_gets_a_pass_of_its_own(world: World) -> None:
    card_id = await world.a_card()
    before = await issue(world, card_id)
    renew = RenewLink(merchant_id=world.merchant_id, actor=world.owner, subject_id=card_id)
    epoch = (await world.ledger.submit(renew)).or_raise().facts["epoch"]
    after = await issue(world, card_id)
    assert after.facts["binding"] != before.facts["binding"]
    assert (await binding(world, after.facts["binding"])).epoch == epoch


async def test_a_closed_or_foreign_card_gets_none(world: World) -> None:
    card_id = await world.a_card()
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        await tx.exec_driver_sql("update card set closed_at = now() where id = %s", (card_id,))
    with pytest.raises(CardClosed):
        await issue(world, card_id)
    barber = await a_world(world.ledger, new=BARBER)
    for foreign in (await barber.a_card(), new_id()):
        with pytest.raises(CardUnknown):
            await issue(world, foreign)


async def test_a_voucher_has_a_pass_while_it_is_open_and_keeps_the_one_it_has(world: World) -> None:
    card_id = await world.a_card()
    vouchers = []
    for _each in range(2):
        made = await vouchers_service.issue_voucher(
            world.ledger,
            actor=world.owner,
            merchant_id=world.merchant_id,
            new=VoucherIn(title={"en": "Tea"}, card=card_id),
            key=new_id(),
        )
        vouchers.append(made.facts["voucher"])
    had_one = await issue(world, vouchers[0], thing="voucher")
    assert had_one.facts["card"] == card_id
    for voucher_id in vouchers:
        await vouchers_service.redeem_voucher(
            world.ledger,
            actor=world.owner,
            merchant_id=world.merchant_id,
            voucher_id=voucher_id,
            at=RedemptionIn(),
            key=new_id(),
        )
    assert (await issue(world, vouchers[0], thing="voucher")).facts["binding"] == had_one.facts["binding"]
    with pytest.raises(VoucherOver):
        await issue(world, vouchers[1], thing="voucher")


async def test_the_first_device_saves_a_card_and_the_last_removes_it(world: World) -> None:
    card_id = await world.a_card()
    binding_id = (await issue(world, card_id)).facts["binding"]
    payload = {"card": card_id, "program": world.program_id, "wallet": "apple", "kind": "card"}
    assert (await register(world, binding_id)).facts["is_new"]
    assert await news(world) == [("card.saved", card_id, payload)]
    assert (await binding(world, binding_id)).state == "saved"
    assert (await register(world, binding_id, WATCH)).facts["is_new"]
    assert not (await register(world, binding_id)).facts["is_new"]
    assert not (await unregister(world, binding_id)).facts["is_last"]
    assert len(await news(world)) == 1
    assert (await unregister(world, binding_id, WATCH)).facts["is_last"]
    assert (await news(world))[1:] == [("card.removed", card_id, payload)]
    assert (await binding(world, binding_id)).state == "removed"
    await register(world, binding_id)
    assert [each[0] for each in await news(world)] == ["card.saved", "card.removed", "card.saved"]


async def test_unregistering_what_is_not_registered_is_nothing(world: World) -> None:
    binding_id = await a_pass(world)
    assert not (await unregister(world, binding_id)).facts["is_last"]
    await register(world, binding_id)
    assert not (await unregister(world, binding_id, WATCH)).facts["is_last"]
    assert [each[0] for each in await news(world)] == ["card.saved"]


async def test_every_registration_stores_the_push_token_again(world: World) -> None:
    binding_id = await a_pass(world)
    await register(world, binding_id, token=FIRST)
    await register(world, binding_id, token=SECOND)
    assert [each.push_token for each in await registrations_of(world, binding_id)] == [SECOND]


async def test_one_push_token_may_stand_under_two_devices(world: World) -> None:
    binding_id = await a_pass(world)
    await register(world, binding_id, PHONE, FIRST)
    await register(world, binding_id, WATCH, FIRST)
    assert {each.device for each in await registrations_of(world, binding_id)} == {PHONE, WATCH}


async def test_a_device_stands_in_the_directory_while_it_has_a_pass_of_the_shop(world: World) -> None:
    first, second = await a_pass(world), await a_pass(world)
    for each in (first, second):
        await register(world, each)
    await unregister(world, first)
    lines = "select device, issuer, merchant_id::text from wallet_device"
    assert await rows(world, lines) == [(PHONE, PASS_TYPE, world.merchant_id)]
    await unregister(world, second)
    assert await rows(world, lines) == []


async def test_a_pass_that_changed_since_it_was_fetched_is_due_at_once(world: World) -> None:
    binding_id = await a_pass(world)
    before = await binding(world, binding_id)
    await change(world, binding_id, wanted=before.wanted + 3, sent=before.wanted + 3)
    await register(world, binding_id)
    after = await binding(world, binding_id)
    assert after.next_try is not None
    assert after.next_try <= datetime.now(UTC)
    assert after.sent < after.wanted


async def test_a_pass_that_is_what_was_fetched_is_not_due(world: World) -> None:
    binding_id = await a_pass(world)
    await register(world, binding_id)
    await register(world, binding_id, WATCH)
    assert (await binding(world, binding_id)).next_try is None


async def test_a_second_device_may_have_an_old_copy(world: World) -> None:
    """It got the pass from the first one, which has fetched a newer one since."""
    binding_id = await a_pass(world)
    await register(world, binding_id)
    before = await binding(world, binding_id)
    position = before.wanted + 1
    later = before.modified_at + timedelta(seconds=1)
    await change(world, binding_id, wanted=position, sent=position, fetched=position, modified_at=later)
    await register(world, binding_id)
    assert (await binding(world, binding_id)).next_try is None
    await register(world, binding_id, WATCH)
    assert (await binding(world, binding_id)).next_try is not None


async def test_a_pass_that_was_removed_may_come_back_from_an_old_file(world: World) -> None:
    binding_id = await a_pass(world)
    await register(world, binding_id)
    await unregister(world, binding_id)
    await register(world, binding_id)
    assert (await binding(world, binding_id)).next_try is None, "it never changed"
    before = await binding(world, binding_id)
    position, later = before.wanted + 1, before.modified_at + timedelta(seconds=1)
    await change(world, binding_id, wanted=position, sent=position, fetched=position, modified_at=later)
    await unregister(world, binding_id)
    await register(world, binding_id)
    after = await binding(world, binding_id)
    assert after.next_try is not None
    assert after.sent < after.wanted


async def test_a_void_pass_stays_void(world: World) -> None:
    binding_id = await a_pass(world)
    await change(world, binding_id, state="void")
    await register(world, binding_id)
    await unregister(world, binding_id)
    assert (await binding(world, binding_id)).state == "void"
    assert await news(world) == []


async def test_an_answer_of_apple_takes_no_younger_registration_away(world: World) -> None:
    """A token that was gone at an instant may have been registered again since then."""
    binding_id = await a_pass(world)
    before = datetime.now(UTC) - timedelta(seconds=1)
    await register(world, binding_id)
    await unregister(world, binding_id, push_token=FIRST, not_after=before)
    await unregister(world, binding_id, push_token=SECOND)
    assert len(await registrations_of(world, binding_id)) == 1
    await unregister(world, binding_id, push_token=FIRST, not_after=datetime.now(UTC))
    assert await registrations_of(world, binding_id) == []


async def test_google_says_it_twice_and_it_happens_once(world: World) -> None:
    card_id = await world.a_card()
    made = await issue(world, card_id, wallet="google", issuer="3388000000022")
    for command in (MarkSaved, MarkSaved, MarkRemoved, MarkRemoved):
        said = command(merchant_id=world.merchant_id, actor=world.owner, binding_id=made.facts["binding"])
        (await world.ledger.submit(said)).or_raise()
    told = await news(world)
    assert [each[0] for each in told] == ["card.saved", "card.removed"]
    assert told[0][2]["wallet"] == "google"


async def test_a_pass_of_another_shop_is_unknown(world: World) -> None:
    barber = await a_world(world.ledger, new=BARBER)
    binding_id = await a_pass(world)
    with pytest.raises(PassUnknown):
        await register(barber, binding_id)
    with pytest.raises(Refused):
        await unregister(barber, binding_id)
    async with barber.database.reading(barber.merchant_id) as tx:
        assert await bindings.binding_by_id(tx, world.merchant_id, binding_id) is None


async def test_no_operation_names_a_device_or_a_token(world: World) -> None:
    binding_id = await a_pass(world)
    await register(world, binding_id)
    await unregister(world, binding_id)
    written = str(await rows(world, "select facts::text, device from operation"))
    written += str(await rows(world, "select payload::text from event"))
    for secret in (FIRST, PHONE.hex(), "phone", str(PHONE)):
        assert secret not in written


async def test_fetched_only_grows(world: World) -> None:
    binding_id = await a_pass(world)
    at = datetime.now(UTC)
    async with world.database.writing(world.merchant_id) as tx:
        await bindings.mark_fetched(tx, world.merchant_id, binding_id, position=7, at=at)
        await bindings.mark_fetched(tx, world.merchant_id, binding_id, position=6, at=at)
    found = await binding(world, binding_id)
    assert (found.fetched, found.fetched_at) == (7, at)


async def test_the_passes_of_a_device_are_those_of_one_issuer(world: World) -> None:
    card_id = await world.a_card()
    ours = (await issue(world, card_id)).facts["binding"]
    other = (await issue(world, card_id, issuer="pass.org.example.other")).facts["binding"]
    for each in (ours, other):
        await register(world, each)
    async with world.database.reading(world.merchant_id) as tx:
        found = await bindings.passes_of_device(tx, world.merchant_id, device=PHONE, issuer=PASS_TYPE)
        nobody = await bindings.passes_of_device(tx, world.merchant_id, device=WATCH, issuer=PASS_TYPE)
    assert [each.binding.id for each in found] == [ours]
    assert nobody == []
