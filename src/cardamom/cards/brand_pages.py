"""A shop's colours as files: the style sheet of its customers' pages and the picture that stands on a home screen.

They follow from one version of a program, which never changes, so browsers keep them for ever.
"""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get

from cardamom.access.permissions import PUBLIC
from cardamom.cards.brand import brand_stylesheet
from cardamom.cards.home_icon import home_icon_png, home_icon_svg
from cardamom.cards.view import ProgramFace
from cardamom.cards.view_queries import program_face_in
from cardamom.db.database import Database
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id

_KEPT_FOREVER: Final = "public, max-age=31536000, immutable"
_LONGEST_NUMBER = 9


@get(
    "/brand/{shop:str}/{program:str}/{name:str}",
    opt={"permission": PUBLIC},
    include_in_schema=False,
)
async def serve_brand(
    request: Request[Any, Any, Any], shop: str, program: str, name: str, database: Database
) -> Response[bytes]:
    """`{version}.css`, `{version}.svg` and `{version}.png`. Raises NotFound."""
    number, _dot, kind = name.partition(".")
    if not (is_id(shop) and is_id(program) and _is_version(number)):
        raise NotFound
    headers = {"Cache-Control": _KEPT_FOREVER, "ETag": f'"{number}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    async with database.reading(shop) as tx:
        face = await program_face_in(tx, shop, program, version=int(number))
    content, media_type = _made(kind, face)
    return Response(content, media_type=media_type, headers=headers)


def _is_version(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER


def _made(kind: str, face: ProgramFace) -> tuple[bytes, str]:
    design = face.design
    match kind:
        case "css":
            sheet = brand_stylesheet(background=design.colours.background, accent=design.colours.accent)
            return sheet.encode(), "text/css"
        case "svg":
            return home_icon_svg(design).encode(), "image/svg+xml"
        case "png":
            return home_icon_png(design), "image/png"
        case _:
            raise NotFound


routes = [serve_brand]
