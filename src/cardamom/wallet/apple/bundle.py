"""`.pkpass` and `.pkpasses`: stored ZIP files of our own making, because pictures are the same from card to card.

What a ZIP file and a manifest say of a picture (CRC-32, SHA-1, length) is computed once and remembered. Everything is
stored and nothing deflated: pictures are compressed already, and the rest is small.
PKWARE APPNOTE 6.3.10; PassKit package format.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import ApplePass

PKPASS: Final = "application/vnd.apple.pkpass"
PKPASSES: Final = "application/vnd.apple.pkpasses"

#: What phones take at once (PassKit, "Distributing and updating a pass").
MOST_PASSES: Final = 10
MOST_BYTES: Final = 150_000_000

_REMEMBERED_PICTURES: Final = 1_024

#: 1 January 1980, midnight: the same pass is the same file.
_TIME, _DATE = 0, 0x21
_STORED = 0
_VERSION = 10
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHII")
_END = struct.Struct("<IHHHHIIH")


class _Content(msgspec.Struct, frozen=True, gc=False):
    """A file's bytes with what has to be said of them. sha1: hexadecimal."""

    data: bytes
    crc: int
    sha1: str


def pkpass(apple_pass: ApplePass, images: Mapping[str, bytes], certificate: PassCertificate) -> bytes:
    """A signed pass. images: by their paths in the bundle, with an icon, which alone phones insist on.

    Raises ValueError without it.
    """
    if "icon.png" not in images:
        raise ValueError("a pass needs an icon")
    files = {"pass.json": _measured(msgspec.json.encode(apple_pass.document))}
    files |= {path: _measured(content) for path, content in apple_pass.strings.items()}
    files |= {path: _remembered(content) for path, content in images.items()}
    # SHA-1 is what the format says; the signature over the manifest is made with SHA-256.
    manifest = msgspec.json.encode({path: content.sha1 for path, content in files.items()})
    files["manifest.json"] = _measured(manifest)
    files["signature"] = _measured(certificate.sign(manifest))
    return _zip(files.items())


def pkpasses(passes: Sequence[bytes]) -> bytes:
    """Several passes that a phone adds at once. Raises ValueError for none, too many or too much."""
    if not 1 <= len(passes) <= MOST_PASSES or sum(map(len, passes)) >= MOST_BYTES:
        raise ValueError(f"1 to {MOST_PASSES} passes and less than {MOST_BYTES} bytes")
    return _zip((f"{place}.pkpass", _measured(content)) for place, content in enumerate(passes, 1))


def _measured(data: bytes) -> _Content:
    return _Content(data, zlib.crc32(data), hashlib.sha1(data, usedforsecurity=False).hexdigest())


@lru_cache(maxsize=_REMEMBERED_PICTURES)
def _remembered(data: bytes) -> _Content:
    """Of pictures, which come again as the same object: its hash is kept in it, and found without a look inside."""
    return _measured(data)


def _zip(files: Iterable[tuple[str, _Content]]) -> bytes:
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for path, content in files:
        name, size = path.encode("ascii"), len(content.data)
        said = (_VERSION, 0, _STORED, _TIME, _DATE, content.crc, size, size, len(name), 0)
        parts += (_LOCAL.pack(0x04034B50, *said), name, content.data)
        directory += (_CENTRAL.pack(0x02014B50, _VERSION, *said, 0, 0, 0, 0, offset), name)
        offset += _LOCAL.size + len(name) + size
    length, count = sum(map(len, directory)), len(directory) // 2
    end = _END.pack(0x06054B50, 0, 0, count, count, length, offset, 0)
    return b"".join((*parts, *directory, end))
