"""The files of the browser: style sheets, scripts, fonts, pictures.

One hash over the whole folder stands in the address (`/static/<hash>/css/base.css`), so that what a style sheet or a
module asks for by a relative address is named by the same hash, and every answer may be kept for ever.
"""

import hashlib
import mimetypes
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from cardamom.access.permissions import PUBLIC

FOLDER = Path(__file__).parent / "static"
PREFIX = "/static"
KEPT_FOREVER = "public, max-age=31536000, immutable"
KEPT_SHORTLY = "public, max-age=60"

_HASH_LENGTH = 16
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".wasm": "application/wasm",
    ".woff2": "font/woff2",
    ".txt": "text/plain",
}


class Asset(msgspec.Struct, frozen=True):
    content: bytes
    media_type: str


class Assets:
    """A folder of files, held in memory, under one content hash."""

    def __init__(self, folder: Path) -> None:
        self._files = dict(_read(folder))
        digest = hashlib.sha256()
        for name, asset in self._files.items():
            digest.update(f"{name}\0{len(asset.content)}\0".encode())
            digest.update(asset.content)
        self.version = digest.hexdigest()[:_HASH_LENGTH]

    def url(self, name: str) -> str:
        """The address of a file. Raises LookupError when there is none, so that a page cannot name a missing one."""
        if name not in self._files:
            raise LookupError(f"no static file {name!r}")
        return f"{PREFIX}/{self.version}/{name}"

    def names(self) -> list[str]:
        return list(self._files)

    def find(self, name: str) -> Asset | None:
        return self._files.get(name)


def _read(folder: Path) -> Iterator[tuple[str, Asset]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            media_type = (
                _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
            )
            yield path.relative_to(folder).as_posix(), Asset(path.read_bytes(), media_type)


@lru_cache(maxsize=1)
def assets() -> Assets:
    """The installed files, read once per process."""
    return Assets(FOLDER)


def static_url(name: str) -> str:
    """The address of a file below web/static, with its hash: static_url("css/base.css")."""
    return assets().url(name)


@get(
    PREFIX + "/{version:str}/{name:path}",
    opt={"permission": PUBLIC},
    include_in_schema=False,
    sync_to_thread=False,
)
def serve_static(
    request: Request[Any, Any, Any], version: FromPath[str], name: FromPath[str]
) -> Response[bytes]:
    """A file of the folder. Under the hash of an older release it is today's file, and not to be kept."""
    asset = assets().find(name.lstrip("/"))
    if asset is None:
        raise NotFoundException
    current = assets().version
    headers = {"Cache-Control": KEPT_FOREVER if version == current else KEPT_SHORTLY, "ETag": f'"{current}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    return Response(asset.content, headers=headers, media_type=asset.media_type)
