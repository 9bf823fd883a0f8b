"""`cardamom serve`: everything that one machine needs, started in order, looked after, stopped in order.

First the database and its migrations, then the web processes and the job worker. It stops the other way round, but
for the worker: web first, so that what was accepted is committed; the database last.
"""

import asyncio
import http.client
import os
import sys
import webbrowser
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

import msgspec

from cardamom.access.queries import is_set_up
from cardamom.access.setup_token import SetupToken
from cardamom.cli import web_process
from cardamom.cli.console import note, say
from cardamom.cli.instance_key import require_own_key
from cardamom.cli.listening import Listening
from cardamom.cli.supervisor import Child, Supervisor
from cardamom.db.database import Database
from cardamom.db.jobs import STOP_SECONDS as JOBS_STOP_SECONDS
from cardamom.db.migrations import migrate
from cardamom.db.opening import serve_database
from cardamom.db.settings import Settings

#: On top of what the children allow themselves.
_MORE_SECONDS = 5.0
_READY_WITHIN_SECONDS = 60.0
_LOOK_EVERY_SECONDS = 0.1

#: Makes the children, once the environment that they get is known.
MakeChild = Callable[[dict[str, str]], Child]
#: Is called when the address answers.
Ready = Callable[[], None]


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be served and by which processes, first to stop first.

    prepare: makes the database ready, given its address, before anything else is started.
    """

    settings: Settings
    listening: Listening
    children: Sequence[MakeChild]
    prepare: Callable[[str], None] = migrate

    @property
    def url(self) -> str:
        """The address to tell people."""
        return self.settings.base_url or self.listening.url


def web(listening: Listening, *, workers: int) -> MakeChild:
    """The process that answers HTTP."""
    arguments = [listening.host, str(listening.port), str(workers)]

    def make(environment: dict[str, str]) -> Child:
        return Child(
            name="web",
            command=[sys.executable, "-m", web_process.__name__, *arguments],
            environment=environment,
            stop_seconds=web_process.STOP_SECONDS + _MORE_SECONDS,
        )

    return make


def job_worker(environment: dict[str, str]) -> Child:
    """The process that does what follows: events, jobs, the nightly check of the books."""
    return Child(
        name="worker",
        command=[sys.executable, "-m", "cardamom.cli.main", "worker"],
        environment=environment,
        stop_seconds=JOBS_STOP_SECONDS + _MORE_SECONDS,
    )


def serve(service: Service, *, ready: Ready) -> None:
    """Serve until SIGTERM, SIGINT or SIGHUP. Raises DatabaseProblem and CommandProblem."""
    with serve_database(service.settings, tell=note) as database:
        service.prepare(database.url)
        require_own_key(database.url, service.settings.secret_key)
        environment = child_environment(service.settings, database_url=database.url)
        supervisor = Supervisor([make(environment) for make in service.children], needed=database.bring_back)
        asyncio.run(_supervise(supervisor, service, database.url, ready))
    note("Stopped.")


async def _supervise(supervisor: Supervisor, service: Service, database_url: str, ready: Ready) -> None:
    token = await setup_token(service.settings, database_url)
    greeting = asyncio.create_task(_greet(service, token, ready))
    try:
        await supervisor.run()
    finally:
        greeting.cancel()
        await asyncio.gather(greeting, return_exceptions=True)


async def setup_token(settings: Settings, database_url: str) -> str | None:
    """The token that lets somebody set this installation up; None when that was done."""
    database = Database(database_url, pool_size=1)
    try:
        if await is_set_up(database):
            return None
        return SetupToken(settings.data).ensure()
    finally:
        await database.close()


async def _greet(service: Service, token: str | None, ready: Ready) -> None:
    """Say where everything is, as soon as it answers."""
    until = asyncio.get_running_loop().time() + _READY_WITHIN_SECONDS
    while not await asyncio.to_thread(answers, service.listening.url):
        if asyncio.get_running_loop().time() > until:
            note("The address does not answer yet.")
            until += _READY_WITHIN_SECONDS
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    say(f"Cardamom is ready: {service.url}", tone="bold")
    for url in service.listening.urls_of_neighbours():
        say(f"  on the network   {url}")
    say(f"  data folder      {service.settings.data}")
    if token is not None:
        say(f"  set it up        {service.url}/setup?token={token}")
        say("  Whoever opens that address first owns this installation.")
    ready()


def answers(url: str) -> bool:
    """Whether a web process is there."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def nothing_more() -> None:
    """Somebody else tells people what to do next."""


def open_browser(url: str) -> Ready:
    """Show the address to whoever sits at this machine."""

    def show() -> None:
        webbrowser.open(url)

    return show


def child_environment(settings: Settings, *, database_url: str) -> dict[str, str]:
    """What the children are told: what we were told, with the data folder and the database found out."""
    said = {"CARDAMOM_DATA": str(settings.data), "CARDAMOM_DATABASE_URL": database_url}
    if settings.base_url is not None:
        said["CARDAMOM_BASE_URL"] = settings.base_url
    said |= settings.wallet.files()
    twins = {f"{name}_FILE" for name in said}
    kept = {name: value for name, value in os.environ.items() if name not in twins}
    return {**kept, **said, "PYTHONUNBUFFERED": "1"}
