"""The courier: who is told when, who works, and that nothing is lost."""

import asyncio
import signal
import sys
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from cardamom.db.connections import connect
from cardamom.kit.clock import now
from cardamom.wallet import courier as couriers
from cardamom.wallet import following
from cardamom.wallet.courier import Courier
from cardamom.wallet.deliveries import Due, Sent
from cardamom.wallet.google.notices import Told
from cardamom.wallet.google.rows import note_shown
from cardamom.wallet.touching import Urgency
from tests.wallet.delivering import NotingCarrier, at_work, until
from tests.wallet.saved_passes import a_saved_card, binding, change, dispatch, register
from tests.world import World


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same rules, ten times as fast."""
    monkeypatch.setattr(couriers, "COALESCE_SECONDS", 0.5)
    monkeypatch.setattr(following, "COALESCE_SECONDS", 0.5)
    monkeypatch.setattr(couriers, "POLL_SECONDS", 0.1)


async def is_told(world: World, *binding_ids: str) -> bool:
    found = [await binding(world, each) for each in binding_ids]
    return all(each.sent == each.wanted for each in found)


async def stamped_cards(world: World, count: int) -> list[str]:
    """Bindings that are due."""
    found = []
    for number in range(count):
        card_id, binding_id = await a_saved_card(world, token=f"{number:064x}")
        await world.stamp(card_id)
        found.append(binding_id)
    await dispatch(world)
    return found


async def test_ten_stamps_in_five_seconds_are_two_pushes_and_the_second_tells_the_last_state(
    world: World,
) -> None:
    card_id, binding_id = await a_saved_card(world)
    carrier = NotingCarrier()
    async with at_work(courier := Courier(world.database, [carrier])):
        await world.stamp(card_id)
        await dispatch(world)
        courier.wake()
        await until(lambda: is_told(world, binding_id))
        for _ in range(9):
            await world.stamp(card_id)
        await dispatch(world)
        courier.wake()
        await until(lambda: is_told(world, binding_id))
        await asyncio.sleep(0.7)
    assert len(carrier.told) == 2
    told = await binding(world, binding_id)
    assert told.sent == told.wanted == carrier.told[-1].wanted
    assert told.urgency == 0


async def test_what_is_more_urgent_is_told_first(world: World) -> None:
    bindings = await stamped_cards(world, 6)
    for binding_id, urgency in zip(bindings, [1, 3, 2, 4, 3, 0], strict=True):
        await change(world, "update wallet_binding set urgency = %s where id = %s", urgency, binding_id)
    carrier = NotingCarrier()
    carrier.slice_size, carrier.slices_at_once = 1, 1
    async with at_work(Courier(world.database, [carrier])):
        await until(lambda: len(carrier.told) == 6)
    assert [due.urgency for due in carrier.told] == [4, 3, 3, 2, 1, 0]
    assert Urgency.REDEEM == 4


async def test_a_phone_that_does_not_fetch_is_told_once_more_and_no_third_time(world: World) -> None:
    (binding_id,) = await stamped_cards(world, 1)
    carrier = NotingCarrier()
    later = timedelta()
    courier = Courier(world.database, [carrier], clock=lambda: now() + later)
    async with at_work(courier):
        await until(lambda: is_told(world, binding_id))
        later = timedelta(seconds=couriers.REMIND_SECONDS - 30)
        await asyncio.sleep(0.3)
        assert len(carrier.told) == 1, "it has ten minutes"
        later = timedelta(seconds=couriers.REMIND_SECONDS + 1)
        await until(lambda: len(carrier.told) == 2)
        later *= 5
        await asyncio.sleep(0.3)
    assert len(carrier.told) == 2
    assert (await binding(world, binding_id)).next_try is None


async def test_a_phone_that_fetched_is_left_in_peace(world: World) -> None:
    (binding_id,) = await stamped_cards(world, 1)
    carrier = NotingCarrier()
    later = timedelta()
    async with at_work(Courier(world.database, [carrier], clock=lambda: now() + later)):
        await until(lambda: is_told(world, binding_id))
        await change(world, "update wallet_binding set fetched = wanted where id = %s", binding_id)
        sent_at = (await binding(world, binding_id)).sent_at
        later = timedelta(seconds=couriers.REMIND_SECONDS + 1)

        async def is_quiet() -> bool:
            return (await binding(world, binding_id)).next_try is None

        await until(is_quiet)
    assert len(carrier.told) == 1
    assert (await binding(world, binding_id)).sent_at == sent_at


async def test_what_cannot_be_told_is_tried_again_after_growing_gaps(world: World) -> None:
    (binding_id,) = await stamped_cards(world, 1)
    carrier = NotingCarrier()
    gaps: list[float] = []
    later = timedelta()

    def clock() -> Any:
        return now() + later

    async def fail(due: Due) -> Sent:
        return Sent(due=due, answer="unavailable", error="apple_unavailable")

    carrier.answer = fail
    async with at_work(Courier(world.database, [carrier], clock=clock)):
        for tries in range(1, 14):
            await until(lambda tries=tries: len(carrier.told) == tries)

            async def is_written(tries: int = tries) -> bool:
                return (await binding(world, binding_id)).tries == tries

            await until(is_written)
            row = await binding(world, binding_id)
            assert row.next_try is not None
            gaps.append((row.next_try - clock()).total_seconds())
            later += row.next_try - clock()
    assert (await binding(world, binding_id)).error == "apple_unavailable"
    assert all(0.4 * 2**tries < gap < 1.3 * 2**tries for tries, gap in enumerate(gaps[:8]))
    assert all(gap <= couriers.LONGEST_GAP_SECONDS * 1.25 for gap in gaps)


async def test_a_binding_that_a_carrier_stumbles_over_does_not_hold_up_its_neighbours(world: World) -> None:
    bindings = await stamped_cards(world, 5)
    carrier = NotingCarrier()

    async def stumble(due: Due) -> Sent:
        if due.id == bindings[2]:
            raise RuntimeError("this one")
        return Sent(due=due, answer="ok", told=True)

    carrier.answer = stumble
    async with at_work(Courier(world.database, [carrier])):
        await until(lambda: is_told(world, *bindings[:2], *bindings[3:]))
        await asyncio.sleep(0.1)
        stumbled = await binding(world, bindings[2])
        assert (stumbled.error, stumbled.sent < stumbled.wanted) == ("internal_error", True)
        assert stumbled.next_try is not None


async def test_a_change_during_a_push_is_told_afterwards(world: World) -> None:
    card_id, binding_id = await a_saved_card(world)
    carrier = NotingCarrier()

    async def slowly(due: Due) -> Sent:
        if len(carrier.told) == 1:
            await world.stamp(card_id)
            await dispatch(world)
        return Sent(due=due, answer="ok", told=True)

    carrier.answer = slowly
    await world.stamp(card_id)
    await dispatch(world)
    async with at_work(Courier(world.database, [carrier])):
        await until(lambda: len(carrier.told) == 2)
        await until(lambda: is_told(world, binding_id))
    assert carrier.told[0].wanted < carrier.told[1].wanted


async def test_a_phone_that_registers_during_a_push_is_told_too(world: World) -> None:
    """The push went to the registrations of before; the new phone's pass is stale, and that is not forgotten."""
    (binding_id,) = await stamped_cards(world, 1)
    carrier = NotingCarrier()

    async def meanwhile(due: Due) -> Sent:
        if len(carrier.told) == 1:
            await register(world, binding_id, token="ee" * 32, device="tablet")
        return Sent(due=due, answer="ok", told=True)

    carrier.answer = meanwhile
    async with at_work(Courier(world.database, [carrier])):
        await until(lambda: len(carrier.told) == 2)
        await until(lambda: is_told(world, binding_id))


