"""Writing everything into one file, while the shop goes on.

The file is PostgreSQL's own custom format and holds one moment of the database. Grants and row security are not in
it: they are made from the tables' declarations, with the roles of wherever it is restored.
"""

import os
import subprocess
from pathlib import Path

from cardamom.db.client_programs import programs_for, target
from cardamom.db.connections import connect
from cardamom.db.embedded import Tell, say_nothing
from cardamom.db.problems import BackupProblem
from cardamom.db.roles import ONE_ROLE_LEDGER, usable_roles

#: A backup waits this long for a migration to finish.
LOCK_TIMEOUT = "30s"


def backup(url: str, file: Path, *, tell: Tell = say_nothing) -> None:
    """Write a backup; `file` appears, readable for this user only, when it is complete and on the disk.

    A file of that name is replaced at that moment and not before. Raises BackupProblem.
    """
    with connect(url, application="cardamom backup", autocommit=True) as connection:
        programs = programs_for(url, server_major=connection.info.server_version // 10000)
        is_one_role = not usable_roles(connection, connection.info.dbname).separate
    # Under one role the owner of the tables is under row security too, and has to say that it is the ledger.
    to = target(url, settings=ONE_ROLE_LEDGER)
    command = [
        programs.path("pg_dump"),
        "--format=custom",
        "--no-owner",
        "--no-acl",
        f"--dbname={to.conninfo}",
    ]
    command.append(f"--lock-wait-timeout={LOCK_TIMEOUT}")
    if is_one_role:
        command.append("--enable-row-security")
    partial = file.with_name(f"{file.name}.partial")
    tell(f"Writing {file} with pg_dump {programs.major}.")
    try:
        _write(command, partial, environment=to.environment)
        partial.replace(file)
        _sync_folder(file.parent)
    except OSError as error:
        raise BackupProblem(f"The backup was not written to {file}: {error.strerror}.") from error
    finally:
        partial.unlink(missing_ok=True)


def _write(command: list[str], partial: Path, *, environment: dict[str, str]) -> None:
    # Made first, so that it is never readable for others. pg_dump writes into what is there and syncs it.
    os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600))
    partial.chmod(0o600)
    command = [*command, f"--file={partial}"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise BackupProblem(f"The backup was not written. pg_dump said: {done.stderr.strip()}")


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk as well."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
