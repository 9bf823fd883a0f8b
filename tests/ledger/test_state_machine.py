"""Whatever is asked of the ledger, in whatever order and through whichever writer, its books stay right.

Hypothesis plays against a model that is two dictionaries: what each tally should stand at, and how each key was
answered. Who is first of many at once is for the database to say, so what is drawn must not depend on it.
"""

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from cardamom.kit.actor import system_actor
from cardamom.kit.errors import KeyReused
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Outcome
from tests.ledger.bench import Answer, Bench, a_bench
from tests.ledger.tally import AddToTally, OpenTally, UndoTally, add, register_tallies, undo

PLAYED = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)

writers = st.integers(0, 1)
deltas = st.integers(-8, 8)

BOOKS = """
select a.id, a.balance, a.seq, coalesce(sum(e.delta), 0), count(e.seq), coalesce(min(e.balance), 0),
       coalesce(max(e.seq), 0)
  from account a left join entry e on e.merchant_id = a.merchant_id and e.account_id = a.id
 where a.merchant_id = %s
 group by a.merchant_id, a.id, a.balance, a.seq
"""


def same(answer: Outcome) -> dict[str, Any]:
    """An outcome without what a replay may change."""
    kept = ("operation_id", "outcome", "recorded_at", "reason", "facts")
    return {name: getattr(answer, name) for name in kept}


