"""The embedded PostgreSQL: started for a data folder, watched while it starts, stopped or handed over cleanly.

It promises that one process at a time serves a folder, that a server left behind by a crash is taken over and never
started twice, and that every way to fail ends in a sentence. The wheel brings the programs; the life cycle is ours,
because the wheel's own gives up after ten seconds and crash recovery may take minutes.
"""

import fcntl
import os
import platform
import pwd
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

from cardamom.db.cluster import SOCKET_NAME, Cluster, find_cluster
from cardamom.db.cluster_settings import configure, environment, initialise, refuse_other_major
from cardamom.db.problems import AlreadyServed, DatabaseProblem, PlatformWithoutEmbedded, ServerDied
from cardamom.db.server_log import last_words, problem_from

DATABASE = "cardamom"
#: A fast shutdown ends open transactions and writes a checkpoint; a slow card may need long for that.
STOP_SECONDS = 120
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
        process = _server_process(self.cluster)
        return process.pid if process else None

    def start(self) -> None:
        """Start the server, or take over the one that runs; returns when it answers and our database exists.

        Waits as long as the server lives, because recovery after a crash takes what it takes. Raises DatabaseProblem.
        """
        if platform.system() == "Windows":
            raise PlatformWithoutEmbedded(platform.system())
        try:
            self._cluster = cluster = find_cluster(self.data)
            with _file_lock(self.data / "postgres.start.lock"):
                self._start(cluster)
        except OSError as error:
            raise (
                problem_from(str(error), cluster=self._cluster) if self._cluster else _early(error)
            ) from error

    def _start(self, cluster: Cluster) -> None:
        if not (cluster.folder / "PG_VERSION").exists():
            initialise(cluster)
        refuse_other_major(cluster)
        if _server_process(cluster) is None:
            configure(cluster, users=(cluster.account.name, pwd.getpwuid(os.geteuid()).pw_name))
            _clear_stale_locks(cluster)
            self._child = _launch(cluster)
        self._wait_until_ready(cluster)
        _create_database(cluster)

    def _wait_until_ready(self, cluster: Cluster) -> None:
        began = time.time()
        told = began
        while not _answers(cluster):
            if self._child is not None and self._child.poll() is not None:
                raise problem_from(last_words(cluster, since=began - 1), cluster=cluster)
            if self._child is None and _server_process(cluster) is None:
                raise problem_from(last_words(cluster, since=began - 1), cluster=cluster)
            if time.time() - told > _PROGRESS_EVERY_SECONDS:
                told = time.time()
                self._tell(
                    f"The database is still starting ({told - began:.0f} s); after a crash it repairs itself."
                )
            time.sleep(_LOOK_EVERY_SECONDS)

    def stop(self) -> None:
        """Stop the server: open transactions end, what was committed is on the disk. Nothing happens if none runs."""
        if self._cluster is None:
            return
        process = _server_process(self._cluster)
        if process is None:
            return
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGINT)
            self._wait_until_gone(process)

    def _wait_until_gone(self, process: psutil.Process) -> None:
        try:
            self._wait(process, STOP_SECONDS)
        except (subprocess.TimeoutExpired, psutil.TimeoutExpired):
            # The write-ahead log makes an immediate end safe; the next start replays it.
            process.send_signal(signal.SIGQUIT)
            self._wait(process, STOP_SECONDS)

    def _wait(self, process: psutil.Process, seconds: float) -> None:
        if self._child is not None and self._child.pid == process.pid:
            self._child.wait(seconds)
        else:
            process.wait(seconds)


def _early(error: OSError) -> DatabaseProblem:
    return DatabaseProblem(f"The data folder cannot be used: {error.strerror}: {error.filename}.")


def _launch(cluster: Cluster) -> subprocess.Popen[bytes]:
    with cluster.start_log.open("wb") as log:
        # A session of its own: Ctrl-C in the terminal must reach us first, the server is stopped last.
        return subprocess.Popen(  # type: ignore[call-overload, no-any-return]
            [str(cluster.programs / "postgres"), "-D", str(cluster.folder)],
            cwd="/",
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            **cluster.account.popen_arguments(),
        )


def _answers(cluster: Cluster) -> bool:
    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def _create_database(cluster: Cluster) -> None:
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))


def _server_process(cluster: Cluster) -> psutil.Process | None:
    """The server of exactly this cluster, if it runs. A pid alone proves nothing: after a reboot it is anybody's."""
    pid = _pid_in(cluster.pid_file)
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        # A server always works in its cluster's folder.
        is_ours = process.status() != psutil.STATUS_ZOMBIE and Path(process.cwd()).samefile(cluster.folder)
    except (psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
        return None
    return process if is_ours else None


def _pid_in(pid_file: Path) -> int | None:
    try:
        first = pid_file.read_text().partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first) if first.isdigit() else None


def _clear_stale_locks(cluster: Cluster) -> None:
    """Make way after a crash. Only called when no server of this cluster runs, under the lock for starting.

    PostgreSQL sees for itself that a lock file's process is gone, unless another process has that number now. The
    pid file is not removed, because it names the shared memory by which PostgreSQL notices orphans of a killed
    server: its first line is set to our number, which PostgreSQL knows to be its parent's and no rival's.
    """
    with suppress(FileNotFoundError):
        lines = cluster.pid_file.read_text().split("\n")
        cluster.pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    _end_orphans(cluster)
    for name in (SOCKET_NAME, f"{SOCKET_NAME}.lock"):
        (cluster.socket / name).unlink(missing_ok=True)


def _end_orphans(cluster: Cluster) -> None:
    """End what a killed server left behind: PostgreSQL does not start beside its own orphans."""
    orphans = []
    for process in psutil.process_iter(["name"]):
        with suppress(psutil.NoSuchProcess, psutil.AccessDenied, FileNotFoundError):
            if process.info["name"] == "postgres" and Path(process.cwd()).samefile(cluster.folder):
                process.send_signal(signal.SIGQUIT)
                orphans.append(process)
    _, alive = psutil.wait_procs(orphans, timeout=STOP_SECONDS)
    if alive:
        raise ServerDied(cluster.folder, said=f"process {alive[0].pid} of an earlier start does not end.")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Wait for a lock between processes; the kernel lets go of it when we die."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def serving(data: Path) -> Iterator[None]:
    """Be the one process that serves a data folder. Raises AlreadyServed."""
    data.mkdir(parents=True, exist_ok=True)
    with (data / "serve.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            text = file.read().strip()
            raise AlreadyServed(data, pid=int(text) if text.isdigit() else None) from error
        _write_pid(file)
        yield


def _write_pid(file: IO[str]) -> None:
    file.seek(0)
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()


@contextmanager
def running_server(data: Path, *, tell: Tell = say_nothing) -> Iterator[EmbeddedServer]:
    """The server of a data folder, started if it does not run. The last one who leaves stops it.

    While somebody serves the folder it is theirs to stop.
    """
    data.mkdir(parents=True, exist_ok=True)
    server = EmbeddedServer(data, tell=tell)
    with (data / "postgres.users.lock").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            server.start()
            yield server
        finally:
            with suppress(BlockingIOError, AlreadyServed):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                with serving(data):
                    server.stop()
