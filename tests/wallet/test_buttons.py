"""The right button for the right phone, and none where there is no wallet."""

from typing import Any

import pytest

from cardamom.cards.links import LinkMaker
from cardamom.cards.wallet_door import WalletOffer
from cardamom.wallet.door import WalletButtons

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/140.0.0.0 Mobile Safari/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.5 Safari/605.1"
PATH = "/c/k7m2p9xqAbc"
#: A button has no picture of ours: the art book is not asked.
NO_PICTURES: Any = None


def offered(user_agent: str, *, apple: bool = True, google: bool = True) -> WalletOffer:
    links = LinkMaker(
        bytes(32), lambda: "https://cards.example.org", wallets_of=lambda _handle: (apple, google)
    )
    return WalletButtons(links, NO_PICTURES).offer(handle="k7m2p9xq", path=PATH, user_agent=user_agent)


def test_an_iphone_is_offered_its_own_wallet() -> None:
    assert offered(IPHONE) == WalletOffer(apple=f"{PATH}/apple")


def test_an_android_phone_is_offered_its_own_wallet() -> None:
    assert offered(ANDROID) == WalletOffer(google=f"{PATH}/google")


@pytest.mark.parametrize("user_agent", [MAC, "", "curl/8.5"])
def test_what_is_no_phone_is_offered_both_and_a_way_to_the_phone(user_agent: str) -> None:
    assert offered(user_agent) == WalletOffer(
        apple=f"{PATH}/apple",
        google=f"{PATH}/google",
        elsewhere=f"https://cards.example.org{PATH}/wallet",
    )


def test_a_wallet_that_is_not_configured_is_not_offered() -> None:
    assert not offered(IPHONE, apple=False)
    assert not offered(ANDROID, google=False)
    assert offered(MAC, apple=False, google=False) == WalletOffer()


def test_links_name_the_wallets_that_are_there() -> None:
    links = LinkMaker(
        bytes(32), lambda: "https://cards.example.org", wallets_of=lambda _handle: (True, False)
    )
    found = links.links("k7m2p9xq", "0190a000-0000-7000-8000-000000000001", 0)
    assert found.apple == f"{found.page}/apple"
    assert found.google is None
