"""Fixtures of the wallets' tests: an authority, and a certificate of it."""

from datetime import UTC, datetime

import pytest

from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.apple.test_authority import Authority, issue_certificate, new_authority


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Made once: RSA keys take their time."""
    return new_authority(now=datetime.now(UTC))


@pytest.fixture(scope="session")
def pass_certificate(authority: Authority) -> PassCertificate:
    """What signs the passes of most tests."""
    issued = issue_certificate(authority, now=datetime.now(UTC))
    return read_certificate(issued.certificate_pem, key=issued.key_pem, wwdr=authority.wwdr_pem)
