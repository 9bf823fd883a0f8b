"""A command finds its database, embedded or given, and says in a sentence when it cannot."""

from pathlib import Path

import psycopg
import pytest

from cardamom.db.opening import open_database_url, serve_database_url
from cardamom.db.problems import AlreadyServed, ServerUnreachable
from cardamom.db.settings import Settings

KEY = bytes(32)


def test_a_given_server_is_used_as_it_is(server_url: str, data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY, database_url=server_url)
    for door in (open_database_url, serve_database_url):
        with door(settings) as url:
            assert url == server_url
    assert not (data / "postgres").exists()


def test_a_server_that_does_not_answer_is_named_without_its_password(data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY, database_url=f"postgresql://shop:hush@/shop?host={data}")
    with pytest.raises(ServerUnreachable) as problem, open_database_url(settings):
        pass
    assert str(data) in str(problem.value)
    assert "hush" not in str(problem.value)


def test_without_an_address_the_embedded_server_is_started(data: Path) -> None:
    settings = Settings(data=data, secret_key=KEY)
    with serve_database_url(settings) as served:
        with open_database_url(settings) as url, psycopg.connect(url) as connection:
            assert url == served
            assert connection.execute("select current_database()").fetchone() == ("cardamom",)
        with pytest.raises(AlreadyServed), serve_database_url(settings):
            pass
