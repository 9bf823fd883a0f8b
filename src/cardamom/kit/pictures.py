"""Pictures that people upload: what they are is told from what is in them, and what is kept is written anew.

What leaves here is a plain PNG or JPEG in sRGB, upright, of a bearable size, and holds nothing but the picture: no
place, no camera, no comment, nothing hidden behind the last pixel. Pure computing, and some of it in decoders that
have had faults: callers use `kit.picture_press`, which does it in a process of its own.
"""

from __future__ import annotations

import hashlib
import re
import struct
from io import BytesIO
from typing import Final, Literal

import msgspec
from PIL import Image, ImageCms, ImageDraw, ImageOps, ImageStat

from cardamom.kit import drawings
from cardamom.kit.catalogs import _, say_number
from cardamom.kit.colour import INK, PAPER, SHAPE_CONTRAST, contrast
from cardamom.kit.errors import Refused, TooLarge

#: A photograph of a phone has 3 to 8 MB.
MOST_BYTES: Final = 10 * 1024 * 1024
#: The largest cameras of phones have 50 megapixels.
MOST_PIXELS: Final = 50_000_000
#: What is kept: more than any wallet or page shows.
LONGEST_EDGE: Final = 2_000
#: The longest edge of a picture that only PNG can keep, and is large as one.
_SEE_THROUGH_EDGE: Final = 1_000
#: A photograph is ten times smaller as JPEG; a drawing is not.
_LARGE_PNG: Final = 256 * 1024
_LARGEST_PNG: Final = 2 * 1024 * 1024
_QUALITY: Final = 88
#: A longer side than any camera's is a trick.
_LONGEST_SIDE: Final = 20_000

#: Round shapes are drawn so many times larger and then made smaller, because Pillow draws without smoothing.
_SUPER: Final = 4
#: How much of a round plate a drawing takes: the square inside a circle, and a little air.
_PLATE_SHARE: Final = 0.62
#: Alpha below which a pixel is as good as nothing, and a picture counts as see-through.
_FAINT: Final = 8
_OPEN: Final = 240

MediaType = Literal["image/png", "image/jpeg"]
_Type = Literal["PNG", "JPEG", "WEBP", "AVIF", "HEIF", "SVG"]

_AVIF_BRANDS: Final = frozenset({b"avif", b"avis"})
_HEIF_BRANDS: Final = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_SVG_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml|<!--|<!DOCTYPE\s+svg|<svg[\s>])", re.IGNORECASE
)

# What decoders raise for files that are cut off, made up or lie about themselves.
_FAULTS: Final = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    struct.error,
    ArithmeticError,
    LookupError,
    TypeError,
    RuntimeError,
    MemoryError,
)

Image.MAX_IMAGE_PIXELS = MOST_PIXELS


class PictureTooLarge(TooLarge):
    """The file is larger than we read. Facts: limit_megabytes."""

    code = "picture_too_large"

    def sentence(self) -> str:
        return _("This picture has more than %(limit)s megabytes. Save it smaller and try again.") % {
            "limit": say_number(self.facts["limit_megabytes"])
        }


class PictureTooManyPixels(Refused):
    """The file may be small, but what is in it is not. Facts: limit_megapixels."""

    code = "picture_too_many_pixels"
    status = 422

    def sentence(self) -> str:
        return _("This picture has more than %(limit)s megapixels. Make it smaller and try again.") % {
            "limit": say_number(self.facts["limit_megapixels"])
        }


class PictureTypeUnknown(Refused):
    """None of the types that we read, whatever its name says."""

    code = "picture_type"
    status = 422

    def sentence(self) -> str:
        return _("This is not a picture that we can read. Choose a PNG, JPEG, WEBP, AVIF, HEIC or SVG file.")


