"""The `cardamom` command. Each subcommand imports what it needs when it runs, so that `--help` is quick.

Exit codes: 0 done, 1 it could not be done (a sentence says why), 2 the books are not sound or the command was
misspelt, 130 interrupted. What nobody expected keeps its traceback.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cardamom.cli.console import complain, note, say
from cardamom.cli.problems import CommandProblem
from cardamom.cli.wallet import app as wallet
from cardamom.db.problems import DatabaseProblem

if TYPE_CHECKING:
    from cardamom.cli.instance_key import Match
    from cardamom.db.settings import Settings

app = typer.Typer(
    name="cardamom",
    help="Stamp cards, vouchers and a counter for places with regulars.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(wallet, name="wallet")

Data = Annotated[
    Path | None,
    typer.Option(
        "--data", metavar="DIR", help="The data folder. Default: CARDAMOM_DATA, or a folder of this user."
    ),
]
Host = Annotated[
    str, typer.Option("--host", help="The address to listen at; 0.0.0.0 lets other machines in.")
]
Port = Annotated[
    int, typer.Option("--port", min=0, max=65_535, help="The port to listen at; 0 takes any free one.")
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Web processes.")]
DoctorTopic = Literal["wallet"]
Open = Annotated[bool, typer.Option("--open", help="Show the address in a browser.")]


@app.command()
def serve(
    data: Data = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    *,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Leave jobs to other machines.")] = False,
    open_page: Open = False,
) -> None:
    """Run everything that one machine needs, until Ctrl-C: database, web, jobs."""
    from cardamom.cli import serve as serving
    from cardamom.cli.listening import find_listening

    settings = _settings(data)
    listening = find_listening(host, port)
    web = serving.web(listening, workers=workers)
    service = serving.Service(
        settings=settings,
        listening=listening,
        children=[web] if no_worker else [web, serving.job_worker],
    )
    serving.serve(service, ready=serving.open_browser(service.url) if open_page else serving.nothing_more)


@app.command()
def demo(
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="The demo's own folder. Default: a cache folder."),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 1,
    *,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget what is there and begin anew.")] = False,
    open_page: Open = False,
) -> None:
    """Run the product with four invented businesses and their history, until Ctrl-C."""
    from cardamom.cli import serve as serving
    from cardamom.cli.demo import command
    from cardamom.cli.demo.settings import settings_for
    from cardamom.cli.listening import find_listening
    from cardamom.cli.logs import configure_logs

    configure_logs()
    settings = settings_for(data)
    listening = find_listening(host, port)
    ready = serving.open_browser(settings.base_url or listening.url) if open_page else serving.nothing_more
    prepare = command.begin_anew if fresh else command.keep
    command.run(settings, listening, workers=workers, prepare=prepare, ready=ready)


@app.command()
def worker(data: Data = None) -> None:
    """Run jobs and hand on events, until Ctrl-C. `serve` does this too."""
    import asyncio

    from cardamom.cli import work
    from cardamom.cli.lifeline import follow_supervisor
    from cardamom.db.opening import open_database_url

    settings = _settings(data)
    follow_supervisor()
    with open_database_url(settings, tell=note) as url:
        asyncio.run(work.run(settings, url))


@app.command()
def migrate(data: Data = None) -> None:
    """Bring the database up to date. `serve` does this too."""
    from cardamom.db.migrations import migrate as bring_up_to_date
    from cardamom.db.migrations import pending
    from cardamom.db.opening import open_database_url

    with open_database_url(_settings(data), tell=note) as url:
        for change in pending(url):
            say(change)
        bring_up_to_date(url)
    say("The database is up to date.")


@app.command()
def doctor(
    topic: Annotated[
        DoctorTopic | None,
        typer.Argument(help="Only this, and thoroughly: wallet builds and verifies a pass of every program."),
    ] = None,
    data: Data = None,
) -> None:
    """Look at everything that can be looked at and say what to do."""
    from cardamom.cli.doctor import examine, tell

    settings = _served_settings(data)
    if topic is None:
        is_well = tell(examine(settings))
    else:
        from cardamom.cli.doctor_wallet import examine_wallet

        is_well = tell(examine_wallet(settings))
    if not is_well:
        raise typer.Exit(1)


@app.command()
def backup(file: Path, data: Data = None) -> None:
    """Write everything into FILE, while the shop is open."""
    from cardamom.db.backup import backup as write
    from cardamom.db.opening import open_database_url

    with open_database_url(_settings(data), tell=note) as url:
        write(url, file.expanduser().absolute(), tell=note)
    say(f"The backup is in {file}. Keep a copy on another machine.")


@app.command()
def restore(
    file: Path,
    data: Data = None,
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of data that is there; that is kept aside.")
    ] = False,
) -> None:
    """Read FILE back, check its books, and only then use it."""
    from cardamom.cli.books import faults_in
    from cardamom.cli.instance_key import match_in
    from cardamom.db import restore as restoring
    from cardamom.db.opening import open_database_url

    settings = _settings(data)
    read = restoring.restore_over if replace else restoring.restore
    with open_database_url(settings, tell=note) as url:
        restored = read(url, file.expanduser().absolute(), check=faults_in, tell=note)
        matched = match_in(url, settings.secret_key)
    say(f"{sum(restored.rows.values())} rows are back, and their books are sound.", tone="green")
    _tell_of_key(matched)
    if restored.kept is not None:
        say(f"What was there before is kept as the database {restored.kept}.")


def _tell_of_key(matched: "Match") -> None:
    """What a restored database needs besides: a backup does not hold the instance key."""
    match matched:
        case "ours":
            say("The instance key is the one that this data was used with.")
        case "other":
            say(
                "The instance key is not the one that this data was used with. Put the instance.key of the old "
                "installation into the data folder before you serve: under another key the links to customers' cards "
                "do not match.",
                tone="yellow",
            )
        case "unknown":
            say(
                "A backup does not hold the instance key. Put the instance.key of the old installation into the data "
                "folder before you serve: under another key the links to customers' cards do not match."
            )


@app.command("adopt-key")
def adopt_key(data: Data = None) -> None:
    """Go on with another instance key, because the old one is lost for ever."""
    from cardamom.cli.instance_key import adopt_key as adopt
    from cardamom.cli.instance_key import match_in
    from cardamom.db.migrations import migrate as bring_up_to_date
    from cardamom.db.opening import open_database_url

    settings = _settings(data)
    with open_database_url(settings, tell=note) as url:
        bring_up_to_date(url)
        if match_in(url, settings.secret_key) == "ours":
            say("This database uses the instance key that is here. There is nothing to do.")
            return
        adopt(url, settings.secret_key)
    say(
        "From now on the database uses the key that is here. Links that customers have still open their cards; a card "
        "that needs a new link gets one with New link. Passes in wallets are not updated until they are added again, "
        "people sign in again, and stored credentials are to be entered again."
    )


@app.command()
def verify(
    data: Data = None,
    merchant: Annotated[
        str | None, typer.Option("--merchant", metavar="SLUG", help="Only the books of this business.")
    ] = None,
) -> None:
    """Recompute all balances and hash chains. Exits with 2 when the books are not sound."""
    from cardamom.cli.books import verify_books
    from cardamom.db.opening import open_database_url

    with open_database_url(_settings(data), tell=note) as url:
        is_sound = verify_books(url, slug=merchant)
    if not is_sound:
        raise typer.Exit(2)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def bench(context: typer.Context) -> None:
    """Measure stamps and redemptions on this machine: `cardamom bench scans`."""
    from cardamom.cli.bench.command import app as benchmarks
    from cardamom.cli.logs import configure_logs

    configure_logs()
    benchmarks(args=context.args, prog_name="cardamom bench")


@app.command()
def version() -> None:
    """Say which version this is."""
    from importlib.metadata import version as installed

    say(f"cardamom {installed('cardamom-loyalty')}")


def _settings(data: Path | None) -> "Settings":
    from cardamom.cli.logs import configure_logs
    from cardamom.db.settings import load_settings

    configure_logs()
    return load_settings(data)


def _served_settings(data: Path | None) -> "Settings":
    """The settings that a folder is served with: a demo has a database and a certificate of its own.

    For a command that says all it finds in sentences: no lines of a log stand between them.
    """
    import logging

    from cardamom.cli.demo.folder import is_demo
    from cardamom.cli.demo.settings import settings_of
    from cardamom.cli.logs import configure_logs
    from cardamom.db.settings import data_folder, load_settings

    configure_logs(least=logging.CRITICAL)
    folder = data_folder(data)
    return settings_of(folder) if is_demo(folder) else load_settings(folder)


def main() -> None:
    """The entry point: what an operator can mend is a sentence, everything else a traceback."""
    try:
        app()
    except (CommandProblem, DatabaseProblem) as problem:
        complain(str(problem))
        sys.exit(1)


if __name__ == "__main__":
    main()
