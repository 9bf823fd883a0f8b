"""What drawn pictures look like, by what can be seen: their size, their colours, which places are filled."""

from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageOps

from cardamom.kit.colour import SHAPE_CONTRAST, contrast
from cardamom.kit.digits import NUMBERINGS
from cardamom.wallet.art.drawing import FORMATS, Drawing, Gift, Kind, Order, Preview, Sign, Stamps
from cardamom.wallet.art.letters import draw_digits, draw_text
from cardamom.wallet.art.sheets import colours_of, sheet_of
from cardamom.wallet.art.studio import draw
from tests.wallet.strips import (
    DARK,
    LIGHT,
    NOTHING,
    PALE,
    TEN,
    channels,
    seen,
    share_of,
    stamps,
    uploads,
)

GOALS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 15, 16, 20, 24, 25, 30, 36, 40, 50, 100]
SIGN = Sign(inks=DARK, icon="cup")
GIFT = Gift(inks=DARK, pattern="plain")
PREVIEW = Preview(stamps=TEN, filled=4, shop="Cardamom Café", promise="Collect 10 stamps")
EXAMPLES: dict[type, Drawing] = {Stamps: TEN, Sign: SIGN, Gift: GIFT, Preview: PREVIEW}

#: Pixels at 1x, from Apple's own pass builder and Google's brand guidelines.
EXACT: dict[Kind, tuple[int, int]] = {
    "strip": (375, 144),
    "background": (345, 505),
    "icon": (38, 38),
    "hero": (1032, 336),
    "emblem": (660, 660),
    "wide-logo": (1280, 400),
    "gift-strip": (375, 144),
    "gift-hero": (1032, 336),
    "preview": (1200, 630),
}
AT_MOST: dict[Kind, tuple[int, int]] = {"logo": (160, 50), "primary-logo": (126, 30)}


def filled_places(drawing: Stamps, image: Image.Image, scale: int = 1) -> list[bool]:
    """For each place, in the order of filling, whether there is ink on it."""
    ink = colours_of(drawing.inks).stamp
    boxes = sheet_of(drawing, "strip", scale, NOTHING).boxes
    return [share_of(image, box, ink) > 0.2 for box in boxes]


@pytest.mark.parametrize("kind", list(FORMATS))
def test_every_picture_has_its_size_and_a_palette(kind: Kind):
    form = FORMATS[kind]
    for scale in form.scales:
        image = seen(EXAMPLES[form.of], Order(kind=kind, scale=scale, balance=3 if form.is_counted else 0))
        assert (image.format, image.mode) == ("PNG", "P")
        if kind in EXACT:
            assert image.size == tuple(side * scale for side in EXACT[kind])
        else:
            assert all(side <= most * scale for side, most in zip(image.size, AT_MOST[kind], strict=True))


