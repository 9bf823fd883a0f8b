"""`cardamom doctor`: looks at everything that can be looked at and says what to do about it. Changes nothing."""

import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
import psycopg
from psycopg.rows import TupleRow

from cardamom.cli.console import Tone, note, say
from cardamom.cli.instance_key import match_of
from cardamom.cli.problems import OtherInstanceKey
from cardamom.db.connections import connect
from cardamom.db.migrations import pending
from cardamom.db.opening import OLDEST_MAJOR, open_database_url
from cardamom.db.problems import DatabaseProblem
from cardamom.db.roles import ONE_ROLE_LEDGER, usable_roles
from cardamom.db.settings import Settings
from cardamom.db.wallet_settings import WalletSettings
from cardamom.kit.errors import Refused
from cardamom.wallet.expiry import SOON_DAYS
from cardamom.wallet.installed import Installed

OLDEST_PYTHON = (3, 11)
NEWEST_PYTHON = (3, 14)
_MEGABYTE = 1024 * 1024
#: Below the first nothing works for long, below the second it is time to act.
TOO_LITTLE_DISK_BYTES = 300 * _MEGABYTE
LITTLE_DISK_BYTES = 2_000 * _MEGABYTE
#: A clock that says an earlier year was never set.
OLDEST_YEAR = 2026
CLOCKS_APART = timedelta(seconds=2)
LATE_JOB = timedelta(minutes=15)

Status = Literal["ok", "warn", "fail"]
_TONES: dict[Status, Tone] = {"ok": "green", "warn": "yellow", "fail": "red"}

Connection = psycopg.Connection[TupleRow]

#: Of each business: ids rise with time.
_LAST_OPERATIONS = """
select (select o.recorded_at from operation o where o.merchant_id = m.merchant_id order by o.id desc limit 1)
  from merchant m
"""


class Finding(msgspec.Struct, frozen=True):
    """What one look found. `sentence` says what is the case and, unless it is well, what to do."""

    status: Status
    what: str
    sentence: str


#: A database that nobody has begun to use.
NO_TABLES = Finding("warn", "tables", "There are none yet. Run: cardamom migrate")

Look = Callable[[Connection], Finding]


def examine(settings: Settings) -> Iterator[Finding]:
    """Look at everything, the cheap first. Starts an embedded server that does not run, and stops it again."""
    yield python_version(sys.version_info[:2])
    yield data_folder(settings.data)
    yield disk(settings.data, free_bytes=shutil.disk_usage(settings.data).free)
    yield key_file(settings.data)
    yield base_url(settings.base_url)
    yield own_clock(datetime.now(UTC))
    yield wallets(settings.wallet, at=datetime.now(UTC))
    try:
        with open_database_url(settings, tell=note) as url:
            yield from examine_database(url)
            yield from examine_key(url, settings.secret_key)
    except DatabaseProblem as problem:
        yield Finding("fail", "database", str(problem))


def examine_database(url: str) -> Iterator[Finding]:
    """Look at a database that answers. Raises DatabaseProblem."""
    always: tuple[Look, ...] = (version, durability, clocks)
    with_tables: tuple[Look, ...] = (roles, letters, books, jobs)
    with connect(url, application="cardamom doctor", settings=ONE_ROLE_LEDGER, autocommit=True) as connection:
        for look in always:
            yield look(connection)
        if _one(connection, "select to_regclass('operation')") is None:
            yield NO_TABLES
            return
        yield migrations(pending(url))
        for look in with_tables:
            yield look(connection)


def examine_key(url: str, secret_key: bytes) -> Iterator[Finding]:
    """Whether the instance's key is the one that the database was used with; nothing where there are no tables."""
    with connect(url, application="cardamom doctor", settings=ONE_ROLE_LEDGER, autocommit=True) as connection:
        if _one(connection, "select to_regclass('directory')") is None:
            return
        if match_of(connection, secret_key) == "other":
            yield Finding("fail", "instance key", str(OtherInstanceKey()))


