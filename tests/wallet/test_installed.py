"""The installation's own files, swapped while everything runs: of two pairs the better one is in force."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from structlog.testing import capture_logs

from cardamom.wallet.apple.errors import CertificateExpired, CertificateNotYetValid
from cardamom.wallet.apple.test_authority import Authority, IssuedCertificate, issue_certificate
from cardamom.wallet.credential_errors import CertificateOfAnotherTeam
from cardamom.wallet.installed import Installed
from tests.wallet.keys import OWN_PASS_TYPE, OWN_TEAM, a_certificate, as_files

Put = Callable[[IssuedCertificate], Installed]


@pytest.fixture
def put(tmp_path: Path, authority: Authority) -> Put:
    """Put a pair into the files, and look."""
    installed: list[Installed] = []

    def put(issued: IssuedCertificate) -> Installed:
        settings = as_files(tmp_path / "keys", authority, issued)
        if not installed:
            installed.append(Installed(settings))
        installed[0].look()
        return installed[0]

    return put


def from_next_week(authority: Authority, **more: Any) -> IssuedCertificate:
    named = {"pass_type": OWN_PASS_TYPE, "team": OWN_TEAM, "key_kind": "ec", **more}
    return issue_certificate(authority, now=datetime.now(UTC) + timedelta(days=7), **named)


def test_an_expired_pair_leaves_the_valid_one_in_force(put: Put, authority: Authority) -> None:
    old = put(a_certificate(authority)).apple.value
    installed = put(a_certificate(authority, days=-1))
    assert installed.apple.value is old
    assert isinstance(installed.apple.problem, CertificateExpired)
    renewed = a_certificate(authority, days=380)
    assert put(renewed).apple.problem is None
    assert installed.apple.value is not None
    assert installed.apple.value.leaf == renewed.certificate


def test_a_pair_that_is_not_valid_yet_takes_over_when_it_is(put: Put, authority: Authority) -> None:
    old = put(a_certificate(authority)).apple.value
    early = from_next_week(authority)
    installed = put(early)
    assert installed.apple.value is old
    assert isinstance(installed.apple.problem, CertificateNotYetValid)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=8), tick=True):
        installed.look()
        assert installed.apple.problem is None
        assert installed.apple.value is not None
        assert installed.apple.value.leaf == early.certificate


def test_of_two_that_expired_the_newer_one_is_told_of(put: Put, authority: Authority) -> None:
    put(a_certificate(authority, days=-20))
    second = a_certificate(authority, days=-2)
    found = put(second).apple
    assert found.value is not None
    assert found.value.leaf == second.certificate


@pytest.mark.parametrize("days", [365, -1])
def test_a_pass_type_stays_with_its_team(put: Put, authority: Authority, days: int) -> None:
    """Also when the old pair is over: phones know its team."""
    old = put(a_certificate(authority, days=days)).apple.value
    found = put(a_certificate(authority, team="SOMEONE001")).apple
    assert found.value is old
    assert isinstance(found.problem, CertificateOfAnotherTeam)
    assert found.problem.facts == {
        "pass_type": OWN_PASS_TYPE,
        "team": OWN_TEAM,
        "other_team": "SOMEONE001",
    }
    another = put(a_certificate(authority, pass_type="pass.example.newer", team="SOMEONE001")).apple
    assert another.problem is None


def test_the_log_says_once_why_files_are_not_used(put: Put, authority: Authority) -> None:
    put(a_certificate(authority))
    with capture_logs() as lines:
        installed = put(from_next_week(authority))
        installed.look()
        installed.look()
    [line] = lines
    assert (line["event"], line["reason"], line["kept_old"]) == (
        "wallet.installed_refused",
        "certificate_not_yet_valid",
        True,
    )
