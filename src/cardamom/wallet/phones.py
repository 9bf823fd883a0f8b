"""Which wallet a device has, by the User-Agent of its browser.

Only a guess of what to offer first: every address works everywhere. An iPad asks for desktop pages by default and then
calls itself a Mac, so a Mac is offered both.
"""

from __future__ import annotations

from typing import Literal

Device = Literal["apple", "google", "neither"]

_APPLE_PHONES = ("iPhone", "iPad", "iPod")


def device_of(user_agent: str) -> Device:
    """Whose wallet is on the device; "neither" for a computer and for what does not say."""
    if any(name in user_agent for name in _APPLE_PHONES):
        return "apple"
    return "google" if "Android" in user_agent else "neither"
