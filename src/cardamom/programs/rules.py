"""The rules of a stamp program: what joining, a visit and an undo do to a card. Pure: no clock, no I/O.

A refusal is returned, not raised: it is one of the outcomes of a step.

What stays true after every step, with `goals` and `expired` as sums over the entries of those units:
    0 <= balance < goal                                        a card never stands full
    balance - owed == lifetime - (-goals) - (-expired)         no stamp appears or vanishes
Stamps add to both sides; a roll-over moves them into `goals`; paying what is owed lowers balance and owed alike. How an
undo keeps both is written in `programs.undoing`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cardamom.kit.clock import zone
from cardamom.kit.errors import Refused
from cardamom.programs.definition import Earn, Expiry, HappyHour, Milestone, Rules
from cardamom.programs.earning import earned, hindrance
from cardamom.programs.progress import Crossed, Given, Progress, Stamped, Unstamped, Visit
from cardamom.programs.undoing import Issued, unstamp, withdrawable_goals

__all__ = [
    "Crossed",
    "Earn",
    "Expiry",
    "Given",
    "HappyHour",
    "Issued",
    "Milestone",
    "Progress",
    "Rules",
    "Stamped",
    "Unstamped",
    "Visit",
    "begin",
    "next_goal",
    "stamp",
    "standing",
    "to_go",
    "unstamp",
    "versions_of",
    "withdrawable_goals",
]

#: The same card on the same device within this time is one visit that was read twice.
DOUBLE_READ = timedelta(seconds=10)


def begin(rules: Rules, *, version: int) -> Stamped:
    """A new card, with its welcome stamps; a milestone among them has been reached. Only the first cycle has them."""
    welcome = rules.welcome_stamps
    crossed = _milestones_within(rules, welcome, reached=(), cycle=1)
    return Stamped(
        granted=welcome,
        balance=welcome,
        progress=Progress(version=version, lifetime=welcome, reached=[goal.at for goal in crossed]),
        moves=(("welcome", welcome),) if welcome else (),
        crossed=tuple(crossed),
    )


def stamp(
    visit: Visit,
    *,
    balance: int,
    progress: Progress,
    rules: Rules,
    later: Rules,
    later_version: int,
    time_zone: str,
    currency: str,
) -> Stamped | Refused:
    """Give a visit its stamps.

    First the stamps that have expired go, then what the visit gives pays for owed stamps, then goals are crossed.
    rules: of progress.version. later, later_version: the newest; a cycle that begins in this step runs under it.
    """
    if _is_double_read(visit, progress):
        return Stamped(granted=0, balance=balance, progress=progress, repeats=progress.last_operation)
    local = visit.at.astimezone(zone(time_zone))
    day = local.date().isoformat()
    why_not = hindrance(visit, progress, rules, local=local, day=day, time_zone=time_zone, currency=currency)
    if why_not is not None:
        return why_not
    has_expired = _has_expired(progress, rules, visit.at)
    kept, carry = (0, 0) if has_expired else (balance, progress.carry_minor)
    granted, rest = earned(visit, rules, carry_minor=carry, local=local)
    paid = min(progress.owed, granted)
    moves: list[tuple[str, int]] = []
    if kept != balance:
        moves.append(("expired", kept - balance))
    if granted:
        moves.append(("stamp", granted))
    if paid:
        moves.append(("owed", -paid))
    rolled = _roll(kept + granted - paid, progress, rules, later, later_version)
    moves.extend(("goal", -goal.at) for goal in rolled.crossed if goal.final)
    return Stamped(
        granted=granted,
        balance=rolled.balance,
        progress=_advanced(
            visit, progress, rolled, day=day, granted=granted, paid=paid, carry=rest, expired=has_expired
        ),
        moves=tuple(moves),
        crossed=tuple(rolled.crossed),
        carried_minor=rest - carry,
    )


def _is_double_read(visit: Visit, progress: Progress) -> bool:
    return (
        visit.device is not None
        and visit.device == progress.last_device
        and progress.last_operation is not None
        and progress.last_at is not None
        and abs(visit.at - progress.last_at) <= DOUBLE_READ
    )


class _Rolled:
    """Where a card stands once every goal it crossed is behind it."""

    __slots__ = ("balance", "crossed", "cycle", "earlier", "reached", "version")

    def __init__(self, balance: int, progress: Progress) -> None:
        self.balance = balance
        self.version = progress.version
        self.cycle = progress.cycle
        self.reached = progress.reached
        self.earlier = progress.earlier
        self.crossed: list[Crossed] = []


def _roll(total: int, progress: Progress, rules: Rules, later: Rules, later_version: int) -> _Rolled:
    """Cross every goal up to `total`, in order, and begin a new cycle at each final one."""
    rolled = _Rolled(total, progress)
    current = rules
    while True:
        milestones = _milestones_within(current, rolled.balance, reached=rolled.reached, cycle=rolled.cycle)
        if milestones:
            rolled.crossed += milestones
            rolled.reached = sorted([*rolled.reached, *(goal.at for goal in milestones)])
        if rolled.balance < current.goal:
            return rolled
        rolled.crossed.append(Crossed(at=current.goal, reward=current.reward, cycle=rolled.cycle, final=True))
        rolled.balance -= current.goal
        if rolled.version != later_version:
            rolled.earlier = [*rolled.earlier, (rolled.version, rolled.cycle)]
        rolled.cycle += 1
        rolled.version, current, rolled.reached = later_version, later, []


def _milestones_within(rules: Rules, total: int, *, reached: Sequence[int], cycle: int) -> list[Crossed]:
    if not rules.milestones:
        return []
    return [
        Crossed(at=milestone.at, reward=milestone.reward, cycle=cycle, final=False)
        for milestone in rules.milestones
        if milestone.at <= total and milestone.at not in reached
    ]


def _advanced(
    visit: Visit,
    progress: Progress,
    rolled: _Rolled,
    *,
    day: str,
    granted: int,
    paid: int,
    carry: int,
    expired: bool,
) -> Progress:
    """The card's memory after a visit. One that arrives late leaves the latest visit what it was."""
    last_at, latest = progress.last_at, progress.day
    arrives_late = last_at is not None and visit.at < last_at
    is_new_day = latest is None or day > latest
    is_earlier_day = latest is not None and day < latest
    return Progress(
        version=rolled.version,
        cycle=rolled.cycle,
        lifetime=progress.lifetime + granted,
        reached=rolled.reached,
        owed=progress.owed - paid,
        carry_minor=carry,
        last_at=last_at if arrives_late else visit.at,
        last_device=progress.last_device if arrives_late else visit.device,
        last_operation=progress.last_operation if arrives_late else visit.operation_id,
        prior_at=progress.prior_at if arrives_late else last_at,
        day=day if is_new_day else latest,
        today=1 if is_new_day else progress.today + (not is_earlier_day),
        late=0 if is_new_day else progress.late + is_earlier_day,
        expired_by=visit.operation_id if expired else progress.expired_by,
        earlier=rolled.earlier,
        waiting=progress.waiting,
        live_steps=progress.live_steps,
    )


def _has_expired(progress: Progress, rules: Rules, now: datetime) -> bool:
    expiry, last_at = rules.expiry, progress.last_at
    return expiry is not None and last_at is not None and now - last_at > timedelta(days=expiry.inactive_days)


def standing(balance: int, progress: Progress, rules: Rules, *, now: datetime) -> int:
    """The stamps that still count: none once the card has been inactive for too long, whatever the books still say."""
    return 0 if _has_expired(progress, rules, now) else balance


def next_goal(balance: int, progress: Progress, rules: Rules) -> int:
    """The nearest goal that will still fire in this cycle: a milestone, or the final one."""
    ahead = [goal.at for goal in rules.milestones if goal.at > balance and goal.at not in progress.reached]
    return min(ahead, default=rules.goal)


def to_go(balance: int, progress: Progress, rules: Rules) -> int:
    """How many stamps the final goal is away, owed ones included."""
    return rules.goal - balance + progress.owed


def versions_of(progress: Progress) -> tuple[int, ...]:
    """Every version of the rules that a step on this card may need: the running one first, then earlier ones."""
    return (progress.version, *(version for version, _cycle in reversed(progress.earlier)))
