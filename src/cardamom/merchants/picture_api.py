"""Pictures over HTTP: `POST /api/v1/pictures`, and the pictures themselves for everybody at `/art/pictures`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from cardamom.kit.actor import Actor
from cardamom.kit.errors import NotFound
from cardamom.kit.pictures import MOST_BYTES, PictureTooLarge, PictureTypeUnknown
from cardamom.ledger.writer import Ledger
from cardamom.merchants.pictures import PictureOut, PictureShelf, Shape, picture_path, upload_picture
from cardamom.merchants.rules import MAY_UPLOAD

#: A form adds its own lines to the file.
MOST_BODY_BYTES: Final = MOST_BYTES + 64 * 1024

_KEPT_FOREVER: Final = "public, max-age=31536000, immutable"
_SHAPES: Final[dict[str, Shape]] = {"small": "small", "round": "round"}
_NAME: Final = re.compile(r"([0-9a-f]{32})(?:-(small|round))?\.(?:png|jpg)")

AnyRequest = Request[Any, Any, Any]


@dataclass
class _UploadOperation(Operation):
    """How the document describes the body, which the handler reads by itself: a file, or a form with one."""

    def __post_init__(self) -> None:
        binary = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(type=OpenAPIType.OBJECT, properties={"picture": binary}, required=["picture"])
        self.request_body = RequestBody(
            required=True,
            description="A PNG, JPEG, WEBP, AVIF, HEIC or SVG file. What it is is told from what is in it.",
            content={
                "application/octet-stream": OpenAPIMediaType(schema=binary),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )


@post(
    "/api/v1/pictures",
    opt={"permission": MAY_UPLOAD},
    operation_id="uploadPicture",
    summary="Upload a picture for a design or a reward",
    tags=["Pictures"],
    operation_class=_UploadOperation,
    request_max_body_size=MOST_BODY_BYTES,
)
async def upload(
    request: AnyRequest, merchant_id: str, actor: Actor, ledger: Ledger, idempotency_key: str
) -> PictureOut:
    """Send the file itself, or a form with the field `picture`. It is written anew: upright, in sRGB, at most 2000
    pixels wide or high, without anything but the picture. The same picture has the same hash for ever."""
    data = await _sent(request)
    return await upload_picture(ledger, actor=actor, merchant_id=merchant_id, data=data, key=idempotency_key)


async def _sent(request: AnyRequest) -> bytes:
    """Raises PictureTooLarge and PictureTypeUnknown."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MOST_BODY_BYTES:
        raise PictureTooLarge(limit_megabytes=MOST_BYTES // 1024**2)
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    field = (await request.form()).get("picture")
    if not isinstance(field, UploadFile):
        raise PictureTypeUnknown
    return await field.read()


@get("/art/pictures/{picture:str}", opt={"permission": "public", "no_gzip": True}, include_in_schema=False)
async def serve_picture(request: AnyRequest, picture: str, picture_shelf: PictureShelf) -> Response[bytes]:
    """`{hash}.png` or `.jpg` as it is kept, `{hash}-small.png` and `{hash}-round.png` for pages. Raises NotFound."""
    match = _NAME.fullmatch(picture)
    if match is None:
        raise NotFound
    headers = {"Cache-Control": _KEPT_FOREVER, "ETag": f'"{picture}"'}
    if match[2] is not None:
        content, media_type = await picture_shelf.shaped(match[1], _SHAPES[match[2]]), "image/png"
    else:
        kept = await picture_shelf.stored(match[1])
        content, media_type = kept.content, kept.media_type
        if picture_path(match[1], media_type) != f"/art/pictures/{picture}":
            raise NotFound
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)


routes = [upload, serve_picture]
