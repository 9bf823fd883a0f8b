"""The address of the database, whichever kind it is: the embedded server's, or the one that the settings name."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec
import psycopg

from cardamom.db.connections import connect
from cardamom.db.embedded import Tell, running_server, say_nothing, served_server
from cardamom.db.problems import DatabaseProblem, ServerUnreachable
from cardamom.db.settings import Settings

#: The oldest PostgreSQL that the tests run on.
OLDEST_MAJOR = 15


@contextmanager
def open_database_url(settings: Settings, *, tell: Tell = say_nothing) -> Iterator[str]:
    """The address for a command: `verify`, `backup`, `migrate`.

    An embedded server that does not run is started and stopped again. Raises DatabaseProblem.
    """
    if settings.database_url is not None:
        _look(settings.database_url)
        yield settings.database_url
        return
    with running_server(settings.data, tell=tell) as server:
        yield server.url


class ServedDatabase(msgspec.Struct, frozen=True):
    """The database of the process that serves.

    bring_back: starts an embedded server that died again and returns at once while it lives. Raises DatabaseProblem.
    Whoever runs a server of their own looks after it themselves.
    """

    url: str
    bring_back: Callable[[], None]


@contextmanager
def serve_database(settings: Settings, *, tell: Tell = say_nothing) -> Iterator[ServedDatabase]:
    """The database for the process that serves: the embedded server is its own and ends with it.

    Raises AlreadyServed when another process serves the data folder, and any other DatabaseProblem.
    """
    if settings.database_url is not None:
        _look(settings.database_url)
        yield ServedDatabase(settings.database_url, bring_back=lambda: None)
        return
    with served_server(settings.data, tell=tell) as server:

        def bring_back() -> None:
            if server.pid is None:
                server.start()

        yield ServedDatabase(server.url, bring_back=bring_back)


def _look(url: str) -> None:
    try:
        with connect(url, application="cardamom", autocommit=True) as connection:
            major = connection.info.server_version // 10000
    except psycopg.Error as error:
        # The message names host and user, never the password.
        raise ServerUnreachable(str(error).strip()) from error
    if major < OLDEST_MAJOR:
        raise DatabaseProblem(f"The database is PostgreSQL {major}. Cardamom needs {OLDEST_MAJOR} or newer.")
