"""Any life that a voucher may lead: used, undone, cancelled, expired, in every order. No database."""

from datetime import timedelta

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from cardamom.kit.ids import new_id
from cardamom.ledger.decisions import Decision, Occasion
from cardamom.ledger.rules import post
from cardamom.vouchers.issuing import withdrawal
from cardamom.vouchers.locking import last_use_of
from cardamom.vouchers.rules import Status, cancel_refusal, reopened, status_at
from cardamom.vouchers.undoing import reverse_redemption
from tests.vouchers.builders import NOON, a_redemption, a_voucher, decide_all, facts_of, some_terms

USES = 3
OPEN = {Status.ISSUED, Status.ACTIVE}


class LifeOfAVoucher(RuleBasedStateMachine):
    """Applies decisions as the writer does, and writes the row as `save` does."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOON
        self.voucher = a_voucher(terms=some_terms(uses=USES), expires_at=NOON + timedelta(days=3))
        self.account = facts_of([self.voucher]).accounts[self.voucher.id]
        self.accepted: list[str] = []

    @rule()
    def redeem(self) -> None:
        facts = facts_of([self.voucher])
        facts.accounts[self.voucher.id] = self.account
        was_usable = status_at(self.voucher, self.now) is Status.ACTIVE and self.account.balance > 0
        (decision,) = decide_all(facts, [a_redemption(self.voucher)], now=self.now)
        assert (decision.outcome == "accepted") is was_usable
        if decision.outcome == "accepted":
            self.voucher = decision.rows.voucher
            self.accepted.append(str(self.voucher.redemption_id))

    @precondition(lambda self: self.accepted)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        operation_id = data.draw(st.sampled_from(self.accepted))
        self.accepted.remove(operation_id)
        decision = reverse_redemption(
            self.voucher, uses_left=self.account.balance, operation_id=operation_id, now=self.now
        )
        self._apply(decision, status=reopened(self.voucher, self.now))

    @rule()
    def cancel(self) -> None:
        if cancel_refusal(self.voucher, last_use=last_use_of(self.account), now=self.now) is None:
            self._apply(Decision(moves=(withdrawal(self.account),)), status=Status.CANCELLED)

    @rule()
    def a_day_passes(self) -> None:
        self.now += timedelta(days=1)

    def _apply(self, decision: Decision, *, status: Status) -> None:
        post({self.voucher.id: self.account}, decision, Occasion(new_id(), self.now))
        self.voucher = msgspec.structs.replace(self.voucher, status=status)

    @invariant()
    def it_is_used_at_most_as_often_as_it_says(self) -> None:
        assert 0 <= self.account.balance <= USES
        assert self.account.balance + len(self.accepted) <= USES

    @invariant()
    def while_it_is_open_nothing_is_lost(self) -> None:
        if self.voucher.status in OPEN:
            assert self.account.balance + len(self.accepted) == USES

    @invariant()
    def what_has_ended_has_no_uses_left(self) -> None:
        if self.voucher.status not in OPEN:
            assert self.account.balance == 0


TestLifeOfAVoucher = LifeOfAVoucher.TestCase
