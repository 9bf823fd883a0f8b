"""The plural forms of the catalogs are CLDR's, which Babel's own headers are not."""

from gettext import c2py

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from cardamom.kit.catalogs import LOCALES

NAMES = {
    "ar": ["zero", "one", "two", "few", "many", "other"],
    "fa": ["one", "other"],
    "he": ["one", "two", "other"],
}


@pytest.mark.parametrize("language", NAMES)
def test_every_number_takes_the_form_that_cldr_gives_it(language: str):
    with (LOCALES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalog = read_po(file)
    names = NAMES[language]
    form = c2py(catalog.plural_expr)
    assert catalog.num_plurals == len(names)
    for n in range(1000):
        assert names[form(n)] == Locale(language).plural_form(n)
