"""Locks between processes on a data folder. The kernel lets go of them when their holder dies, however it dies.

    serve.lock           the one process that serves the folder; holds its pid for people to read
    postgres.start.lock  whoever starts the server at this moment
    postgres.users.lock  shared by every command that uses the server; the last one out stops it
    postgres.lock        inherited by the server and all its children: held exactly as long as any of them lives

The last one is what tells a living server from a stale pid file, also after a reboot, between containers, and while
the children of a killed server are still ending.
"""

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from cardamom.db.problems import AlreadyServed, DiskFull, WrongPermissions


def open_lock(path: Path) -> IO[str]:
    """The file of a lock, made if need be, so that the folder's owner can use it even when root came first.

    Raises WrongPermissions or DiskFull.
    """
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644), "r+")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(path.parent) from error
        raise WrongPermissions(path, reason=f"{error.strerror}.") from error
    if os.geteuid() == 0:
        owner, found = path.parent.stat(), os.fstat(file.fileno())
        # Not a second name of some other file, which we would give away.
        if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
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
