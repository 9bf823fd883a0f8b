"""PostgreSQL array literals for `unnest`, written by hand.

psycopg's own list dumper costs about a microsecond per element and would be a tenth of a stamp; joining strings costs
a tenth of that. Every literal is sent as a parameter with a cast, never put into SQL text.
"""

from __future__ import annotations

from collections.abc import Iterable


def plain(values: Iterable[object]) -> str:
    """An array of things whose text needs no quoting: ids, integers, booleans, instants as ISO text. None is NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def quoted(values: Iterable[str | None]) -> str:
    """An array of texts or JSON documents; anything may be in them except NUL, which PostgreSQL does not store."""
    return (
        "{"
        + ",".join(
            [
                "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
                for value in values
            ]
        )
        + "}"
    )


def binary(values: Iterable[bytes]) -> str:
    """An array of bytea in hex form."""
    return "{" + ",".join(['"\\\\x' + value.hex() + '"' for value in values]) + "}"
