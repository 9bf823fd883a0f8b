"""Every code that this product can refuse with is documented, and says its sentence in four languages."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

import cardamom.web.app  # noqa: F401 - importing the application declares every refusal
from cardamom.kit.errors import Refused, all_refusals, refusal
from cardamom.kit.i18n import use_language
from cardamom.kit.languages import SUPPORTED
from cardamom.programs.errors import Why
from cardamom.web.documents import ErrorEntry, error_entries, errors_markdown

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"

_LATE = "2026-03-21T16:30:00Z"
_CAIRO = "Africa/Cairo"
#: Facts with which a refusal says its sentence, several where it has several. A code that is not here needs none.
FACTS: dict[str, list[dict[str, Any]]] = {
    "amount_too_large": [{"limit_minor": 10_000_000, "currency": "EGP"}],
    "below_minimum": [{"minimum_minor": 500, "currency": "EGP"}],
    "certificate_contradictory": [{"subject": "pass.example.one", "extension": "pass.example.other"}],
    "certificate_expired": [{"expired_at": _LATE, "pass_type": "pass.example.one"}],
    "certificate_not_yet_valid": [{"valid_from": _LATE}],
    "certificate_of_another_team": [
        {"pass_type": "pass.example.one", "team": "CAFETEAM01", "other_team": "SOMEONE001"}
    ],
    "certificate_wwdr_expired": [{"expired_at": _LATE}],
    "certificate_wwdr_missing": [{"issuer": "WWDR G4"}],
    "certificate_wwdr_wrong": [{"issuer": "WWDR G4"}],
    "choose_voucher": [{"vouchers": 2}, {"vouchers": 11}],
    "cooldown": [
        {"next_at": _LATE, "time_zone": _CAIRO, "on_another_day": False},
        {"next_at": _LATE, "time_zone": _CAIRO, "on_another_day": True},
    ],
    "currency_mismatch": [{"currency": "EGP", "given": "EUR"}],
    "daily_cap": [{"cap": cap, "next_at": _LATE, "time_zone": _CAIRO} for cap in (1, 2, 5, 11)],
    "join_form_malformed": [{"field": "consents", "why": "too_many", "most": 5}],
    "password_too_short": [{"minimum": 10}],
    "redemption_not_allowed": [{"redemption": word, "via": "self"} for word in ("staff", "code", "self")],
    "google_account_malformed": [
        *({"field": field} for field in ("issuer", "private_key", "token_uri", "type")),
        {},
    ],
    "google_not_a_user": [{}, {"account": "A@B"}],
    "google_refused_document": [{}, {"message": "ID"}],
    "picture_too_large": [{"limit_megabytes": 10}],
    "picture_too_many_pixels": [{"limit_megapixels": 40}],
    "rules_malformed": [{"field": "goal", "why": why, "least": 1, "most": 30} for why in get_args(Why)],
    "stamps_too_many": [{"cap": cap} for cap in (1, 2, 5, 30)],
    "terms_malformed": [{"field": "uses", "why": why, "least": 1, "most": 30} for why in get_args(Why)],
    "text_too_long": [{"limit": 120}],
    "too_many_devices": [{"limit": limit} for limit in (1, 2, 5, 100)],
    "too_many_requests": [{"retry_after_seconds": seconds} for seconds in (1, 2, 5, 11)],
    "too_many_sign_ins": [{"retry_after_seconds": seconds} for seconds in (60, 120, 900)],
    "wallet_not_configured": [{"wallet": wallet} for wallet in ("apple", "google")],
    "undo_too_late": [{"window_seconds": 20}],
    "voucher_already_redeemed": [
        {"redeemed_at": _LATE, "via": via, "time_zone": _CAIRO} for via in ("self", "staff", "code", "api")
    ],
    "voucher_expired": [{"expired_at": _LATE, "last_day": "2026-03-20"}],
}

CODES = sorted(code for code, kind in all_refusals().items() if kind.__module__.startswith("cardamom."))

#: Names and acronyms (EGP, JSON, Asia/Tehran) are Latin everywhere, and so are addresses and what is isolated from the
#: direction of its sentence (.p12, pass.example.one). Any other word in small letters was not translated.
_LATIN_EVERYWHERE = re.compile("[\u2066-\u2068][^\u2069]*\u2069|\\S+\\.com/\\S+|Keychain Access")
_ENGLISH_WORD = re.compile(r"\b[a-z]{2,}\b")


def test_the_document_is_what_the_code_declares() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == errors_markdown(), "run scripts/errors_reference"


@pytest.mark.parametrize("entry", error_entries(), ids=lambda entry: entry.code)
def test_a_code_says_what_it_means(entry: ErrorEntry) -> None:
    assert re.fullmatch(r"[a-z_]+", entry.code)
    assert len(entry.meaning) > 15
    assert 400 <= entry.status <= 503


@pytest.mark.parametrize("code", CODES)
def test_a_refusal_says_its_sentence_in_every_language(code: str) -> None:
    for facts in FACTS.get(code, [{}]):
        said = {language: _said(refusal(code, facts), language) for language in SUPPORTED}
        assert len(set(said.values())) == len(SUPPORTED), f"not in every catalog: {said}"
        for language, sentence in said.items():
            assert sentence.strip()
            assert "%" not in sentence, f"a place was left open: {sentence}"
            assert language == "en" or not _ENGLISH_WORD.search(_LATIN_EVERYWHERE.sub("", sentence)), sentence


def _said(refused: Refused, language: str) -> str:
    with use_language(language):
        return refused.sentence()


def test_facts_are_given_only_for_codes_that_exist() -> None:
    assert FACTS.keys() <= set(CODES)


def test_no_code_is_declared_by_an_unknown_module() -> None:
    assert {kind.__module__.split(".")[0] for kind in all_refusals().values()} <= {"cardamom", "tests"}
