"""Bringing a database to the tables of this program, and telling how far it is.

A revision for each change, one head (docs/decisions). After the revisions, roles, grants and row security are made
exactly what the tables declare, so those need no revision of their own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import alembic.command
import psycopg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from psycopg import sql
from psycopg.rows import TupleRow

from cardamom.db.catalogue import all_tables
from cardamom.db.connections import connect
from cardamom.db.jobs import grant_queue
from cardamom.db.problems import SchemaProblem
from cardamom.db.roles import ONE_ROLE_LEDGER, apply_grants, create_roles

#: A migration that cannot get its lock gives up and is run again; meanwhile the shop goes on.
LOCK_TIMEOUT = "5s"
#: All of them are "trusted": the owner of a database may create them.
EXTENSIONS = ("pg_trgm",)
#: The newest of procrastinate's own migrations that its schema contains. A newer procrastinate needs a revision of
#: ours that applies what it added; a test compares.
QUEUE_SCHEMA = "03.04.00_50_post_add_retry_failed_job_procedure.sql"
#: Any number, the same for all processes: only one migrates at a time.
_ADVISORY_LOCK = 7270_1001
_APPLICATION = "cardamom migrate"


def migrate(url: str, *, roles_of: str | None = None) -> None:
    """Bring a database up to date: revisions, then roles, grants and the queue. Waits for another who does it.

    roles_of: the name that the database will have, when it is about to be renamed.
    Raises SchemaProblem when the database is newer than this program, or when a lock could not be had.
    """
    with _alone(url) as connection:
        _refuse_newer(connection)
        try:
            upgrade_tables(connection)
            _secure(connection, roles_of or connection.info.dbname)
        except psycopg.errors.LockNotAvailable as error:
            raise SchemaProblem("The tables are in use. Nothing is lost: run the migration again.") from error


def current(url: str) -> str | None:
    """The revision that a database is at; None when it has no tables of ours."""
    with connect(url, application=_APPLICATION, autocommit=True) as connection:
        return _current(connection)


def pending(url: str) -> list[str]:
    """The revisions that a database still lacks, oldest first, each with its sentence.

    Raises SchemaProblem when the database is newer than this program.
    """
    with connect(url, application=_APPLICATION, autocommit=True) as connection:
        _refuse_newer(connection)
        done = _current(connection)
    missing = reversed(list(_scripts().iterate_revisions("head", done or "base")))
    return [f"{revision.revision}: {revision.doc}" for revision in missing if revision.revision != done]


def differences(url: str) -> list[str]:
    """What a database's tables differ in from the declared ones; empty when a migration forgot nothing."""
    with connect(url, application=_APPLICATION) as connection, _engine(connection).connect() as tx:
        context = MigrationContext.configure(
            tx, opts={"include_name": is_ours, "compare_type": True, "compare_server_default": True}
        )
        return [repr(difference) for difference in compare_metadata(context, all_tables())]


def revise(url: str, *, sentence: str) -> None:
    """Write a new revision from what the tables declare and the database at `url` lacks. For developers."""
    with connect(url, application=_APPLICATION) as connection, _engine(connection).connect() as tx:
        number = len(list(_scripts().walk_revisions())) + 1
        alembic.command.revision(_config_over(tx), message=sentence, autogenerate=True, rev_id=f"{number:04}")


def is_ours(name: str | None, kind: str, parents: object) -> bool:
    """Whether a table belongs to us and not to the queue, which looks after its own."""
    return kind != "table" or not str(name).startswith("procrastinate_")


@contextmanager
def _alone(url: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection that no other migration runs beside. Each step commits."""
    settings = {**ONE_ROLE_LEDGER, "idle_in_transaction_session_timeout": "0"}
    with connect(url, application=_APPLICATION, settings=settings) as connection:
        # It goes with the connection, not with the transaction.
        connection.execute("select pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
        connection.execute(sql.SQL("set lock_timeout = {}").format(sql.Literal(LOCK_TIMEOUT)))
        connection.commit()
        yield connection


def upgrade_tables(connection: psycopg.Connection[TupleRow]) -> None:
    """Run the revisions that the database lacks, each in a transaction of its own."""
    _create_extensions(connection)
    with _engine(connection).connect() as tx:
        alembic.command.upgrade(_config_over(tx), "head")


def _create_extensions(connection: psycopg.Connection[TupleRow]) -> None:
    for name in EXTENSIONS:
        connection.execute(sql.SQL("create extension if not exists {}").format(sql.Identifier(name)))
    connection.commit()


def _secure(connection: psycopg.Connection[TupleRow], database: str) -> None:
    if connection.execute("select to_regclass('procrastinate_jobs')").fetchone() == (None,):
        connection.execute(SchemaManager.get_schema())
    roles = create_roles(connection, database)
    apply_grants(connection, all_tables(), roles)
    grant_queue(connection, roles)
    connection.commit()


def _engine(connection: psycopg.Connection[TupleRow]) -> sa.Engine:
    """SQLAlchemy over a connection of ours, which it does not close."""
    return sa.create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=sa.pool.StaticPool)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "cardamom.db:migrations")
    config.set_main_option("path_separator", "os")
    return config


def _config_over(connection: sa.Connection) -> Config:
    config = _config()
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _current(connection: psycopg.Connection[TupleRow]) -> str | None:
    if connection.execute("select to_regclass('alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _refuse_newer(connection: psycopg.Connection[TupleRow]) -> None:
    done = _current(connection)
    known = {revision.revision for revision in _scripts().walk_revisions()}
    if done is not None and done not in known:
        raise SchemaProblem(
            f"The database is at revision {done}, which this Cardamom does not know: a newer one made it. Install "
            "that one again, or restore a backup from before."
        )
