"""The pictures of a pass: their slots and sizes, and whether they are what their names say.

Only headers and checksums are read, nothing is decoded: a picture that would fill the memory is harmless here.
Source of the sizes: Apple's Pass Builder, `PassPackage.swift`; PNG: W3C, "Portable Network Graphics", section 5.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal

import msgspec

from cardamom.kit.i18n import _
from cardamom.wallet.lint.apple_bundle import Files
from cardamom.wallet.lint.findings import Finding, error, warning

_PNG = b"\x89PNG\r\n\x1a\n"
_OTHERS = {b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"RIFF": "WebP", b"<svg": "SVG", b"%PDF": "PDF"}
_NAME = re.compile(r"(?:[^/]+\.lproj/)?(?P<slot>[A-Za-z]+)(?:@(?P<scale>[23])x)?\.png")
_PICTURE = re.compile(r".*\.(?:png|jpe?g|gif|webp|svg|heic)", re.IGNORECASE)
_MOST_PIXELS = 4_096

Points = tuple[int, int]


class Slot(msgspec.Struct, frozen=True):
    """A place for a picture. sizes: in points; `exact` has one of them, `most` is not larger than the first."""

    rule: Literal["exact", "most"]
    sizes: tuple[Points, ...]
    styles: frozenset[str]


_ALL = frozenset({"storeCard", "coupon", "generic", "eventTicket", "boardingPass", "posterGeneric"})

SLOTS: Mapping[str, Slot] = {
    "icon": Slot("exact", ((38, 38), (29, 29)), _ALL),
    "logo": Slot("most", ((160, 50),), _ALL),
    "strip": Slot("exact", ((375, 144),), frozenset({"storeCard", "coupon", "eventTicket"})),
    "thumbnail": Slot("most", ((90, 90),), frozenset({"generic", "eventTicket"})),
    "background": Slot("exact", ((345, 505),), frozenset({"posterGeneric", "eventTicket"})),
    "artwork": Slot("exact", ((358, 448),), frozenset({"eventTicket"})),
    "primaryLogo": Slot("most", ((126, 30),), frozenset({"posterGeneric", "eventTicket"})),
    "secondaryLogo": Slot("most", ((135, 12),), frozenset({"posterGeneric", "eventTicket"})),
    "footer": Slot("most", ((286, 15),), frozenset({"boardingPass"})),
}
#: An event ticket has a lower strip, because it may have a thumbnail too.
_STRIPS: Mapping[str, Points] = {"storeCard": (375, 144), "coupon": (375, 144), "eventTicket": (375, 98)}


class NotPng(ValueError):
    """These bytes are no PNG. `str()` says why."""


class _Picture(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    folder: str
    slot: str
    scale: int
    size: tuple[int, int]


def image_findings(files: Files, styles: frozenset[str]) -> Iterator[Finding]:
    """Everything about the pictures. styles: those of the pass, of which slots and sizes depend."""
    pictures = []
    for name, content in files.items():
        match = _NAME.fullmatch(name)
        slot = match["slot"] if match else ""
        if slot not in SLOTS:
            if _PICTURE.fullmatch(name):
                sentence = _("Phones know no picture of this name, so it is not shown.")
                yield warning("image_unknown", name, sentence)
            continue
        try:
            size = png_size(content)
        except NotPng as broken:
            yield error("image_not_png", name, str(broken))
            continue
        assert match is not None
        folder = name.rpartition("/")[0]
        scale = int(match["scale"] or 1)
        pictures.append(_Picture(name=name, folder=folder, slot=slot, scale=scale, size=size))
    for picture in pictures:
        yield from _size_findings(picture, styles)
    yield from _slot_findings(pictures, styles)


def _size_findings(picture: _Picture, styles: frozenset[str]) -> Iterator[Finding]:
    slot = SLOTS[picture.slot]
    if styles and not slot.styles & styles:
        yield warning("image_not_shown", picture.name, _("A pass of this style does not show this picture."))
        return
    if max(picture.size) > _MOST_PIXELS:
        yield error("image_too_large", picture.name, _size_sentence(picture, slot.sizes))
        return
    sizes = slot.sizes
    if picture.slot == "strip":
        sizes = tuple(dict.fromkeys(_STRIPS[style] for style in sorted(styles & _STRIPS.keys()))) or sizes
    wanted = [(width * picture.scale, height * picture.scale) for width, height in sizes]
    is_right = picture.size in wanted
    if slot.rule == "most":
        is_right = all(have <= most for have, most in zip(picture.size, wanted[0], strict=True))
    if not is_right:
        yield warning("image_size", picture.name, _size_sentence(picture, sizes))


def _size_sentence(picture: _Picture, sizes: tuple[Points, ...]) -> str:
    width, height = (side * picture.scale for side in sizes[0])
    facts = {
        "width": picture.size[0],
        "height": picture.size[1],
        "right_width": width,
        "right_height": height,
    }
    if SLOTS[picture.slot].rule == "most":
        sentence = _(
            "This has %(width)s × %(height)s pixels, at most %(right_width)s × %(right_height)s are shown."
        )
    else:
        sentence = _(
            "This has %(width)s × %(height)s pixels instead of %(right_width)s × %(right_height)s: it will be cropped."
        )
    return sentence % facts


def _slot_findings(pictures: list[_Picture], styles: frozenset[str]) -> Iterator[Finding]:
    if not any(one.slot == "icon" and not one.folder for one in pictures):
        yield error("icon_missing", "icon.png", _("The icon is missing: phones refuse a pass without one."))
    if "posterGeneric" in styles and not any(one.slot == "background" for one in pictures):
        sentence = _("A poster pass needs a background picture.")
        yield warning("image_missing", "background.png", sentence)
    places = dict.fromkeys((one.folder, one.slot) for one in pictures)
    for folder, slot in places:
        scales = {one.scale: one.size for one in pictures if (one.folder, one.slot) == (folder, slot)}
        name = f"{folder}/{slot}" if folder else slot
        # Every phone that there is has two or three pixels to a point; a translation is for phones only.
        wanted = {2, 3} if folder else {1, 2, 3}
        for scale in sorted(wanted - scales.keys()):
            where = f"{name}.png" if scale == 1 else f"{name}@{scale}x.png"
            yield warning("image_scale_missing", where, _("This picture is missing in this resolution."))
        yield from _proportion_findings(name, scales)


def _proportion_findings(name: str, scales: Mapping[int, tuple[int, int]]) -> Iterator[Finding]:
    """Whether the resolutions are of one picture: rounding may cost a pixel for each."""
    one = scales.get(1)
    for scale, size in scales.items():
        if one and any(abs(have - side * scale) > scale for have, side in zip(size, one, strict=True)):
            sentence = _("This is not the picture of %(name)s.png in %(scale)s times its size.")
            facts = {"name": name, "scale": scale}
            yield warning("image_scales_differ", f"{name}@{scale}x.png", sentence % facts)


def png_size(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of a PNG whose chunks are whole. Raises NotPng."""
    if not content.startswith(_PNG):
        begin = content[:64].lstrip()
        for start, other in _OTHERS.items():
            if begin.startswith(start):
                raise NotPng(_("This is a %(kind)s file with the name of a PNG.") % {"kind": other})
        raise NotPng(_("This is not a PNG file."))
    size, at, is_ended = None, len(_PNG), False
    while at < len(content) and not is_ended:
        kind, data, at = _chunk(content, at)
        if kind == b"IHDR" and len(data) == 13:
            size = struct.unpack(">II", data[:8])
        is_ended = kind == b"IEND"
    if size is None or not is_ended or 0 in size:
        raise NotPng(_("This PNG file is cut off."))
    return size[0], size[1]


def _chunk(content: bytes, at: int) -> tuple[bytes, bytes, int]:
    """The chunk that begins there, and where the next one does. Raises NotPng."""
    if len(content) < at + 12:
        raise NotPng(_("This PNG file is cut off."))
    (length,) = struct.unpack_from(">I", content, at)
    kind, data = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
    end = at + 12 + length
    if end > len(content):
        raise NotPng(_("This PNG file is cut off."))
    if content[end - 4 : end] != struct.pack(">I", zlib.crc32(kind + data)):
        raise NotPng(_("This PNG file is damaged: a checksum is wrong."))
    return kind, data, end
