import pytest

from tests.checks.conftest import Check


@pytest.mark.parametrize(
    "physical",
    [
        "margin-left: 4px",
        "left: 0",
        "border-right-color: red",
        "border-top-left-radius: 4px",
        "scroll-padding-left: 4px",
        "text-align: right",
        "float: left",
        "background: linear-gradient(to right, red, blue)",
        "padding: 0 4px 0 8px",
        "inset: 0 auto 0 0",
        "border-radius: 8px 0 0 8px",
        "border-radius: 8px 0",
    ],
)
def test_a_physical_style_is_refused(complaints: Check, physical: str) -> None:
    found = complaints("check_css", {"src/card.css": f".card {{\n  {physical};\n}}\n"})
    assert len(found) == 1
    assert found[0].startswith("src/card.css:2: ")


@pytest.mark.parametrize(
    "logical",
    [
        "margin-inline-start: 4px",
        "inset-inline-end: 0",
        "text-align: end",
        "padding: 0 4px 0 4px",
        "margin: 0 auto",
        "inset: 0",
        "border-radius: 8px 8px 0 0",
        'content: "left"',
        "background: url(left.svg)",
    ],
)
def test_a_logical_style_is_fine(complaints: Check, logical: str) -> None:
    assert complaints("check_css", {"src/card.css": f".card {{ {logical} }}"}) == []


def test_nested_rules_and_media_queries_are_read(complaints: Check) -> None:
    style = "@media print {\n  .card {\n    & .stamp { left: 0 }\n  }\n}\n"
    assert complaints("check_css", {"src/card.css": style}) == [
        "src/card.css:3: left is physical: use its inline-start or inline-end form"
    ]


def test_a_rule_for_one_direction_may_be_physical(complaints: Check) -> None:
    style = (
        '[dir="rtl"] .bar { background: linear-gradient(to left, red, blue) }\n.bar:dir(ltr) { left: 0 }\n'
    )
    assert complaints("check_css", {"src/card.css": style}) == []


def test_templates_are_read(complaints: Check) -> None:
    sheet = "<style>\n.a { left: 0 }\n</style>\n"
    page = sheet + '<p style="text-align: left; --n: {{ n }}"></p>\n<td align="right"></td>\n'
    found = complaints("check_css", {"src/page.html": page})
    assert [line.split(": ")[0] for line in found] == [
        "src/page.html:2",
        "src/page.html:4",
        "src/page.html:5",
    ]


def test_scripts_are_read(complaints: Check) -> None:
    script = 'knob.style.left = "0";\nknob.style.marginRight = "0";\nknob.style.setProperty("right", "0");\n'
    found = complaints("check_css", {"src/slide.js": script})
    assert [line.split(": ")[0] for line in found] == ["src/slide.js:1", "src/slide.js:2", "src/slide.js:3"]


def test_vendored_styles_are_not_ours(complaints: Check) -> None:
    assert complaints("check_css", {"src/static/vendor/chart.css": "a { left: 0 }"}) == []
