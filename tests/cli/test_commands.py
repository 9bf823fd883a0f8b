"""What an operator can mend is a sentence and an exit code."""

from pathlib import Path

import pytest

from cardamom.db.connections import connect
from tests.cli.commands import cardamom
from tests.world import World


def test_help_names_every_command() -> None:
    done = cardamom("--help")
    assert done.returncode == 0
    for name in ("serve", "demo", "worker", "migrate", "doctor", "backup", "restore", "verify", "version"):
        assert name in done.stdout


def test_a_setting_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    done = cardamom("doctor", "--data", str(tmp_path), CARDAMOM_BASE_URL="loyalty.example.org")
    assert done.returncode == 1
    assert done.stderr.strip().startswith("The setting CARDAMOM_BASE_URL")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [("doctor",), ("doctor", "wallet")])
def test_the_doctor_says_in_a_sentence_which_file_is_no_use(
    tmp_path: Path, database_url: str, command: tuple[str, ...]
) -> None:
    (tmp_path / "pass.pem").write_text("-----BEGIN CERTIFICATE-----\nnone\n", encoding="utf-8")
    done = cardamom(
        *command,
        "--data",
        str(tmp_path),
        CARDAMOM_DATABASE_URL=database_url,
        CARDAMOM_APPLE_CERTIFICATE_FILE=str(tmp_path / "pass.pem"),
    )
    assert done.returncode == 1
    assert "This file is not a certificate." in done.stdout
    assert done.stderr == "", "no line of a log beside it"


@pytest.mark.parametrize("command", [("verify",), ("migrate",), ("worker",), ("backup", "books.dump")])
def test_a_database_that_does_not_answer_is_a_sentence(tmp_path: Path, command: tuple[str, ...]) -> None:
    url = "postgresql://shop:hidden@127.0.0.1:1/shop"
    done = cardamom(*command, "--data", str(tmp_path), CARDAMOM_DATABASE_URL=url)
    assert done.returncode == 1
    assert "cannot be reached" in done.stderr
    assert "Traceback" not in done.stderr
    assert "hidden" not in done.stderr


def test_books_that_were_never_begun_cannot_be_verified(tmp_path: Path, server_url: str) -> None:
    done = cardamom("verify", "--data", str(tmp_path), CARDAMOM_DATABASE_URL=server_url)
    assert done.returncode == 1
    assert "no books here yet" in done.stderr


async def test_verify_finds_sound_books_sound(world: World, database_url: str, tmp_path: Path) -> None:
    await world.a_card(stamps=3)
    done = cardamom("verify", "--data", str(tmp_path), CARDAMOM_DATABASE_URL=database_url)
    assert done.returncode == 0, done.stderr
    assert "sound: 1 accounts with 1 entries" in done.stdout


async def test_verify_names_what_was_tampered_with(world: World, database_url: str, tmp_path: Path) -> None:
    card_id = await world.a_card(stamps=3)
    with connect(database_url, application="tests", autocommit=True) as connection:
        connection.execute("update account set balance = 9 where merchant_id = %s", (world.merchant_id,))
    slug = await slug_of(world)
    for arguments in ((), ("--merchant", slug)):
        done = cardamom("verify", *arguments, "--data", str(tmp_path), CARDAMOM_DATABASE_URL=database_url)
        assert done.returncode == 2
        assert "account_balance_wrong" in done.stdout
        assert card_id in done.stdout


async def slug_of(world: World) -> str:
    async with world.database.reading(world.merchant_id) as tx:
        row = await tx.exec_driver_sql("select slug from merchant")
        return str(row.scalar_one())


def test_an_unknown_business_has_no_books(tmp_path: Path, database_url: str) -> None:
    done = cardamom(
        "verify", "--merchant", "nobody", "--data", str(tmp_path), CARDAMOM_DATABASE_URL=database_url
    )
    assert done.returncode == 1
    assert "'nobody'" in done.stderr


def test_the_demo_leaves_other_folders_alone(tmp_path: Path) -> None:
    (tmp_path / "books.xlsx").touch()
    for arguments in ((), ("--fresh",)):
        done = cardamom("demo", *arguments, "--port", "0", "--data", str(tmp_path))
        assert done.returncode == 1
        assert "not a demo's folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["books.xlsx"]
