"""PostgreSQL's own `pg_dump`, `pg_restore` and `psql`: which ones fit a server, and how they are told where it is."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from cardamom.db.cluster import installed_programs
from cardamom.db.connections import options, plain_url
from cardamom.db.problems import BackupProblem


class Programs(msgspec.Struct, frozen=True):
    """A folder with programs of one version. A dump, its restore and psql have to come from the same."""

    folder: Path
    major: int

    def path(self, name: str) -> str:
        """The program's whole path."""
        return str(self.folder / name)


class Target(msgspec.Struct, frozen=True):
    """A database as these programs are told it: no password where other users of the machine can read it."""

    conninfo: str
    environment: dict[str, str]


def programs_for(url: str, *, server_major: int) -> Programs:
    """Programs that are not older than the server: over a network the system's own first, the wheel's speak no TLS.

    Raises BackupProblem when there are none.
    """
    folders = _folders() if _is_network(url) else reversed(_folders())
    found = [programs for folder in folders if (programs := _programs_in(folder)) is not None]
    for programs in found:
        if programs.major >= server_major:
            return programs
    newest = max((programs.major for programs in found), default=None)
    raise BackupProblem(
        f"The server is PostgreSQL {server_major} and the newest pg_dump here is {newest}. Install the client "
        f"programs of PostgreSQL {server_major} and put them on the PATH."
    )


def target(url: str, *, settings: Mapping[str, str]) -> Target:
    """Say a database's address to these programs."""
    said = conninfo_to_dict(
        plain_url(url), options=options(url, settings), application_name="cardamom backup"
    )
    environment = {**os.environ, "LC_ALL": "C"}
    password = said.pop("password", None)
    if password:
        environment["PGPASSWORD"] = str(password)
    return Target(conninfo=make_conninfo("", **said), environment=environment)


def _is_network(url: str) -> bool:
    """Whether the address is a host's; a folder in its place is that of a socket."""
    host = str(conninfo_to_dict(plain_url(url)).get("host") or "/")
    return not host.startswith("/")


def _folders() -> list[Path]:
    on_path = shutil.which("pg_dump")
    return [*([Path(on_path).parent] if on_path else []), installed_programs()]


def _programs_in(folder: Path) -> Programs | None:
    if not all((folder / name).exists() for name in ("pg_dump", "pg_restore", "psql")):
        return None
    said = subprocess.run([str(folder / "pg_dump"), "--version"], capture_output=True, text=True, check=False)
    # It says "pg_dump (PostgreSQL) 18.6", and on some systems the packager's name in brackets after that.
    words = said.stdout.split()
    return Programs(folder, int(words[2].partition(".")[0])) if said.returncode == 0 else None
