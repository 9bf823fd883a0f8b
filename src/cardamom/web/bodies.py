"""JSON bodies, read strictly: what a field is called a number is a number, and what is sent as a form is no JSON.

Litestar reads a body into plain values and converts those leniently: "2" becomes 2. Here a body is decoded straight
into the type that the handler asks for, which is also one pass less.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
from litestar import Request

from cardamom.web.problems import MediaTypeUnsupported


class StrictRequest(Request[Any, Any, Any]):
    """The request of every handler."""

    async def json(self) -> Any:
        """The body as the handler's `data`, or as plain values where a handler reads it itself.

        Raises MediaTypeUnsupported, msgspec.ValidationError and msgspec.DecodeError. A page of another site can make a
        browser send a form or plain text here, but no JSON without being asked first.
        """
        if not is_json(self.headers.get("content-type", "")):
            raise MediaTypeUnsupported
        field = self.route_handler.parsed_data_field
        wanted: Any = Any if field is None else field.annotation
        return _decoder(wanted).decode(await self.body())


def is_json(content_type: str) -> bool:
    """Whether a Content-Type is JSON, parameters such as a character set aside (RFC 6839 for "+json")."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )


@lru_cache(maxsize=256)
def _decoder(wanted: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(wanted)
