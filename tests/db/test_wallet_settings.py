"""Certificates and accounts as they are given: as a value, in base64, as a file that may change."""

import base64
import os
from pathlib import Path

import pytest

from cardamom.db.given import Material
from cardamom.db.problems import SettingProblem
from cardamom.db.settings import load_settings
from cardamom.db.wallet_settings import WalletSettings

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
BINARY = bytes(range(256))


def loaded(tmp_path: Path, **said: str) -> WalletSettings:
    environment = {f"CARDAMOM_{name.upper()}": value for name, value in said.items()}
    return load_settings(tmp_path / "data", environment=environment).wallet


def test_without_wallets_nothing_is_set(tmp_path: Path) -> None:
    assert loaded(tmp_path) == WalletSettings()


@pytest.mark.parametrize(
    ("given", "read"),
    [(PEM, PEM.encode()), (base64.b64encode(BINARY).decode(), BINARY), ('{"a": 1}', b'{"a": 1}')],
)
def test_a_value_is_pem_json_or_base64(tmp_path: Path, given: str, read: bytes) -> None:
    certificate = loaded(tmp_path, apple_certificate=given).apple_certificate
    assert certificate is not None
    assert certificate.read() == read
    assert certificate.stamp() is None


@pytest.mark.parametrize("content", [BINARY, base64.encodebytes(BINARY)])
def test_a_file_is_binary_or_base64(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "pass.p12"
    file.write_bytes(content)
    certificate = loaded(tmp_path, apple_certificate_file=str(file)).apple_certificate
    assert certificate is not None
    assert certificate.read() == BINARY


def test_a_file_that_changes_is_told_from_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "pass.pem"
    file.write_text(PEM)
    certificate = Material("CARDAMOM_APPLE_CERTIFICATE", path=file)
    before = certificate.stamp()
    os.utime(file, ns=(1, 1))
    assert certificate.stamp() != before
    file.unlink()
    assert certificate.stamp() is None
    with pytest.raises(SettingProblem, match="cannot be read"):
        certificate.read()


def test_a_password_is_not_taken_for_base64(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("aGVsbG8=\n")
    told = loaded(tmp_path, apple_certificate=PEM, apple_password_file=str(file)).apple_password
    assert told is not None
    assert told.read_text() == "aGVsbG8="


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"apple_certificate": "not this"}, "must be PEM, JSON or base64"),
        ({"apple_certificate_file": "/nowhere/pass.p12"}, "names /nowhere/pass.p12"),
        ({"apple_key": PEM}, "CARDAMOM_APPLE_CERTIFICATE is missing"),
        ({"google_issuer": "3388"}, "together or not at all"),
        ({"google_service_account": "{}"}, "together or not at all"),
        ({"google_issuer": "my shop", "google_service_account": "{}"}, "must be digits only"),
        ({"apple_push_url": "localhost"}, "must be an address such as"),
    ],
)
def test_what_cannot_be_read_stops_the_start(tmp_path: Path, said: dict[str, str], sentence: str) -> None:
    with pytest.raises(SettingProblem, match=sentence):
        loaded(tmp_path, **said)


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    wallet = loaded(tmp_path, apple_certificate=PEM, apple_password="hush")
    assert "hush" not in repr(wallet)
    assert "MIIB" not in repr(wallet)
