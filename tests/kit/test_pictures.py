"""Uploads: what they are is told from their content, and what is kept is a plain picture."""

import asyncio
import subprocess
import sys
import threading
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from cardamom.kit import picture_press
from cardamom.kit.errors import Unavailable
from cardamom.kit.picture_press import Press
from cardamom.kit.pictures import (
    LONGEST_EDGE,
    MOST_BYTES,
    Picture,
    PictureHasText,
    PictureTooLarge,
    PictureTooManyPixels,
    PictureTypeUnknown,
    PictureUnreadable,
    press_picture,
    rounded_png,
    shrunk,
    type_of,
)
from tests.kit.uploads import a_bomb, a_logo, a_photo, an_svg, saved

RED = (255, 0, 0)


def opened(picture: Picture) -> Image.Image:
    image = Image.open(BytesIO(picture.content))
    image.load()
    return image


def is_near(pixel: object, colour: tuple[int, ...], *, within: int = 12) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(one - other) <= within for one, other in zip(pixel, colour, strict=False))


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "AVIF", "HEIF"])
def test_every_type_of_photograph_becomes_a_plain_one(form: str):
    data = saved(a_photo(), form)
    assert type_of(data) == form
    kept = press_picture(data)
    image = opened(kept)
    assert (kept.width, kept.height) == image.size == (600, 400)
    assert image.format == ("PNG" if kept.media_type == "image/png" else "JPEG")
    assert is_near(image.convert("RGB").getpixel((40, 40)), RED, within=30)


def test_a_large_photograph_becomes_smaller_and_a_jpeg():
    kept = press_picture(saved(a_photo(3_000, 2_400), "JPEG"))
    assert (kept.width, kept.height) == (LONGEST_EDGE, 1_600)
    assert kept.media_type == "image/jpeg"


def test_a_logo_keeps_its_shape():
    kept = press_picture(saved(a_logo(), "WEBP", lossless=True))
    image = opened(kept)
    assert (kept.media_type, image.mode) == ("image/png", "RGBA")
    assert image.getpixel((5, 5))[3] == 0
    assert image.getpixel((150, 150))[3] == 255


def test_a_large_picture_that_only_png_can_keep_becomes_small_enough():
    noisy = a_photo(1_400, 1_400).convert("RGBA")
    noisy.putalpha(Image.effect_noise((1_400, 1_400), 100))
    kept = press_picture(saved(noisy, "PNG", compress_level=1))
    assert max(kept.width, kept.height) == 1_000
    assert len(kept.content) < 4 * 1024 * 1024


def test_a_photograph_taken_sideways_stands_upright_and_tells_no_place():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned to the right
    exif[0x8825] = {1: "N", 2: (30.0, 2.0, 40.0)}
    data = saved(a_photo(), "JPEG", exif=exif, quality=95, comment=b"taken by Leila")
    assert b"Exif" in data
    assert b"Leila" in data
    kept = press_picture(data)
    image = opened(kept)
    assert image.size == (400, 600)
    assert is_near(image.convert("RGB").getpixel((380, 20)), RED, within=30), "the red quarter turned right"
    assert not image.getexif()
    assert b"Exif" not in kept.content
    assert b"Leila" not in kept.content
    assert "icc_profile" not in image.info


def test_colours_of_another_profile_are_as_screens_show_them():
    wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    plain = Image.new("RGB", (20, 20), "#3366cc")
    same = opened(press_picture(saved(plain, "PNG", icc_profile=srgb)))
    assert is_near(same.convert("RGB").getpixel((5, 5)), (0x33, 0x66, 0xCC), within=2)
    # A profile for other colours than the picture has says nothing.
    lying = opened(press_picture(saved(plain, "PNG", icc_profile=wide.tobytes())))
    assert lying.convert("RGB").getpixel((5, 5)) == (0x33, 0x66, 0xCC)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_kind_of_pixel_is_read(mode: str):
    image = Image.new("L", (30, 20), 200)
    data = (
        saved(Image.new("I;16", (30, 20), 51_400), "PNG")
        if mode == "I;16"
        else saved(image.convert(mode), "JPEG" if mode == "CMYK" else "PNG")
    )
    pixel = opened(press_picture(data)).convert("RGB").getpixel((3, 3))
    assert is_near(pixel, (255,) * 3 if mode == "1" else (200,) * 3, within=4)


def test_of_an_animation_the_first_frame_is_kept():
    frames = [Image.new("RGB", (20, 20), (0, 0, 200)) for _ in range(30)]
    kept = press_picture(
        saved(Image.new("RGB", (20, 20), RED), "WEBP", save_all=True, append_images=frames, lossless=True)
    )
    image = opened(kept)
    assert getattr(image, "n_frames", 1) == 1
    assert image.convert("RGB").getpixel((5, 5)) == RED


