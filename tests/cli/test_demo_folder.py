"""The demo keeps to its own folder and writes down how to get in, for one user's eyes."""

import stat
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from cardamom.cli import doctor
from cardamom.cli.demo.folder import MARK, claim, default_folder
from cardamom.cli.demo.record import (
    NAME,
    Demo,
    Login,
    MerchantRecord,
    ProgramRecord,
    SampleCard,
    read_demo,
    write_demo,
)
from cardamom.cli.demo.settings import settings_of
from cardamom.cli.demo.wallet import demo_keys, kept_keys
from cardamom.cli.problems import NotADemoFolder
from cardamom.db.settings import data_folder
from cardamom.kit.clock import now
from cardamom.wallet.apple.certificates import read_certificate

DEMO = Demo(
    "http://127.0.0.1:8000",
    [
        MerchantRecord(
            slug="cafe",
            name="مقهى",
            language="ar",
            api_key="cdm_x",
            owner=Login("owner@cafe.example", "secret"),
            staff=Login("staff@cafe.example", "secret"),
            programs=[ProgramRecord("0190", "coffee", 10)],
            join_url="http://127.0.0.1:8000/j/coffee",
            sample_card=SampleCard("0190", "1234", "5678", "http://127.0.0.1:8000/c/token"),
        )
    ],
)


def test_it_is_not_the_folder_of_a_real_shop() -> None:
    assert default_folder() != data_folder(environment={})


def test_a_new_folder_is_claimed_and_known_again(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    claim(folder)
    (folder / "anything").touch()
    claim(folder)
    assert (folder / MARK).exists()


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "books.xlsx").touch()
    with pytest.raises(NotADemoFolder, match="Nothing was changed"):
        claim(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["books.xlsx"]


def test_the_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_demo(tmp_path, DEMO)
    assert read_demo(tmp_path) == DEMO
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_half_a_record_is_none(tmp_path: Path) -> None:
    assert read_demo(tmp_path) is None
    (tmp_path / NAME).write_text('{"base_url": "http://127')
    assert read_demo(tmp_path) is None


def test_another_address_moves_every_link() -> None:
    moved = DEMO.at("https://demo.example.org")
    assert moved.base_url == "https://demo.example.org"
    assert moved.merchants[0].join_url == "https://demo.example.org/j/coffee"
    assert moved.merchants[0].sample_card.page_url == "https://demo.example.org/c/token"
    assert moved.at(DEMO.base_url) == DEMO


def test_the_demo_signs_with_an_authority_of_its_own(tmp_path: Path) -> None:
    given = demo_keys(tmp_path, {})
    again = demo_keys(tmp_path, {})
    assert given == again
    certificate = Path(given["CARDAMOM_APPLE_CERTIFICATE_FILE"])
    found = read_certificate(
        certificate.read_bytes(),
        key=Path(given["CARDAMOM_APPLE_KEY_FILE"]).read_bytes(),
        wwdr=Path(given["CARDAMOM_APPLE_WWDR_FILE"]).read_bytes(),
        now=now(),
    )
    assert found.is_test
    assert stat.S_IMODE(Path(given["CARDAMOM_APPLE_KEY_FILE"]).stat().st_mode) == 0o600
    written = certificate.read_bytes()
    with time_machine.travel(now() + timedelta(days=380), tick=True):
        demo_keys(tmp_path, {})
    assert certificate.read_bytes() != written, "a demo that is kept gets a new one in time"


def test_who_only_looks_finds_the_demos_keys_and_makes_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARDAMOM_DATABASE_URL", "postgresql://shop@127.0.0.1:1/real")
    folder = tmp_path / "demo"
    claim(folder)
    assert settings_of(folder).wallet.apple_certificate is None
    assert not (folder / "wallet").exists()
    demo_keys(folder, {})
    settings = settings_of(folder)
    assert settings.database_url is None
    assert "keys for Apple" in doctor.wallets(settings.wallet, at=now()).sentence


def test_a_real_certificate_is_used_in_its_place(tmp_path: Path) -> None:
    assert demo_keys(tmp_path, {"CARDAMOM_APPLE_CERTIFICATE_FILE": "/keys/pass.p12"}) == {}
    assert not (tmp_path / "wallet").exists()
    demo_keys(tmp_path, {})
    assert kept_keys(tmp_path, {"CARDAMOM_APPLE_CERTIFICATE_FILE": "/keys/pass.p12"}) == {}
