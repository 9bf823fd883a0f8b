"""Reading a backup back, into a database of its own that takes the old one's name only when it is proven whole.

Proven: PostgreSQL took every statement, every table has as many rows as the file, the revisions ran, and the caller's
own check (the ledger's books) found nothing. Until then the old database is untouched, and afterwards it is kept.
"""

import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec
import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from cardamom.db.catalogue import all_tables
from cardamom.db.client_programs import Programs, programs_for, target
from cardamom.db.connections import connect, database_name, with_database
from cardamom.db.embedded import Tell, say_nothing
from cardamom.db.migrations import migrate
from cardamom.db.problems import BackupProblem
from cardamom.db.roles import ONE_ROLE_LEDGER

_APPLICATION = "cardamom restore"
#: Made from the declarations after the restore, with this database's own roles.
_NOT_RESTORED = re.compile(r"^\d+; \d+ \d+ (POLICY|ROW SECURITY|ACL|DEFAULT ACL) ")
#: Newer dumps begin with settings that older servers do not have; they only matter while restoring.
_UNKNOWN_TO_OLD_SERVERS = (b"SET transaction_timeout = 0;\n",)
_COPY = re.compile(rb'^COPY public\."?([a-z0-9_]+)"? ')

#: Gets the address of the restored database and answers with sentences about what is wrong in it; none is good.
Check = Callable[[str], Sequence[str]]


class Restored(msgspec.Struct, frozen=True):
    """What was restored. `kept` is the name under which the old database lives on, where there was one with data."""

    rows: dict[str, int]
    kept: str | None


def restore(url: str, file: Path, *, check: Check, tell: Tell = say_nothing) -> Restored:
    """Restore into a database that has no data yet. Raises BackupProblem, also when it has."""
    if _has_data(url):
        raise BackupProblem(
            "This database has data already. Nothing was changed. To put the backup in its place, say --replace; the "
            "old database is kept under another name."
        )
    return _restore(url, file, check=check, tell=tell)


def restore_over(url: str, file: Path, *, check: Check, tell: Tell = say_nothing) -> Restored:
    """Restore in place of a database that has data; that one is kept as `<name>_before_restore`.

    One kept by an earlier restore is dropped when this one is proven. Raises BackupProblem.
    """
    return _restore(url, file, check=check, tell=tell)


