"""Revisions bring a database to exactly the tables that are declared."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import procrastinate.schema
import pytest

from cardamom.db.connections import connect
from cardamom.db.migrations import QUEUE_SCHEMA, current, differences, migrate, pending
from cardamom.db.problems import SchemaProblem


def test_a_migrated_database_lacks_nothing(database_url: str) -> None:
    assert pending(database_url) == []
    assert differences(database_url) == []


def test_a_newer_database_is_refused(empty_url: str) -> None:
    with connect(empty_url, application="tests", autocommit=True) as owner:
        owner.execute("create table alembic_version (version_num text)")
        owner.execute("insert into alembic_version values ('9999')")
    assert current(empty_url) == "9999"
    with pytest.raises(SchemaProblem, match="revision 9999"):
        migrate(empty_url)
    with pytest.raises(SchemaProblem, match="revision 9999"):
        pending(empty_url)


def test_a_lock_that_cannot_be_had_is_named(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cardamom.db.migrations.LOCK_TIMEOUT", "50ms")
    with connect(database_url, application="tests") as somebody:
        somebody.execute("lock table merchant in access share mode")
        with pytest.raises(SchemaProblem, match="in use"):
            migrate(database_url)


def test_the_queue_has_the_schema_that_its_package_expects() -> None:
    newest = max(path.name for path in Path(procrastinate.schema.migrations_path).glob("*.sql"))
    assert newest == QUEUE_SCHEMA


def test_two_who_migrate_at_once_take_turns(empty_url: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(migrate, empty_url) for _ in range(2)]:
            done.result()
    assert differences(empty_url) == []
