"""A shop's colours on the pages its customers see."""

import re

from hypothesis import given
from hypothesis import strategies as st

from cardamom.cards.brand import brand_stylesheet
from cardamom.kit.colour import SHAPE_CONTRAST, TEXT_CONTRAST, contrast

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")
PAPERS = ("#fbf9f4", "#0f1712")


def themes(sheet):
    found = re.findall(r":root\{([^}]*)\}", sheet)
    return [dict(pair.split(":") for pair in block.rstrip(";").split(";")) for block in found]


@given(background=colours, accent=colours)
def test_buttons_and_links_can_be_read_in_both_themes(background, accent):
    light_and_dark = themes(brand_stylesheet(background=background, accent=accent))
    assert len(light_and_dark) == 2
    for paper, theme in zip(PAPERS, light_and_dark, strict=True):
        assert contrast(theme["--act"], paper) >= SHAPE_CONTRAST
        assert contrast(theme["--on-act"], theme["--act"]) >= TEXT_CONTRAST
        assert contrast(theme["--act-text"], paper) >= TEXT_CONTRAST
        assert contrast(theme["--act-text"], theme["--act-soft"]) >= TEXT_CONTRAST


def test_the_shop_keeps_a_background_that_stands_out():
    light, dark = themes(brand_stylesheet(background="#23412f", accent="#e9b44c"))
    assert light["--act"] == "#23412f"
    assert dark["--act"] == "#e9b44c"
