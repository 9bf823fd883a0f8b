"""Creating, changing, publishing and archiving a program."""

from typing import Any

import msgspec
import pytest

from cardamom.db.database import Database
from cardamom.kit.errors import KeyReused, NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.ledger.tables import events
from cardamom.ledger.writer import Ledger
from cardamom.merchants.errors import SlugMalformed, SlugTaken
from cardamom.merchants.queries import locations_of
from cardamom.programs import queries, service
from cardamom.programs.definition import Earn, HappyHour, Milestone, Rules
from cardamom.programs.errors import ProgramNotDraft, RulesMalformed
from cardamom.programs.schemas import (
    Colours,
    DesignIn,
    DesignPatch,
    JoinFormPatch,
    ProgramIn,
    ProgramPatch,
    RulesPatch,
)
from tests.people import Everybody
from tests.programs.builders import REGULARS, a_program, a_reward, changed_program, the_program

pytestmark = pytest.mark.asyncio


async def announced(
    database: Database, merchant_id: str, subject_id: str
) -> list[tuple[str, dict[str, Any]]]:
    rows = events.select().where(events.c.merchant_id == merchant_id, events.c.subject_id == subject_id)
    async with database.reading(merchant_id) as tx:
        found = await tx.execute(rows.order_by(events.c.id))
        return [(row.type, row.payload) for row in found]


async def test_a_program_is_live_at_once_and_wears_the_colours_of_the_business(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner)
    assert (program.status, program.version, program.name) == ("live", 1, REGULARS)
    assert program.design.colours.accent == people.owner.merchant.brand.colour
    assert program.rules == Rules(goal=10)
    assert await announced(database, people.owner.merchant_id, program.id) == [
        ("program.created", {"slug": program.slug, "status": "live", "version": 1})
    ]


async def test_everything_that_was_defined_comes_back(ledger: Ledger, database: Database, people: Everybody):
    coffee, cookie = [await a_reward(ledger, database, people.owner) for _ in range(2)]
    async with database.reading(people.owner.merchant_id) as tx:
        here = (await locations_of(tx, people.owner.merchant_id))[0].id
    rules = Rules(
        goal=8,
        earn=Earn(per="amount", minor=5_000, stamps=2, minimum_minor=1_000),
        reward=coffee.id,
        milestones=[Milestone(4, cookie.id)],
        welcome_stamps=2,
        happy_hours=[HappyHour(weekdays=[5, 6], start="16:00", end="01:00", multiplier=3)],
        locations=[here],
    )
    design = DesignIn(
        colours=Colours(background="#ffffff", ink="#000000", accent="#aa3300"),
        icon="croissant",
        pattern="rays",
        headline={"ar": "ثمانية أختام", "en": "Eight stamps"},
    )
    program = await a_program(ledger, database, people.owner, rules=rules, design=design, status="draft")
    assert program.rules == rules
    assert msgspec.to_builtins(program.design) == msgspec.to_builtins(design)
    assert program.status == "draft"


async def test_other_rules_are_a_new_version_and_the_old_one_stays(
    ledger: Ledger, database: Database, people: Everybody
):
    owner = people.owner
    program = await a_program(ledger, database, owner, rules=Rules(goal=10, welcome_stamps=2))
    changed = await changed_program(ledger, database, owner, program, ProgramPatch(rules=RulesPatch(goal=8)))
    assert changed.version == 2
    assert changed.rules == Rules(goal=8, welcome_stamps=2), "what the patch does not name stays"
    async with database.reading(owner.merchant_id) as tx:
        first = await queries.rules_of_version(tx, owner.merchant_id, program.id, 1)
    assert first.goal == 10
    assert (await announced(database, owner.merchant_id, program.id))[1] == (
        "program.updated",
        {"changed": ["rules"], "status": "live", "version": 2},
    )


async def test_another_design_or_form_is_a_new_version(ledger: Ledger, database: Database, people: Everybody):
    program = await a_program(ledger, database, people.owner)
    patch = ProgramPatch(design=DesignPatch(icon="star"), join_form=JoinFormPatch(phone="required"))
    changed = await changed_program(ledger, database, people.owner, program, patch)
    assert changed.version == 2
    assert (changed.design.icon, changed.design.colours) == ("star", program.design.colours)
    assert (changed.join_form.phone, changed.join_form.name) == ("required", "optional")


async def test_a_new_name_or_status_is_no_new_version(ledger: Ledger, database: Database, people: Everybody):
    program = await a_program(ledger, database, people.owner, status="draft")
    changed = await changed_program(
        ledger, database, people.owner, program, ProgramPatch(name={"en": "Friends"}, status="live")
    )
    assert (changed.version, changed.status, changed.name) == (1, "live", {"en": "Friends"})


