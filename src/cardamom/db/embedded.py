"""The embedded PostgreSQL: started for a data folder, watched while it starts, stopped or handed over cleanly.

It promises that a server left behind by a crash is taken over and never started twice, and that every way to fail
ends in a sentence. The wheel brings the programs; the life cycle is ours, because the wheel's own gives up after ten
seconds, and recovery after a crash may take minutes.
"""

import fcntl
import os
import platform
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil
import psycopg
from psycopg import sql

from cardamom.db.cluster import SOCKET_NAME, Cluster, find_cluster, make_data_folder
from cardamom.db.cluster_settings import configure, initialise, refuse_other_major
from cardamom.db.locks import open_lock, serving, starting, try_lock
from cardamom.db.problems import (
    AlreadyServed,
    DatabaseProblem,
    PlatformWithoutEmbedded,
    ServerDied,
    WrongPermissions,
)
from cardamom.db.server_log import log_sizes, problem_from, said_since

DATABASE = "cardamom"
#: A fast shutdown ends open transactions and writes a checkpoint; a slow card may need long for that.
STOP_SECONDS = 120
#: The children of a killed server end by themselves as soon as they wait for something.
ORPHAN_SECONDS = 60
_PROGRESS_EVERY_SECONDS = 5
_LOOK_EVERY_SECONDS = 0.05

Tell = Callable[[str], None]


def say_nothing(sentence: str) -> None:
    """The listener of those who do not want to hear how a start goes."""


class EmbeddedServer:
    """The server of one data folder."""

    def __init__(self, data: Path, *, tell: Tell = say_nothing) -> None:
        """tell: gets a sentence when something takes long."""
        self.data = data
        self._tell = tell
        self._cluster: Cluster | None = None
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def cluster(self) -> Cluster:
        """Where everything is. Known once started."""
        if self._cluster is None:
            raise DatabaseProblem("The embedded database was not started.")
        return self._cluster

    @property
    def url(self) -> str:
        """The address of our database."""
        return self.cluster.url(DATABASE)

    @property
    def pid(self) -> int | None:
        """The running server's process, or None."""
        process = self._process()
        return process.pid if process else None

    def start(self) -> None:
        """Start the server, or take over the one that runs; returns when it answers and our database exists.

        Waits as long as the server lives. Calling it again after the server died starts it again. Raises
        DatabaseProblem.
        """
        if platform.system() == "Windows":
            raise PlatformWithoutEmbedded(platform.system())
        try:
            self._cluster = cluster = find_cluster(self.data)
            with starting(self.data):
                if not (cluster.folder / "PG_VERSION").exists():
                    initialise(cluster)
                refuse_other_major(cluster)
                self._start_or_take_over(cluster)
                _create_database(cluster)
        except OSError as error:
            raise problem_from(f"{error.strerror}: {error.filename}", folder=self.data) from error

    def stop(self) -> None:
        """Stop the server: open transactions end, what was committed is on the disk. Nothing happens if none runs."""
        process = self._process()
        if process is None:
            return
        # The write-ahead log makes an immediate end (SIGQUIT) safe; the next start replays it.
        for way in (signal.SIGINT, signal.SIGQUIT):
            with suppress(psutil.NoSuchProcess):
                process.send_signal(way)
            if self._ends_within(STOP_SECONDS):
                return
        raise ServerDied(self.cluster.folder, said="it does not stop.")

    def _ends_within(self, seconds: float) -> bool:
        """Whether every process of the server has ended. A dead one that nobody waited for counts as ended."""
        until = time.monotonic() + seconds
        while _lives(self.cluster):
            if time.monotonic() > until:
                return False
            time.sleep(_LOOK_EVERY_SECONDS)
        if self._child is not None:
            self._child.wait()
        return True

    def _start_or_take_over(self, cluster: Cluster) -> None:
        launched = False
        logged = log_sizes(cluster)
        began = told = time.monotonic()
        while not _answers(cluster):
            with open_lock(cluster.lock_file) as lock:
                if try_lock(lock):
                    if launched:
                        raise problem_from(said_since(cluster, logged), folder=cluster.folder)
                    launched = True
                    self._child = _launch(cluster, lock)
            if _is_orphaned(cluster) and time.monotonic() - began > ORPHAN_SECONDS:
                raise ServerDied(cluster.folder, said="processes of a killed server do not end.")
            if time.monotonic() - told > _PROGRESS_EVERY_SECONDS:
                told = time.monotonic()
                self._tell(
                    f"The database is still starting ({told - began:.0f} s). After a crash it repairs itself."
                )
            time.sleep(_LOOK_EVERY_SECONDS)

    def _process(self) -> psutil.Process | None:
        if self._cluster is None or not _lives(self._cluster):
            return None
        pid = _pid_in(self._cluster.pid_file)
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            return process if process.name() == "postgres" else None
        return None


