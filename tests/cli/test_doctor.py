"""The doctor says what is wrong and what to do, and nothing about what is well."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.cli import doctor
from cardamom.cli.doctor import Finding, examine_database, tell


def test_python_is_judged_by_what_is_tested() -> None:
    assert doctor.python_version((3, 11)).status == "ok"
    assert doctor.python_version((3, 14)).status == "ok"
    assert doctor.python_version((3, 15)).status == "warn"


def test_a_folder_that_others_may_write_is_a_failure(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert doctor.data_folder(tmp_path).status == "ok"
    tmp_path.chmod(0o777)
    finding = doctor.data_folder(tmp_path)
    assert finding.status == "fail"
    assert "chmod go-w" in finding.sentence


@pytest.mark.parametrize(("megabytes", "status"), [(50_000, "ok"), (1_000, "warn"), (100, "fail")])
def test_a_disk_fills_up(tmp_path: Path, megabytes: int, status: str) -> None:
    assert doctor.disk(tmp_path, free_bytes=megabytes * 1024 * 1024).status == status


def test_a_key_that_others_can_read_is_a_failure(tmp_path: Path) -> None:
    assert doctor.key_file(tmp_path).status == "ok"
    key = tmp_path / "instance.key"
    key.touch(mode=0o600)
    assert doctor.key_file(tmp_path).status == "ok"
    key.chmod(0o644)
    assert doctor.key_file(tmp_path).status == "fail"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        (None, "warn"),
        ("http://loyalty.example.org", "warn"),
        ("http://localhost:8000", "ok"),
        ("https://loyalty.example.org", "ok"),
    ],
)
def test_phones_need_an_address_with_https(url: str | None, status: str) -> None:
    assert doctor.base_url(url).status == status


def test_a_clock_that_was_never_set_is_a_failure() -> None:
    assert doctor.own_clock(datetime(1970, 1, 1, tzinfo=UTC)).status == "fail"
    assert doctor.own_clock(datetime(2027, 1, 1, tzinfo=UTC)).status == "ok"


def test_a_database_of_ours_is_well(database_url: str) -> None:
    found = {finding.what: finding for finding in examine_database(database_url)}
    assert set(found) == {"database", "durability", "clocks", "tables", "roles", "locale", "books", "jobs"}
    assert all(finding.status == "ok" for finding in found.values()), found


def test_a_database_without_tables_gets_advice(server_url: str) -> None:
    *_others, last = examine_database(server_url)
    assert last.status == "warn"
    assert "cardamom migrate" in last.sentence


def test_only_a_failure_makes_the_whole_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert tell(iter([Finding("ok", "disk", "Fine."), Finding("warn", "roles", "One.")]))
    assert not tell(iter([Finding("fail", "clock", "Set it."), Finding("ok", "disk", "Fine.")]))
    assert "Set it." in capsys.readouterr().out
