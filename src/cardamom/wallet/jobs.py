"""What the clock does for wallets: owners hear in time that a certificate ends."""

from __future__ import annotations

from typing import Protocol

import structlog

from cardamom.db.jobs import periodic_job
from cardamom.kit.clock import now
from cardamom.ledger.writer import Ledger
from cardamom.merchants.service import record_notice
from cardamom.wallet.credentials import Row, ends_at
from cardamom.wallet.expiry import CERTIFICATE_ENDS, days_until, milestone_at, notice_id
from cardamom.wallet.wallets import Wallets

log = structlog.get_logger(__name__)


class Work(Protocol):
    """What the worker's process hands to its jobs, as far as these need it."""

    @property
    def ledger(self) -> Ledger: ...

    @property
    def wallets(self) -> Wallets: ...


@periodic_job("wallet.tell_of_expiry", cron="23 6 * * *")
async def tell_of_expiry(work: Work) -> None:
    """Tell owners of their own certificates; of the installation's, whoever reads the log."""
    credentials = work.wallets.credentials
    await credentials.refresh()
    for row in await credentials.all_own():
        await _tell_owner(work.ledger, row)
    installed = credentials.installed.apple.value
    if installed is None:
        return
    ends = ends_at(installed)
    if milestone_at(ends, at=now()) is not None:
        log.warning("wallet.certificate_ends", pass_type=installed.pass_type, days=days_until(ends))


async def _tell_owner(ledger: Ledger, row: Row) -> None:
    milestone = None if row.expires_at is None else milestone_at(row.expires_at, at=now())
    if row.expires_at is None or milestone is None:
        return
    await record_notice(
        ledger,
        merchant_id=row.merchant_id,
        kind=CERTIFICATE_ENDS,
        facts={
            "wallet": row.wallet,
            "issuer": row.issuer,
            "days": milestone,
            "expires_at": row.expires_at.isoformat(),
        },
        event_id=notice_id(
            merchant_id=row.merchant_id, issuer=row.issuer, expires_at=row.expires_at, milestone=milestone
        ),
    )
