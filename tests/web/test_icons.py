"""The pictures of the interface."""

import pytest

from cardamom.web.icons import STATIC, icon, mark


@pytest.mark.parametrize("name", sorted(path.stem for path in (STATIC / "vendor" / "lucide").glob("*.svg")))
def test_every_icon_is_decoration_in_the_colour_of_the_text(name):
    markup = icon(name)
    assert 'aria-hidden="true"' in markup
    assert 'stroke="currentColor"' in markup
    assert markup.count("<svg") == markup.count("</svg>") == 1


def test_arrows_turn_round_and_ticks_do_not():
    assert "icon-mirrored" in icon("arrow-right")
    assert "icon-mirrored" not in icon("check")
    assert "icon-mirrored" not in icon("clock")


def test_an_icon_that_was_not_vendored_is_an_error():
    with pytest.raises(FileNotFoundError):
        icon("unicorn")


def test_the_mark_is_three_strokes():
    assert mark().count("<path") == 3
