"""A new look is on every card at once; the rules of a running cycle stay (ADR 0013)."""

import re

from cardamom.cards.view import CardView
from cardamom.cards.view_queries import card_view
from cardamom.merchants.queries import merchant_by_id
from cardamom.programs.definition import Milestone
from cardamom.programs.schemas import Colours, DesignPatch, RulesPatch
from tests.cards.shoppers import Client, change_program, join_path, page_of, words_of
from tests.world import World

RED = Colours(background="#7a1020", ink="#ffffff", accent="#f2c14e")


async def view_of(world: World, card_id: str) -> CardView:
    async with world.database.reading(world.merchant_id) as tx:
        merchant = await merchant_by_id(tx, world.merchant_id)
        return await card_view(tx, merchant, await world.card(card_id))


async def redesign(world: World) -> None:
    await change_program(
        world,
        name={"en": "Red card"},
        rules=RulesPatch(goal=12, milestones=[Milestone(at=6, reward=world.reward_id)]),
        design=DesignPatch(colours=RED, icon="star", headline={"en": "Now in red"}),
    )


async def test_a_running_cycle_keeps_its_goals_and_wears_the_new_look(world: World) -> None:
    card_id = await world.a_card(stamps=5)
    await redesign(world)
    view = await view_of(world, card_id)
    assert (view.card.rules.goal, view.card.rules.milestones, view.card.progress.version) == (10, [], 1)
    assert (view.next_goal, view.left) == (10, 5)
    assert (view.program.version, view.program.name) == (2, {"en": "Red card"})
    assert (view.program.design.colours, view.program.design.icon) == (RED, "star")


async def test_the_next_cycle_has_the_new_rules_too(world: World) -> None:
    card_id = await world.a_card(stamps=9)
    await redesign(world)
    (await world.stamp(card_id, stamps=1)).or_raise()
    view = await view_of(world, card_id)
    assert (view.card.rules.goal, view.next_goal, view.program.version) == (12, 6, 2)


async def test_the_page_of_a_running_card_shows_it(client: Client, world: World) -> None:
    card_id = await world.a_card(stamps=5)
    path = f"{await page_of(world, card_id)}?lang=en"
    before = await client.get(path)
    await redesign(world)
    after = await client.get(path)
    assert 'aria-label="5 of 10 stamps, next reward: Free coffee"' in after.text
    assert ("Now in red" in before.text, "Now in red" in words_of(after)) == (False, True)
    assert RED.background in after.text
    sheet = re.search(r'href="(/brand/[^"]+\.css)"', after.text)
    assert sheet is not None
    assert sheet[1].endswith("/2.css")
    assert RED.background in (await client.get(sheet[1])).text
    revisions = {*re.findall(r'data-revision="([^"]+)"', before.text + after.text)}
    assert len(revisions) == 2


async def test_the_files_of_the_old_look_stay_what_they_were(client: Client, world: World) -> None:
    address = f"/brand/{world.merchant_id}/{world.program_id}/1.css"
    before = await client.get(address)
    await redesign(world)
    assert (await client.get(address)).text == before.text
    assert RED.background not in before.text


async def test_the_join_page_and_the_api_have_it_too(client: Client, world: World) -> None:
    headers = await world.an_api_key()
    card_id = await world.a_card(stamps=5)
    card = (await client.get(f"/api/v1/cards/{card_id}", headers=headers)).json()
    await redesign(world)
    assert "Now in red" in words_of(await client.get(f"{await join_path(world)}?lang=en"))
    assert (await client.get(f"/api/v1/cards/{card_id}", headers=headers)).json() == card
