"""Names that phones and Google keep for ever: what goes in comes out, and nothing else is a name."""

import pytest

from cardamom.kit.ids import new_id
from cardamom.wallet.naming import (
    ClassName,
    PassName,
    class_name,
    issued_name,
    pass_name,
    split_class_name,
    split_issued_name,
    split_name,
)

HANDLE = "kahve2gn"
ID = "0193a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
DIGITS = "0193a1b2c3d47e5f8a9b0c1d2e3f4a5b"


def test_a_name_leads_back_to_its_merchant_and_its_binding() -> None:
    assert pass_name(HANDLE, ID) == f"{HANDLE}.{DIGITS}"
    for each in (ID, new_id()):
        assert split_name(pass_name(HANDLE, each)) == PassName(HANDLE, each)


def test_classes_have_names_of_their_own() -> None:
    assert class_name(HANDLE, "program", ID) == f"{HANDLE}.p{DIGITS}"
    assert class_name(HANDLE, "reward", ID) == f"{HANDLE}.r{DIGITS}"
    assert split_class_name(f"{HANDLE}.p{DIGITS}") == ClassName(HANDLE, "program", ID)
    assert split_class_name(f"{HANDLE}.r{DIGITS}") == ClassName(HANDLE, "reward", ID)
    assert split_name(class_name(HANDLE, "program", ID)) is None
    assert split_class_name(pass_name(HANDLE, ID)) is None


@pytest.mark.parametrize(
    "name",
    [
        "",
        ".",
        HANDLE,
        f"{HANDLE}.",
        f"{HANDLE}.{DIGITS}0",
        f"{HANDLE}.{DIGITS[:-1]}",
        f"{HANDLE}.{DIGITS.upper()}",
        f"{HANDLE}.{ID}",
        f"{HANDLE}{DIGITS}",
        f"KAHVE2GN.{DIGITS}",
        f"{HANDLE}.{DIGITS}\n",
        f"{HANDLE}.{DIGITS}\x00",
        f"{HANDLE}.0193a1b2c3d44e5f8a9b0c1d2e3f4a5b",  # a UUID of another version
        "٠١٢٣٤٥٦٧." + DIGITS,
        "x" * 10_000,
    ],
)
def test_anything_else_is_no_name(name: str) -> None:
    assert split_name(name) is None
    assert split_class_name(name) is None


def test_google_puts_the_issuer_before_it() -> None:
    name = pass_name(HANDLE, ID)
    assert issued_name("3388000000022", name) == f"3388000000022.{name}"
    assert split_issued_name(f"3388000000022.{name}", issuer="3388000000022") == name
    assert split_issued_name(f"3388000000023.{name}", issuer="3388000000022") is None
    assert split_issued_name("3388000000022", issuer="3388000000022") is None
