"""What every connection of ours has in common: types, time zone, role and timeouts.

Ids arrive as text and JSON documents go through msgspec, on SQLAlchemy's connections and on plain ones alike.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

import msgspec
import psycopg
from psycopg import abc, pq
from psycopg.adapt import AdaptersMap, Loader
from psycopg.rows import TupleRow
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg.types.string import TextLoader
from sqlalchemy.ext.asyncio import AsyncConnection

#: Said by every connection, whatever its role.
COMMON_SETTINGS: Mapping[str, str] = {
    "timezone": "UTC",
    # A transaction that somebody forgot holds locks and keeps dead rows alive.
    "idle_in_transaction_session_timeout": "30s",
    "client_connection_check_interval": "10s",
}


def _our_adapters() -> AdaptersMap:
    """psycopg's types with two changes: uuid is text, json goes through msgspec."""
    adapters = AdaptersMap(psycopg.adapters)
    # PostgreSQL writes a uuid in the canonical form already, so the text passes through psycopg's C loader.
    adapters.register_loader("uuid", TextLoader)
    adapters.register_loader("uuid", UuidFromBinary)
    context = _Context(adapters)
    set_json_dumps(msgspec.json.Encoder().encode, context)
    set_json_loads(msgspec.json.Decoder().decode, context)
    return adapters


class UuidFromBinary(Loader):
    """Loads a uuid that arrived as sixteen bytes into canonical text."""

    format = pq.Format.BINARY

    def load(self, data: abc.Buffer) -> str:
        digits = bytes(data).hex()
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class _Context:
    """The smallest thing that psycopg takes adapters from."""

    connection = None

    def __init__(self, adapters: AdaptersMap) -> None:
        self.adapters = adapters


def plain_url(url: str) -> str:
    """The same address as libpq spells it: any `+driver` is dropped, and a folder in place of a host is kept."""
    parts = urlsplit(url)
    return urlunsplit(("postgresql", *parts[1:]))


def database_name(url: str) -> str:
    """The database that an address names; PostgreSQL's own rule makes it the user's name when it names none."""
    parts = urlsplit(url)
    named = unquote(parts.path.lstrip("/")) or dict(parse_qsl(parts.query)).get("dbname", "")
    return named or unquote(parts.username or "")


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    parts = urlsplit(url)
    query = urlencode(
        [(key, value) for key, value in parse_qsl(parts.query) if key != "dbname"], quote_via=quote
    )
    return urlunsplit((parts.scheme, parts.netloc, f"/{quote(name, safe='')}", query, parts.fragment))


def options(url: str, settings: Mapping[str, str]) -> str:
    """Write settings as libpq's `options`: the address's own, then the common ones, then these.

    They hold from the first statement on and survive a ROLLBACK, which a SET in a transaction does not.
    """
    given = dict(parse_qsl(urlsplit(url).query)).get("options", "")
    said = {**COMMON_SETTINGS, **settings}
    return " ".join([given, *(f"-c {name}={_escaped(value)}" for name, value in said.items())]).strip()


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


#: Shared by all connections: a map per connection would be copied at every connect.
ADAPTERS = _our_adapters()


def arguments(url: str, *, application: str, settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What psycopg's `connect` needs besides the address itself. `settings` usually hold the role.

    application: what pg_stat_activity shows.
    """
    return {
        "application_name": application,
        "options": options(url, settings or {}),
        "context": _Context(ADAPTERS),
    }


def connect(
    url: str, *, application: str, settings: Mapping[str, str] | None = None, autocommit: bool = False
) -> psycopg.Connection[TupleRow]:
    """Connect for a command or a migration, as the user in the address. Raises psycopg.OperationalError."""
    said = arguments(url, application=application, settings=settings)
    return psycopg.connect(plain_url(url), autocommit=autocommit, **said)


async def connect_async(
    url: str,
    *,
    application: str,
    settings: Mapping[str, str] | None = None,
    autocommit: bool = False,
    prepare_threshold: int = 5,
) -> psycopg.AsyncConnection[TupleRow]:
    """Connect from the event loop. Raises psycopg.OperationalError.

    prepare_threshold: how often a statement is sent before the server keeps its plan.
    """
    said = arguments(url, application=application, settings=settings)
    return await psycopg.AsyncConnection.connect(
        plain_url(url), autocommit=autocommit, prepare_threshold=prepare_threshold, **said
    )


async def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The psycopg connection under a SQLAlchemy one: the same session, the same transaction."""
    driver = (await connection.get_raw_connection()).driver_connection
    if not isinstance(driver, psycopg.AsyncConnection):
        raise TypeError(f"Expected psycopg under SQLAlchemy, not {type(driver).__name__}.")
    return driver
