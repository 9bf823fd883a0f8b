"""Statements of the hot paths: written with SQLAlchemy as everywhere, compiled once, and sent by psycopg.

From a statement that is built anew to its rows, SQLAlchemy takes six times as long as psycopg does, and four times as
long where the statement is a constant. Whatever is not asked thousands of times a minute is better left to it.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa
from psycopg.rows import dict_row
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.db.connections import driver_of
from cardamom.db.metadata import Id

_DIALECT: Final = sa.make_url("postgresql+psycopg://").get_dialect()()


class CompiledRead:
    """A SELECT for ever: what differs from call to call is a `sa.bindparam` without a value.

    Ids, instants and JSON come as our columns declare them, because every connection loads them so (`db.connections`).
    Lists are asked for with `among`: an IN is as long as its list, and a constant is not.
    """

    def __init__(self, statement: sa.Select[Any]) -> None:
        compiled = statement.compile(dialect=_DIALECT)
        asked = {name for name, each in compiled.binds.items() if each.required}
        # This also writes out what is IN a constant list.
        expanded = compiled.construct_expanded_state(dict.fromkeys(asked))
        self._sql = expanded.statement.encode()
        self._constants = {name: value for name, value in expanded.parameters.items() if name not in asked}

    async def rows(self, tx: AsyncConnection, **values: object) -> list[dict[str, Any]]:
        """In the caller's transaction. Raises psycopg.Error, which the doors of `db.database` understand."""
        cursor = (await driver_of(tx)).cursor(row_factory=dict_row)
        await cursor.execute(self._sql, {**self._constants, **values})
        return await cursor.fetchall()


def among(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[bool]:
    """The column's id is one of those that are given as `name`, a list."""
    return column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(Id)))
