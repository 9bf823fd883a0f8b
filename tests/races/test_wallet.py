"""One pass that everybody asks for, one pass on many phones, one phone with many passes: four processes."""

import pytest

from cardamom.ledger.commands import Command
from cardamom.wallet.bindings import device_hash
from cardamom.wallet.deeds import IssuePass
from cardamom.wallet.devices import RegisterDevice, UnregisterDevice
from tests.races.books import rows
from tests.races.tills import ROUNDS, Result, Tills
from tests.world import World

pytestmark = pytest.mark.race

CLIENTS = 32
PHONES = [device_hash(f"phone {number}") for number in range(24)]
PASS_TYPE = "pass.org.example.loyalty"

PASSES = "select id::text from wallet_binding where card_id = %s"
NEWS = "select type from event where type in ('card.saved', 'card.removed') and subject_id = %s order by id"
DIRECTORY = "select device from wallet_device where merchant_id = %s"


def wish(world: World, card_id: str) -> IssuePass:
    return IssuePass(
        merchant_id=world.merchant_id,
        actor=world.owner,
        wallet="apple",
        issuer=PASS_TYPE,
        thing="card",
        subject_id=card_id,
    )


async def a_pass(world: World) -> tuple[str, str]:
    """(card, binding) of a new card."""
    card_id = await world.a_card()
    made = (await world.ledger.submit(wish(world, card_id))).or_raise()
    return card_id, str(made.facts["binding"])


def coming(world: World, binding_id: str, phone: bytes) -> Command:
    return RegisterDevice(
        merchant_id=world.merchant_id,
        actor=world.owner,
        binding_id=binding_id,
        device_hash=phone,
        push_token="aa" * 32,
    )


def going(world: World, binding_id: str, phone: bytes) -> Command:
    return UnregisterDevice(
        merchant_id=world.merchant_id, actor=world.owner, binding_id=binding_id, device_hash=phone
    )


async def everybody_asks(tills: Tills, world: World, *without: str) -> tuple[str, Result]:
    card_id = await world.a_card()
    return card_id, await tills.race([wish(world, card_id) for _ in range(CLIENTS)], without=without)


async def test_many_who_ask_at_once_get_one_pass(tills: Tills, world: World) -> None:
    card_id, result = await everybody_asks(tills, world)
    assert len(result.accepted) == CLIENTS
    assert await rows(world.database, PASSES, card_id) == [(result.answers[0].facts["binding"],)]
    assert {answer.facts["binding"] for answer in result.answers} == {result.answers[0].facts["binding"]}
    assert result.caught == set(), "whoever is second finds the pass and needs no second try"


async def test_control_with_a_plain_insert_the_constraint_is_what_keeps_a_pass_single(
    tills: Tills, world: World
) -> None:
    for _ in range(ROUNDS):
        card_id, result = await everybody_asks(tills, world, "passes")
        assert len(await rows(world.database, PASSES, card_id)) == 1
        if result.caught:
            return
    pytest.fail("no two ever met: the race is none")


async def saved_by_all(tills: Tills, world: World, *without: str) -> tuple[str, str, list[tuple[str]]]:
    """(card, binding, what was announced)"""
    card_id, binding_id = await a_pass(world)
    await tills.race([coming(world, binding_id, phone) for phone in PHONES], without=without)
    return card_id, binding_id, await rows(world.database, NEWS, card_id)


async def test_many_phones_at_once_save_a_card_once_and_remove_it_once(tills: Tills, world: World) -> None:
    card_id, binding_id, news = await saved_by_all(tills, world)
    assert news == [("card.saved",)]
    assert len(await rows(world.database, DIRECTORY, world.merchant_id)) == len(PHONES)
    result = await tills.race([going(world, binding_id, phone) for phone in PHONES])
    assert [answer.facts["is_last"] for answer in result.accepted].count(True) == 1
    assert await rows(world.database, NEWS, card_id) == [("card.saved",), ("card.removed",)]
    assert await rows(world.database, DIRECTORY, world.merchant_id) == []


async def test_control_without_the_lock_a_card_is_saved_more_than_once(tills: Tills, world: World) -> None:
    for _ in range(ROUNDS):
        _card_id, _binding_id, news = await saved_by_all(tills, world, "bindings")
        if len(news) > 1:
            return
    pytest.fail("nothing went wrong without the lock: the race is none")


async def one_goes_while_another_comes(tills: Tills, world: World, *without: str) -> int:
    """Every phone loses one pass and gets another; how many phones the directory knows then."""
    (_card, first), (_other, second) = await a_pass(world), await a_pass(world)
    await tills.race([coming(world, first, phone) for phone in PHONES])
    # Neighbours are sent by different processes.
    moves = [move for phone in PHONES for move in (going(world, first, phone), coming(world, second, phone))]
    await tills.race(moves, without=without)
    known = len(await rows(world.database, DIRECTORY, world.merchant_id))
    await tills.race([going(world, second, phone) for phone in PHONES])
    return known


async def test_a_phone_is_not_lost_from_the_directory_between_two_passes(tills: Tills, world: World) -> None:
    """Whoever is second sees what the first one did."""
    for _ in range(3):
        assert await one_goes_while_another_comes(tills, world) == len(PHONES)


async def test_control_without_the_lock_a_phone_is_lost_from_the_directory(
    tills: Tills, world: World
) -> None:
    for _ in range(ROUNDS):
        if await one_goes_while_another_comes(tills, world, "directory") < len(PHONES):
            return
    pytest.fail("nothing went wrong without the lock: the race is none")
