"""A shop's colours as a style sheet for the pages its customers see: it sets the --act-* names of css/tokens.css.

Merchant colours reach a page only so (or inside a drawing); the policy of the pages allows no style in the markup.
"""

from cardamom.kit.colour import SHAPE_CONTRAST, contrast, correct, mix, readable_on

# The papers of tokens.css in both themes: text in the shop's colour has to be read on these.
_LIGHT_PAPER = "#fbf9f4"
_DARK_PAPER = "#0f1712"


def brand_stylesheet(*, background: str, accent: str) -> str:
    """The sheet for a program's background and accent ("#rrggbb").

    Buttons take the card's background colour where it stands out from the paper, else the accent.
    """
    light = _theme(background, accent, paper=_LIGHT_PAPER)
    dark = _theme(background, accent, paper=_DARK_PAPER)
    return f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def _theme(background: str, accent: str, *, paper: str) -> str:
    act = next(
        (colour for colour in (background, accent) if contrast(colour, paper) >= SHAPE_CONTRAST),
        correct(accent, on=paper, ratio=SHAPE_CONTRAST),
    )
    text = correct(act, on=paper)
    properties = {
        "--act": act,
        "--act-strong": mix(act, readable_on(paper), share=0.86),
        "--on-act": readable_on(act),
        "--act-soft": mix(act, paper, share=0.12),
        "--act-text": correct(text, on=mix(act, paper, share=0.12)),
    }
    return "".join(f"{name}:{value};" for name, value in properties.items())
