"""What stays true of a card, whatever happens to it."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.kit.errors import Refused
from cardamom.kit.money import Money
from cardamom.programs.rules import (
    Earn,
    Expiry,
    Given,
    Issued,
    Milestone,
    Progress,
    Rules,
    Stamped,
    Unstamped,
    Visit,
    begin,
    stamp,
    unstamp,
    versions_of,
    withdrawable_goals,
)

BEGINNING = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@st.composite
def some_rules(draw) -> Rules:
    goal = draw(st.integers(1, 12))
    marks = sorted(draw(st.sets(st.integers(1, 11), max_size=3)))
    per = draw(st.sampled_from(["visit", "amount"]))
    return Rules(
        goal=goal,
        reward=draw(st.sampled_from(["coffee", None])),
        earn=Earn(per=per, stamps=draw(st.integers(1, 3)), minor=700 if per == "amount" else None),
        milestones=[Milestone(at, f"gift-{at}") for at in marks if at < goal],
        welcome_stamps=draw(st.integers(0, goal - 1)),
        cooldown_seconds=draw(st.sampled_from([0, 900])),
        daily_cap=draw(st.sampled_from([None, 1, 5])),
        expiry=draw(st.sampled_from([None, Expiry(10)])),
    )


class Card:
    """A card, its books and its vouchers, as the packages above keep them."""

    def __init__(self, versions: list[Rules]) -> None:
        self.versions = dict(enumerate(versions, start=1))
        self.newest = 1
        self.at = BEGINNING
        self.books: list[tuple[str, int]] = []
        self.given: dict[str, Given] = {}
        self.vouchers: dict[tuple[int, int], Issued] = {}
        first = begin(self.versions[1], version=1)
        self.balance, self.progress = 0, first.progress
        self.operation = "op-000"
        self._keep(first)

    @property
    def rules(self) -> Rules:
        return self.versions[self.progress.version]

    def _keep(self, step: Stamped | Unstamped) -> None:
        self.books += step.moves
        self.balance, self.progress = step.balance, step.progress
        for goal in getattr(step, "crossed", ()):
            if goal.reward is None:
                continue
            assert (goal.cycle, goal.at) not in self.vouchers, "a goal fired twice"
            self.vouchers[goal.cycle, goal.at] = Issued(
                cycle=goal.cycle, at=goal.at, operation_id=self.operation, is_unused=True
            )
        for key in getattr(step, "withdrawn", ()):
            assert self.vouchers.pop(key).is_unused, "a used voucher was withdrawn"

    def visit(self, *, hours: float, stamps: int | None, minor: int | None, device: str) -> Stamped | Refused:
        self.at += timedelta(hours=hours)
        self.operation = f"op-{int(self.operation[3:]) + 1:03}"
        by_amount = self.rules.earn.per == "amount"
        answer = stamp(
            Visit(
                at=self.at,
                operation_id=self.operation,
                stamps=None if by_amount else stamps,
                amount=Money(minor or 500, "EUR") if by_amount else None,
                device=device,
            ),
            balance=self.balance,
            progress=self.progress,
            rules=self.rules,
            later=self.versions[self.newest],
            later_version=self.newest,
            time_zone="Asia/Jerusalem",
            currency="EUR",
        )
        if isinstance(answer, Stamped) and answer.repeats is None:
            self._keep(answer)
            self.given[self.operation] = Given(
                operation_id=self.operation,
                granted=answer.granted,
                carried_minor=answer.carried_minor,
                day=answer.progress.day,
            )
        return answer

    def undo(self, operation_id: str) -> Unstamped | Refused:
        answer = unstamp(
            self.given.pop(operation_id),
            balance=self.balance,
            progress=self.progress,
            rules={version: self.versions[version] for version in versions_of(self.progress)},
            withdrawable=withdrawable_goals(self.vouchers.values(), self.progress),
        )
        if isinstance(answer, Unstamped):
            self._keep(answer)
        return answer

    def total(self, *units: str) -> int:
        return sum(delta for unit, delta in self.books if unit in units)

    def check(self) -> None:
        progress = self.progress
        assert 0 <= self.balance < self.rules.goal
        assert progress.owed >= 0
        assert self.balance == sum(delta for _unit, delta in self.books)
        assert self.balance - progress.owed == progress.lifetime + self.total("goal", "expired")
        running = 0
        for _unit, delta in self.books:
            running += delta
            assert running >= 0, "an entry went below the floor"
        if progress.cycle == 1 and progress.expired_by is None:
            assert self.balance >= self.versions[1].welcome_stamps
        assert progress.reached == sorted(set(progress.reached))


steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("visit"),
            st.sampled_from([-30, -0.1, 0.001, 0.1, 1, 20, 300]),
            st.one_of(st.none(), st.integers(1, 30)),
            st.integers(1, 20_000),
            st.sampled_from(["till-1", "till-2"]),
        ),
        st.tuples(st.just("undo"), st.integers(0, 5)),
        st.tuples(st.just("use"), st.integers(0, 5)),
        st.tuples(st.just("publish")),
    ),
    max_size=25,
)


@given(st.lists(some_rules(), min_size=1, max_size=3), steps)
@settings(max_examples=400, deadline=None)
def test_no_stamp_appears_or_vanishes(versions: list[Rules], story: list[tuple]):
    card = Card(versions)
    card.check()
    for step in story:
        match step:
            case ("visit", hours, number, minor, device):
                answer = card.visit(hours=hours, stamps=number, minor=minor, device=device)
                if isinstance(answer, Stamped):
                    order = [(goal.cycle, goal.at) for goal in answer.crossed]
                    assert order == sorted(order)
            case ("undo", which) if card.given:
                card.undo(sorted(card.given)[which % len(card.given)])
            case ("use", which) if card.vouchers:
                key = sorted(card.vouchers)[which % len(card.vouchers)]
                used = card.vouchers[key]
                card.vouchers[key] = Issued(
                    cycle=used.cycle, at=used.at, operation_id=used.operation_id, is_unused=False
                )
            case ("publish",):
                card.newest = min(card.newest + 1, len(versions))
        card.check()


@given(st.lists(some_rules(), min_size=1, max_size=2), steps, st.integers(1, 30), st.integers(1, 20_000))
@settings(max_examples=300, deadline=None)
def test_an_undo_right_after_a_stamp_restores_the_card(
    versions: list[Rules], story: list[tuple], number: int, minor: int
):
    card = Card(versions)
    for step in story:
        if step[0] == "visit":
            card.visit(hours=abs(step[1]), stamps=step[2], minor=step[3], device=step[4])
    card.newest = len(versions)
    before_balance, before = card.balance, card.progress
    answer = card.visit(hours=48, stamps=number, minor=minor, device="till-3")
    assert isinstance(answer, Stamped)
    card.undo(card.operation)
    card.check()
    expired = answer.progress.expired_by == card.operation
    assert card.balance == (0 if expired else before_balance)
    after = card.progress
    for field in ("version", "cycle", "lifetime", "reached", "owed", "earlier", "last_at"):
        assert getattr(after, field) == getattr(before, field), field
    assert after.carry_minor == (0 if expired else before.carry_minor)
    assert after.today == (before.today if after.day == before.day else 0)
    assert is_ready_again(after)


def is_ready_again(progress: Progress) -> bool:
    """The right visit can follow the wrong one at once: it is not taken for a double read of it."""
    return progress.last_operation is None and progress.last_device is None
