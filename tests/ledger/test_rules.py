"""What a decision does to accounts, whatever is decided."""

import hashlib
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardamom.ledger.chain import GENESIS, canonical_time, entry_hash
from cardamom.ledger.decisions import Account, Decision, Move, Occasion
from cardamom.ledger.rules import Entry, FloorBroken, post, touched

MERCHANT = "0190aaaa-0000-7000-8000-000000000000"
NAMES = ("a", "b", "c")
BEGINNING = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)

moves = st.builds(Move, st.sampled_from(NAMES), st.sampled_from(["stamp", "goal"]), st.integers(-9, 12))
decisions = st.builds(
    Decision,
    moves=st.lists(moves, max_size=5).map(tuple),
    states=st.dictionaries(st.sampled_from(NAMES), st.sampled_from([b"{}", b'{"cycle":2}']), max_size=2),
)
stories = st.lists(decisions, max_size=8)


def an_account(name: str, *, balance: int = 5, floor: int = 0) -> Account:
    return Account(merchant_id=MERCHANT, id=name, kind="tally", subject_id=name, balance=balance, floor=floor)


def some_accounts(floor: int = 0) -> dict[str, Account]:
    """As a batch loads them: they stand at 5 without a history, which only shifts the sums."""
    return {name: an_account(name, floor=floor) for name in NAMES}


def an_occasion(number: int) -> Occasion:
    return Occasion(f"operation-{number}", BEGINNING + timedelta(seconds=number))


def frozen(accounts: dict[str, Account]) -> bytes:
    return msgspec.msgpack.encode(accounts)


def told(accounts: dict[str, Account], story: list[Decision]) -> list[tuple[Entry, Occasion]]:
    """Post the decisions that can be, and leave out the others."""
    entries = []
    for number, decision in enumerate(story):
        occasion = an_occasion(number)
        try:
            posted = post(accounts, decision, occasion)
        except FloorBroken:
            continue
        entries += [(entry, occasion) for entry in posted]
    return entries


@given(stories, st.integers(-10, 5))
def test_balances_are_sums_and_never_below_the_floor(story: list[Decision], floor: int) -> None:
    accounts = some_accounts(floor)
    entries = [entry for entry, _ in told(accounts, story)]
    for name, account in accounts.items():
        own = [entry for entry in entries if entry.account_id == name]
        assert account.balance == 5 + sum(entry.delta for entry in own)
        assert [entry.seq for entry in own] == list(range(1, account.seq + 1))
        assert all(entry.balance >= floor for entry in own)
        standing = 5
        for entry in own:
            standing += entry.delta
            assert entry.balance == standing


@given(stories, st.lists(moves, min_size=1, max_size=5))
def test_what_would_break_a_floor_changes_nothing(story: list[Decision], more: list[Move]) -> None:
    accounts = some_accounts()
    told(accounts, story)
    too_much = Decision(
        moves=(*more, Move("b", "stamp", -10_000)),
        states={"a": b'{"cycle":3}'},
        opened=(an_account("d"),),
    )
    before = frozen(accounts)
    with pytest.raises(FloorBroken):
        post(accounts, too_much, an_occasion(99))
    assert frozen(accounts) == before


@pytest.mark.parametrize(
    "decision",
    [
        Decision(moves=(Move("a", "stamp", 1), Move("unknown", "stamp", 1)), opened=(an_account("d"),)),
        Decision(moves=(Move("a", "stamp", 1),), states={"a": b"[]", "unknown": b"{}"}),
    ],
)
def test_an_account_that_was_not_loaded_is_a_fault_and_changes_nothing(decision: Decision) -> None:
    accounts = some_accounts()
    before = frozen(accounts)
    with pytest.raises(KeyError):
        post(accounts, decision, an_occasion(1))
    assert frozen(accounts) == before


@given(stories)
def test_each_entry_is_chained_to_the_one_before(story: list[Decision]) -> None:
    accounts = some_accounts()
    heads = dict.fromkeys(NAMES, GENESIS)
    for entry, occasion in told(accounts, story):
        line = (
            f"{MERCHANT}|{entry.account_id}|{entry.seq}|{occasion.operation_id}|{entry.unit}|{entry.delta}"
            f"|{entry.balance}|{canonical_time(occasion.now)}"
        )
        heads[entry.account_id] = hashlib.sha256(heads[entry.account_id] + line.encode()).digest()
        assert entry.hash == heads[entry.account_id]
    assert {name: account.head for name, account in accounts.items()} == heads


HASHED = {
    "merchant_id": MERCHANT,
    "account_id": "a",
    "seq": 3,
    "operation_id": "operation-1",
    "unit": "stamp",
    "delta": 2,
    "balance": 7,
    "recorded_at": "2026-03-01T08:00:00.000000",
}


@pytest.mark.parametrize("name", HASHED)
def test_no_part_of_an_entry_can_be_changed_unseen(name: str) -> None:
    value = HASHED[name]
    changed = value + 1 if isinstance(value, int) else f"{value}1"
    assert entry_hash(GENESIS, **(HASHED | {name: changed})) != entry_hash(GENESIS, **HASHED)
    assert entry_hash(b"\1" * 32, **HASHED) != entry_hash(GENESIS, **HASHED)


@given(stories, st.integers(0, 8))
@settings(max_examples=50)
def test_a_decision_sees_those_before_it(story: list[Decision], cut: int) -> None:
    """A batch of many and many batches of one write the same books."""
    together, apart = some_accounts(), some_accounts()
    at_once = told(together, story)
    first = told(apart, story[:cut])
    loaded_again = msgspec.msgpack.decode(frozen(apart), type=dict[str, Account])
    rest = []
    for number, decision in enumerate(story[cut:], start=cut):
        try:
            rest += [
                (entry, an_occasion(number)) for entry in post(loaded_again, decision, an_occasion(number))
            ]
        except FloorBroken:
            continue
    assert first + rest == at_once
    assert frozen(loaded_again) == frozen(together)


@given(decisions)
def test_only_what_is_touched_changes(decision: Decision) -> None:
    accounts = some_accounts(floor=-1_000)
    before = {name: msgspec.msgpack.encode(account) for name, account in accounts.items()}
    opened = msgspec.structs.replace(decision, opened=(an_account("d"),))
    post(accounts, opened, an_occasion(1))
    changed = {
        name for name, account in accounts.items() if msgspec.msgpack.encode(account) != before.get(name)
    }
    assert changed <= touched(opened)
    assert "d" in touched(opened)
    assert {move.account_id for move in decision.moves} | set(decision.states) | {"d"} == touched(opened)
