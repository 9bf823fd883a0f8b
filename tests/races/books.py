"""What the books say after a race."""

from typing import Any

from cardamom.db.database import Database
from cardamom.ledger.verify import verify


async def rows(database: Database, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    async with database.unscoped_writing_as_the_ledger() as tx:
        return [tuple(row) for row in await tx.exec_driver_sql(statement, parameters)]


async def entries(database: Database, account_id: str) -> list[tuple[str, int]]:
    """Unit and delta of an account's movements, in order."""
    found = await rows(
        database, "select unit, delta from entry where account_id = %s order by seq", account_id
    )
    return [(unit, delta) for unit, delta in found]


async def is_sound(database: Database) -> bool:
    """Whether every balance is the sum of its entries and every chain verifies. There must be something to check."""
    async with await database.ledger_connect() as driver:
        report = await verify(driver)
    assert report.accounts
    assert report.entries
    return report.is_sound
