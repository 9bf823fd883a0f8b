"""The OpenAPI document of the public API, at /api/v1/openapi.json. Pages are not in it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from importlib.metadata import version
from typing import Any

import msgspec
from litestar import Request, Router
from litestar.handlers import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.routes import BaseRoute
from litestar.types import ControllerRouterHandler

from cardamom.access.permissions import PUBLIC
from cardamom.web.problems import PROBLEM_JSON, Problem

#: Each takes an Idempotency-Key.
_WRITING = frozenset({"post", "patch", "put", "delete"})
_READING = frozenset({"get"})


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
        openapi_router=_DocumentRouter(
            "/api/v1", route_handlers=[], opt={"permission": PUBLIC}, include_in_schema=False
        ),
        render_plugins=[_CompletePlugin(path="/openapi.json")],
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer", bearer_format="cdm_…")}
        ),
        security=[{"key": []}],
    )


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with what holds for every operation: the shape of an error, and the Idempotency-Key of a write."""
    document = deepcopy(document)
    parts = document["components"]
    _, problem = msgspec.json.schema_components([Problem], ref_template="#/components/schemas/{name}")
    parts["schemas"].update(problem)
    parts["responses"] = {
        "Problem": {
            "description": "Nothing was done. `code` is stable, `detail` is a sentence in the language asked for.",
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
    }
    parts["parameters"] = {
        "IdempotencyKey": {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "Your name for this intention; send it again with every retry.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
        }
    }
    for method, operation in _operations(document):
        # Litestar declares an error in a shape of its own, which this application never answers with.
        answers = {status: said for status, said in operation["responses"].items() if status < "4"}
        failed = {"$ref": "#/components/responses/Problem"}
        operation["responses"] = {**answers, "4XX": failed, "5XX": failed}
        if method in _WRITING:
            key = {"$ref": "#/components/parameters/IdempotencyKey"}
            operation["parameters"] = [*operation.get("parameters", ()), key]
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in document["paths"].values():
        for method in item.keys() & (_WRITING | _READING):
            yield method, item[method]


class _CompletePlugin(JsonRenderPlugin):
    """Renders the completed document."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, completed(openapi_schema))


class _DocumentRouter(Router):
    """Without the page that Litestar answers every other address below this one with: ours are problem+json."""

    def register(self, value: ControllerRouterHandler) -> list[BaseRoute]:
        if isinstance(value, BaseRouteHandler) and "/{path:str}" in value.paths:
            return []
        return super().register(value)
