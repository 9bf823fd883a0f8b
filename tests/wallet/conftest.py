"""Fixtures of the wallets' tests: an authority, and a certificate of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cardamom.wallet.apple.certificates import PassCertificate, read_certificate
from cardamom.wallet.apple.test_authority import Authority, issue_certificate, new_authority
from tests.wallet.phones import Shop, apple_settings, serving
from tests.world import World


@pytest.fixture(scope="session")
def authority() -> Authority:
    """Made once: RSA keys take their time."""
    return new_authority(now=datetime.now(UTC))


@pytest.fixture(scope="session")
def pass_certificate(authority: Authority) -> PassCertificate:
    """What signs the passes of most tests."""
    issued = issue_certificate(authority, now=datetime.now(UTC))
    return read_certificate(issued.certificate_pem, key=issued.key_pem, wwdr=authority.wwdr_pem)


@pytest.fixture
async def shop(world: World, tmp_path: Path, authority: Authority) -> AsyncIterator[Shop]:
    """A cafe whose cards go into Apple Wallet."""
    async with serving(apple_settings(tmp_path, authority), world.database) as client:
        yield Shop(world, client, authority)
