"""Passes on phones, for the tests of what happens between a stamp and a push."""

from typing import Any

import sqlalchemy as sa

from cardamom.ledger.dispatcher import Dispatcher
from cardamom.wallet import following
from cardamom.wallet.bindings import Binding, Registration, binding_by_id, device_hash
from cardamom.wallet.deeds import IssuePass
from cardamom.wallet.devices import RegisterDevice
from cardamom.wallet.tables import registrations
from tests.world import World

PASS_TYPE = "pass.org.cardamom.demo"


async def issued(world: World, subject_id: str, **more: Any) -> str:
    """The id of the binding of a card that somebody asked for and nobody has yet."""
    asked: dict[str, Any] = {"wallet": "apple", "issuer": PASS_TYPE, "thing": "card", **more}
    command = IssuePass(merchant_id=world.merchant_id, actor=world.owner, subject_id=subject_id, **asked)
    return str((await world.ledger.submit(command)).or_raise().facts["binding"])


async def saved(
    world: World, subject_id: str, *, token: str = "aa" * 32, device: str = "phone", **more: Any
) -> str:
    """The same, on a phone that can be pushed."""
    binding_id = await issued(world, subject_id, **more)
    await register(world, binding_id, token=token, device=device)
    return binding_id


async def register(world: World, binding_id: str, *, token: str, device: str = "phone") -> None:
    command = RegisterDevice(
        merchant_id=world.merchant_id,
        actor=world.owner,
        binding_id=binding_id,
        device_hash=device_hash(device),
        push_token=token,
    )
    (await world.ledger.submit(command)).or_raise()


async def a_saved_card(world: World, *, token: str = "aa" * 32) -> tuple[str, str]:
    """(card, binding) of a new card in a phone, with nothing due."""
    card_id = await world.a_card()
    await dispatch(world)
    return card_id, await saved(world, card_id, token=token, device=token)


async def dispatch(world: World) -> int:
    """Let the news reach the bindings."""
    dispatcher = Dispatcher(world.database)
    following.follow(dispatcher)
    return await dispatcher.drain()


async def binding(world: World, binding_id: str) -> Binding:
    async with world.database.reading(world.merchant_id) as tx:
        found = await binding_by_id(tx, world.merchant_id, binding_id)
    assert found is not None
    return found


async def registrations_of(world: World, binding_id: str) -> list[Registration]:
    """The devices that have a pass, in the order of their registration."""
    rows = sa.select(registrations).where(registrations.c.binding_id == binding_id)
    async with world.database.reading(world.merchant_id) as tx:
        found = await tx.execute(rows.order_by(registrations.c.registered_at))
    return [Registration(**row) for row in found.mappings()]


async def change(world: World, statement: str, *given: Any) -> None:
    """Lay out a state that would take a while to come about."""
    async with world.database.unscoped_writing_as_the_ledger() as tx:
        await tx.exec_driver_sql(statement, given)
