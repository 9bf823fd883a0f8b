"""`cardamom verify`, and the same check for a backup that is being restored."""

import asyncio
from collections.abc import Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.rows import TupleRow

from cardamom.cli.console import complain, long_work, say
from cardamom.cli.problems import MerchantUnknown, NoBooks
from cardamom.db.connections import connect_async
from cardamom.db.roles import ONE_ROLE_LEDGER
from cardamom.ledger.verify import Report, verify

#: So many faults are listed; the rest is counted.
SHOWN = 50

_COUNT = "select count(*) from account where %s::uuid is null or merchant_id = %s::uuid"
_BY_SLUG = "select merchant_id from merchant where slug = %s"
_IS_THERE = "select to_regclass('account') is not null"


def verify_books(url: str, *, slug: str | None) -> bool:
    """Check the books of one business or of all, and say what was found. True when they are sound.

    Raises NoBooks and MerchantUnknown.
    """
    report = asyncio.run(_verified(url, slug))
    checked = f"{report.accounts} accounts with {report.entries} entries"
    if report.is_sound:
        say(f"The books are sound: {checked}.", tone="green")
        return True
    complain(f"The books are not sound: {len(report.faults)} faults in {checked}.")
    for sentence in _sentences(report):
        say(f"  {sentence}")
    return False


def faults_in(url: str) -> Sequence[str]:
    """Sentences about what is wrong in the books of a database that was just restored; none is good."""
    return _sentences(asyncio.run(_verified(url, None)))


def _sentences(report: Report) -> list[str]:
    listed = [
        f"{fault.what}: {fault.where} of merchant {fault.merchant_id}." for fault in report.faults[:SHOWN]
    ]
    more = len(report.faults) - SHOWN
    return [*listed, f"And {more} more."] if more > 0 else listed


async def _verified(url: str, slug: str | None) -> Report:
    # As the owner of the tables: it sees every business, with two roles and with one.
    driver = await connect_async(
        url, application="cardamom verify", settings=ONE_ROLE_LEDGER, autocommit=True
    )
    async with driver:
        if not await _scalar(driver, _IS_THERE, ()):
            raise NoBooks
        merchant_id = None if slug is None else await _merchant_id(driver, slug)
        total: int = await _scalar(driver, _COUNT, (merchant_id, merchant_id))
        with long_work("Checking the books", total=total) as done:
            return await verify(driver, merchant_id=merchant_id, progress=done)


async def _merchant_id(driver: psycopg.AsyncConnection[TupleRow], slug: str) -> str:
    found = await _scalar(driver, _BY_SLUG, (slug,))
    if found is None:
        raise MerchantUnknown(slug)
    return str(found)


async def _scalar(
    driver: psycopg.AsyncConnection[TupleRow], statement: LiteralString, values: tuple[object, ...]
) -> Any:
    row = await (await driver.execute(statement, values)).fetchone()
    return None if row is None else row[0]