def _restore(url: str, file: Path, *, check: Check, tell: Tell) -> Restored:
    name = database_name(url)
    new = f"{name}_restoring"
    new_url = with_database(url, new)
    with _maintenance(url) as server:
        _refuse_used(server, name)
        programs = programs_for(url, server_major=server.info.server_version // 10000)
        with tempfile.NamedTemporaryFile("w", prefix="cardamom-restore-") as contents:
            _list_contents(programs, file, contents)
            _create_like(server, new, like=name)
            try:
                tell(f"Reading {file} with pg_restore {programs.major}.")
                rows = _read(programs, file, Path(contents.name), new_url)
                tell(f"{sum(rows.values())} rows read. Checking them.")
                _prove(new_url, rows, check=check, roles_of=name)
                kept = _swap(server, name, new, has_data=_has_data(url))
            finally:
                _drop(server, new)
    return Restored(rows=rows, kept=kept)


@contextmanager
def _maintenance(url: str) -> Iterator[psycopg.Connection[TupleRow]]:
    """A connection to the server's own database, from where others can be made and renamed."""
    try:
        with connect(with_database(url, "postgres"), application=_APPLICATION, autocommit=True) as server:
            yield server
    except psycopg.errors.InsufficientPrivilege as error:
        raise BackupProblem(
            f"A restore makes a database and then renames it, and this user may not: {error.diag.message_primary}. "
            "Give the user CREATEDB and make it the owner of the database."
        ) from error
    except psycopg.errors.ObjectInUse as error:
        raise BackupProblem(
            "The database is in use. Stop Cardamom and restore again. Nothing was changed."
        ) from error
    except psycopg.errors.DiskFull as error:
        raise BackupProblem("The disk is full. The old database is untouched.") from error


def _has_data(url: str) -> bool:
    """Whether any table of a merchant has a row."""
    with connect(url, application=_APPLICATION, settings=ONE_ROLE_LEDGER, autocommit=True) as connection:
        for table in all_tables().sorted_tables:
            if not table.info["tenant"] or not _exists(connection, table.name):
                continue
            row = connection.execute(
                sql.SQL("select exists (select 1 from {})").format(sql.Identifier(table.name))
            ).fetchone()
            if row == (True,):
                return True
    return False


def _exists(connection: psycopg.Connection[TupleRow], table: str) -> bool:
    return connection.execute("select to_regclass(%s)", (f'public."{table}"',)).fetchone() != (None,)


def _refuse_used(server: psycopg.Connection[TupleRow], name: str) -> None:
    """Say early what the rename would say at the end."""
    row = server.execute(
        "select count(*) from pg_stat_activity where datname = %s and backend_type = 'client backend'",
        (name,),
    ).fetchone()
    if row is not None and row[0]:
        raise BackupProblem("The database is in use. Stop Cardamom and restore again. Nothing was changed.")


def _create_like(server: psycopg.Connection[TupleRow], new: str, *, like: str) -> None:
    """An empty database with the old one's encoding and, where it is the C library's, its locale."""
    _drop(server, new)
    row = server.execute(
        "select pg_encoding_to_char(encoding), datlocprovider::text, datcollate, datctype from pg_database"
        " where datname = %s",
        (like,),
    ).fetchone()
    if row is None:
        raise BackupProblem(f"There is no database {like}. Create it empty and restore again.")
    encoding, provider, collate, ctype = row
    command = sql.SQL("create database {} template template0 encoding {}").format(
        sql.Identifier(new), sql.Literal(encoding)
    )
    if provider == "c":
        command += sql.SQL(" lc_collate {} lc_ctype {}").format(sql.Literal(collate), sql.Literal(ctype))
    server.execute(command)


def _list_contents(programs: Programs, file: Path, contents: IO[str]) -> None:
    """Write what of the file is to be restored, one line each; that is also the test whether it is a backup."""
    done = subprocess.run(
        [programs.path("pg_restore"), "--list", str(file)], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupProblem(f"{file} is not a whole backup. pg_restore said: {done.stderr.strip()}")
    contents.writelines(f"{line}\n" for line in done.stdout.splitlines() if not _NOT_RESTORED.match(line))
    contents.flush()


def _read(programs: Programs, file: Path, contents: Path, new_url: str) -> dict[str, int]:
    """Pour the file into a database, in one transaction. Returns how many rows the file has for each table."""
    to = target(new_url, settings={"statement_timeout": "0"})
    unpack = [
        programs.path("pg_restore"),
        "--no-owner",
        "--no-acl",
        f"--use-list={contents}",
        "--file=-",
        str(file),
    ]
    fill = [programs.path("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(unpack, stdout=subprocess.PIPE, stderr=said) as source,
        subprocess.Popen(
            [*fill, "--file=-", f"--dbname={to.conninfo}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=said,
            env=to.environment,
        ) as sink,
    ):
        rows = _pour(source, sink)
        if source.wait() != 0 or sink.wait() != 0:
            said.seek(0)
            reason = said.read().decode(errors="replace").strip()[-500:]
            raise BackupProblem(f"The backup could not be read into the database. PostgreSQL said: {reason}")
    return rows


def _pour(source: subprocess.Popen[bytes], sink: subprocess.Popen[bytes]) -> dict[str, int]:
    """Hand on SQL line by line and count the rows of each COPY. Stops quietly when the reader gives up."""
    assert source.stdout is not None
    assert sink.stdin is not None
    rows: dict[str, int] = {}
    table: str | None = None
    try:
        for line in source.stdout:
            if table is None:
                if line in _UNKNOWN_TO_OLD_SERVERS:
                    continue
                found = _COPY.match(line)
                table = found[1].decode() if found else None
                if table is not None:
                    rows[table] = 0
            elif line == b"\\.\n":
                table = None
            else:
                rows[table] += 1
            sink.stdin.write(line)
        sink.stdin.close()
    except BrokenPipeError:
        source.terminate()
    return rows


def _prove(new_url: str, rows: dict[str, int], *, check: Check, roles_of: str) -> None:
    with connect(new_url, application=_APPLICATION, autocommit=True) as connection:
        for table, expected in rows.items():
            row = connection.execute(
                sql.SQL("select count(*) from {}").format(sql.Identifier(table))
            ).fetchone()
            if row != (expected,):
                raise BackupProblem(
                    f"{table} should have {expected} rows and has {row and row[0]}. Nothing changed."
                )
        # A restored database has no statistics, and without them the first day's plans are bad.
        connection.execute("analyze")
    migrate(new_url, roles_of=roles_of)
    wrong = check(new_url)
    if wrong:
        listed = " ".join(wrong[:3])
        raise BackupProblem(
            f"The backup was read, but what is in it is not sound: {listed} Nothing was changed."
        )


def _swap(server: psycopg.Connection[TupleRow], name: str, new: str, *, has_data: bool) -> str | None:
    """Give the new database the old one's name, in one transaction. Returns the old one's new name, if it has data."""
    old = f"{name}_before_restore"
    _drop(server, old)
    with server.transaction():
        for before, after in ((name, old), (new, name)):
            command = sql.SQL("alter database {} rename to {}")
            server.execute(command.format(sql.Identifier(before), sql.Identifier(after)))
    if has_data:
        return old
    _drop(server, old)
    return None


def _drop(server: psycopg.Connection[TupleRow], name: str) -> None:
    server.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))
