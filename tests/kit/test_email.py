"""E-mail addresses: checked for form, without asking the network."""

import pytest

from cardamom.kit.email import EmailMalformed, normalise_email
from cardamom.kit.text import TextTooLong


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("dana@example.com", "dana@example.com"),
        (" Dana.Levi@Example.COM\n", "dana.levi@example.com"),
        ("\u200fdana@example.com\u200e", "dana@example.com"),
        ("dana+cards@example.com", "dana+cards@example.com"),
        ("کاربر@مثال.ایران", "کاربر@مثال.ایران"),
        ("dana@xn--4dbrk0ce.com", "dana@ישראל.com"),
    ],
)
def test_an_address_is_stored_in_one_form(typed: str, stored: str):
    assert normalise_email(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "dana",
        "dana@",
        "@example.com",
        "dana@example",
        "dana@@example.com",
        "dana @example.com",
        "Dana <dana@example.com>",
        "dana@localhost",
        "dana@[127.0.0.1]",
        "dana@example.com, other@example.com",
    ],
)
def test_what_is_no_address_is_refused(typed: str):
    with pytest.raises(EmailMalformed) as refused:
        normalise_email(typed)
    assert (refused.value.status, refused.value.facts) == (422, {})


def test_an_endless_address_is_refused():
    with pytest.raises(TextTooLong):
        normalise_email("a" * 250 + "@example.com")
