"""Phone numbers: one form to store, the usual one to show."""

import pytest

from cardamom.kit.phone import PhoneMalformed, display_phone, mask_phone, normalise_phone


@pytest.mark.parametrize(
    ("typed", "region", "stored"),
    [
        ("0912 345 6789", "IR", "+989123456789"),
        ("۰۹۱۲۳۴۵۶۷۸۹", "IR", "+989123456789"),
        ("٠١٠٠ ١٢٣ ٤٥٦٧", "EG", "+201001234567"),
        ("050-123-4567", "IL", "+972501234567"),
        ("050 123 4567", "SA", "+966501234567"),
        ("+966 50 123 4567", "IL", "+966501234567"),
        ("00972501234567", "IL", "+972501234567"),
        ("\u202a+98 912 345 6789\u202c", "GB", "+989123456789"),
        ("+۹۸ ۹۱۲ ۳۴۵ ۶۷۸۹", "GB", "+989123456789"),
        ("(0)20 7946 0018", "GB", "+442079460018"),
        ("+1 555 010 0199", "US", "+15550100199"),  # not in use, and possible
    ],
)
def test_a_number_is_stored_in_one_form(typed: str, region: str, stored: str):
    assert normalise_phone(typed, region=region) == stored


@pytest.mark.parametrize(
    "typed",
    ["", "hello", "12", "+", "7946 0018", "+999 123", "0912 345 6789 0123", "050-123-4567 ext. 5", "0" * 60],
)
def test_what_is_no_number_is_refused(typed: str):
    with pytest.raises(PhoneMalformed) as refused:
        normalise_phone(typed, region="GB")
    assert (refused.value.status, refused.value.facts) == (422, {})


@pytest.mark.parametrize(
    ("region", "shown"), [("IR", "0912 345 6789"), ("IL", "+98 912 345 6789"), ("GB", "+98 912 345 6789")]
)
def test_a_number_is_shown_with_its_country_only_abroad(region: str, shown: str):
    assert display_phone("+989123456789", region=region) == shown


def test_a_masked_number_can_be_recognised_by_its_owner_only():
    assert mask_phone("+989123456789") == "+98 … 89"
