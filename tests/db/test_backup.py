"""A backup comes back whole, or the old database stays as it was."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from cardamom.db.backup import backup
from cardamom.db.catalogue import all_tables
from cardamom.db.connections import connect, database_name, with_database
from cardamom.db.database import Database
from cardamom.db.migrations import differences, migrate
from cardamom.db.problems import BackupProblem
from cardamom.db.restore import restore, restore_over
from cardamom.db.roles import ONE_ROLE_LEDGER
from cardamom.kit.ids import new_id
from tests.database import an_empty_database, drop_database

OURS = new_id()
feeds, directory = (all_tables().tables[name] for name in ("feed", "directory"))


def nothing_wrong(url: str) -> list[str]:
    return []


@pytest.fixture
def shop_url(server_url: str) -> Iterator[str]:
    """A database of its own with a few rows."""
    with an_empty_database(server_url, f"cardamom_test_{os.getpid()}_shop") as url:
        migrate(url)
        with connect(url, application="tests") as owner:
            owner.execute("insert into feed (merchant_id, position) values (%s, 41)", (OURS,))
            owner.execute(
                "insert into directory (kind, key, merchant_id, subject_id) values ('merchant_slug', %s, %s, %s)",
                ("قهوه\tסטייה\n\\.", OURS, OURS),
            )
        yield url
        with connect(server_url, application="tests", autocommit=True) as server:
            drop_database(server, f"{database_name(url)}_before_restore")


@pytest.fixture
def other_url(server_url: str) -> Iterator[str]:
    """Another machine's database, without any table."""
    with an_empty_database(server_url, f"cardamom_test_{os.getpid()}_other") as url:
        yield url


def position(url: str) -> int:
    with connect(url, application="tests") as owner:
        row = owner.execute("select position from feed").fetchone()
        assert row is not None
        return int(row[0])


def set_position(url: str, value: int) -> None:
    with connect(url, application="tests") as owner:
        owner.execute("update feed set position = %s", (value,))


async def test_a_backup_comes_back_in_another_place(shop_url: str, other_url: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.backup"
    backup(shop_url, file)
    restored = restore(other_url, file, check=nothing_wrong)
    assert restored.rows["feed"] == 1
    assert restored.rows["directory"] == 1
    assert restored.kept is None
    assert position(other_url) == 41
    assert differences(other_url) == []
    database = Database(other_url)
    async with database.reading(OURS) as tx:
        assert (await tx.scalars(sa.select(feeds.c.position))).all() == [41]
        assert (await tx.scalars(sa.select(directory.c.key))).all() == ["قهوه\tסטייה\n\\."]
    async with database.reading(new_id()) as tx:
        assert (await tx.scalars(sa.select(feeds.c.position))).all() == []
    await database.close()


def test_a_backup_of_a_place_with_one_role_is_whole(
    one_role_url: str, other_url: str, tmp_path: Path
) -> None:
    with connect(one_role_url, application="tests", settings=ONE_ROLE_LEDGER) as owner:
        owner.execute("insert into feed (merchant_id, position) values (%s, 41)", (OURS,))
    backup(one_role_url, tmp_path / "shop.backup")
    with connect(one_role_url, application="tests", settings=ONE_ROLE_LEDGER) as owner:
        owner.execute("delete from feed")
    restored = restore(other_url, tmp_path / "shop.backup", check=nothing_wrong)
    assert restored.rows["feed"] == 1
    assert position(other_url) == 41


def test_a_user_who_may_not_make_databases_is_told(one_role_url: str, shop_url: str, tmp_path: Path) -> None:
    backup(shop_url, tmp_path / "shop.backup")
    with pytest.raises(BackupProblem, match="CREATEDB"):
        restore(one_role_url, tmp_path / "shop.backup", check=nothing_wrong)


def test_a_backup_is_private_and_appears_when_it_is_whole(shop_url: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.backup"
    backup(shop_url, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_a_backup_that_fails_leaves_the_last_one(
    shop_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "shop.backup"
    file.write_text("the last one")
    monkeypatch.setattr("cardamom.db.backup.LOCK_TIMEOUT", "100ms")
    with connect(shop_url, application="tests") as somebody:
        somebody.execute("lock table feed in access exclusive mode")
        with pytest.raises(BackupProblem, match="LOCK TABLE"):
            backup(shop_url, file)
    assert file.read_text() == "the last one"
    assert list(tmp_path.iterdir()) == [file]


def test_data_is_not_restored_over_by_accident(shop_url: str, tmp_path: Path) -> None:
    backup(shop_url, tmp_path / "shop.backup")
    set_position(shop_url, 42)
    with pytest.raises(BackupProblem, match="has data already"):
        restore(shop_url, tmp_path / "shop.backup", check=nothing_wrong)
    assert position(shop_url) == 42


def test_replacing_keeps_the_old_database(shop_url: str, tmp_path: Path) -> None:
    backup(shop_url, tmp_path / "shop.backup")
    set_position(shop_url, 42)
    for _ in range(2):
        restored = restore_over(shop_url, tmp_path / "shop.backup", check=nothing_wrong)
        assert position(shop_url) == 41
    assert restored.kept == f"{database_name(shop_url)}_before_restore"
    assert position(with_database(shop_url, restored.kept)) == 41


def test_books_that_do_not_add_up_change_nothing(shop_url: str, tmp_path: Path) -> None:
    backup(shop_url, tmp_path / "shop.backup")
    set_position(shop_url, 42)
    with pytest.raises(BackupProblem, match="Account 7 has a wrong balance"):
        restore_over(shop_url, tmp_path / "shop.backup", check=lambda url: ["Account 7 has a wrong balance."])
    assert position(shop_url) == 42
    with connect(shop_url, application="tests") as owner:
        left = owner.execute("select datname from pg_database where datname like '%%_restoring'").fetchall()
    assert left == []


@pytest.mark.parametrize("damage", ["cut short", "not a backup"])
def test_a_damaged_file_changes_nothing(shop_url: str, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "shop.backup"
    backup(shop_url, file)
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) - 2000] if damage == "cut short" else b"PK" + whole[2:])
    set_position(shop_url, 42)
    with pytest.raises(BackupProblem):
        restore_over(shop_url, file, check=nothing_wrong)
    assert position(shop_url) == 42


def test_a_database_in_use_is_left_alone(shop_url: str, tmp_path: Path) -> None:
    backup(shop_url, tmp_path / "shop.backup")
    with (
        connect(shop_url, application="tests", autocommit=True),
        pytest.raises(BackupProblem, match="in use"),
    ):
        restore_over(shop_url, tmp_path / "shop.backup", check=nothing_wrong)