@pytest.mark.parametrize("goal", GOALS)
def test_as_many_places_are_filled_as_there_are_stamps(goal: int):
    for balance in {0, 1, goal // 2, goal - 1, goal}:
        for direction in ("ltr", "rtl"):
            drawing = stamps(goal=goal, milestones=(), direction=direction)
            image = seen(drawing, Order(kind="strip", balance=balance))
            assert filled_places(drawing, image) == [place < balance for place in range(goal)]


@pytest.mark.parametrize("goal", GOALS)
@pytest.mark.parametrize("kind", ["strip", "hero", "background"])
def test_places_keep_apart_and_inside(kind: Kind, goal: int):
    form = FORMATS[kind]
    boxes = sheet_of(stamps(goal=goal, milestones=()), kind, 1, NOTHING).boxes
    assert len(boxes) == goal
    for left, upper, right, lower in boxes:
        assert 0 <= left < right <= form.width
        assert 0 <= upper < lower <= form.height
    for number, (left, upper, right, lower) in enumerate(boxes):
        for other_left, other_upper, other_right, other_lower in boxes[:number]:
            assert left >= other_right or right <= other_left or upper >= other_lower or lower <= other_upper


def test_a_state_cut_together_is_the_state_painted_whole():
    """Nothing of a neighbour's stamp is left behind or cut away."""
    sheet = sheet_of(TEN, "strip", 3, NOTHING)
    assert ImageChops.difference(sheet.at(10).convert("RGB"), sheet.full.convert("RGB")).getbbox() is None
    assert ImageChops.difference(sheet.at(0).convert("RGB"), sheet.empty.convert("RGB")).getbbox() is None


def test_stamps_fill_from_the_right_where_one_reads_from_the_right():
    """The same card, mirrored: the boxes are, and so is which of them are filled."""
    ltr, rtl = stamps(milestones=()), stamps(milestones=(), direction="rtl")
    there, back = sheet_of(ltr, "strip", 1, NOTHING).boxes, sheet_of(rtl, "strip", 1, NOTHING).boxes
    for (left, upper, _right, _lower), (_other, other_upper, right, _bottom) in zip(there, back, strict=True):
        assert upper == other_upper
        assert abs(left - (375 - right)) <= 1
    image = seen(rtl, Order(kind="strip", balance=3))
    ink = colours_of(DARK).stamp
    assert share_of(image, (188, 0, 375, 72), ink) > 0.25
    assert share_of(image, (0, 0, 110, 72), ink) < 0.01


def test_drawings_themselves_are_not_mirrored():
    """A cup has its handle on the right in every language."""
    ltr, rtl = stamps(goal=1), stamps(goal=1, direction="rtl")
    order = Order(kind="strip", balance=1)
    assert seen(ltr, order).tobytes() == seen(rtl, order).tobytes()


def test_numbers_are_written_in_the_digits_of_the_shop():
    pictures = {
        numbering: seen(stamps(numbering=numbering), Order(kind="strip")).tobytes()
        for numbering in NUMBERINGS
    }
    assert len(set(pictures.values())) == len(NUMBERINGS)
    # Persian four, five and six differ from the Arabic ones, the others do not.
    assert draw_digits("٤", size=40).tobytes() != draw_digits("۴", size=40).tobytes()
    assert draw_digits("٣", size=40).tobytes() == draw_digits("۳", size=40).tobytes()


def test_where_something_is_given_there_is_a_gift():
    plain = seen(stamps(milestones=()), Order(kind="strip", scale=3)).convert("RGB")
    marked = seen(TEN, Order(kind="strip", scale=3)).convert("RGB")
    box = ImageChops.difference(plain, marked).getbbox()
    assert box is not None
    left, upper, right, lower = sheet_of(TEN, "strip", 3, NOTHING).boxes[4]
    assert left <= box[0] <= box[2] <= right
    assert upper <= box[1] <= box[3] <= lower


@pytest.mark.parametrize("inks", [DARK, LIGHT])
@pytest.mark.parametrize("pattern", ["plain", "dots", "rays", "emblem"])
def test_the_ground_is_exactly_the_colour_of_the_pass(inks, pattern):
    """Apple paints the same colour around the strip: one step off would be an edge."""
    for kind in ("strip", "background", "hero"):
        image = seen(stamps(inks=inks, pattern=pattern), Order(kind=kind))
        colours = image.convert("RGB").getcolors(maxcolors=1 << 22)
        assert colours is not None
        assert max(colours)[1] == channels(inks.background)


@pytest.mark.parametrize("inks", [DARK, LIGHT])
def test_an_own_stamp_does_not_change_the_ground(inks):
    given, logo, photo = uploads()
    for stamp in (logo, photo):
        image = seen(stamps(inks=inks, stamp=stamp), Order(kind="strip", balance=7), given)
        assert image.convert("RGB").getpixel((1, 1)) == channels(inks.background)


def test_colours_that_could_not_be_seen_are_corrected():
    drawing = stamps(inks=PALE)
    drawn = colours_of(PALE)
    assert contrast(drawn.stamp, drawn.background) >= SHAPE_CONTRAST
    assert filled_places(drawing, seen(drawing, Order(kind="strip", balance=4))) == [True] * 4 + [False] * 6


def test_patterns_grow_from_the_side_where_reading_ends():
    order = Order(kind="strip")
    for pattern in ("rays", "emblem"):
        ltr = seen(stamps(goal=1, pattern=pattern), order).convert("RGB")
        rtl = seen(stamps(goal=1, pattern=pattern, direction="rtl"), order).convert("RGB")
        middle = (100, 0, 275, 144)
        assert ltr.tobytes() != rtl.tobytes()
        assert ltr.crop((300, 0, 375, 144)).getcolors() != rtl.crop((300, 0, 375, 144)).getcolors()
        assert ltr.crop(middle).size == rtl.crop(middle).size


def test_an_own_stamp_and_a_cover_are_on_the_strip():
    given, logo, photo = uploads()
    plain = seen(TEN, Order(kind="strip", balance=10))
    mine = seen(stamps(stamp=logo), Order(kind="strip", balance=10), given)
    assert share_of(plain, (0, 0, 375, 144), "#c03018") < 0.01
    assert share_of(mine, (0, 0, 375, 144), "#c03018") > 0.03
    covered = seen(stamps(cover=photo), Order(kind="strip", balance=4), given)
    assert share_of(covered, (0, 0, 375, 144), DARK.background) < 0.7
    assert covered.size == (375, 144)
    assert covered.mode == "P"


def test_covers_do_not_make_passes_heavy():
    given, _logo, photo = uploads()
    for kind, most in (("strip", 160_000), ("background", 420_000), ("hero", 160_000)):
        scale = FORMATS[kind].scales[-1]
        assert len(draw(stamps(cover=photo), Order(kind=kind, scale=scale, balance=4), given)) < most


def test_a_picture_that_was_lost_does_not_stop_a_pass():
    """What is named and not stored is drawn without."""
    lost = stamps(stamp="0" * 32, cover="1" * 32)
    plain = seen(TEN, Order(kind="strip", balance=4)).convert("RGB")
    assert seen(lost, Order(kind="strip", balance=4)).convert("RGB").tobytes() == plain.tobytes()


@pytest.mark.parametrize("inks", [DARK, LIGHT, PALE])
def test_the_round_logo_keeps_its_margin(inks):
    """Google cuts a circle out of the square and asks for 15 % at each side."""
    given, logo, photo = uploads()
    for sign in (Sign(inks=inks, icon="cup"), Sign(inks=inks, icon="cup", logo=logo)):
        image = seen(sign, Order(kind="emblem"), given).convert("RGB")
        ground = Image.new("RGB", image.size, image.getpixel((0, 0)))
        drawn = ImageChops.difference(image, ground).convert("L").point(lambda value: 255 if value > 8 else 0)
        left, upper, right, lower = drawn.getbbox() or (0, 0, 0, 0)
        assert min(left, upper, 660 - right, 660 - lower) >= 660 * 0.15 - 3
    assert seen(Sign(inks=inks, icon="cup", logo=photo), Order(kind="emblem"), given).size == (660, 660)


def test_a_logo_that_would_be_lost_on_the_pass_gets_a_ground():
    given, logo, _photo = uploads()
    same = Sign(
        inks=DARK.__class__(background="#c03018", ink="#ffffff", accent="#ffffff"), icon="cup", logo=logo
    )
    image = seen(same, Order(kind="logo", scale=3), given).convert("RGBA")
    corner = image.getpixel((1, 1))
    assert isinstance(corner, tuple)
    assert contrast("#" + bytes(corner[:3]).hex(), "#c03018") >= SHAPE_CONTRAST
    other = seen(Sign(inks=DARK, icon="cup", logo=logo), Order(kind="logo", scale=3), given)
    assert other.convert("RGBA").getchannel("A").getextrema() == (255, 255)


def test_a_voucher_shows_the_picture_of_its_reward():
    given, _logo, photo = uploads()
    plain = seen(GIFT, Order(kind="gift-strip"))
    shown = seen(Gift(inks=DARK, pattern="plain", picture=photo), Order(kind="gift-strip"), given)
    assert share_of(plain, (0, 0, 375, 144), "#ff0000") == 0
    assert share_of(shown, (0, 0, 150, 70), "#ff0000") > 0.8


def test_a_preview_begins_where_its_language_does():
    rtl = Preview(
        stamps=stamps(direction="rtl", numbering="arab"),
        filled=4,
        shop="مقهى الهيل",
        promise="اجمع ١٠ أختام واحصل على قهوة مجانية",
    )
    words = (72, 40, 1128, 240)
    for preview, is_left in ((PREVIEW, True), (rtl, False)):
        image = seen(preview, Order(kind="preview")).convert("L").crop(words)
        ground = Image.new("L", image.size, image.getpixel((image.width // 2, image.height - 1)))
        drawn = ImageChops.difference(image, ground).point(lambda value: 255 if value > 40 else 0)
        left, _upper, right, _lower = drawn.getbbox() or (0, 0, 0, 0)
        assert (left < 20) is is_left
        assert (right > image.width - 20) is not is_left


def test_a_preview_holds_long_names_and_strange_letters():
    long = Preview(
        stamps=TEN, filled=4, shop="Ω" * 200 + "☕️ " + "mm" * 60, promise="Collect " + "stamps " * 80
    )
    image = seen(long, Order(kind="preview")).convert("RGB")
    edge = image.crop((1160, 0, 1200, 240)).getcolors()
    assert edge is not None
    assert len(edge) == 1, "no letter reaches the margin"


def test_words_are_shaped_and_run_in_their_direction():
    """Letters of Arabic join: shaped words are narrower than their letters one by one."""
    word = "مقهى"
    shaped = draw_text(word, size=60, weight=700, direction="rtl")
    apart = sum(draw_text(letter, size=60, weight=700, direction="rtl").width for letter in word)
    assert shaped.width < apart * 0.9
    mixed = draw_text("قهوة Latte", size=60, weight=700, direction="rtl")
    turned = draw_text("قهوة Latte", size=60, weight=700, direction="ltr")
    assert abs(mixed.width - turned.width) <= 2
    assert ImageChops.difference(mixed, turned.resize(mixed.size)).getbbox() is not None


def test_the_same_drawing_is_the_same_file_and_says_nothing_else():
    order = Order(kind="strip", scale=2, balance=7)
    content = draw(TEN, order, NOTHING)
    assert content == draw(stamps(), order, NOTHING)
    assert set(Image.open(BytesIO(content)).info) <= {"transparency"}
    assert ImageOps.exif_transpose(Image.open(BytesIO(content))).size == order.size


def test_what_there_is_not_is_not_drawn():
    for drawing, order in (
        (TEN, Order(kind="strip", balance=11)),
        (TEN, Order(kind="icon")),
        (SIGN, Order(kind="strip")),
        (GIFT, Order(kind="preview")),
    ):
        with pytest.raises(ValueError, match="no "):
            draw(drawing, order, NOTHING)