def python_version(running: tuple[int, int]) -> Finding:
    """Whether the tests run on this version."""
    said = ".".join(map(str, running))
    if OLDEST_PYTHON <= running <= NEWEST_PYTHON:
        return Finding("ok", "python", f"Python {said}.")
    return Finding("warn", "python", f"Python {said}. Cardamom is tested on 3.11 to 3.14.")


def data_folder(data: Path) -> Finding:
    """Whether only we can write where everything is kept."""
    mode = stat.S_IMODE(data.stat().st_mode)
    if mode & 0o022:
        sentence = f"Others may write to {data}. Run: chmod go-w {data}"
        return Finding("fail", "data folder", sentence)
    return Finding("ok", "data folder", f"{data}.")


def disk(data: Path, *, free_bytes: int) -> Finding:
    """Whether there is room. A full disk stops the database; it loses nothing."""
    free = f"{free_bytes // _MEGABYTE:,} MB free where {data} is."
    if free_bytes < TOO_LITTLE_DISK_BYTES:
        return Finding("fail", "disk", f"{free} Make room now: a full disk stops the counter.")
    if free_bytes < LITTLE_DISK_BYTES:
        return Finding("warn", "disk", f"{free} Make room soon.")
    return Finding("ok", "disk", free)


def key_file(data: Path) -> Finding:
    """Whether the instance's key is ours alone."""
    path = data / "instance.key"
    if not path.exists():
        return Finding("ok", "instance key", "Given by CARDAMOM_SECRET_KEY. Keep a copy of it elsewhere.")
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Finding("fail", "instance key", f"Others may read {path}. Run: chmod 600 {path}")
    return Finding("ok", "instance key", f"{path}. Keep a copy of it elsewhere, apart from the backups.")


def base_url(url: str | None) -> Finding:
    """Whether links lead to where customers can follow them, with the camera allowed."""
    if url is None:
        sentence = (
            "CARDAMOM_BASE_URL is not set: links follow the address by which each page was reached. Set it before "
            "you print a QR code."
        )
        return Finding("warn", "address", sentence)
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        return Finding(
            "warn", "address", f"{url} is not https: phones refuse their camera to the till there."
        )
    return Finding("ok", "address", f"{url}.")


def own_clock(now: datetime) -> Finding:
    """Whether the clock was set at all."""
    if now.year < OLDEST_YEAR:
        sentence = f"The clock says {now:%Y-%m-%d}. Set it: the books would be dated wrongly."
        return Finding("fail", "clock", sentence)
    return Finding("ok", "clock", f"{now:%Y-%m-%d %H:%M} UTC.")


def wallets(given: WalletSettings, *, at: datetime) -> Finding:
    """Whether the installation's own keys for wallets can be used; to have none is normal."""
    installed = Installed(given)
    installed.look()
    for kept in (installed.apple, installed.google):
        if kept.problem is not None:
            said = kept.problem.sentence() if isinstance(kept.problem, Refused) else str(kept.problem)
            return Finding("fail", "wallets", f"{said} Cards work without, on their own pages.")
    certificate = installed.apple.value
    names = [name for name, value in (("Apple", certificate), ("Google", installed.google.value)) if value]
    more = "A closer look: cardamom doctor wallet"
    if certificate is not None and (left := certificate.days_left(at)) <= SOON_DAYS:
        return Finding(
            "warn" if left >= 0 else "fail", "wallets", f"The certificate ends in {left} days. {more}"
        )
    keys = (
        f"This server has keys for {' and '.join(names)}." if names else "This server has no keys of its own."
    )
    return Finding("ok", "wallets", f"{keys} {more}")


def migrations(missing: list[str]) -> Finding:
    """Whether the tables are those of this program."""
    if missing:
        sentence = f"{len(missing)} changes are missing, the first is {missing[0]} Run: cardamom migrate"
        return Finding("warn", "tables", sentence)
    return Finding("ok", "tables", "Up to date.")


def roles(connection: Connection) -> Finding:
    """Whether the database itself keeps the web role from writing books."""
    if usable_roles(connection, connection.info.dbname).separate:
        return Finding("ok", "roles", "The web reads, the ledger writes, each with a role of its own.")
    sentence = (
        f"There is one role for all, because {connection.info.user} may not create others. Row security holds; what "
        "is lost is the second lock on the books. Run as the server's administrator: "
        f"alter role {connection.info.user} createrole; then: cardamom migrate"
    )
    return Finding("warn", "roles", sentence)