def _launch(cluster: Cluster, lock: IO[str]) -> subprocess.Popen[bytes]:
    """Start the server, which inherits the lock. Only called by who holds the lock: nothing of the cluster lives."""
    configure(cluster)
    _clear_stale_files(cluster)
    with cluster.account.create(cluster.start_log) as log:
        command = [str(cluster.programs / "postgres"), "-D", str(cluster.folder)]
        return cluster.account.launch(command, log=log, keep_open=lock.fileno())


def _clear_stale_files(cluster: Cluster) -> None:
    """Make way after a crash.

    PostgreSQL finds out for itself that a lock file's process is gone, unless another process has that number by
    now; then it refuses to start. So the number is replaced by ours, which it knows to be its parent's and no
    rival's. The rest of the file stays: by the shared memory it names, PostgreSQL still notices a server that
    somebody started by hand.
    """
    with suppress(FileNotFoundError):
        first, _, rest = cluster.pid_file.read_text().partition("\n")
        if first and rest:
            cluster.account.write(cluster.pid_file, f"{os.getpid()}\n{rest}")
        else:
            cluster.pid_file.unlink()
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (cluster.socket / name).unlink(missing_ok=True)


def _lives(cluster: Cluster) -> bool:
    """Whether any process of the server lives."""
    with open_lock(cluster.lock_file) as lock:
        return not try_lock(lock)


def _is_orphaned(cluster: Cluster) -> bool:
    """Whether the server itself is gone while children of it live."""
    pid = _pid_in(cluster.pid_file)
    return pid is None or not psutil.pid_exists(pid)


def _pid_in(pid_file: Path) -> int | None:
    with suppress(FileNotFoundError):
        first = pid_file.read_text().partition("\n")[0].strip()
        return int(first) if first.isdigit() else None
    return None


def _answers(cluster: Cluster) -> bool:
    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if "authentication failed" in str(error):
            reason = f"it runs as {cluster.account.name} and lets only that user and root in."
            raise WrongPermissions(cluster.folder, reason=reason) from error
        return False
    return True


def _create_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


@contextmanager
def running_server(data: Path, *, tell: Tell = say_nothing) -> Iterator[EmbeddedServer]:
    """The server of a data folder, started if it does not run. The last one who leaves stops it.

    While somebody serves the folder it is theirs to stop. Raises DatabaseProblem.
    """
    make_data_folder(data)
    server = EmbeddedServer(data, tell=tell)
    with open_lock(data / "postgres.users.lock") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            server.start()
            yield server
        finally:
            if try_lock(users):
                with suppress(AlreadyServed), serving(data):
                    server.stop()


@contextmanager
def served_server(data: Path, *, tell: Tell = say_nothing) -> Iterator[EmbeddedServer]:
    """The server of a data folder for the one process that serves it; stopped at the end, whoever else uses it.

    Raises AlreadyServed, naming the other process, and any other DatabaseProblem.
    """
    make_data_folder(data)
    server = EmbeddedServer(data, tell=tell)
    with serving(data):
        try:
            server.start()
            yield server
        finally:
            server.stop()