async def test_what_a_save_link_told_during_a_delivery_is_compared_once_more(world: World) -> None:
    """Nobody knows whose word Google heard last: the one that stands is the one that is looked at again."""
    (binding_id,) = await stamped_cards(world, 1)
    carrier = NotingCarrier()
    of_the_link = Told(document={"id": "of the link"}, balance=0, ready=[])

    async def meanwhile(due: Due) -> Sent:
        if len(carrier.told) == 1:
            async with world.database.writing(world.merchant_id) as tx:
                await note_shown(
                    tx, world.merchant_id, binding_id, told=of_the_link, position=due.wanted - 1, at=now()
                )
        return Sent(due=due, answer="ok", told=True, shown={"told": len(carrier.told)})

    carrier.answer = meanwhile
    async with at_work(Courier(world.database, [carrier])):
        await until(lambda: len(carrier.told) == 2)
        await until(lambda: is_told(world, binding_id))
    assert [each.shown for each in carrier.told] == [None, msgspec.to_builtins(of_the_link)]


async def test_two_couriers_and_one_of_them_works(world: World) -> None:
    bindings = await stamped_cards(world, 8)
    carriers = [NotingCarrier(), NotingCarrier()]
    both = [Courier(world.database, [carrier]) for carrier in carriers]
    async with at_work(*both):
        await until(lambda: is_told(world, *bindings))
        assert sum(courier.is_working for courier in both) == 1
    assert sum(len(carrier.told) for carrier in carriers) == 8
    assert min(len(carrier.told) for carrier in carriers) == 0


