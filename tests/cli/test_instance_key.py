"""The key of an installation is the one that its database was used with, or somebody says so before anything breaks."""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from cardamom.cli import doctor
from cardamom.cli.instance_key import adopt_key, fingerprint, match_in, require_own_key
from cardamom.cli.problems import OtherInstanceKey
from cardamom.db.backup import backup
from cardamom.db.migrations import migrate
from cardamom.db.restore import restore
from tests.cli.commands import cardamom
from tests.database import an_empty_database

KEY, OTHER = bytes(32), b"\x01" * 32


@pytest.fixture
def url(server_url: str) -> Iterator[str]:
    with an_empty_database(server_url, f"cardamom_test_{os.getpid()}_key") as url:
        migrate(url)
        yield url


def test_a_fingerprint_says_nothing_but_which_key_it_was() -> None:
    assert fingerprint(KEY) != fingerprint(OTHER)
    assert len(fingerprint(KEY)) == 32
    assert KEY.hex() not in fingerprint(KEY)


def test_the_first_key_is_remembered_and_another_one_refused(url: str) -> None:
    assert match_in(url, KEY) == "unknown"
    for _start in range(2):
        require_own_key(url, KEY)
    assert (match_in(url, KEY), match_in(url, OTHER)) == ("ours", "other")
    with pytest.raises(OtherInstanceKey, match="adopt-key"):
        require_own_key(url, OTHER)
    assert match_in(url, KEY) == "ours", "looking with another key changes nothing"


def test_a_lost_key_is_given_up_in_words(url: str) -> None:
    require_own_key(url, KEY)
    adopt_key(url, OTHER)
    require_own_key(url, OTHER)
    assert match_in(url, KEY) == "other"


def test_the_doctor_says_so(url: str, server_url: str) -> None:
    assert list(doctor.examine_key(server_url, KEY)) == [], "there are no tables"
    assert list(doctor.examine_key(url, KEY)) == []
    require_own_key(url, KEY)
    assert list(doctor.examine_key(url, KEY)) == []
    [finding] = doctor.examine_key(url, OTHER)
    assert (finding.status, finding.what) == ("fail", "instance key")
    assert "instance.key of the old installation" in finding.sentence


def test_a_backup_remembers_it_too(url: str, server_url: str, tmp_path: Path) -> None:
    require_own_key(url, KEY)
    backup(url, tmp_path / "books.dump")
    with an_empty_database(server_url, f"cardamom_test_{os.getpid()}_there") as there:
        restore(there, tmp_path / "books.dump", check=lambda _url: [])
        assert (match_in(there, KEY), match_in(there, OTHER)) == ("ours", "other")


def test_the_commands_say_it_in_one_sentence(url: str, tmp_path: Path) -> None:
    require_own_key(url, KEY)
    around = {"CARDAMOM_DATABASE_URL": url, "CARDAMOM_SECRET_KEY": secrets.token_bytes(32).hex()}
    here = ("--data", str(tmp_path))
    for command in (("serve", "--port", "0"), ("worker",)):
        refused = cardamom(*command, *here, **around)
        assert refused.returncode == 1
        assert refused.stderr.strip().splitlines()[-1].startswith("This database was used with another")
        assert "Traceback" not in refused.stderr
    adopted = cardamom("adopt-key", *here, **around)
    assert adopted.returncode == 0, adopted.stderr
    again = cardamom("adopt-key", *here, **around)
    assert "nothing to do" in again.stdout