async def test_a_form_that_is_saved_unchanged_did_nothing(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner)
    same = ProgramPatch(name=program.name, slug=program.slug, status="live", rules=RulesPatch(goal=10))
    changed = await changed_program(ledger, database, people.owner, program, same)
    assert changed == program
    assert len(await announced(database, people.owner.merchant_id, program.id)) == 1


async def test_an_archived_program_says_so_and_can_come_back(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner)
    archived = await changed_program(ledger, database, people.owner, program, ProgramPatch(status="archived"))
    assert archived.status == "archived"
    types = [type for type, _payload in await announced(database, people.owner.merchant_id, program.id)]
    assert types == ["program.created", "program.updated", "program.archived"]
    back = await changed_program(ledger, database, people.owner, program, ProgramPatch(status="live"))
    assert back.status == "live"


async def test_a_published_program_is_never_a_draft_again(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner)
    with pytest.raises(ProgramNotDraft):
        await changed_program(ledger, database, people.owner, program, ProgramPatch(status="draft"))


async def test_a_patch_must_make_sense_together_with_what_stays(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner, rules=Rules(goal=10, welcome_stamps=5))
    with pytest.raises(RulesMalformed) as refused:
        await changed_program(
            ledger, database, people.owner, program, ProgramPatch(name={"en": "X"}, rules=RulesPatch(goal=5))
        )
    assert refused.value.facts["why"] == "welcome"
    assert await the_program(database, people.owner, program.id) == program, "nothing is written by halves"


async def test_a_reward_or_location_of_somebody_else_does_not_exist(
    ledger: Ledger, database: Database, people: Everybody
):
    theirs = await a_reward(ledger, database, people.stranger)
    async with database.reading(people.stranger.merchant_id) as tx:
        their_shop = (await locations_of(tx, people.stranger.merchant_id))[0].id
    for rules, why in [
        (Rules(goal=10, reward=theirs.id), "unknown_reward"),
        (Rules(goal=10, reward="coffee"), "unknown_reward"),
        (Rules(goal=10, reward=new_id()), "unknown_reward"),
        (Rules(goal=10, milestones=[Milestone(3, theirs.id)]), "unknown_reward"),
        (Rules(goal=10, locations=[their_shop]), "unknown_location"),
        (Rules(goal=10, locations=["here"]), "unknown_location"),
    ]:
        with pytest.raises(RulesMalformed) as refused:
            await a_program(ledger, database, people.owner, rules=rules)
        assert refused.value.facts["why"] == why


async def test_the_first_program_has_the_slug_of_the_shop_and_the_next_ones_their_own(
    ledger: Ledger, database: Database, people: Everybody
):
    shop = people.owner.merchant.slug
    slugs = [(await a_program(ledger, database, people.owner)).slug for _ in range(4)]
    assert slugs == [shop, f"{shop}-regulars", f"{shop}-regulars-2", f"{shop}-regulars-3"]


async def test_a_name_without_latin_letters_gets_a_few_random_ones(
    ledger: Ledger, database: Database, people: Everybody
):
    shop = people.stranger.merchant.slug
    await a_program(ledger, database, people.stranger, name={"he": "לקוחות קבועים"})
    second = await a_program(ledger, database, people.stranger, name={"he": "לקוחות קבועים"})
    assert second.slug.startswith(f"{shop}-")
    assert second.slug.isascii()


async def test_a_slug_belongs_to_one_program_of_the_whole_server(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner, slug="regulars")
    assert await queries.program_by_slug(database, "regulars") == (people.owner.merchant_id, program)
    with pytest.raises(SlugTaken):
        await a_program(ledger, database, people.stranger, slug="regulars")
    with pytest.raises(SlugMalformed):
        await a_program(ledger, database, people.owner, slug="مقهى")
    with pytest.raises(NotFound):
        await queries.program_by_slug(database, "nobody")


async def test_an_old_slug_keeps_leading_to_its_program(
    ledger: Ledger, database: Database, people: Everybody
):
    owner, stranger = people.owner, people.stranger
    program = await a_program(ledger, database, owner, slug="old-name")
    await changed_program(ledger, database, owner, program, ProgramPatch(slug="new-name"))
    _merchant_id, found = await queries.program_by_slug(database, "old-name")
    assert (found.id, found.slug) == (program.id, "new-name")
    with pytest.raises(SlugTaken):
        await a_program(ledger, database, stranger, slug="old-name")
    again = await changed_program(ledger, database, owner, program, ProgramPatch(slug="old-name"))
    assert again.slug == "old-name"


