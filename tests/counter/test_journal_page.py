"""`/app/journal`: what happened in words, for those who may know, and how a mistake is taken back."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from cardamom.counter.journal import GROUPS, KINDS, SETTINGS_KINDS
from cardamom.kit.ids import new_id
from cardamom.kit.languages import SUPPORTED, language
from cardamom.ledger.commands import Command
from cardamom.ledger.writer import Ledger
from tests.cards.shoppers import words_of
from tests.counter.staff import a_visitor
from tests.customers.visitors import Visitor
from tests.world import BARBER, World, a_world

Client = AsyncTestClient[Any]


@pytest.fixture
async def owner(world: World, client: Client) -> Visitor:
    return await a_visitor(world, client, role="owner")


def kinds_of(command: type[Command]) -> set[str]:
    """Of every command that there is."""
    own = {command.kind} if "kind" in command.__dict__ else set()
    return own.union(*(kinds_of(each) for each in command.__subclasses__()))


def test_every_kind_of_operation_has_words_and_a_group() -> None:
    ours = {kind for kind in kinds_of(Command) if not kind.startswith("test.")}
    assert ours <= set(KINDS)
    assert set(KINDS) == SETTINGS_KINDS.union(*(kinds for _words, kinds in GROUPS.values()))


async def test_a_stamp_stands_there_with_its_card_and_where_it_led(owner: Visitor, world: World) -> None:
    card = await world.card(await world.a_card())
    await world.stamp(card.id, stamps=3, device="Till 4")
    words = words_of(await owner.get("/app/journal"))
    assert "3 stamps, now 3 of 10" in words
    assert "Till 4" in words
    assert f"Card {card.number[:3]}" in words or f"Card {card.number[:4]}" in words


async def test_a_refusal_stands_there_with_its_reason(owner: Visitor, world: World) -> None:
    card_id = await world.a_card()
    await world.stamp(card_id, stamps=31)
    words = words_of(await owner.get("/app/journal?show=refused"))
    assert "At most 30 stamps can be given at once." in words
    assert "New card" not in words


async def test_it_can_be_narrowed_and_says_when_nothing_is_left(owner: Visitor, world: World) -> None:
    await world.a_card()
    assert "Program created" in words_of(await owner.get("/app/journal?show=settings"))
    assert "Program created" not in words_of(await owner.get("/app/journal?show=cards"))
    assert "Nothing of this kind" in words_of(await owner.get("/app/journal?show=redemptions"))
    assert "Program created" in words_of(await owner.get("/app/journal?show=nonsense"))


async def test_it_goes_back_page_by_page(owner: Visitor, world: World) -> None:
    card_id = await world.a_card()
    for _visit in range(51):
        await world.stamp(card_id)
    first = await owner.get("/app/journal?show=stamps")
    assert first.text.count('class="list-row journal-row') == 50
    [address] = [
        part.split('"')[0] for part in first.text.split('href="') if 'rel="next"' in part.split(">")[0]
    ]
    second = await owner.get(address.replace("&amp;", "&"))
    assert second.text.count('class="list-row journal-row') == 1
    assert 'rel="first"' in second.text


@pytest.mark.parametrize("code", SUPPORTED)
async def test_it_is_read_in_every_language(client: Client, world: World, code: str) -> None:
    card_id = await world.a_card(stamps=10)
    operation = (await world.stamp(card_id, stamps=99)).operation_id
    manager = await a_visitor(world, client, role="manager", language=code)
    for path in ("/app/journal", f"/app/journal/{operation}"):
        page = await manager.get(path)
        assert page.status_code == 200
        assert f'<html lang="{code}" dir="{language(code).direction}">' in page.text


async def test_staff_may_not_read_it(client: Client, world: World) -> None:
    staff = await a_visitor(world, client, role="staff")
    assert (await staff.get("/app/journal")).status_code == 403


async def test_a_stranger_sees_nothing_of_it(client: Client, ledger: Ledger, world: World) -> None:
    operation = (await world.stamp(await world.a_card())).operation_id
    stranger = await a_visitor(await a_world(ledger, new=BARBER), client, role="owner", language="he")
    assert operation not in (await stranger.get("/app/journal")).text
    assert (await stranger.get(f"/app/journal/{operation}")).status_code == 404
    assert (await stranger.get(f"/app/journal/{new_id()}")).status_code == 404
    assert (await stranger.get("/app/journal/nonsense")).status_code == 404


async def test_a_manager_takes_back_a_stamp_of_yesterday_with_a_reason(client: Client, world: World) -> None:
    card_id = await world.a_card()
    operation = (await world.stamp(card_id, stamps=4)).operation_id
    manager = await a_visitor(world, client, role="manager")
    path = f"/app/journal/{operation}"
    page = await manager.get(path)
    assert "Reverse…" in page.text
    sent = await manager.send(page, f"{path}/reverse", reason="Wrong customer")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{path}?reversed=1")
    assert (await world.card(card_id)).balance == 0
    after = await manager.get(path)
    assert "Reverse…" not in after.text
    assert "Undone" in after.text
    assert "Wrong customer" in words_of(await manager.get("/app/journal?show=undone"))


async def test_a_form_that_is_sent_twice_takes_back_once(owner: Visitor, world: World) -> None:
    card_id = await world.a_card()
    operation = (await world.stamp(card_id, stamps=2)).operation_id
    path = f"/app/journal/{operation}"
    page = await owner.get(path)
    for _time in range(2):
        assert (await owner.send(page, f"{path}/reverse", reason="Twice")).status_code == 303
    assert words_of(await owner.get("/app/journal?show=undone")).count("Stamp undone") == 1


async def test_two_people_take_back_the_same_and_the_second_hears_about_it(
    owner: Visitor, client: Client, world: World
) -> None:
    operation = (await world.stamp(await world.a_card())).operation_id
    path = f"/app/journal/{operation}"
    manager = await a_visitor(world, client, role="manager")
    theirs, ours = await manager.get(path), await owner.get(path)
    await manager.send(theirs, f"{path}/reverse", reason="First")
    late = await owner.send(ours, f"{path}/reverse", reason="Second")
    assert late.status_code == 409
    assert "This was already undone." in words_of(late)


async def test_a_reversal_needs_a_reason(owner: Visitor, world: World) -> None:
    card_id = await world.a_card()
    operation = (await world.stamp(card_id)).operation_id
    path = f"/app/journal/{operation}"
    answer = await owner.send(await owner.get(path), f"{path}/reverse", reason="  ")
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert (await world.card(card_id)).balance == 1


async def test_what_was_refused_or_is_no_stamp_has_nothing_to_take_back(owner: Visitor, world: World) -> None:
    card_id = await world.a_card()
    refused = (await world.stamp(card_id, stamps=31)).operation_id
    assert "Reverse…" not in (await owner.get(f"/app/journal/{refused}")).text


async def test_a_reason_is_shown_as_it_was_written(owner: Visitor, world: World) -> None:
    operation = (await world.stamp(await world.a_card())).operation_id
    path = f"/app/journal/{operation}"
    await owner.send(await owner.get(path), f"{path}/reverse", reason="<b>Leila</b> said so")
    page = await owner.get("/app/journal")
    assert "<b>Leila" not in page.text
    assert "&lt;b&gt;Leila&lt;/b&gt; said so" in page.text


async def test_staff_may_not_reverse(client: Client, world: World, owner: Visitor) -> None:
    operation = (await world.stamp(await world.a_card())).operation_id
    staff = await a_visitor(world, client, role="staff")
    answer = await staff.post(f"/app/journal/{operation}/reverse", data={"reason": "Me"})
    assert answer.status_code == 403
