"""Which rows each door shows, and which it lets in."""

import pytest
import sqlalchemy as sa

from cardamom.db.database import Database
from cardamom.kit.ids import new_id


async def test_an_id_arrives_as_text(database: Database) -> None:
    some_id = new_id()
    async with database.reading(some_id) as tx:
        found = await tx.scalar(sa.text(f"select '{some_id}'::uuid"))
    assert found == some_id


async def test_what_is_not_an_id_opens_no_door(database: Database) -> None:
    with pytest.raises(ValueError, match="not an id"):
        async with database.reading("'; drop table card; --"):
            pass


async def test_an_error_does_not_repeat_what_was_sent(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as raised:
        async with database.reading(new_id()) as tx:
            await tx.execute(sa.text("select 1 / :zero, :phone"), {"zero": 0, "phone": "+447700900123"})
    assert "+447700900123" not in str(raised.value)
