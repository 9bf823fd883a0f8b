"""The life of the embedded server: started, shared, stopped."""

import os
import stat
import threading
from pathlib import Path

import psycopg
import pytest

from cardamom.db.cluster import SOCKET_NAME
from cardamom.db.embedded import EmbeddedServer, running_server, served_server
from cardamom.db.problems import (
    AlreadyServed,
    DatabaseProblem,
    OtherMajorVersion,
    ServerDied,
    WrongPermissions,
)


def asked(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def test_it_is_durable_and_private(server: EmbeddedServer) -> None:
    said = {
        name: asked(server.url, f"select current_setting('{name}')")
        for name in (
            "fsync",
            "synchronous_commit",
            "full_page_writes",
            "data_checksums",
            "listen_addresses",
            "jit",
        )
    }
    assert said == {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "data_checksums": "on",
        "listen_addresses": "",
        "jit": "off",
    }
    assert stat.S_IMODE(server.cluster.socket.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.cluster.folder.stat().st_mode) == 0o700


def test_letters_of_every_script_are_letters(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("create extension pg_trgm")
    assert asked(server.url, "select similarity('قهوه سارا', 'قهوه ساره') > 0.4")
    assert asked(server.url, "select similarity('בית קפה', 'בית הקפה') > 0.4")
    assert asked(server.url, "select lower('ÀÇÖ')") == "àçö"
    assert (
        asked(server.url, "select pg_encoding_to_char(encoding) from pg_database where datname = 'cardamom'")
        == "UTF8"
    )


def test_a_stopped_server_starts_again_with_its_rows(server: EmbeddedServer) -> None:
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("drop table if exists kept")
        connection.execute("create table kept as select 7 as stamps")
    server.stop()
    assert server.pid is None
    server.start()
    assert asked(server.url, "select stamps from kept") == 7


def test_a_second_serve_is_refused_and_names_the_first(data: Path) -> None:
    with served_server(data) as server:
        with pytest.raises(AlreadyServed, match=f"process {os.getpid()} does it"), served_server(data):
            pass
        assert asked(server.url, "select 1") == 1


def test_a_command_uses_the_server_that_runs_and_leaves_it_running(data: Path) -> None:
    with served_server(data) as server:
        with running_server(data) as same:
            assert same.pid == server.pid
        assert asked(server.url, "select 1") == 1


def test_of_two_commands_the_last_stops_the_server(data: Path) -> None:
    with running_server(data) as second:
        with running_server(data) as first:
            assert first.pid == second.pid
        assert asked(second.url, "select 1") == 1
    assert second.pid is None


def test_two_who_start_at_once_get_one_server(data: Path) -> None:
    servers = [EmbeddedServer(data), EmbeddedServer(data)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert servers[0].pid is not None
        assert servers[0].pid == servers[1].pid
    finally:
        servers[0].stop()


def test_a_long_path_puts_the_socket_in_a_short_private_folder(data: Path) -> None:
    deep = (
        data
        / "a-folder-with-a-name-that-nobody-would-type"
        / "and-another-one-below-it"
        / "and-one-more-of-them"
    )
    deep.mkdir(parents=True)
    with running_server(deep) as server:
        assert len(os.fsencode(server.cluster.socket / SOCKET_NAME)) <= 103
        assert stat.S_IMODE(server.cluster.socket.stat().st_mode) == 0o700
        assert asked(server.url, "select 1") == 1


def test_a_short_folder_that_somebody_else_prepared_is_refused(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = (
        data
        / "a-folder-with-a-name-that-nobody-would-type"
        / "and-another-one-below-it"
        / "and-one-more-of-them"
    )
    deep.mkdir(parents=True)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(data))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    with running_server(deep) as server:
        socket = server.cluster.socket
    socket.rmdir()
    socket.symlink_to(data)
    with pytest.raises(WrongPermissions, match="somebody else made it"), running_server(deep):
        pass


def test_another_major_version_is_left_alone(server: EmbeddedServer) -> None:
    server.stop()
    version = server.cluster.folder / "PG_VERSION"
    version.write_text("17\n")
    with pytest.raises(OtherMajorVersion, match="made by PostgreSQL 17; this Cardamom brings 18"):
        server.start()
    version.write_text("18\n")
    server.start()


def test_rights_that_are_too_wide_are_named(server: EmbeddedServer) -> None:
    server.stop()
    server.cluster.folder.chmod(0o755)
    with pytest.raises(WrongPermissions, match="chmod 0700"):
        server.start()
    server.cluster.folder.chmod(0o700)
    server.start()


def test_a_setting_of_the_operator_that_is_wrong_is_quoted(server: EmbeddedServer) -> None:
    server.stop()
    own = server.cluster.folder / "local.conf"
    own.write_text("work_mem = 'plenty'\n")
    own.chmod(0o644)
    with pytest.raises(ServerDied, match="work_mem"):
        server.start()
    own.write_text("work_mem = '5MB'\n")
    server.start()
    assert asked(server.url, "show work_mem") == "5MB"


def test_an_initialisation_that_was_killed_is_begun_again(data: Path) -> None:
    (data / "postgres.partial").mkdir()
    (data / "postgres.partial" / "PG_VERSION").write_text("18\n")
    with running_server(data) as server:
        assert asked(server.url, "select 1") == 1


def test_nothing_is_known_before_the_start(data: Path) -> None:
    with pytest.raises(DatabaseProblem, match="not started"):
        EmbeddedServer(data).url  # noqa: B018
