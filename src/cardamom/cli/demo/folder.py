"""The demo's own folder: recognised by a mark, built once, never mistaken for somebody's shop."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs
from psycopg import sql

from cardamom.cli.demo.record import NAME
from cardamom.cli.problems import NotADemoFolder
from cardamom.db.cluster import make_data_folder
from cardamom.db.connections import connect, database_name, with_database

#: Says to people and to us that everything in the folder was made up.
MARK: Final = "this-is-a-demo.txt"
_WORDS = "Everything in this folder was made by `cardamom demo`. It may be deleted.\n"


def default_folder() -> Path:
    """A folder of this user that is not the one of `cardamom serve`."""
    return Path(platformdirs.user_cache_dir("cardamom", appauthor=False)) / "demo"


def is_demo(folder: Path) -> bool:
    """Whether `cardamom demo` made the folder."""
    return (folder / MARK).exists()


def claim(folder: Path) -> None:
    """Make the folder the demo's, or find that it is. Raises NotADemoFolder and leaves everything as it was."""
    if is_demo(folder):
        return
    if folder.exists() and any(folder.iterdir()):
        raise NotADemoFolder(folder)
    make_data_folder(folder)
    (folder / MARK).write_text(_WORDS, encoding="utf-8")


def forget(url: str, folder: Path) -> None:
    """Forget all shops: drop the database and make it anew, empty. The caller serves the folder."""
    (folder / NAME).unlink(missing_ok=True)
    with connect(url, application="cardamom demo", autocommit=True) as connection:
        if connection.execute("select to_regclass('merchant')").fetchone() == (None,):
            return
    name = sql.Identifier(database_name(url))
    with connect(with_database(url, "postgres"), application="cardamom demo", autocommit=True) as server:
        server.execute(sql.SQL("drop database if exists {} with (force)").format(name))
        server.execute(sql.SQL("create database {}").format(name))
