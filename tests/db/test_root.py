"""Started as root, the database runs as a system user of its own, and no folder's rights are loosened for it."""

import pwd
import shutil
import stat
import subprocess
from pathlib import Path

import psutil
import psycopg
import pytest

from cardamom.db import cluster
from cardamom.db.cluster import ACCOUNT, NOTE, find_cluster
from cardamom.db.embedded import running_server, served_server
from cardamom.db.problems import AccountProblem, WrongPermissions


@pytest.fixture
def system_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What stands for /var/lib/cardamom here."""
    folder = data / "system"
    monkeypatch.setattr(cluster, "SYSTEM_FOLDER", folder)
    return folder


def test_the_server_is_not_root(data: Path) -> None:
    with running_server(data) as server:
        assert server.pid is not None
        assert psutil.Process(server.pid).username() == ACCOUNT
        assert server.cluster.folder.owner() == ACCOUNT


def test_a_folder_that_only_root_can_enter_stays_so(data: Path, system_folder: Path) -> None:
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    inside = closed / "shop"
    with running_server(inside) as server:
        first = server.cluster.folder
        assert first.is_relative_to(system_folder)
        assert str(first) in (inside / NOTE).read_text()
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("create table kept as select 1")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    with running_server(inside) as server:
        assert server.cluster.folder == first
        with psycopg.connect(server.url) as connection:
            assert connection.execute("select * from kept").fetchone() == (1,)


def test_what_an_ordinary_user_began_root_goes_on_with(data: Path) -> None:
    with running_server(data):
        pass
    nobody = pwd.getpwnam("nobody")
    # As if that user had always run it.
    subprocess.run(["chown", "-R", f"{nobody.pw_uid}:{nobody.pw_gid}", str(data)], check=True)
    with running_server(data) as server, psycopg.connect(server.url) as connection:
        assert server.pid is not None
        assert psutil.Process(server.pid).username() == "nobody"
        assert connection.execute("select 1").fetchone() == (1,)
    assert (data / "serve.lock").owner() == "nobody"


def test_programs_that_the_user_cannot_read_are_copied(
    data: Path, system_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = cluster.installed_programs()
    closed = data / "closed"
    closed.mkdir(mode=0o700)
    wheel = installed.parents[1]
    for folder in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        subprocess.run(["cp", "-a", str(folder), str(closed)], check=True)
    monkeypatch.setattr(cluster, "installed_programs", lambda: closed / wheel.name / "pginstall" / "bin")
    with running_server(data / "shop") as server:
        assert server.cluster.programs.is_relative_to(system_folder)
        with psycopg.connect(server.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)


def test_without_useradd_the_operator_is_told(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    monkeypatch.setattr(cluster, "ACCOUNT", "cardamom-nobody-yet")
    monkeypatch.setattr("shutil.which", lambda name, path=None: None)
    with pytest.raises(AccountProblem, match="cardamom-nobody-yet cannot be used: it does not exist"):
        find_cluster(data)


@pytest.mark.parametrize("name", ["socket", "serve.lock", "postgres.start.lock", "postgres.lock"])
def test_links_in_a_folder_of_somebody_else_are_not_followed(data: Path, name: str) -> None:
    (data / "precious").mkdir(mode=0o755)
    (data / "precious" / "file").write_text("root's")
    shop = data / "shop"
    shop.mkdir()
    (shop / name).symlink_to(data / "precious" if name == "socket" else data / "precious" / "file")
    shutil.chown(shop, "nobody")
    with pytest.raises(WrongPermissions), served_server(shop):
        pass
    assert (data / "precious").owner() == (data / "precious" / "file").owner() == "root"
    assert stat.S_IMODE((data / "precious").stat().st_mode) == 0o755


def test_the_servers_first_log_does_not_write_through_a_link(data: Path) -> None:
    (data / "precious").write_text("root's")
    (data / "postgres-start.log").symlink_to(data / "precious")
    with served_server(data):
        pass
    assert (data / "precious").read_text() == "root's"
