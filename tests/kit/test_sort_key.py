"""Names in alphabetical order, for a database without collations."""

import pytest

from cardamom.kit.text import sort_key


@pytest.mark.parametrize(
    "names",
    [
        ["ابراهيم", "بابک", "پروین", "تارا", "ثريا", "جواد", "چنگیز", "حسن"],
        ["زهرا", "ژاله", "سارا", "فاطمة", "کاوه", "گیتا", "لیلا", "مريم", "نادر", "هدى", "وليد", "ياسر"],
        ["אבי", "בני", "דנה", "דניאל", "כרמל", "לאה", "משה", "תמר"],
        ["anna", "Bert", "Émile", "Frank", "אבי", "احمد"],
        ["أحمد", "احمد علي", "آدم"],
    ],
)
def test_names_are_in_the_order_of_their_alphabet(names: list[str]):
    backwards = names[::-1]
    assert sorted(backwards, key=sort_key) == names


def test_case_and_space_do_not_matter():
    assert sort_key("  Dana\u00a0 Levi ") == sort_key("dana levi")