def test_a_drawing_is_drawn_in_its_own_proportions():
    kept = press_picture(an_svg('<rect width="50" height="50" fill="#ff0000"/>'))
    image = opened(kept)
    assert image.size == (1_200, 600)
    assert image.getpixel((100, 100)) == (255, 0, 0, 255)
    assert image.getpixel((900, 100))[3] == 0
    sized = press_picture(b'<?xml version="1.0"?>' + an_svg("<rect/>", 'width="40mm" height="20mm"'))
    assert sized.width == pytest.approx(1_200, abs=8)
    assert sized.height == 600


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a" + bytes(100),
        b"%PDF-1.7",
        b"<html><svg></svg></html>",
        b"PK\x03\x04",
        b"\x00\x00\x00\x18ftypmp42" + bytes(100),
        b"\x1f\x8b" + bytes(100),
        b"\x00\x00\x00\x08ftyp",
    ],
)
def test_what_is_no_picture_of_ours_is_refused_whatever_it_is_called(data: bytes):
    with pytest.raises(PictureTypeUnknown):
        press_picture(data)


@pytest.mark.parametrize(
    "data",
    [
        saved(a_photo(), "JPEG")[:4_000],
        saved(a_photo(), "PNG")[:4_000],
        saved(a_photo(), "WEBP")[:4_000],
        saved(a_photo(), "HEIF")[:4_000],
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff" + bytes(100),
        b"RIFF\x10\x00\x00\x00WEBPVP8 " + bytes(20),
        b"\x00\x00\x00\x1cftypheic" + bytes(60),
        saved(Image.new("RGB", (1, 20_500)), "PNG"),
        b"<svg",
        b"<?xml version='1.0'?><html/>",
        "<svg/>".encode("utf-16"),
    ],
)
def test_what_lies_or_is_cut_off_is_refused(data: bytes):
    with pytest.raises((PictureUnreadable, PictureTypeUnknown)):
        press_picture(data)


def test_bombs_are_refused_before_they_are_opened():
    for width, height in ((8_000, 8_000), (19_000, 19_000)):
        with pytest.raises(PictureTooManyPixels) as refused:
            press_picture(a_bomb(width, height))
        assert refused.value.facts == {"limit_megapixels": 50}
    with pytest.raises(PictureTooLarge):
        press_picture(bytes(MOST_BYTES + 1))


COPIES = '<g id="a0"><rect width="1" height="1"/></g>' + "".join(
    f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 10)
)
PATTERNS = '<pattern id="p0" width="1" height="1"><rect width="1" height="1"/></pattern>' + "".join(
    f'<pattern id="p{n}" width="1" height="1">'
    + f'<rect width="1" height="1" fill="url(#p{n - 1})"/>' * 12
    + "</pattern>"
    for n in range(1, 9)
)


@pytest.mark.parametrize(
    "data",
    [
        b'<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + an_svg("<desc>&b;</desc>"),
        an_svg(COPIES),
        an_svg(PATTERNS),
        an_svg('<g id="a"><use href="#a"/></g>'),
        an_svg('<g id="a"><use href="#b"/></g><g id="b"><use xlink:href="#a"/></g>'),
        an_svg("<g>" * 500 + "</g>" * 500),
        an_svg("<rect/>" * 25_000),
        an_svg('<image href="https://example.org/logo.png" width="10" height="10"/>'),
        an_svg('<image xlink:href="file:///etc/hostname" width="10" height="10"/>'),
        an_svg('<image href="data:image/svg+xml;base64,PHN2Zy8+" width="10" height="10"/>'),
        an_svg('<filter id="f"><feImage href="/etc/passwd"/></filter>'),
        an_svg("<style>@import url(https://example.org/a.css);</style>"),
        an_svg("<style>rect { fill: url(https://example.org/a.svg#b) }</style>"),
        an_svg('<rect style="fill: url(//example.org/a)"/>'),
        an_svg("<rect/>", 'viewBox="0 0 1 100000"'),
        an_svg("<rect/>", 'width="100%" height="100%"'),
        an_svg("<rect/>", 'viewBox="0 0 0 0"'),
        b"<!--" + b"x" * 1_100_000 + b"-->" + an_svg("<rect/>"),
    ],
)
def test_drawings_that_reach_outside_or_multiply_are_refused(data: bytes):
    with pytest.raises(PictureUnreadable):
        press_picture(data)


def test_a_drawing_reads_no_file_of_the_server(tmp_path: Path):
    secret = tmp_path / "secret.png"
    Image.new("RGB", (10, 10), RED).save(secret)
    for reference in (str(secret), f" {secret}", f"file://{secret}", secret.name):
        with pytest.raises(PictureUnreadable):
            press_picture(an_svg(f'<image href="{reference}" width="100" height="50"/>'))


