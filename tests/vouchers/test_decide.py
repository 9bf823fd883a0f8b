"""A batch of redemptions: every decision sees those before it. No database."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from cardamom.kit.ids import new_id
from cardamom.ledger.decisions import Decision
from tests.vouchers.builders import (
    MERCHANT,
    NOON,
    STRANGER,
    a_redemption,
    a_voucher,
    decide_all,
    facts_of,
    from_pool,
    redeem_all,
    some_terms,
)


def reasons(decisions: list[Decision]) -> list[str | None]:
    return [decision.reason for decision in decisions]


def test_the_second_use_in_a_batch_is_told_of_the_first() -> None:
    voucher = a_voucher()
    first, second = decide_all(facts_of([voucher]), [a_redemption(voucher), a_redemption(voucher, via="api")])
    assert first.outcome == "accepted"
    assert first.facts["uses_left"] == 0
    assert second.reason == "voucher_already_redeemed"
    assert (second.facts["redeemed_at"], second.facts["via"]) == (NOON.isoformat(), "staff")
    assert (second.moves, second.rows) == ((), None)


def test_a_voucher_is_found_by_its_code_and_by_its_id_alike() -> None:
    voucher = a_voucher()
    by_code = a_redemption(voucher, voucher_id=None, code=voucher.code)
    assert reasons(decide_all(facts_of([voucher]), [by_code, a_redemption(voucher)])) == [
        None,
        "voucher_already_redeemed",
    ]


def test_what_is_unknown_or_somebody_elses_gets_one_answer() -> None:
    voucher, other = a_voucher(card_id=new_id()), a_voucher(merchant_id=STRANGER)
    facts = facts_of([voucher, other])
    commands = [
        a_redemption(voucher, voucher_id=new_id()),
        a_redemption(voucher, voucher_id=None, code="2999"),
        a_redemption(voucher, voucher_id=None, code=None),
        a_redemption(voucher, voucher_id=other.id),
        a_redemption(voucher, voucher_id=None, code=other.code),
        a_redemption(voucher, card_id=new_id()),
    ]
    assert reasons(decide_all(facts, commands)) == ["voucher_unknown"] * len(commands)
    assert reasons(decide_all(facts, [a_redemption(voucher, card_id=voucher.card_id)])) == [None]


def test_a_pool_of_three_serves_three_of_five() -> None:
    pool = new_id()
    vouchers = [a_voucher(terms=from_pool(pool)) for _ in range(5)]
    decisions = redeem_all(facts_of(vouchers, pools={pool: 3}), vouchers, via="code")
    assert reasons(decisions) == [None, None, None, "pool_empty", "pool_empty"]
    drawn = [decision.rows.voucher.drawn_code for decision in decisions[:3]]
    assert drawn == [f"{pool[-4:]}-{n}" for n in range(3)]
    announced = [[event.type for event in decision.events] for decision in decisions]
    assert announced == [
        ["voucher.redeemed"],
        ["voucher.redeemed"],
        ["voucher.redeemed", "pool.emptied"],
        ["pool.emptied"],
        ["pool.emptied"],
    ]


def test_an_empty_pool_leaves_the_voucher_as_it_is() -> None:
    pool = new_id()
    voucher = a_voucher(terms=from_pool(pool))
    facts = facts_of([voucher], pools={pool: 0})
    (decision,) = redeem_all(facts, [voucher], via="code")
    assert decision.reason == "pool_empty"
    assert facts.accounts[voucher.id].balance == 1


def test_a_pool_of_somebody_else_is_empty() -> None:
    pool = new_id()
    mine, other = a_voucher(terms=from_pool(pool)), a_voucher(merchant_id=STRANGER, terms=from_pool(pool))
    decisions = redeem_all(facts_of([mine, other], pools={pool: 5}), [other, mine], via="code")
    assert reasons(decisions) == ["pool_empty", None]


def test_each_use_of_a_voucher_takes_a_code_of_its_own() -> None:
    pool = new_id()
    voucher = a_voucher(terms=from_pool(pool, uses=2))
    decisions = redeem_all(facts_of([voucher], pools={pool: 3}), [voucher] * 3, via="code")
    assert reasons(decisions) == [None, None, "voucher_already_redeemed"]
    assert len({decision.rows.drawn.code for decision in decisions[:2]}) == 2


def test_neither_facts_nor_events_carry_a_code() -> None:
    pool = new_id()
    voucher = a_voucher(terms=from_pool(pool))
    (decision,) = redeem_all(facts_of([voucher], pools={pool: 1}), [voucher], via="code")
    written = f"{decision.facts} {decision.events}"
    assert decision.rows.drawn.code not in written
    assert voucher.code not in written


@given(
    st.lists(st.integers(min_value=1, max_value=4), min_size=1, max_size=5),
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=4), st.sampled_from(["staff", "self", "api"])),
        max_size=30,
    ),
)
def test_no_order_of_a_batch_uses_a_voucher_more_often_than_it_says(
    uses: list[int], tries: list[tuple[int, str]]
) -> None:
    vouchers = [a_voucher(terms=some_terms(uses=most)) for most in uses]
    facts = facts_of(vouchers)
    chosen = [(vouchers[index % len(vouchers)], via) for index, via in tries]
    decisions = decide_all(facts, [a_redemption(voucher, via=via) for voucher, via in chosen])
    accepted = Counter(decision.facts["voucher"] for decision in decisions if decision.outcome == "accepted")
    asked = Counter(voucher.id for voucher, via in chosen if via != "self")
    for voucher in vouchers:
        assert accepted[voucher.id] == min(voucher.terms.uses, asked[voucher.id])
        assert facts.accounts[voucher.id].balance == voucher.terms.uses - accepted[voucher.id]


@given(st.integers(min_value=0, max_value=8), st.lists(st.integers(min_value=0, max_value=7), max_size=24))
def test_no_code_of_a_pool_is_given_twice(codes: int, tries: list[int]) -> None:
    pool = new_id()
    vouchers = [a_voucher(terms=from_pool(pool)) for _ in range(8)]
    facts = facts_of(vouchers, pools={pool: codes})
    decisions = redeem_all(facts, [vouchers[index] for index in tries], via="code")
    drawn = [decision.rows.drawn.code for decision in decisions if decision.outcome == "accepted"]
    assert len(drawn) == len(set(drawn)) == min(codes, len(set(tries)))
    assert facts.accounts[pool].balance == codes - len(drawn)
    assert facts.accounts[pool].merchant_id == MERCHANT
