"""Whatever happens to cards and their rewards, through whichever writer, no stamp and no voucher appears or vanishes.

Hypothesis plays against a model that knows little: the stamps that each card was given and kept, and where each voucher
stands. How goals, roll-over and owed stamps follow from that is checked as sums over the books.

Who is first of many at once is for the database to say, so what is drawn must not depend on it: vouchers and
redemptions are picked from what there is by a number, and a rule that finds none does nothing.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cardamom.cards.joining import JoinCard
from cardamom.cards.links import LinkMaker
from cardamom.cards.stamping import StampCard
from cardamom.cards.undoing import UndoStamp
from cardamom.kit.errors import KeyReused
from cardamom.ledger.commands import Command, Outcome, new_key
from cardamom.ledger.writer import Ledger
from cardamom.programs.rules import Milestone, Progress, Rules
from cardamom.programs.schemas import ProgramIn
from cardamom.programs.service import create_program
from cardamom.vouchers.redeeming import RedeemVoucher
from cardamom.vouchers.undoing import UndoRedemption
from cardamom.web.assembly import register_all
from tests.ledger.bench import Answer, Bench, a_bench
from tests.world import World, a_world

PLAYED = settings(
    max_examples=30,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

BOOKS = """
select a.id, a.balance, a.state::text, coalesce(sum(e.delta), 0), coalesce(min(e.balance), 0),
       coalesce(sum(e.delta) filter (where e.unit = 'goal'), 0)
  from account a left join entry e on e.merchant_id = a.merchant_id and e.account_id = a.id
 where a.merchant_id = %s and a.id = any(%s::uuid[])
 group by a.merchant_id, a.id
"""

VOUCHERS = """
select v.id, v.status, v.cycle, v.goal_at, v.card_id, a.balance
  from voucher v join account a on a.merchant_id = v.merchant_id and a.id = v.id
 where v.merchant_id = %s and v.card_id = any(%s::uuid[])
