"""Ids: UUIDv7 text that grows."""

import multiprocessing
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from cardamom.kit.ids import id_time, is_id, new_id

AT = datetime(2026, 3, 21, 9, 30, 15, 123000, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7_in_canonical_text():
    made = new_id()
    parsed = uuid.UUID(made)
    assert (parsed.version, parsed.variant, str(parsed)) == (7, uuid.RFC_4122, made)
    assert is_id(made)


def test_an_id_carries_its_time_to_the_millisecond():
    assert id_time(new_id(AT)) == AT
    with time_machine.travel(AT, tick=False):
        assert id_time(new_id()) == AT


def test_ids_grow_within_a_process():
    made = [new_id() for _ in range(5000)]
    assert made == sorted(set(made))


def test_ids_of_one_told_instant_grow():
    made = [new_id(AT) for _ in range(500)]
    assert made == sorted(set(made))
    assert {id_time(id) for id in made} == {AT}


def test_ids_of_a_told_past_do_not_disturb_those_of_the_present():
    before = new_id()
    new_id(AT - timedelta(days=4000))
    new_id(AT + timedelta(days=4000))
    assert before < new_id() < new_id(AT + timedelta(days=4000))


def test_ids_grow_also_when_the_clock_is_set_back_a_little():
    with time_machine.travel(AT, tick=False) as clock:
        before = new_id()
        clock.move_to(AT - timedelta(seconds=10))
        assert new_id() > before


def test_a_clock_that_was_far_ahead_does_not_stay_so():
    with time_machine.travel(AT + timedelta(days=9000), tick=False) as clock:
        new_id()
        clock.move_to(AT)
        assert id_time(new_id()) == AT


def test_ids_of_threads_are_all_different():
    with ThreadPoolExecutor(4) as threads:
        made = [id for ids in threads.map(lambda _: [new_id() for _ in range(2000)], range(4)) for id in ids]
    assert len(set(made)) == 8000


def test_ids_of_forked_workers_differ():
    new_id(AT)  # the state that the workers inherit
    with multiprocessing.get_context("fork").Pool(2) as pool:
        made = [id for ids in pool.map(_ids_of_one_instant, range(2), chunksize=1) for id in ids]
    assert len(set(made)) == 400


def _ids_of_one_instant(_worker: int) -> list[str]:
    return [new_id(AT) for _ in range(200)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0190",
        "0195B6E8-3F3B-7000-8000-000000000000",  # capitals
        "0195b6e83f3b70008000000000000000",
        "0195b6e8-3f3b-4000-8000-000000000000",  # version 4
        "0195b6e8-3f3b-7000-c000-000000000000",  # another variant
        "0195b6e8-3f3b-7000-8000-000000000000\n",
        "٠195b6e8-3f3b-7000-8000-000000000000",
    ],
)
def test_anything_else_is_not_an_id(text: str):
    assert not is_id(text)
    with pytest.raises(ValueError, match="not an id"):
        id_time(text)
