"""Creating, changing and archiving a reward."""

from datetime import date

import pytest

from cardamom.db.database import Database
from cardamom.kit.errors import NotFound, NotPermitted
from cardamom.kit.ids import new_id
from cardamom.kit.money import Money
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import locations_of
from cardamom.programs import queries
from cardamom.programs.definition import Milestone, Rules
from cardamom.programs.errors import CurrencyMismatch, RewardInUse, TermsMalformed
from cardamom.programs.schemas import (
    ProgramPatch,
    RedeemCode,
    RewardPatch,
    RewardTerms,
    RewardTermsPatch,
    RulesPatch,
    Validity,
)
from tests.people import Everybody
from tests.programs.builders import COFFEE, a_program, a_reward, changed_program, changed_reward, the_reward

pytestmark = pytest.mark.asyncio


async def test_everything_that_was_promised_comes_back(ledger: Ledger, database: Database, people: Everybody):
    async with database.reading(people.owner.merchant_id) as tx:
        here = (await locations_of(tx, people.owner.merchant_id))[0].id
    terms = RewardTerms(
        redemption="code",
        validity=Validity(kind="fixed", date=date(2100, 2, 28)),
        code=RedeemCode(kind="shared", text="FREECOFFEE"),
        active_from="next_visit",
        locations=[here],
        value=Money(6_000, "EGP"),
        cost=Money(1_500, "EGP"),
        uses=2,
    )
    reward = await a_reward(
        ledger, database, people.owner, terms=terms, kind="award", description={"en": "Any size"}
    )
    assert (reward.kind, reward.title, reward.description) == ("award", COFFEE, {"en": "Any size"})
    assert reward.terms == terms
    assert reward.archived_at is None


async def test_a_patch_changes_what_it_names(ledger: Ledger, database: Database, people: Everybody):
    reward = await a_reward(ledger, database, people.owner, terms=RewardTerms(uses=3, cost=Money(100, "EGP")))
    changed = await changed_reward(
        ledger,
        database,
        people.owner,
        reward,
        RewardPatch(title={"en": "Tea"}, terms=RewardTermsPatch(redemption="self", cost=None)),
    )
    assert changed.title == {"en": "Tea"}
    assert changed.terms == RewardTerms(redemption="self", uses=3)
    assert changed.updated_at > reward.updated_at
    same = await changed_reward(ledger, database, people.owner, changed, RewardPatch(title={"en": "Tea"}))
    assert same == changed


async def test_money_is_the_shops(ledger: Ledger, database: Database, people: Everybody):
    with pytest.raises(CurrencyMismatch):
        await a_reward(ledger, database, people.owner, terms=RewardTerms(value=Money(500, "EUR")))


async def test_a_voucher_cannot_begin_after_its_last_day(
    ledger: Ledger, database: Database, people: Everybody
):
    over = Validity(kind="fixed", date=date(2020, 1, 1))
    with pytest.raises(TermsMalformed) as refused:
        await a_reward(ledger, database, people.owner, terms=RewardTerms(validity=over))
    assert refused.value.facts["why"] == "validity_past"


async def test_a_location_of_somebody_else_does_not_exist(
    ledger: Ledger, database: Database, people: Everybody
):
    with pytest.raises(TermsMalformed) as refused:
        await a_reward(ledger, database, people.owner, terms=RewardTerms(locations=[new_id()]))
    assert refused.value.facts["why"] == "unknown_location"


async def test_a_reward_that_a_program_gives_cannot_be_archived(
    ledger: Ledger, database: Database, people: Everybody
):
    owner = people.owner
    coffee, cookie = [await a_reward(ledger, database, owner) for _ in range(2)]
    rules = Rules(goal=10, reward=coffee.id, milestones=[Milestone(5, cookie.id)])
    program = await a_program(ledger, database, owner, rules=rules)
    for reward in (coffee, cookie):
        with pytest.raises(RewardInUse) as refused:
            await changed_reward(ledger, database, owner, reward, RewardPatch(archived=True))
        assert refused.value.facts == {"programs": [program.id]}
    await changed_program(ledger, database, owner, program, ProgramPatch(rules=RulesPatch(milestones=[])))
    archived = await changed_reward(ledger, database, owner, cookie, RewardPatch(archived=True))
    assert archived.archived_at is not None
    back = await changed_reward(ledger, database, owner, cookie, RewardPatch(archived=False))
    assert back.archived_at is None


async def test_a_program_that_comes_back_needs_its_rewards(
    ledger: Ledger, database: Database, people: Everybody
):
    owner = people.owner
    coffee = await a_reward(ledger, database, owner)
    program = await a_program(ledger, database, owner, rules=Rules(goal=10, reward=coffee.id))
    await changed_program(ledger, database, owner, program, ProgramPatch(status="archived"))
    await changed_reward(ledger, database, owner, coffee, RewardPatch(archived=True))
    with pytest.raises(Exception, match="rules_malformed"):
        await changed_program(ledger, database, owner, program, ProgramPatch(status="live"))
    with pytest.raises(Exception, match="rules_malformed"):
        await a_program(ledger, database, owner, rules=Rules(goal=10, reward=coffee.id))


async def test_staff_define_no_rewards_and_strangers_find_none(
    ledger: Ledger, database: Database, people: Everybody
):
    reward = await a_reward(ledger, database, people.owner)
    with pytest.raises(NotPermitted):
        await a_reward(ledger, database, people.staff)
    with pytest.raises(NotFound):
        await changed_reward(ledger, database, people.stranger, reward, RewardPatch(archived=True))
    with pytest.raises(NotFound):
        await the_reward(database, people.stranger, reward.id)


async def test_rewards_come_in_pages(ledger: Ledger, database: Database, people: Everybody):
    made = [(await a_reward(ledger, database, people.owner)).id for _ in range(3)]
    async with database.reading(people.owner.merchant_id) as tx:
        first = await queries.rewards_of(tx, people.owner.merchant_id, limit=2)
        rest = await queries.rewards_of(tx, people.owner.merchant_id, after=first[-1].id, limit=2)
    assert [reward.id for reward in (*first, *rest)] == made
