"""For load balancers and monitoring: is the process there, can it do its work, what does it count."""

from __future__ import annotations

from litestar import Response, get
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from cardamom.access.permissions import PUBLIC
from cardamom.db.database import Database
from cardamom.kit.errors import Unavailable
from cardamom.ledger.writer import Ledger


@get("/healthz", opt={"permission": PUBLIC}, include_in_schema=False, sync_to_thread=False)
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@get("/readyz", opt={"permission": PUBLIC}, include_in_schema=False)
async def ready(database: Database, ledger: Ledger) -> dict[str, str]:
    """The database answers and the ledger takes commands; else 503."""
    if ledger.is_stopping:
        raise Unavailable(retry_after_seconds=5)
    async with database.unscoped_reading_of_the_directory() as tx:
        await tx.exec_driver_sql("select 1")
    return {"status": "ready"}


@get("/metrics", opt={"permission": PUBLIC}, include_in_schema=False, sync_to_thread=False)
def metrics() -> Response[bytes]:
    """Prometheus text. Counts only: nothing about a merchant or a person."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


routes = [alive, ready, metrics]
