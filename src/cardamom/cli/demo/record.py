"""`demo.json`: where the demo's shops are and how to get in, for people and for programs."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

NAME = "demo.json"


class Login(msgspec.Struct, frozen=True):
    """Somebody's way in."""

    login: str
    password: str


class ProgramRecord(msgspec.Struct, frozen=True):
    id: str
    slug: str
    goal: int


class SampleCard(msgspec.Struct, frozen=True):
    """A card to look at, to scan and to stamp."""

    id: str
    code: str
    number: str
    page_url: str


class MerchantRecord(msgspec.Struct, frozen=True, kw_only=True):
    """name: in the shop's own language. join_url: of its first program, whose card the sample is."""

    slug: str
    name: str
    language: str
    api_key: str
    owner: Login
    staff: Login
    programs: list[ProgramRecord]
    join_url: str
    sample_card: SampleCard


class Demo(msgspec.Struct, frozen=True):
    """All that the file holds."""

    base_url: str
    merchants: list[MerchantRecord]

    def at(self, base_url: str) -> Demo:
        """The same shops under another address."""

        def moved(url: str) -> str:
            return base_url + url.removeprefix(self.base_url)

        merchants = [
            msgspec.structs.replace(
                merchant,
                join_url=moved(merchant.join_url),
                sample_card=msgspec.structs.replace(
                    merchant.sample_card, page_url=moved(merchant.sample_card.page_url)
                ),
            )
            for merchant in self.merchants
        ]
        return Demo(base_url, merchants)


def read_demo(folder: Path) -> Demo | None:
    """What was written; None when nothing was, or only half."""
    try:
        return msgspec.json.decode((folder / NAME).read_bytes(), type=Demo)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_demo(folder: Path, demo: Demo) -> None:
    """Write it whole or not at all, for this user's eyes only."""
    text = msgspec.json.format(msgspec.json.encode(demo), indent=2)
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{NAME}-")
    with os.fdopen(handle, "wb") as file:
        file.write(text + b"\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, folder / NAME)