async def test_a_program_is_named_by_id_or_slug_within_its_shop(
    ledger: Ledger, database: Database, people: Everybody
):
    program = await a_program(ledger, database, people.owner, slug="regulars")
    async with database.reading(people.owner.merchant_id) as tx:
        assert await queries.program_id_of(tx, people.owner.merchant_id, program.id) == program.id
        assert await queries.program_id_of(tx, people.owner.merchant_id, "regulars") == program.id
    async with database.reading(people.stranger.merchant_id) as tx:
        with pytest.raises(NotFound):
            await queries.program_id_of(tx, people.stranger.merchant_id, "regulars")


async def test_the_same_key_creates_one_program(ledger: Ledger, people: Everybody):
    owner, key = people.owner, new_id()
    new = ProgramIn(name=REGULARS, rules=Rules(goal=10))
    first, second = [
        await service.create_program(
            ledger, actor=owner.actor, merchant_id=owner.merchant_id, new=new, key=key
        )
        for _ in range(2)
    ]
    assert (first.facts, second.replayed) == (second.facts, True)
    with pytest.raises(KeyReused):
        await service.create_program(
            ledger,
            actor=owner.actor,
            merchant_id=owner.merchant_id,
            new=ProgramIn(name=REGULARS, rules=Rules(goal=9)),
            key=key,
        )


async def test_the_same_patch_twice_under_one_key_is_one_version(
    ledger: Ledger, database: Database, people: Everybody
):
    owner, key = people.owner, new_id()
    program = await a_program(ledger, database, owner)
    for _ in range(2):
        await service.update_program(
            ledger,
            actor=owner.actor,
            merchant_id=owner.merchant_id,
            program_id=program.id,
            patch=ProgramPatch(rules=RulesPatch(goal=7)),
            key=key,
        )
    assert (await the_program(database, owner, program.id)).version == 2


async def test_only_who_may_write_programs_writes_them(ledger: Ledger, database: Database, people: Everybody):
    program = await a_program(ledger, database, people.owner)
    with pytest.raises(NotPermitted):
        await a_program(ledger, database, people.staff)
    with pytest.raises(NotPermitted):
        await changed_program(ledger, database, people.staff, program, ProgramPatch(status="archived"))


async def test_a_stranger_finds_nothing(ledger: Ledger, database: Database, people: Everybody):
    owner, stranger = people.owner, people.stranger
    program = await a_program(ledger, database, owner)
    with pytest.raises(NotFound):
        await changed_program(ledger, database, stranger, program, ProgramPatch(status="archived"))
    with pytest.raises(NotFound):
        await service.update_program(
            ledger,
            actor=stranger.actor,
            merchant_id=owner.merchant_id,
            program_id=program.id,
            patch=ProgramPatch(status="archived"),
            key=new_id(),
        )
    async with database.reading(stranger.merchant_id) as tx:
        assert await queries.programs_of(tx, stranger.merchant_id) == []


async def test_programs_come_in_pages(ledger: Ledger, database: Database, people: Everybody):
    made = [(await a_program(ledger, database, people.owner)).id for _ in range(3)]
    async with database.reading(people.owner.merchant_id) as tx:
        first = await queries.programs_of(tx, people.owner.merchant_id, limit=2)
        rest = await queries.programs_of(tx, people.owner.merchant_id, after=first[-1].id, limit=2)
    assert [program.id for program in (*first, *rest)] == made


async def test_versions_are_read_once_for_the_hot_paths(
    ledger: Ledger, database: Database, people: Everybody
):
    owner = people.owner
    program = await a_program(ledger, database, owner)
    await changed_program(ledger, database, owner, program, ProgramPatch(rules=RulesPatch(goal=7)))
    cache = queries.RulesCache(size=2)
    keys = [(owner.merchant_id, program.id, version) for version in (1, 2)]
    assert cache.get(*keys[0]) is None
    connection = await database.ledger_connect()
    await cache.load(connection, [*keys, (owner.merchant_id, program.id, 3)])
    await connection.close()
    assert [cache.get(*key) for key in keys] == [Rules(goal=10), Rules(goal=7)]
    assert cache.get(owner.merchant_id, program.id, 3) is None
    await cache.load(connection, keys)  # a closed connection is not asked


async def test_a_full_cache_forgets_what_nobody_asked_for_longest(
    ledger: Ledger, database: Database, people: Everybody
):
    owner = people.owner
    first, second, third = [
        (owner.merchant_id, (await a_program(ledger, database, owner)).id, 1) for _ in range(3)
    ]
    cache = queries.RulesCache(size=2)
    connection = await database.ledger_connect()
    for key in (first, second, first, third):
        await cache.load(connection, [key])
    await connection.close()
    assert [cache.get(*key) is not None for key in (first, second, third)] == [True, False, True]
