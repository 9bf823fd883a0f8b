"""Bringing a database to the tables of this program, and telling how far it is."""

import psycopg
import sqlalchemy as sa
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.rows import TupleRow

from cardamom.db.catalogue import all_tables
from cardamom.db.connections import connect
from cardamom.db.jobs import grant_queue
from cardamom.db.roles import apply_grants, create_roles

#: A migration that cannot get its lock gives up and is run again; meanwhile the shop goes on.
LOCK_TIMEOUT = "5s"

#: All of them are "trusted": the owner of a database may create them.
EXTENSIONS = ("pg_trgm",)


def create_schema(url: str) -> None:
    """Create every table straight from the declarations, then roles, grants and the queue's own schema."""
    with connect(url, application="cardamom migrate", settings={"lock_timeout": LOCK_TIMEOUT}) as connection:
        metadata = all_tables()
        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: connection, poolclass=sa.pool.StaticPool
        )
        with engine.begin() as tx:
            for name in EXTENSIONS:
                connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(name)))
            metadata.create_all(tx)
            _create_queue(connection)
            roles = create_roles(connection, url)
            apply_grants(connection, metadata, roles)
            grant_queue(connection, roles)


def _create_queue(connection: psycopg.Connection[TupleRow]) -> None:
    if connection.execute("select to_regclass('procrastinate_jobs')").fetchone() == (None,):
        connection.execute(SchemaManager.get_schema())
