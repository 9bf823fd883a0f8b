"""`cardamom demo`: four shops with a history, complete before the address answers, and kept by the next start."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cardamom.cli.demo.record import Demo
from cardamom.cli.serve import answers
from cardamom.ledger.commands import new_key
from tests.cli.commands import Running, cardamom, running
from tests.cli.patience import eventually

pytestmark = pytest.mark.slow

LINK = re.compile(r"http://127\.0\.0\.1:\d+")


@pytest.fixture(scope="module")
def demo(home: Path) -> Iterator[Running]:
    """A demo in a new folder."""
    with running("demo", "--data", str(home / "demo"), "--port", "0", folder=home) as command:
        eventually(lambda: "Ctrl-C" in command.said, seconds=120, what="the demo")
        yield command


def record_of(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((home / "demo" / "demo.json").read_text(encoding="utf-8"))
    return found


def call(base_url: str, path: str, *, key: str, body: object = None) -> tuple[int, Any]:
    """GET, or POST with a body."""
    import httpx2

    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": new_key()}
    with httpx2.Client(base_url=base_url, headers=headers) as client:
        answer = client.get(path) if body is None else client.post(path, json=body)
        return answer.status_code, answer.json()


def test_the_record_has_everything_to_begin_with(demo: Running, home: Path) -> None:
    record = record_of(home)
    shops = msgspec.convert(record, Demo, strict=True).merchants
    assert answers(record["base_url"])
    assert [shop.language for shop in shops] == ["ar", "fa", "he", "en"]
    assert len({shop.slug for shop in shops}) == 4
    assert len({login.password for shop in shops for login in (shop.owner, shop.staff)}) == 8
    for shop in shops:
        assert len(shop.programs) == 2
        assert shop.name in demo.said
        assert shop.owner.password in demo.said
    assert stat.S_IMODE((home / "demo" / "demo.json").stat().st_mode) == 0o600


def test_the_sample_card_has_seven_stamps_and_a_voucher(demo: Running, home: Path) -> None:
    record = record_of(home)
    for shop in record["merchants"]:
        status, card = call(
            record["base_url"], f"/api/v1/cards/{shop['sample_card']['id']}", key=shop["api_key"]
        )
        assert status == 200
        assert (card["balance"], card["goal"], card["cycle"]) == (7, 10, 2)
        assert [voucher["status"] for voucher in card["vouchers"]] == ["active"]
        assert card["code"] == shop["sample_card"]["code"]
        assert card["number"] == shop["sample_card"]["number"]
        assert card["links"]["page"] == shop["sample_card"]["page_url"]


def test_pages_answer_where_the_record_says(demo: Running, home: Path) -> None:
    import httpx2

    for shop in record_of(home)["merchants"]:
        for url in (shop["join_url"], shop["sample_card"]["page_url"]):
            answer = httpx2.get(url, headers={"Accept-Language": shop["language"]})
            assert answer.status_code == 200
            assert f'lang="{shop["language"]}' in answer.text


def test_the_books_are_sound(demo: Running, home: Path) -> None:
    done = cardamom("verify", "--data", str(home / "demo"))
    assert done.returncode == 0, done.stderr + done.stdout


def test_the_doctor_looks_at_the_passes_of_the_demo(demo: Running, home: Path) -> None:
    folder = str(home / "demo")
    short, wallet = cardamom("doctor", "--data", folder), cardamom("doctor", "wallet", "--data", folder)
    assert "keys for Apple" in short.stdout
    assert "A test certificate" in wallet.stdout
    assert wallet.stdout.count("OpenSSL accepts the signature") == 8, "one of each program"
    assert (short.returncode, wallet.returncode) == (0, 0)


def test_the_next_start_keeps_what_happened(demo: Running, home: Path) -> None:
    before = record_of(home)
    shop = before["merchants"][0]
    status, answer = call(
        before["base_url"], "/api/v1/scans", key=shop["api_key"], body={"code": shop["sample_card"]["code"]}
    )
    assert (status, answer["outcome"]) == (200, "accepted")
    stamps = answer["card"]["balance"]
    assert stamps in (8, 9)  # two in a happy hour
    assert demo.stop() == 0
    with running("demo", "--data", str(home / "demo"), "--port", "0", folder=home) as again:
        eventually(lambda: "Ctrl-C" in again.said, seconds=60, what="the second start")
        after = record_of(home)
        assert after["base_url"] != before["base_url"]
        assert LINK.sub("", json.dumps(after)) == LINK.sub("", json.dumps(before))
        assert set(LINK.findall(json.dumps(after))) == {after["base_url"]}
        status, card = call(
            after["base_url"], f"/api/v1/cards/{shop['sample_card']['id']}", key=shop["api_key"]
        )
        assert (status, card["balance"]) == (200, stamps)
        assert again.stop() == 0
