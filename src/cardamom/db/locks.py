"""Locks between processes on a data folder. The kernel lets go of them when their holder dies, however it dies.

    serve.lock           the one process that serves the folder; holds its pid for people to read
    postgres.start.lock  whoever starts the server at this moment
    postgres.users.lock  shared by every command that uses the server; the last one out stops it
    postgres.lock        inherited by the server and all its children: held exactly as long as any of them lives

The last one is what tells a living server from a stale pid file, also after a reboot, between containers, and while
the children of a killed server are still ending.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cardamom.db.problems import AlreadyServed


def open_lock(path: Path) -> IO[str]:
    """The file of a lock, made if need be, so that the folder's owner can use it even when root came first."""
    file = path.open("a+")
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
    return file


def try_lock(file: IO[str]) -> bool:
    """Take a lock for ourselves alone, or say that somebody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def starting(data: Path) -> Iterator[None]:
    """Be the one process that starts the server, after waiting for others to finish starting it."""
    with open_lock(data / "postgres.start.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def serving(data: Path) -> Iterator[None]:
    """Be the one process that serves a data folder. Raises AlreadyServed."""
    with open_lock(data / "serve.lock") as file:
        if not try_lock(file):
            raise AlreadyServed(data, pid=_written_pid(file))
        file.seek(0)
        file.truncate()
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def _written_pid(file: IO[str]) -> int | None:
    file.seek(0)
    text = file.read().strip()
    return int(text) if text.isdigit() else None
