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
from typing import Final

import msgspec

from cardamom.kit.remembering import Remembered
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.document import ApplePass

PKPASS: Final = "application/vnd.apple.pkpass"
PKPASSES: Final = "application/vnd.apple.pkpasses"

#: What phones take at once (PassKit, "Distributing and updating a pass").
MOST_PASSES: Final = 10
MOST_BYTES: Final = 150_000_000

#: Of pictures. Most of them the studio keeps too (the same objects); what it dropped is held only here.
_REMEMBERED_BYTES: Final = 32 * 1024 * 1024

#: 1 January 1980, midnight: the same pass is the same file.
_TIME, _DATE = 0, 0x21
_STORED = 0
_VERSION = 10
_LOCAL = struct.Struct("<IHHHHHIIIHH")
_CENTRAL = struct.Struct("<IHHHHHHIIIHHHHHI")
_OFFSET = struct.Struct("<I")
_END = struct.Struct("<IHHHHIIH")


class _Member(msgspec.Struct, frozen=True, gc=False):
    """A file of an archive with everything that is said of it, but for where it begins.

    local: its header and name. central: the same for the directory, up to the offset, and name, which comes after it.
    sha1: hexadecimal.
    """

    local: bytes
    data: bytes
    central: bytes
    name: bytes
    sha1: str


def pkpass(apple_pass: ApplePass, images: Mapping[str, bytes], certificate: PassCertificate) -> bytes:
    """A signed pass. images: by their paths in the bundle, with an icon, which alone phones insist on.

    Raises ValueError without it.
    """
    if "icon.png" not in images:
        raise ValueError("a pass needs an icon")
    members = [_member("pass.json", msgspec.json.encode(apple_pass.document))]
    members += [_member(path, content) for path, content in apple_pass.strings.items()]
    members += [_remembered(path, content) for path, content in images.items()]
    # SHA-1 is what the format says; the signature over the manifest is made with SHA-256.
    manifest = msgspec.json.encode({each.name.decode(): each.sha1 for each in members})
    members.append(_member("manifest.json", manifest))
    members.append(_member("signature", certificate.sign(manifest)))
    return _zip(members)


def pkpasses(passes: Sequence[bytes]) -> bytes:
    """Several passes that a phone adds at once. Raises ValueError for none, too many or too much."""
    if not 1 <= len(passes) <= MOST_PASSES or sum(map(len, passes)) >= MOST_BYTES:
        raise ValueError(f"1 to {MOST_PASSES} passes and less than {MOST_BYTES} bytes")
    return _zip(_member(f"{place}.pkpass", content) for place, content in enumerate(passes, 1))


def _member(path: str, data: bytes) -> _Member:
    name, size = path.encode("ascii"), len(data)
    said = (_VERSION, 0, _STORED, _TIME, _DATE, zlib.crc32(data), size, size, len(name), 0)
    return _Member(
        local=_LOCAL.pack(0x04034B50, *said) + name,
        data=data,
        central=_CENTRAL.pack(0x02014B50, _VERSION, *said, 0, 0, 0, 0),
        name=name,
        sha1=hashlib.sha1(data, usedforsecurity=False).hexdigest(),
    )


_pictures = Remembered[tuple[str, bytes], _Member](
    most=_REMEMBERED_BYTES, weigh=lambda member: len(member.data)
)


def _remembered(path: str, data: bytes) -> _Member:
    """Of pictures, which come again as the same object: its hash is kept in it, and found without a look inside."""
    return _pictures.recall((path, data)) or _pictures.keep((path, data), _member(path, data))


def _zip(members: Iterable[_Member]) -> bytes:
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for each in members:
        parts += (each.local, each.data)
        directory += (each.central, _OFFSET.pack(offset), each.name)
        offset += len(each.local) + len(each.data)
    length, count = sum(map(len, directory)), len(directory) // 3
    end = _END.pack(0x06054B50, 0, 0, count, count, length, offset, 0)
    return b"".join((*parts, *directory, end))
