"""What the application answers to: every operation of it, as its own router has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar
from litestar.routes import ASGIRoute, HTTPRoute

API = "/api/v1/"
#: Litestar adds these by itself.
_AUTOMATIC = {"HEAD", "OPTIONS"}


class Operation(msgspec.Struct, frozen=True):
    """One method of one address. path: with its parameters in braces, such as /api/v1/cards/{card_id}."""

    method: str
    path: str
    opt: dict[str, Any]
    is_documented: bool

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def permission(self) -> str:
        return str(self.opt.get("permission"))

    def at(self, parameters: dict[str, str]) -> str:
        """The address with these in place of its parameters. Raises KeyError for one that nobody named."""
        parts = self.path.split("/")
        return "/".join(parameters[part[1:-1]] if part.startswith("{") else part for part in parts)


def operations(app: Litestar) -> Iterator[Operation]:
    """All of them, pages, files and the API."""
    for route in sorted(app.routes, key=lambda route: route.path_format):
        if isinstance(route, ASGIRoute):
            yield Operation("GET", route.path_format, route.route_handler.opt, False)
        elif isinstance(route, HTTPRoute):
            for handler in route.route_handlers:
                for method in sorted(set(handler.http_methods) - _AUTOMATIC):
                    yield Operation(
                        str(method), route.path_format, handler.opt, handler.resolve_include_in_schema()
                    )


def api_operations(app: Litestar) -> list[Operation]:
    """Those of the public API, without its document."""
    return [each for each in operations(app) if each.path.startswith(API) and each.is_documented]
