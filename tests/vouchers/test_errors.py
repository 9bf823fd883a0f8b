"""Every refusal of this package says a sentence in every language, with nothing left to fill in."""

import pytest

from cardamom.kit.errors import Refused
from cardamom.kit.i18n import use_language
from cardamom.kit.languages import SUPPORTED
from cardamom.vouchers import errors

REFUSALS: list[Refused] = [
    errors.VoucherUnknown(),
    errors.VoucherExpired(expired_at="2026-03-11T22:00:00+00:00", last_day="2026-03-11"),
    errors.VoucherCancelled(),
    *(
        errors.VoucherAlreadyRedeemed(
            redeemed_at="2026-03-10T12:00:00+00:00", via=via, time_zone="Africa/Cairo"
        )
        for via in ("self", "staff", "code", "api")
    ),
    errors.VoucherNotYetActive(active_from="next_visit"),
    errors.VoucherLocation(locations=[]),
    *(errors.RedemptionNotAllowed(redemption=who, via="self") for who in ("self", "staff", "code")),
    errors.PoolEmpty(pool="p"),
    errors.PoolUnknown(),
    errors.PoolCodeDuplicate(),
    errors.PoolCodeMalformed(),
    errors.NothingToRedeem(),
    errors.ChooseVoucher(vouchers=2),
]


@pytest.mark.parametrize("language", SUPPORTED)
@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.code)
def test_a_refusal_says_a_sentence(refusal: Refused, language: str) -> None:
    with use_language(language):
        sentence = refusal.sentence()
    assert sentence
    assert "%(" not in sentence


def test_all_of_them_are_here() -> None:
    classes = [value for value in vars(errors).values() if isinstance(value, type)]
    defined = {found for found in classes if found.__module__ == errors.__name__}
    assert {type(refusal) for refusal in REFUSALS} == defined