def test_text_in_a_drawing_is_refused_with_the_way_out():
    with pytest.raises(PictureHasText) as refused:
        press_picture(an_svg('<text y="20">قهوة</text>'))
    assert "outlines" in refused.value.sentence()
    press_picture(an_svg("<text></text><title>Logo</title><rect width='9' height='9'/>"))


def test_scripts_have_no_effect():
    kept = press_picture(
        an_svg("<script>while(true){}</script><rect width='100' height='50' fill='red' onload='x()'/>")
    )
    assert opened(kept).convert("RGB").getpixel((5, 5)) == RED


def test_the_same_picture_has_the_same_name():
    one, other = (
        press_picture(saved(a_logo(), "PNG")),
        press_picture(saved(a_logo(), "PNG", compress_level=0)),
    )
    assert one.hash == other.hash
    assert len(one.hash) == 32
    assert one.hash != press_picture(saved(a_logo(colour="#aa2201"), "PNG")).hash


async def test_the_press_is_another_process_and_says_the_same():
    for form in ("JPEG", "HEIF"):
        data = saved(a_photo(), form)
        assert await picture_press.press(data, sender="shop") == press_picture(data)
    with pytest.raises(PictureTooManyPixels) as refused:
        await picture_press.press(a_bomb(8_000, 8_000), sender="shop")
    assert refused.value.facts == {"limit_megapixels": 50}
    with pytest.raises(PictureTooLarge):
        await picture_press.press(bytes(MOST_BYTES + 1), sender="shop")


class HeldPress:
    """A press whose lever is held until `go`."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.press = Press(self._pressed)

    def _pressed(self, data: bytes) -> Picture:
        assert self.go.wait(10)
        if not data:
            raise PictureUnreadable
        return Picture(content=data, media_type="image/png", width=1, height=1)

    def send(self, sender: str, data: bytes = b"picture") -> asyncio.Task[Picture]:
        return asyncio.create_task(self.press.press(data, sender=sender))


async def test_a_sender_cannot_fill_the_queue_for_everybody():
    held = HeldPress()
    mine = [held.send("one shop") for _file in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable) as refused:
        await held.send("one shop")
    assert refused.value.facts["retry_after_seconds"] > 0
    others = [held.send("another shop", b"another")]
    held.go.set()
    assert [each.content for each in await asyncio.gather(*mine, *others)] == [b"picture"] * 2 + [b"another"]
    assert (await held.send("one shop")).content == b"picture"


async def test_the_queue_for_the_press_is_short_whoever_sends():
    held = HeldPress()
    waiting = [held.send(f"shop {number // 2}") for number in range(8)]
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await held.send("one more shop")
    waiting[-1].cancel()
    await asyncio.gather(waiting[-1], return_exceptions=True)
    with pytest.raises(Unavailable):
        await held.send("one more shop")
    held.go.set()
    await asyncio.gather(*waiting[:-1])


async def test_a_file_that_cannot_be_read_gives_its_place_back():
    held = HeldPress()
    held.go.set()
    for _file in range(5):
        with pytest.raises(PictureUnreadable):
            await held.send("one shop", b"")


def test_a_decoder_that_takes_all_memory_takes_down_nothing_but_its_process(monkeypatch: pytest.MonkeyPatch):
    limited = "import cardamom.kit.picture_press as press; press.MEMORY_BYTES = 400 * 1024**2; press.main()"
    done = subprocess.run(
        [sys.executable, "-c", limited], input=a_bomb(7_000, 7_000), capture_output=True, check=False
    )
    assert done.returncode != 0 or b"picture_unreadable" in done.stdout


def test_small_and_round_pictures_for_pages():
    small = Image.open(BytesIO(shrunk(press_picture(saved(a_photo(1_000, 500), "JPEG")).content, edge=240)))
    assert (small.format, small.size) == ("PNG", (240, 120))
    photo = Image.open(BytesIO(rounded_png(saved(a_photo(), "PNG"), side=90)))
    assert photo.size == (90, 90)
    assert photo.getpixel((1, 1))[3] == 0
    assert photo.getpixel((45, 45))[3] == 255


@pytest.mark.parametrize(
    ("colour", "plate"), [("#ffffff", (0x16, 0x21, 0x1B)), ("#1c2b20", (0xFF, 0xFD, 0xF8))]
)
def test_a_drawing_without_a_ground_gets_a_plate_on_which_it_is_seen(colour: str, plate: tuple[int, ...]):
    drawn = Image.open(BytesIO(rounded_png(saved(a_logo(colour=colour), "PNG"), side=100)))
    assert drawn.getpixel((50, 8))[:3] == plate
    assert is_near(drawn.getpixel((50, 50)), tuple(bytes.fromhex(colour[1:])))


def test_who_does_not_decode_has_no_decoder() -> None:
    """The web process reads this module for its limits and its refusals; what may have faults stays out of it."""
    program = "import sys, cardamom.kit.picture_press; sys.exit('pillow_heif' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
