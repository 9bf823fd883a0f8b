"""Acts come in their order, in handfuls that one batch can take."""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from cardamom.cli.demo.plan import BETWEEN_VISITS
from cardamom.cli.demo.stage import Act, Stage
from cardamom.kit.actor import SYSTEM
from cardamom.kit.ids import new_id
from cardamom.ledger.commands import Command

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
MERCHANT = new_id()


class Join(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "card.join"


class Stamp(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "card.stamp"


def act(kind: type[Command], *, minutes: float) -> Act:
    return Act(at=NOON + timedelta(minutes=minutes), command=kind(merchant_id=MERCHANT, actor=SYSTEM))


def a_stage(*acts: Act) -> Stage:
    stage = Stage(until=NOON + timedelta(days=90))
    stage.add(acts)
    return stage


def test_acts_of_one_kind_stand_together_each_in_its_order() -> None:
    stage = a_stage(act(Stamp, minutes=3), act(Join, minutes=1), act(Stamp, minutes=2), act(Join, minutes=4))
    taken = stage.take()
    assert [type(each.command) for each in taken] == [Join, Join, Stamp, Stamp]
    assert [(each.at - NOON).seconds // 60 for each in taken] == [1, 4, 2, 3]
    assert stage.take() == []


def test_what_lies_further_apart_waits_for_the_answers() -> None:
    late = BETWEEN_VISITS / timedelta(minutes=1) + 1
    stage = a_stage(act(Stamp, minutes=late), act(Stamp, minutes=0))
    assert len(stage.take()) == 1
    assert len(stage.take()) == 1


def test_nothing_happens_after_the_end() -> None:
    stage = Stage(until=NOON)
    stage.add([act(Stamp, minutes=1)])
    assert stage.take() == []
