"""What an installation is told, and what it hears when that cannot be read."""

import base64
import os
from pathlib import Path

import pytest

from cardamom.db.problems import SettingProblem
from cardamom.db.settings import EXPLAINED, data_folder, load_settings

KEY = bytes(range(32))


def test_the_command_line_wins_over_the_environment(tmp_path: Path) -> None:
    said = {"CARDAMOM_DATA": str(tmp_path / "told")}
    assert data_folder(tmp_path / "option", environment=said) == tmp_path / "option"
    assert data_folder(environment=said) == tmp_path / "told"


def test_a_user_has_a_folder_without_saying_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert data_folder(environment={}).name == "cardamom"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert data_folder(environment={}) == Path("/var/lib/cardamom")


def test_the_instance_key_is_made_once_and_private(tmp_path: Path) -> None:
    first = load_settings(tmp_path, environment={})
    again = load_settings(tmp_path, environment={})
    assert first.secret_key == again.secret_key
    assert len(first.secret_key) == 32
    assert (tmp_path / "instance.key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["instance.key"]


@pytest.mark.parametrize(
    "text", [KEY.hex(), base64.b64encode(KEY).decode(), base64.urlsafe_b64encode(KEY).decode()]
)
def test_a_given_key_is_taken_in_either_spelling(tmp_path: Path, text: str) -> None:
    settings = load_settings(tmp_path, environment={"CARDAMOM_SECRET_KEY": text})
    assert settings.secret_key == KEY
    assert not (tmp_path / "instance.key").exists()


def test_a_value_may_come_from_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("postgresql://shop@db.example.org/cardamom\n")
    settings = load_settings(tmp_path, environment={"CARDAMOM_DATABASE_URL_FILE": str(secret)})
    assert settings.database_url == "postgresql://shop@db.example.org/cardamom"


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"CARDAMOM_SECRET_KEY": "short"}, "CARDAMOM_SECRET_KEY must be 32 bytes"),
        ({"CARDAMOM_SECRET_KEY": "x" * 64}, "CARDAMOM_SECRET_KEY must be 32 bytes"),
        ({"CARDAMOM_DATABASE_URL": "mysql://db/cardamom"}, "must begin with postgresql://"),
        (
            {"CARDAMOM_DATABASE_URL_FILE": "/nowhere/at/all"},
            "CARDAMOM_DATABASE_URL_FILE names /nowhere/at/all",
        ),
        ({"CARDAMOM_BASE_URL": "loyalty.example.org"}, "must be an address such as"),
        ({"CARDAMOM_BASE_URL": "https://a.example", "CARDAMOM_BASE_URL_FILE": "/x"}, "is given twice"),
        ({"CARDAMOM_DATABASE_POOL": "many"}, "must be a whole number from 1 on"),
        ({"CARDAMOM_DATABASE_POOL": "0"}, "must be a whole number from 1 on"),
        ({"CARDAMOM_RATE_LIMIT": "-1"}, "must be a whole number from 0 on"),
        ({"CARDAMOM_WORKER_METRICS": "9464"}, "must be an address with a port"),
        ({"CARDAMOM_WORKER_METRICS": "127.0.0.1:high"}, "must be an address with a port"),
        ({"CARDAMOM_TRUSTED_PROXIES": "10.0.0.0/8, proxy"}, "must be addresses or networks"),
    ],
)
def test_what_cannot_be_read_stops_the_start(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    with pytest.raises(SettingProblem, match=sentence):
        load_settings(tmp_path, environment=environment)


def test_a_refused_value_is_not_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingProblem) as refused:
        load_settings(tmp_path, environment={"CARDAMOM_DATABASE_URL": "mysql://shop:secret@db/cardamom"})
    assert "secret" not in str(refused.value)


def test_settings_can_be_logged(tmp_path: Path) -> None:
    settings = load_settings(
        tmp_path, environment={"CARDAMOM_DATABASE_URL": "postgresql://shop:hush@db/cardamom"}
    )
    assert "hush" not in repr(settings)
    assert settings.secret_key.hex() not in repr(settings)


def test_the_base_address_has_no_slash_at_the_end(tmp_path: Path) -> None:
    settings = load_settings(tmp_path, environment={"CARDAMOM_BASE_URL": "https://loyalty.example.org/"})
    assert settings.base_url == "https://loyalty.example.org"


def test_every_setting_is_documented() -> None:
    reference = (Path(__file__).parents[2] / "docs" / "reference" / "settings.md").read_text()
    assert [name for name in EXPLAINED if f"| `{name}` |" not in reference] == []