"""

writers = st.integers(0, 1)
few_stamps = st.integers(1, 7)
picks = st.integers(0, 1_000)


@dataclass
class Shop:
    """A cafe with two programs: one plain, one with welcome stamps and milestones."""

    world: World
    programs: dict[str, Rules]


async def a_shop(ledger: Ledger) -> Shop:
    world = await a_world(ledger, goal=4)
    plain = Rules(goal=4, reward=world.reward_id)
    rich = Rules(
        goal=6,
        reward=world.reward_id,
        milestones=[Milestone(2, world.reward_id), Milestone(4, world.reward_id)],
        welcome_stamps=1,
        cooldown_seconds=0,
        daily_cap=None,
    )
    made = await create_program(
        ledger,
        actor=world.owner,
        merchant_id=world.merchant_id,
        new=ProgramIn(name={"en": "Milestones"}, rules=rich),
        key=new_key(),
    )
    return Shop(world, {world.program_id: plain, str(made.facts["program_id"]): rich})


@dataclass
class Model:
    """What a card was given and has not been taken back; where each of its vouchers stands."""

    rules: Rules
    lifetime: int
    vouchers: dict[str, str] = field(default_factory=dict)


class Standing(NamedTuple):
    """What a customer would notice."""

    balance: int
    cycle: int
    lifetime: int
    owed: int
    reached: tuple[int, ...]


class Cards(RuleBasedStateMachine):
    """Customers come and go."""

    cards = Bundle("cards")
    visits = Bundle("visits")

    def __init__(self, bench: Bench, shop: Shop) -> None:
        super().__init__()
        self.bench = bench
        self.shop = shop
        self.asked = {"merchant_id": shop.world.merchant_id, "actor": shop.world.owner}
        self.models: dict[str, Model] = {}
        self.given: dict[str, tuple[str, int]] = {}
        self.redemptions: list[str] = []
        self.undone: set[str] = set()
        self.answers: list[tuple[Command, Outcome]] = []

    # -- what may be asked ---------------------------------------------------------------------------------------

    @rule(target=cards, which=st.integers(0, 1), writer=writers)
    def join(self, which: int, writer: int) -> str:
        program_id, rules = list(self.shop.programs.items())[which]
        outcome = self._submit(JoinCard(**self.asked, program_id=program_id, source="api"), writer).or_raise()
        card = str(outcome.facts["card"])
        self.models[card] = Model(rules, lifetime=rules.welcome_stamps)
        return card

    @rule(target=visits, card=cards, stamps=few_stamps, writer=writers)
    def visit(self, card: str, stamps: int, writer: int) -> str:
        command = StampCard(**self.asked, card_id=card, stamps=stamps)
        outcome = self._submit(command, writer).or_raise()
        assert outcome.facts["granted"] == stamps
        self._learn(command, outcome)
        return outcome.operation_id

    @rule(target=visits, card=cards)
    def collect_a_reward(self, card: str) -> str:
        """Whatever is missing at once, so that there is something to redeem."""
        return self.visit(card, stamps=self.models[card].rules.goal, writer=0)

    @rule(card=cards, stamps=st.sampled_from([-1, 0, 31, 2**40]))
    def ask_for_too_much(self, card: str, stamps: int) -> None:
        outcome = self._submit(StampCard(**self.asked, card_id=card, stamps=stamps))
        assert outcome.reason in {"stamps_malformed", "stamps_too_many"}

    @rule(operation=visits, writer=writers)
    def undo_visit(self, operation: str, writer: int) -> None:
        command = UndoStamp(**self.asked, operation_id=operation)
        outcome = self._submit(command, writer)
        expected = "already_undone" if operation in self.undone else None
        assert outcome.reason == expected
        self._learn(command, outcome)

    @rule(card=cards, stamps=few_stamps)
    def visit_by_mistake(self, card: str, stamps: int) -> None:
        """An undo right after a stamp leaves no trace but the entries.

        Unless stamps are owed: then the stamp paid for some, and a reward that is unused by now may pay for the rest.
        """
        before = self._standing(card)
        stamped = StampCard(**self.asked, card_id=card, stamps=stamps)
        given = self._submit(stamped).or_raise()
        self._learn(stamped, given)
        undo = UndoStamp(**self.asked, operation_id=given.operation_id)
        undone = self._submit(undo).or_raise()
        self._learn(undo, undone)
        if not before.owed:
            assert set(undone.facts["withdrawn"]) == set(given.facts["issued"])
            assert self._standing(card) == before

    @rule(card=cards)
    def take_back_a_reward_that_was_drunk(self, card: str) -> None:
        """What was used stays used: the stamps are owed, unless others pay for them."""
        stamped = StampCard(**self.asked, card_id=card, stamps=self.models[card].rules.goal)
        given = self._submit(stamped).or_raise()
        self._learn(stamped, given)
        for voucher in given.facts["issued"]:
            command = RedeemVoucher(**self.asked, voucher_id=voucher, via="staff")
            self._learn(command, self._submit(command).or_raise())
        undo = UndoStamp(**self.asked, operation_id=given.operation_id)
        self._learn(undo, self._submit(undo).or_raise())

    @rule(pick=picks, writer=writers)
    def redeem(self, pick: int, writer: int) -> None:
        voucher = self._some_voucher(pick)
        if voucher is None:
            return
        command = RedeemVoucher(**self.asked, voucher_id=voucher, via="staff")
        outcome = self._submit(command, writer)
        expected = {"active": None, "redeemed": "voucher_already_redeemed", "cancelled": "voucher_cancelled"}
        assert outcome.reason == expected[self._vouchers()[voucher]]
        self._learn(command, outcome)

    @rule(pick=picks, writer=writers)
    def undo_redemption(self, pick: int, writer: int) -> None:
        if not self.redemptions:
            return
        operation = self.redemptions[pick % len(self.redemptions)]
        command = UndoRedemption(**self.asked, operation_id=operation)
        outcome = self._submit(command, writer)
        assert outcome.reason == ("already_undone" if operation in self.undone else None)
        self._learn(command, outcome)

    @rule(card=cards, operation=consumes(visits), pick=picks, stamps=few_stamps, twins=st.integers(1, 3))
    def everything_at_once(self, card: str, operation: str, pick: int, stamps: int, twins: int) -> None:
        """Two tills stamp, a manager takes an old visit back, and somebody redeems, several times over."""
        voucher = self._some_voucher(pick)
        commands: list[Command] = []
        for _ in range(twins):
            commands += [
                StampCard(**self.asked, card_id=card, stamps=stamps),
                RedeemVoucher(**self.asked, voucher_id=voucher, code="none", via="staff"),
                UndoStamp(**self.asked, operation_id=operation),
                StampCard(**self.asked, card_id=card),
            ]
        # Each is sent a second time with its key, and backwards it goes to the other writer.
        found = [self._outcome(each) for each in self.bench.submit_all([*commands, *reversed(commands)])]
        answers, again = found[: len(commands)], found[: len(commands) - 1 : -1]
        answered = list(zip(commands, answers, strict=True))
        assert [each.operation_id for each in answers] == [each.operation_id for each in again]
        self.answers += answered
        # A voucher is issued before anything becomes of it; it cannot be used and withdrawn.
        for kind in (StampCard, RedeemVoucher, UndoStamp):
            for command, outcome in answered:
                if isinstance(command, kind):
                    self._learn(command, outcome)

    @rule(pick=picks, card=cards, writer=writers)
    def send_again(self, pick: int, card: str, writer: int) -> None:
        command, first = self.answers[pick % len(self.answers)]
        again = self.bench.submit(command, through=writer)
        assert again.replayed
        assert again == msgspec.structs.replace(first, replayed=True, aside=None)

    @rule(pick=picks, card=cards)
    def reuse_the_key_for_another_request(self, pick: int, card: str) -> None:
        key = self.answers[pick % len(self.answers)][0].key
        other = StampCard(**self.asked, card_id=card, stamps=29, key=key)
        (answer,) = self.bench.submit_all([other])
        assert isinstance(answer, KeyReused)

    # -- what must be true ---------------------------------------------------------------------------------------

    @invariant()
    def no_stamp_appears_or_vanishes(self) -> None:
        cards = list(self.models)
        for card, balance, state, total, lowest, goals in self.bench.rows(BOOKS, self._merchant, cards):
            model, progress = self.models[card], msgspec.json.decode(state, type=Progress)
            assert balance == total, "the balance is not the sum of the entries"
            assert lowest >= 0, "an entry went below the floor"
            assert 0 <= balance < model.rules.goal, "a card stands full"
            assert progress.lifetime == model.lifetime, "stamps that were given are not there"
            assert balance - progress.owed == progress.lifetime + goals, "stamps went nowhere"

    @invariant()
    def no_voucher_appears_or_vanishes(self) -> None:
        finals: dict[str, int] = dict.fromkeys(self.models, 0)
        found: dict[str, str] = {}
        for voucher, status, _cycle, at, card, uses_left in self.bench.rows(
            VOUCHERS, self._merchant, list(self.models)
        ):
            assert uses_left == (status == "active"), "a voucher's uses and its status disagree"
            finals[card] += at == self.models[card].rules.goal and status != "cancelled"
            found[voucher] = status
        assert found == self._vouchers()
        for card, _balance, state, *_ in self.bench.rows(BOOKS, self._merchant, list(self.models)):
            progress = msgspec.json.decode(state, type=Progress)
            assert progress.cycle - 1 == finals[card], (
                "a cycle without its reward, or a reward without its cycle"
            )

    def teardown(self) -> None:
        report = self.bench.verify(self._merchant)
        assert report.is_sound, report.faults

    # -- the model -----------------------------------------------------------------------------------------------

    @property
    def _merchant(self) -> str:
        return self.shop.world.merchant_id

    def _submit(self, command: Command, writer: int = 0) -> Outcome:
        outcome = self.bench.submit(command, through=writer)
        self.answers.append((command, outcome))
        return outcome

    def _outcome(self, answer: Answer) -> Outcome:
        assert isinstance(answer, Outcome), answer
        return answer

    def _vouchers(self) -> dict[str, str]:
        return {
            voucher: status for model in self.models.values() for voucher, status in model.vouchers.items()
        }

    def _learn(self, command: Command, outcome: Outcome) -> None:
        """Put what was accepted into the model."""
        if not outcome.accepted:
            return
        model = self.models[outcome.facts["card"]]
        match command:
            case StampCard():
                self.given[outcome.operation_id] = (outcome.facts["card"], outcome.facts["granted"])
                model.lifetime += outcome.facts["granted"]
                model.vouchers |= dict.fromkeys(outcome.facts["issued"], "active")
            case UndoStamp():
                assert command.operation_id not in self.undone, "undone twice"
                self.undone.add(command.operation_id)
                model.lifetime -= self.given[command.operation_id][1]
                for voucher in outcome.facts["withdrawn"]:
                    assert model.vouchers[voucher] == "active", (
                        "a voucher was withdrawn that somebody had used"
                    )
                    model.vouchers[voucher] = "cancelled"
            case RedeemVoucher(voucher_id=str(voucher)):
                assert model.vouchers[voucher] == "active", "a voucher was used twice"
                model.vouchers[voucher] = "redeemed"
                self.redemptions.append(outcome.operation_id)
            case UndoRedemption():
                assert command.operation_id not in self.undone, "undone twice"
                self.undone.add(command.operation_id)
                model.vouchers[outcome.facts["voucher"]] = "active"

    def _some_voucher(self, pick: int) -> str | None:
        vouchers = sorted(self._vouchers())
        return vouchers[pick % len(vouchers)] if vouchers else None

    def _standing(self, card: str) -> Standing:
        ((_, balance, state, *_),) = self.bench.rows(BOOKS, self._merchant, [card])
        progress = msgspec.json.decode(state, type=Progress)
        return Standing(balance, progress.cycle, progress.lifetime, progress.owed, tuple(progress.reached))


def test_no_order_of_visits_breaks_a_card(database_url: str) -> None:
    def register(ledger: Ledger) -> None:
        register_all(ledger, LinkMaker(bytes(32), lambda: "https://cards.example.org"))

    with a_bench(database_url, register) as bench:
        shop = bench.run(a_shop(bench.ledgers[0]))
        run_state_machine_as_test(lambda: Cards(bench, shop), settings=PLAYED)