async def test_without_the_lock_both_would_tell_everything(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the test above."""

    async def at_once(*_given: Any) -> None:
        return

    monkeypatch.setattr(Courier, "_until_ours", at_once)
    bindings = await stamped_cards(world, 8)
    met = asyncio.Barrier(2)
    carriers = [NotingCarrier(), NotingCarrier()]
    for carrier in carriers:

        async def together(due: Due, carrier: NotingCarrier = carrier) -> Sent:
            if len(carrier.told) == 8 and due is carrier.told[0]:
                await met.wait()
            return Sent(due=due, answer="ok", told=True)

        carrier.answer = together
    async with at_work(*(Courier(world.database, [carrier]) for carrier in carriers)):
        await until(lambda: is_told(world, *bindings))
    assert sum(len(carrier.told) for carrier in carriers) == 16


async def test_who_stands_by_takes_over(world: World) -> None:
    first, second = NotingCarrier(), NotingCarrier()
    working = asyncio.create_task(Courier(world.database, [first]).run())
    (before,) = await stamped_cards(world, 1)
    await until(lambda: is_told(world, before))
    async with at_work(Courier(world.database, [second])):
        await asyncio.sleep(0.3)
        assert second.told == []
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await change(world, "update wallet_binding set wanted = wanted + 1, next_try = %s", now())
        await until(lambda: len(second.told) == 1)


async def test_a_lost_session_is_replaced(world: World) -> None:
    carrier = NotingCarrier()
    async with at_work(courier := Courier(world.database, [carrier])):
        await until(lambda: courier.is_working)
        with connect(world.database.url, application="tests", autocommit=True) as superuser:
            superuser.execute(
                "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database ="
                " (select oid from pg_database where datname = current_database())"
            )
        (binding_id,) = await stamped_cards(world, 1)
        await until(lambda: is_told(world, binding_id))


async def test_a_courier_that_is_killed_loses_nothing(world: World) -> None:
    bindings = await stamped_cards(world, 30)
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.wallet.doomed_courier", world.database.url, "3"
    )
    assert await doomed.wait() == -signal.SIGKILL
    told = [each for each in bindings if await is_told(world, each)]
    assert 0 < len(told) < 30, "it died in the middle"
    carrier = NotingCarrier()
    async with at_work(Courier(world.database, [carrier])):
        await until(lambda: is_told(world, *bindings))
    assert {due.id for due in carrier.told} >= set(bindings) - set(told)
