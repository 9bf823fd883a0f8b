"""Refusals: a code that never changes, facts, a sentence."""

import json

import pytest

from cardamom.kit import errors
from cardamom.kit.errors import Conflict, Gone, KeyReused, Malformed, Refused, all_refusals, refusal
from cardamom.kit.i18n import use_language

CASES = [
    ("malformed", {}, 422),
    ("body_too_deep", {}, 422),
    ("not_json", {}, 422),
    ("not_signed_in", {}, 401),
    ("not_permitted", {"permission": "cards.stamp"}, 403),
    ("not_found", {}, 404),
    ("key_reused", {}, 409),
    ("body_too_large", {"limit_bytes": 1000}, 413),
    ("too_many_requests", {"retry_after_seconds": 30}, 429),
    ("busy", {"retry_after_seconds": 1}, 503),
]


@pytest.fixture
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test defines is gone afterwards."""
    monkeypatch.setattr(errors, "_registry", dict(errors._registry))


@pytest.mark.parametrize(("code", "facts", "status"), CASES)
def test_a_refusal_is_made_again_from_what_was_stored(code: str, facts: dict[str, object], status: int):
    stored = json.loads(json.dumps(facts))
    again = refusal(code, stored)
    assert (again.code, again.facts, again.status, str(again)) == (code, facts, status, code)


@pytest.mark.parametrize(("code", "facts", "_status"), CASES)
def test_every_refusal_has_a_sentence_in_every_language(code: str, facts: dict[str, object], _status: int):
    for language in ("en", "ar", "fa", "he"):
        with use_language(language):
            sentence = refusal(code, facts).sentence()
        assert sentence.rstrip("\u2069").endswith(".")
        assert "%(" not in sentence


def test_a_wait_is_said_in_the_right_number():
    assert refusal("too_many_requests", {"retry_after_seconds": 1}).sentence().endswith("in 1 second.")
    assert (
        refusal("too_many_requests", {"retry_after_seconds": 3600}).sentence().endswith("in 3,600 seconds.")
    )


def test_the_registry_knows_all_and_cannot_be_changed():
    assert all_refusals()["key_reused"] is KeyReused
    assert all(code == refused.code for code, refused in all_refusals().items())
    with pytest.raises(TypeError):
        all_refusals()["mine"] = KeyReused


def test_an_unknown_code_is_a_lookup_error():
    with pytest.raises(LookupError, match="gone_with_version_2"):
        refusal("gone_with_version_2", {})


@pytest.mark.usefixtures("own_registry")
def test_a_code_belongs_to_one_class():
    class StampTooEarly(Conflict):
        code = "stamp_too_early"

    assert all_refusals()["stamp_too_early"] is StampTooEarly
    with pytest.raises(TypeError, match="StampTooEarly"):
        type("AnotherName", (Gone,), {"code": "stamp_too_early"})


@pytest.mark.usefixtures("own_registry")
def test_a_class_below_one_with_a_code_names_its_own():
    with pytest.raises(TypeError, match="its own code"):
        type("NameMalformed", (Malformed,), {})


@pytest.mark.parametrize("kind", [Refused, Conflict, Gone])
def test_a_kind_of_refusal_cannot_be_raised(kind: type[Refused]):
    with pytest.raises(TypeError, match="kind of refusal"):
        kind()
