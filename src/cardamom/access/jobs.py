"""What is left of people who came and went."""

from __future__ import annotations

from typing import Protocol

import structlog

from cardamom.access.limits import SignInLimits
from cardamom.access.sessions import SessionStore
from cardamom.db.database import Database
from cardamom.db.jobs import periodic_job
from cardamom.db.settings import Settings

log = structlog.get_logger(__name__)


class Work(Protocol):
    """What the worker's process hands to its jobs, as far as these need it."""

    @property
    def database(self) -> Database: ...

    @property
    def settings(self) -> Settings: ...


@periodic_job("access.clean_up", cron="11 4 * * *")
async def clean_up(work: Work) -> None:
    """Forget sessions that ended and limits that are full again; neither was of use to anybody any more."""
    sessions = await SessionStore(work.database).delete_expired()
    limits = await SignInLimits(work.database, key=work.settings.secret_key).delete_idle()
    log.info("access.cleaned_up", sessions=sessions, limits=limits)
