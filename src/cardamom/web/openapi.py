"""The OpenAPI document of the public API, at /api/v1/openapi.json. Pages are not in it."""

from __future__ import annotations

from importlib.metadata import version

from litestar import Router
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme

from cardamom.access.permissions import PUBLIC


def openapi_config() -> OpenAPIConfig:
    """Every /api/v1 operation, with bearer keys as the way in."""
    return OpenAPIConfig(
        title="Cardamom",
        version=version("cardamom-loyalty"),
        summary="Stamp cards and vouchers for places with regulars.",
        description=(
            "Send `Authorization: Bearer cdm_…` and, with every write, an `Idempotency-Key`: the same key with the "
            "same body gives the same answer for ever, with another body 409. Errors are problem+json with a stable "
            "`code`. A refused scan is 200: the scanner worked."
        ),
        openapi_router=Router("/api/v1", route_handlers=[], opt={"permission": PUBLIC}),
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer", bearer_format="cdm_…")}
        ),
        security=[{"key": []}],
    )