class Tallies(RuleBasedStateMachine):
    """One merchant's tallies, moved in every way there is."""

    accounts = Bundle("accounts")
    sent = Bundle("sent")

    def __init__(self, bench: Bench) -> None:
        super().__init__()
        self.bench = bench
        self.merchant_id = new_id()
        self.balances: dict[str, int] = {}
        self.answers: dict[str, tuple[AddToTally | OpenTally | UndoTally, Outcome]] = {}
        self.undone: set[str] = set()

    # -- what may be asked ---------------------------------------------------------------------------------------

    @rule(target=accounts, balance=st.integers(0, 12), writer=writers)
    def open(self, balance: int, writer: int) -> str:
        account_id = new_id()
        command = OpenTally(
            merchant_id=self.merchant_id,
            actor=system_actor(self.merchant_id),
            account_id=account_id,
            balance=balance,
        )
        self._keep(command, self.bench.submit(command, through=writer).or_raise())
        self.balances[account_id] = balance
        return account_id

    @rule(target=sent, account=accounts, delta=deltas, writer=writers)
    def move(self, account: str, delta: int, writer: int) -> str:
        command = add(self.merchant_id, account, delta)
        outcome = self.bench.submit(command, through=writer)
        after = self.balances[account] + delta
        if after < 0:
            assert (outcome.outcome, outcome.reason) == ("refused", "test_tally_too_low")
            assert outcome.facts == {"balance": self.balances[account]}
        else:
            assert outcome.accepted
            assert outcome.facts == {"balance": after}
            self.balances[account] = after
        self._keep(command, outcome)
        return command.key

    @rule(key=sent, writer=writers)
    def send_again(self, key: str, writer: int) -> None:
        command, first = self.answers[key]
        again = self.bench.submit(command, through=writer)
        assert again.replayed
        assert same(again) == same(first)

    @rule(key=sent, delta=deltas)
    def reuse_the_key_for_another_request(self, key: str, delta: int) -> None:
        command, _ = self.answers[key]
        assert isinstance(command, AddToTally)
        if delta == command.delta:
            return
        (answer,) = self.bench.submit_all([add(self.merchant_id, command.account_id, delta, key=key)])
        assert isinstance(answer, KeyReused)

    @rule(key=sent, writer=writers)
    def undo(self, key: str, writer: int) -> None:
        command = undo(self.merchant_id, self.answers[key][1].operation_id)
        self._expect_undone(key, self.bench.submit(command, through=writer))

    @rule(key=sent)
    def undo_twice_at_once(self, key: str) -> None:
        operation_id = self.answers[key][1].operation_id
        twins = [undo(self.merchant_id, operation_id) for _ in range(2)]
        answers = self.bench.submit_all(twins)
        first, second = sorted(answers, key=lambda answer: not self._outcome(answer).accepted)
        self._expect_undone(key, self._outcome(first))
        self._expect_undone(key, self._outcome(second))

    @rule(account=accounts, delta=deltas)
    def move_and_take_it_back(self, account: str, delta: int) -> None:
        if self.balances[account] + delta < 0:
            return
        moved = self.bench.submit(add(self.merchant_id, account, delta)).or_raise()
        self.bench.submit(undo(self.merchant_id, moved.operation_id)).or_raise()
        # The model was not told: the invariants find the balance where it was.

    @rule(
        target=sent,
        accounts=st.lists(accounts, min_size=1, max_size=3),
        moves=st.lists(
            st.tuples(st.integers(0, 2), deltas, st.none() | st.integers(0, 2)), min_size=2, max_size=24
        ),
    )
    def move_all_at_once(self, accounts: list[str], moves: list[tuple[int, int, int | None]]) -> Any:
        """Some share a key: twins when they are the same request, impostors when they are not."""
        keys = [new_id() for _ in range(3)]
        commands = [
            add(
                self.merchant_id,
                accounts[place % len(accounts)],
                delta,
                key=new_id() if n is None else keys[n],
            )
            for place, delta, n in moves
        ]
        answers = self.bench.submit_all(commands)
        winners: dict[str, tuple[AddToTally, Outcome]] = {}
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, Outcome) and not answer.replayed:
                assert command.key not in winners, "one key became two operations"
                winners[command.key] = (command, answer)
        for command, answer in zip(commands, answers, strict=True):
            winner, outcome = winners[command.key]
            if command.fingerprint() == winner.fingerprint():
                assert same(self._outcome(answer)) == same(outcome)
            else:
                assert isinstance(answer, KeyReused)
        for command, outcome in winners.values():
            self._expect_some_order(command, outcome)
            self._keep(command, outcome)
        return multiple(*sorted(winners))

    @rule(writer=writers)
    def restart_a_writer(self, writer: int) -> None:
        self.bench.restart(writer)

    # -- what must be true ---------------------------------------------------------------------------------------

    @invariant()
    def balances_are_what_was_asked_for(self) -> None:
        found = {}
        for account, balance, seq, total, count, lowest, last in self.bench.rows(BOOKS, self.merchant_id):
            assert balance == total, "the balance is not the sum of the entries"
            assert lowest >= 0, "an entry went below the floor"
            assert seq == count == last, "an entry is missing or too many"
            found[account] = balance
        assert found == self.balances

    def teardown(self) -> None:
        report = self.bench.verify(self.merchant_id)
        assert report.is_sound, report.faults
        assert report.accounts == len(self.balances)
        for command, first in self.answers.values():
            assert same(self.bench.submit(command)) == same(first)
        self.balances_are_what_was_asked_for()

    # -- the model -----------------------------------------------------------------------------------------------

    def _keep(self, command: AddToTally | OpenTally, outcome: Outcome) -> None:
        self.answers[command.key] = (command, outcome)

    def _outcome(self, answer: Answer) -> Outcome:
        assert isinstance(answer, Outcome), answer
        return answer

    def _expect_undone(self, key: str, outcome: Outcome) -> None:
        command, original = self.answers[key]
        assert isinstance(command, AddToTally)
        after = self.balances[command.account_id] - command.delta
        if not original.accepted:
            expected: str | None = "not_undoable"
        elif original.operation_id in self.undone:
            expected = "already_undone"
        elif after < 0:
            expected = "test_tally_too_low"
        else:
            expected = None
            self.undone.add(original.operation_id)
            self.balances[command.account_id] = after
        assert (outcome.outcome, outcome.reason) == ("refused" if expected else "accepted", expected)

    def _expect_some_order(self, command: AddToTally, outcome: Outcome) -> None:
        """What is fair for one of many at once: the balance that it saw explains its answer."""
        if outcome.accepted:
            assert outcome.facts["balance"] >= 0
            self.balances[command.account_id] += command.delta
        else:
            assert outcome.reason == "test_tally_too_low"
            assert 0 <= outcome.facts["balance"] < -command.delta


def test_no_order_of_requests_breaks_the_books(database_url: str) -> None:
    with a_bench(database_url, register_tallies) as bench:
        run_state_machine_as_test(lambda: Tallies(bench), settings=PLAYED)