class PictureUnreadable(Refused):
    """It begins like a picture, and is cut off, damaged or made to do harm."""

    code = "picture_unreadable"
    status = 422

    def sentence(self) -> str:
        return _(
            "This picture is damaged, or it holds things that we do not read. Save it anew and try again."
        )


class PictureHasText(Refused):
    """A drawing with letters that only the fonts of another computer can show."""

    code = "picture_text"
    status = 422

    def sentence(self) -> str:
        return _("This drawing has text in it. Turn the text into outlines, or save the drawing as PNG.")


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A picture as it is kept. width, height: in pixels."""

    content: bytes
    media_type: MediaType
    width: int
    height: int

    @property
    def hash(self) -> str:
        """The name of the picture: sha256 of what is kept, shortened to 128 bits, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()[:32]


def press_picture(data: bytes) -> Picture:
    """An uploaded file as it is kept. Raises the refusals above."""
    if len(data) > MOST_BYTES:
        raise PictureTooLarge(limit_megabytes=MOST_BYTES // 1024**2)
    found = type_of(data)
    if found is None:
        raise PictureTypeUnknown
    if found == "SVG":
        data, found = _drawn(data), "PNG"
    try:
        return _encoded(_decoded(data, found))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except _FAULTS as error:
        raise PictureUnreadable from error


def type_of(data: bytes) -> _Type | None:
    """What a file is by its first bytes; its name and its header may say what they want."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        brands = {data[8:12], *(data[start : start + 4] for start in range(16, min(_box(data), 128), 4))}
        if brands & _AVIF_BRANDS:
            return "AVIF"
        return "HEIF" if brands & _HEIF_BRANDS else None
    return "SVG" if _SVG_START.match(data) else None


def _box(data: bytes) -> int:
    """The length that the first box of an ISO file says it has (ISO/IEC 14496-12, section 4.2)."""
    return int.from_bytes(data[:4], "big")


def _drawn(data: bytes) -> bytes:
    """An SVG drawing as PNG. Raises PictureUnreadable, PictureHasText."""
    try:
        return drawings.render(data)
    except drawings.TextInDrawing as error:
        raise PictureHasText from error
    except drawings.BadDrawing as error:
        raise PictureUnreadable from error


def _learn_heif() -> None:
    """Teach Pillow this type, in the process that decodes it: the others need neither the decoder nor its faults."""
    import pillow_heif

    pillow_heif.register_heif_opener()


def _decoded(data: bytes, found: _Type) -> Image.Image:
    """The first frame, upright, in sRGB, as RGB or RGBA, and no larger than is kept."""
    if found == "HEIF":
        _learn_heif()
    with Image.open(BytesIO(data), formats=[found]) as image:
        width, height = image.size
        if width * height > MOST_PIXELS:
            raise _too_many_pixels()
        if max(width, height) > _LONGEST_SIDE or min(width, height) < 1:
            raise PictureUnreadable
        if found == "JPEG":
            image.draft("RGB", (LONGEST_EDGE, LONGEST_EDGE))
        upright = ImageOps.exif_transpose(image)
        plain = _in_srgb(upright, upright.info.get("icc_profile"))
    plain.thumbnail((LONGEST_EDGE, LONGEST_EDGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _without_idle_alpha(plain)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """RGB or RGBA, in the colours that screens show. A profile that cannot be read says nothing."""
    alpha = _alpha(image)
    if image.mode.startswith(("I", "F")):
        image = image.convert("F").point(lambda value: value * (1 / 256)).convert("L")
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        image = _profiled(image, profile)
    colours = image.convert("RGB")
    if alpha is not None:
        colours.putalpha(alpha)
    colours.info.clear()
    return colours


def _alpha(image: Image.Image) -> Image.Image | None:
    if not image.has_transparency_data:
        return None
    return image.convert("RGBA").getchannel("A")


def _profiled(image: Image.Image, profile: bytes) -> Image.Image:
    colours = image.convert("RGB") if image.mode == "RGBA" else image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(
            colours, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        # Cameras and old programs write profiles that fit nothing; the picture is still one.
        return image
    return colours if converted is None else converted


def _without_idle_alpha(image: Image.Image) -> Image.Image:
    """As RGB where the alpha channel says that nothing is see-through."""
    if image.mode != "RGBA" or image.getchannel("A").getextrema() != (255, 255):
        return image
    return image.convert("RGB")


def _encoded(image: Image.Image) -> Picture:
    content = _saved(image, "PNG", compress_level=9)
    media_type: MediaType = "image/png"
    if image.mode == "RGB" and len(content) > _LARGE_PNG:
        content = _saved(image, "JPEG", quality=_QUALITY, optimize=True, progressive=True)
        media_type = "image/jpeg"
    elif len(content) > _LARGEST_PNG:
        image.thumbnail((_SEE_THROUGH_EDGE, _SEE_THROUGH_EDGE), Image.Resampling.LANCZOS)
        content = _saved(image, "PNG", compress_level=9)
    return Picture(content=content, media_type=media_type, width=image.width, height=image.height)


def _saved(image: Image.Image, form: str, **options: object) -> bytes:
    written = BytesIO()
    image.save(written, form, **options)
    return written.getvalue()


def _too_many_pixels() -> PictureTooManyPixels:
    return PictureTooManyPixels(limit_megapixels=MOST_PIXELS // 1_000_000)


def shrunk(content: bytes, *, edge: int) -> bytes:
    """A kept picture as a small PNG for pages. edge: the longer side in pixels, at most."""
    with Image.open(BytesIO(content), formats=["PNG", "JPEG"]) as image:
        image.thumbnail((edge, edge), Image.Resampling.LANCZOS)
        return _saved(image, "PNG", optimize=True)


def rounded(picture: Image.Image, side: int) -> Image.Image:
    """A picture (RGBA) as a round one: a photograph is cut, a drawing without a ground stands on a plate of its own.

    The plate is paper, or ink for a drawing that could not be seen on paper.
    """
    mask = Image.new("L", (side * _SUPER, side * _SUPER), 0)
    ImageDraw.Draw(mask).circle((side * _SUPER / 2,) * 2, side * _SUPER / 2, fill=255)
    mask = mask.reduce(_SUPER)
    if not is_see_through(picture):
        ground = ImageOps.fit(picture, (side, side), Image.Resampling.LANCZOS)
    else:
        is_dark = contrast(mean_colour(picture), PAPER) >= SHAPE_CONTRAST
        ground = Image.new("RGBA", (side, side), PAPER if is_dark else INK)
        drawn = contained(picture, (round(side * _PLATE_SHARE),) * 2)
        ground.alpha_composite(drawn, ((side - drawn.width) // 2, (side - drawn.height) // 2))
    ground.putalpha(mask)
    return ground


def rounded_png(content: bytes, *, side: int) -> bytes:
    """The same from and to a file."""
    with Image.open(BytesIO(content), formats=["PNG", "JPEG"]) as image:
        return _saved(rounded(image.convert("RGBA"), side), "PNG", optimize=True)


def contained(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture (RGBA) without its empty edges, as large as fits."""
    box = picture.getchannel("A").point(lambda value: 255 if value > _FAINT else 0).getbbox()
    return ImageOps.contain(picture.crop(box) if box else picture, size, Image.Resampling.LANCZOS)


def is_see_through(picture: Image.Image) -> bool:
    """Whether a picture (RGBA) has a shape of its own, and is no plain rectangle."""
    low, _high = picture.getchannel("A").getextrema()
    return isinstance(low, int | float) and low < _OPEN


def mean_colour(picture: Image.Image) -> str:
    """The colour of what is not see-through (of RGBA), on average."""
    mean = ImageStat.Stat(picture.convert("RGB"), picture.getchannel("A")).mean
    return "#" + "".join(f"{round(channel):02x}" for channel in mean)