def version(connection: Connection) -> Finding:
    """Which PostgreSQL it is."""
    major = connection.info.server_version // 10000
    said = f"PostgreSQL {major}.{connection.info.server_version % 10000}"
    status: Status = "ok" if major >= OLDEST_MAJOR else "fail"
    return Finding(status, "database", f"{said}; Cardamom needs {OLDEST_MAJOR} or newer.")


def letters(connection: Connection) -> Finding:
    """Whether the search sees letters that are not Latin; in a database with the locale C it sees none of them."""
    encoding = _one(connection, "show server_encoding")
    if encoding != "UTF8":
        return Finding("fail", "locale", f"The encoding is {encoding}. Create the database with UTF8.")
    blind = [word for word in ("محمد", "שלום", "café") if not _one(connection, "select show_trgm(%s)", word)]
    if blind:
        sentence = (
            f"Searching does not see {' '.join(blind)}. Create the database with the locale C.UTF-8 and move there "
            "by backup and restore."
        )
        return Finding("fail", "locale", sentence)
    return Finding("ok", "locale", "Searching sees Arabic, Hebrew and Latin letters.")


def durability(connection: Connection) -> Finding:
    """Whether what was acknowledged survives a power cut."""
    off = [name for name in ("fsync", "full_page_writes") if _one(connection, f"show {name}") != "on"]
    if _one(connection, "show synchronous_commit") == "off":
        off.append("synchronous_commit")
    if off:
        sentence = (
            f"{', '.join(off)} is off: a power cut would take back stamps that were given. Switch it on."
        )
        return Finding("fail", "durability", sentence)
    return Finding("ok", "durability", "What is acknowledged is on the disk.")


def clocks(connection: Connection) -> Finding:
    """Whether this machine and the database agree on the time."""
    before = datetime.now(UTC)
    theirs = _one(connection, "select clock_timestamp()")
    apart = abs(theirs - before)
    if apart > CLOCKS_APART:
        sentence = f"The database's clock is {apart.total_seconds():.0f} s away from this machine's. Use NTP on both."
        return Finding("warn", "clocks", sentence)
    return Finding("ok", "clocks", "This machine and the database agree.")


def books(connection: Connection) -> Finding:
    """Whether the books come from the future: then a clock was wrong when they were written, or is now."""
    last = [at for (at,) in connection.execute(_LAST_OPERATIONS).fetchall() if at is not None]
    if last and max(last) - datetime.now(UTC) > CLOCKS_APART:
        sentence = f"The last operation is dated {max(last):%Y-%m-%d %H:%M} UTC, in the future. Which clock is wrong?"
        return Finding("warn", "books", sentence)
    return Finding("ok", "books", "Nothing in them is from the future. To check them: cardamom verify")


def jobs(connection: Connection) -> Finding:
    """Whether somebody does the background work."""
    failed = _one(connection, "select count(*) from procrastinate_jobs where status = 'failed'")
    late = _one(
        connection,
        "select count(*) from procrastinate_jobs where status = 'todo' and scheduled_at < %s",
        datetime.now(UTC) - LATE_JOB,
    )
    if late:
        return Finding("warn", "jobs", f"{late} jobs are late. Is a worker running? Start: cardamom worker")
    if failed:
        return Finding(
            "warn", "jobs", f"{failed} jobs failed for good in the last 30 days. The logs say why."
        )
    return Finding("ok", "jobs", "None is late and none failed.")


def _one(connection: Connection, statement: Any, *values: object) -> Any:
    row = connection.execute(statement, values).fetchone()
    return None if row is None else row[0]


def tell(findings: Iterator[Finding]) -> bool:
    """Say each finding as it comes. True unless one of them is a failure."""
    is_well = True
    for finding in findings:
        say(f"{finding.status:<5} {finding.what:<13} {finding.sentence}", tone=_TONES[finding.status])
        is_well = is_well and finding.status != "fail"
    return is_well
