"""What a crash leaves behind does not stop the next start, and loses nothing that was committed."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import psycopg
import psycopg.pq
import pytest

from cardamom.db.cluster import SOCKET_NAME
from cardamom.db.embedded import EmbeddedServer

pytestmark = pytest.mark.crash


def committed(server: EmbeddedServer) -> int:
    with psycopg.connect(server.url) as connection:
        row = connection.execute("select sum(stamps) from kept").fetchone()
        assert row is not None
        return int(row[0])


def commit_some(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url) as connection:
        connection.execute("drop table if exists kept")
        connection.execute("create table kept as select 1 as stamps from generate_series(1, 1000)")


def kill(server: EmbeddedServer) -> None:
    """Signal 9 for the server alone; what it started ends, or not, by itself."""
    pid = server.pid
    assert pid is not None
    process = psutil.Process(pid)
    os.kill(pid, signal.SIGKILL)
    process.wait(60)


@contextmanager
def a_living_process(server: EmbeddedServer) -> Iterator[int]:
    """A process of the database's system user that is no database."""
    account = server.cluster.account
    with subprocess.Popen(["sleep", "600"], user=account.uid, group=account.gid) as sleeper:
        yield sleeper.pid
        sleeper.kill()


def test_a_killed_server_recovers(server: EmbeddedServer) -> None:
    commit_some(server)
    kill(server)
    server.start()
    assert committed(server) == 1000


def test_a_killed_server_is_started_by_somebody_else(server: EmbeddedServer) -> None:
    commit_some(server)
    kill(server)
    other = EmbeddedServer(server.data)
    other.start()
    assert committed(other) == 1000
    other.stop()
    server.start()


def test_children_that_outlive_the_server_are_waited_for(server: EmbeddedServer) -> None:
    commit_some(server)
    busy = psycopg.pq.PGconn.connect(f"{server.url}&application_name=busy".encode())
    # It computes without ever waiting, so it does not notice that its parent is gone until it is done.
    busy.send_query(b"select count(*) from generate_series(1, 5000000) a where a % 7 = 3")
    wait_until_busy(server)
    kill(server)
    server.start()
    busy.finish()
    assert committed(server) == 1000


def wait_until_busy(server: EmbeddedServer) -> None:
    query = "select 1 from pg_stat_activity where application_name = 'busy' and state = 'active'"
    with psycopg.connect(server.url, autocommit=True) as connection:
        while connection.execute(query).fetchone() is None:
            pass


def test_a_pid_that_belongs_to_another_process_by_now_is_no_server(server: EmbeddedServer) -> None:
    commit_some(server)
    pid_file = server.cluster.pid_file
    stale = pid_file.read_text()
    kill(server)
    with a_living_process(server) as pid:
        rest = stale.partition("\n")[2]
        pid_file.write_text(f"{pid}\n{rest}")
        server.start()
        assert psutil.pid_exists(pid)
    assert server.pid != pid
    assert committed(server) == 1000


def test_a_stale_socket_is_no_server(server: EmbeddedServer) -> None:
    commit_some(server)
    kill(server)
    assert (server.cluster.socket / SOCKET_NAME).exists()
    with a_living_process(server) as pid:
        (server.cluster.socket / f"{SOCKET_NAME}.lock").write_text(
            f"{pid}\n{server.cluster.folder}\n0\n5432\n"
        )
        server.start()
    assert committed(server) == 1000


def test_an_empty_pid_file_is_no_server(server: EmbeddedServer) -> None:
    commit_some(server)
    kill(server)
    server.cluster.pid_file.write_text("")
    server.start()
    assert committed(server) == 1000
