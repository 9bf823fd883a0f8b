"""What a caller of the ledger may rely on."""

import asyncio

import pytest

from cardamom.db.connections import connect
from cardamom.db.database import Database
from cardamom.kit.errors import KeyReused, Unavailable
from cardamom.ledger import writer
from cardamom.ledger.verify import verify
from cardamom.ledger.writer import Ledger
from tests.ledger.tally import add, open_tally, register_tallies


async def test_a_movement_is_durable_when_it_is_answered(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id, balance=3)
    outcome = await tallies.submit(add(merchant_id, account_id, 2))
    assert outcome.accepted
    assert outcome.facts == {"balance": 5}
    assert await _balance(tallies.database, account_id) == 5


async def test_the_same_key_gives_the_same_answer(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id)
    first = await tallies.submit(add(merchant_id, account_id, 2, key="once"))
    again = await tallies.submit(add(merchant_id, account_id, 2, key="once"))
    assert again.replayed
    assert again.operation_id == first.operation_id
    assert again.recorded_at == first.recorded_at
    assert await _balance(tallies.database, account_id) == 2


async def test_the_same_key_for_another_request_is_refused(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id)
    await tallies.submit(add(merchant_id, account_id, 2, key="once"))
    with pytest.raises(KeyReused):
        await tallies.submit(add(merchant_id, account_id, 3, key="once"))
    assert await _balance(tallies.database, account_id) == 2


async def test_twins_in_one_batch_are_one_movement(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id)
    outcomes = await asyncio.gather(
        *(tallies.submit(add(merchant_id, account_id, 1, key="twin")) for _ in range(50))
    )
    assert len({outcome.operation_id for outcome in outcomes}) == 1
    assert await _balance(tallies.database, account_id) == 1


async def test_a_refusal_is_stored_and_replayed(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id, balance=1)
    first = await tallies.submit(add(merchant_id, account_id, -2, key="take"))
    assert (first.outcome, first.reason, first.facts) == ("refused", "test_tally_too_low", {"balance": 1})
    await tallies.submit(add(merchant_id, account_id, 5))
    again = await tallies.submit(add(merchant_id, account_id, -2, key="take"))
    assert again.replayed
    assert again.outcome == "refused"


async def test_later_commands_of_a_batch_see_earlier_ones(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id, balance=10)
    outcomes = await asyncio.gather(*(tallies.submit(add(merchant_id, account_id, -1)) for _ in range(40)))
    assert sum(outcome.accepted for outcome in outcomes) == 10
    assert await _balance(tallies.database, account_id) == 0


async def test_one_poisonous_command_fails_alone(tallies: Ledger, merchant_id: str) -> None:
    account_id = await open_tally(tallies, merchant_id)
    commands = [add(merchant_id, account_id, 1) for _ in range(20)]
    commands.insert(7, add(merchant_id, "0190aaaa-0000-7000-8000-000000000000", 1))  # no such account: a bug
    answers = await asyncio.gather(*(tallies.submit(command) for command in commands), return_exceptions=True)
    assert [index for index, answer in enumerate(answers) if isinstance(answer, Exception)] == [7]
    assert await _balance(tallies.database, account_id) == 20


async def test_stopping_commits_what_was_accepted(
    database: Database, tallies: Ledger, merchant_id: str
) -> None:
    account_id = await open_tally(tallies, merchant_id)
    waiting = [asyncio.create_task(tallies.submit(add(merchant_id, account_id, 1))) for _ in range(300)]
    await asyncio.sleep(0)
    await tallies.stop()
    outcomes = await asyncio.gather(*waiting)
    assert all(outcome.accepted for outcome in outcomes)
    assert await _balance(database, account_id) == 300
    with pytest.raises(Unavailable):
        await tallies.submit(add(merchant_id, account_id, 1))


async def test_a_full_queue_says_so_at_once(database: Database, merchant_id: str, tallies: Ledger) -> None:
    account_id = await open_tally(tallies, merchant_id)
    small = Ledger(database, waiting_limit=3)
    small._handlers = tallies._handlers  # not started: nothing drains the queue
    waiting = [asyncio.create_task(small.submit(add(merchant_id, account_id, 1))) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await small.submit(add(merchant_id, account_id, 1))
    for task in waiting:
        task.cancel()


async def test_a_lost_connection_is_survived(
    database: Database, database_url: str, tallies: Ledger, merchant_id: str
) -> None:
    account_id = await open_tally(tallies, merchant_id)
    for _ in range(5):
        with connect(database_url, application="tests", autocommit=True) as superuser:
            superuser.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name = 'cardamom ledger' and datname = current_database()"
            )
        outcomes = await asyncio.gather(*(tallies.submit(add(merchant_id, account_id, 1)) for _ in range(20)))
        assert all(outcome.accepted for outcome in outcomes)
    assert await _balance(database, account_id) == 100
    assert await _is_sound(database)


async def test_the_books_verify_and_an_edit_is_found(
    database: Database, database_url: str, tallies: Ledger, merchant_id: str
) -> None:
    account_id = await open_tally(tallies, merchant_id, balance=4)
    await asyncio.gather(*(tallies.submit(add(merchant_id, account_id, 1)) for _ in range(9)))
    assert await _is_sound(database)
    with connect(database_url, application="tests", autocommit=True) as superuser:
        superuser.execute("update entry set delta = 2, balance = balance + 1 where seq = 5")
    assert not await _is_sound(database)


async def _is_sound(database: Database) -> bool:
    driver = await database.ledger_connect()
    async with driver:
        report = await verify(driver)
    assert report.accounts >= 1
    assert report.entries >= 1
    return report.is_sound


async def _balance(database: Database, account_id: str) -> int:
    driver = await database.ledger_connect()
    async with driver:
        found = await driver.execute("select balance from account where id = %s", (account_id,))
        row = await found.fetchone()
    assert row is not None
    return int(row[0])


async def test_plans_are_renewed_under_load_without_a_lane_failing(
    database: Database, merchant_id: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer, "FIRST_REPLAN_SECONDS", 0.0)
    monkeypatch.setattr(writer, "LAST_REPLAN_SECONDS", 0.0)
    ledger = Ledger(database)
    register_tallies(ledger)
    await ledger.start()
    account_id = await open_tally(ledger, merchant_id)
    for _ in range(10):
        await asyncio.gather(*(ledger.submit(add(merchant_id, account_id, 1)) for _ in range(40)))
    await ledger.stop()
    assert await _balance(database, account_id) == 400
    assert "lane_failed" not in caplog.text
