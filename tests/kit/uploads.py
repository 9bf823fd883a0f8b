"""Files that people might upload, honest ones and others."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO

import pillow_heif
from PIL import Image

pillow_heif.register_heif_opener()


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    written = BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def a_photo(width: int = 600, height: int = 400) -> Image.Image:
    """Something with many colours and no plain areas; its upper left quarter is red."""
    noise = Image.effect_noise((width, height), 60)
    photo = Image.merge("RGB", (noise, noise.rotate(180), Image.radial_gradient("L").resize((width, height))))
    photo.paste("#ff0000", (0, 0, width // 2, height // 2))
    return photo


def a_logo(side: int = 300, colour: str = "#aa2200") -> Image.Image:
    """A shape on nothing."""
    logo = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    logo.paste(colour, (side // 4, side // 4, side * 3 // 4, side * 3 // 4))
    return logo


def a_bomb(width: int, height: int) -> bytes:
    """A few kilobytes of PNG with any number of pixels in them."""
    rows = zlib.compress(b"\0" * (height * (width + 1)), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def an_svg(body: str, attributes: str = 'viewBox="0 0 100 50"') -> bytes:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f"{attributes}>{body}</svg>"
    ).encode()
