"""The application: routes of all packages, what handlers are given, and what every answer has in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar
from litestar.config.compression import CompressionConfig
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from cardamom.access import api as access_api
from cardamom.access import pages as access_pages
from cardamom.access.identity import Identity, check_routes, identity_dependencies
from cardamom.cards import api as cards_api
from cardamom.cards import pages as cards_pages
from cardamom.cards.card_book import HeldCards
from cardamom.cards.showcase import ProgramShowcase
from cardamom.counter import api as counter_api
from cardamom.counter import pages as counter_pages
from cardamom.customers import api as customers_api
from cardamom.customers import pages as customers_pages
from cardamom.db.database import Database
from cardamom.db.settings import Settings, load_settings
from cardamom.merchants import api as merchants_api
from cardamom.merchants import pages as merchants_pages
from cardamom.merchants import picture_api
from cardamom.merchants.pictures import PictureShelf
from cardamom.programs import api as programs_api
from cardamom.programs import pages as programs_pages
from cardamom.vouchers import api as vouchers_api
from cardamom.vouchers import pages as vouchers_pages
from cardamom.wallet import api as wallet_api
from cardamom.wallet import pages as wallet_pages
from cardamom.wallet.apple import service_api as apple_service_api
from cardamom.wallet.apple.device_log import DeviceLog
from cardamom.wallet.apple.registering import PassDesk
from cardamom.wallet.apple.serving import ApplePasses
from cardamom.wallet.art import art_api
from cardamom.wallet.art.samples import sampler
from cardamom.wallet.door import WalletButtons
from cardamom.wallet.google import callback_api as google_callback_api
from cardamom.web import documents, front_door, health
from cardamom.web.assembly import Parts
from cardamom.web.bodies import StrictRequest
from cardamom.web.openapi import openapi_config
from cardamom.web.problems import exception_handlers
from cardamom.web.requests import FramedLitestar
from cardamom.web.static import serve_static
from cardamom.web.stopping import told_of_stopping
from cardamom.web.templating import template_config

#: Larger bodies are refused before they are read; imports of codes are the largest that we take.
MOST_BODY_BYTES = 2 * 1024 * 1024

ROUTES: list[ControllerRouterHandler] = [
    *access_api.routes,
    *access_pages.routes,
    *merchants_api.routes,
    *merchants_pages.routes,
    *picture_api.routes,
    *customers_api.routes,
    *customers_pages.routes,
    *programs_api.routes,
    *programs_pages.routes,
    *vouchers_api.routes,
    *vouchers_pages.routes,
    *cards_api.routes,
    *cards_pages.routes,
    *counter_api.routes,
    *counter_pages.routes,
    *wallet_api.routes,
    *art_api.routes,
    *wallet_pages.routes,
    *apple_service_api.routes,
    *google_callback_api.routes,
    *front_door.routes,
    *documents.routes,
    *health.routes,
    serve_static,
]


def create_app(settings: Settings, database: Database) -> Litestar:
    """The application of one process. It starts its parts with the server and stops them with it.

    database: closed by whoever built it.
    """
    parts = Parts(settings, database)
    app = FramedLitestar(
        route_handlers=ROUTES,
        dependencies={**_shared(parts), **identity_dependencies()},
        middleware=[Identity(parts.settings, database)],
        request_class=StrictRequest,
        exception_handlers=exception_handlers(),
        template_config=template_config(),
        openapi_config=openapi_config(),
        compression_config=CompressionConfig(
            backend="gzip",
            minimum_size=2_000,
            exclude=["/live$", "^/api/v1/scans"],
            exclude_opt_key="no_gzip",
        ),
        request_max_body_size=MOST_BODY_BYTES,
        # The process has its handlers (`cli.logs`); the framework's own would take their place.
        logging_config=None,
        lifespan=[_lifespan(parts)],
    )
    check_routes(app)
    return app


def app_from_environment() -> Litestar:
    """What the server's worker processes load; the supervisor has put everything into the environment."""
    settings = load_settings()
    if settings.database_url is None:
        raise RuntimeError("The supervisor must name the database in CARDAMOM_DATABASE_URL.")
    return create_app(settings, Database(settings.database_url, pool_size=settings.database_pool))


def _lifespan(parts: Parts) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def lifespan(_app: Litestar) -> AsyncIterator[None]:
        async with parts.running():
            with told_of_stopping(parts.live.end_all):
                yield

    return lifespan


def _shared(parts: Parts) -> dict[str, Provide]:
    """What handlers may ask for by name, the same object for every request."""
    apple_passes = ApplePasses(parts.wallets)
    shared = {
        "database": parts.database,
        "ledger": parts.ledger,
        "links": parts.links,
        "merchants": parts.merchants,
        "live": parts.live,
        "counter": parts.counter,
        "showcase": ProgramShowcase(parts.links, sampler(parts.wallets.art)),
        "card_book": HeldCards(),
        "wallets": parts.wallets,
        "picture_shelf": PictureShelf(parts.database),
        "wallet_door": WalletButtons(parts.links, parts.wallets.art),
        "apple_passes": apple_passes,
        "pass_desk": PassDesk(parts.database, parts.ledger, parts.merchants, apple_passes.tokens),
        "device_log": DeviceLog(),
        "save_links": parts.google.save_links,
        "google_callbacks": parts.google.callbacks,
    }
    return {
        name: Provide(_always(value), sync_to_thread=False, use_cache=True) for name, value in shared.items()
    }


def _always(value: Any) -> Callable[[], Any]:
    def provide() -> Any:
        return value

    return provide
