"""A command finds its database, embedded or given, and says in a sentence when it cannot."""

import os
import signal
from pathlib import Path

import psutil
import psycopg
import pytest

from cardamom.db.opening import open_database_url, serve_database
from cardamom.db.problems import AlreadyServed, ServerUnreachable
from cardamom.db.settings import Settings

KEY = bytes(32)


def test_a_given_server_is_used_as_it_is(server_url: str, data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY, database_url=server_url)
    with open_database_url(settings) as url:
        assert url == server_url
    with serve_database(settings) as served:
        served.bring_back()
        assert served.url == server_url
    assert not (data / "postgres").exists()


def test_a_server_that_does_not_answer_is_named_without_its_password(data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY, database_url=f"postgresql://shop:hush@/shop?host={data}")
    with pytest.raises(ServerUnreachable) as problem, open_database_url(settings):
        pass
    assert str(data) in str(problem.value)
    assert "hush" not in str(problem.value)


def test_without_an_address_the_embedded_server_is_started(data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY)
    with serve_database(settings) as served:
        with open_database_url(settings) as url, psycopg.connect(url) as connection:
            assert url == served.url
            assert connection.execute("select current_database()").fetchone() == ("cardamom",)
        with pytest.raises(AlreadyServed), serve_database(settings):
            pass


@pytest.mark.crash
def test_a_server_that_died_is_brought_back(data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY)
    with serve_database(settings) as served:
        pid = int((data / "postgres" / "postmaster.pid").read_text().partition("\n")[0])
        served.bring_back()
        os.kill(pid, signal.SIGKILL)
        psutil.Process(pid).wait(60)
        served.bring_back()
        with psycopg.connect(served.url) as connection:
            assert connection.execute("select 1").fetchone() == (1,)
