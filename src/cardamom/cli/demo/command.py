"""`cardamom demo`: builds the demo, or finds it built, and serves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cardamom.cli import serve as serving
from cardamom.cli.console import say
from cardamom.cli.demo.building import build
from cardamom.cli.demo.folder import forget
from cardamom.cli.demo.record import NAME, Demo, read_demo, write_demo
from cardamom.cli.listening import Listening
from cardamom.db.migrations import migrate
from cardamom.db.settings import Settings

#: Makes the demo's folder ready, given the database's address.
Prepare = Callable[[str], None]


def keep(settings: Settings, base_url: str) -> Prepare:
    """Use what is there under its present address; build what was never finished."""

    def prepare(url: str) -> None:
        demo = read_demo(settings.data)
        if demo is None:
            begin_anew(settings, base_url)(url)
        else:
            migrate(url)
            write_demo(settings.data, demo.at(base_url))

    return prepare


def begin_anew(settings: Settings, base_url: str) -> Prepare:
    """Forget what is there and build."""

    def prepare(url: str) -> None:
        forget(url, settings.data)
        migrate(url)
        write_demo(settings.data, build(url, settings, base_url=base_url))

    return prepare


def run(
    settings: Settings,
    listening: Listening,
    *,
    workers: int,
    prepare: Callable[[Settings, str], Prepare],
    ready: serving.Ready,
) -> None:
    """Prepare, serve until Ctrl-C. `demo.json` is complete before the address answers."""
    base_url = settings.base_url or listening.url
    service = serving.Service(
        settings=settings,
        listening=listening,
        children=[serving.web(listening, workers=workers), serving.job_worker],
        prepare=prepare(settings, base_url),
    )

    def introduce_and_show() -> None:
        demo = read_demo(settings.data)
        if demo is not None:
            introduce(demo, settings.data)
        ready()

    serving.serve(service, ready=introduce_and_show)


def introduce(demo: Demo, folder: Path) -> None:
    """Say where everything is and how to get in. A card and a join page need no login."""
    for merchant in demo.merchants:
        say("")
        say(f"{merchant.name}  ({merchant.slug}, {merchant.language})", tone="bold")
        rows = (
            ("join", merchant.join_url, ""),
            ("a card", merchant.sample_card.page_url, ""),
            ("till", f"{demo.base_url}/till", f"{merchant.staff.login}   {merchant.staff.password}"),
            ("dashboard", f"{demo.base_url}/app", f"{merchant.owner.login}   {merchant.owner.password}"),
        )
        for what, url, login in rows:
            say(f"  {what:<10} {url}{'   ' if login else ''}{login}")
    say("")
    say(f"API keys are in {folder / NAME}. Ctrl-C stops the demo; the next start goes on with the same data.")
