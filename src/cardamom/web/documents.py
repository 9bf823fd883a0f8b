"""Reference for developers, served by the installation itself: every error code, and every operation of the API.

Both pages are made from what the code declares, so they cannot be older than it.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from inspect import getdoc
from typing import Any

import msgspec
from litestar import MediaType, Request, get
from litestar.response import Template

from cardamom.access.permissions import PUBLIC
from cardamom.kit.errors import Refused, all_refusals

_METHODS = ("get", "post", "patch", "put", "delete")

#: Cards and their pages say "noindex" themselves, which a robot has to be let in for to read.
_ROBOTS = """User-agent: *
Allow: /google/callbacks
Allow: /art/
Disallow: /api/
Disallow: /app
Disallow: /till
"""


class ErrorEntry(msgspec.Struct, frozen=True):
    """One code: its HTTP status outside a scan, and what it means."""

    code: str
    status: int
    phrase: str
    meaning: str


class OperationEntry(msgspec.Struct, frozen=True):
    """One operation of the API."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    parameters: list[tuple[str, str, str]]
    body: str
    answer: str


def error_entries() -> list[ErrorEntry]:
    """Every refusal that this installation can give, by code; those of tests are left out."""
    return [
        ErrorEntry(code, kind.status, HTTPStatus(kind.status).phrase, _meaning(kind))
        for code, kind in sorted(all_refusals().items())
        if kind.__module__.startswith("cardamom.")
    ]


@get("/docs/errors", opt={"permission": PUBLIC}, include_in_schema=False, sync_to_thread=False)
def errors_page() -> Template:
    """The page that the `type` of a problem leads to."""
    return Template("documents/errors.html", context={"entries": error_entries()})


@get("/docs/api", opt={"permission": PUBLIC}, include_in_schema=False, sync_to_thread=False)
def api_page(request: Request[Any, Any, Any]) -> Template:
    """The API on one page, from its OpenAPI document."""
    document = request.app.openapi_schema.to_schema()
    return Template(
        "documents/api.html", context={"groups": _grouped(document), "version": document["info"]["version"]}
    )


@get(
    "/robots.txt",
    opt={"permission": PUBLIC},
    include_in_schema=False,
    media_type=MediaType.TEXT,
    sync_to_thread=False,
)
def robots() -> str:
    """What crawlers may open. Google sends callbacks and fetches pictures only where its robot is let in."""
    return _ROBOTS


def _meaning(kind: type[Refused]) -> str:
    return " ".join((getdoc(kind) or "").split())


def _grouped(document: dict[str, Any]) -> list[tuple[str, list[OperationEntry]]]:
    groups: dict[str, list[OperationEntry]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                tag = (operation.get("tags") or ["Other"])[0]
                groups.setdefault(tag, []).append(_entry(path, method, operation))
    return sorted(groups.items())


def _entry(path: str, method: str, operation: dict[str, Any]) -> OperationEntry:
    bodies = operation.get("requestBody", {}).get("content", {})
    succeeded = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    answers: dict[str, Any] = succeeded[0] if succeeded else {}
    return OperationEntry(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation.get("summary") or "",
        description=operation.get("description") or "",
        parameters=[
            (parameter["name"], parameter["in"], parameter.get("description") or "")
            for parameter in operation.get("parameters", [])
        ],
        body=_schema_name(bodies),
        answer=_schema_name(answers.get("content", {})),
    )


def _schema_name(content: dict[str, Any]) -> str:
    first: dict[str, Any] = next(iter(content.values()), {})
    schema: dict[str, Any] = first.get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


@lru_cache(maxsize=1)
def errors_markdown() -> str:
    """The same list as a file of the documentation; a test compares the two."""
    lines = [
        "# Error codes",
        "",
        "Made by `scripts/errors_reference`. A code never changes its meaning. Errors are `application/problem+json`;",
        "in a scan a refusal is an answer with status 200 and the code is its `reason`.",
        "",
        "| code | status | meaning |",
        "| --- | --- | --- |",
        *(f"| `{entry.code}` | {entry.status} | {entry.meaning} |" for entry in error_entries()),
        "",
    ]
    return "\n".join(lines)


routes = [errors_page, api_page, robots]
