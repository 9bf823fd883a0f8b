"""The public names of programs: /j/{slug} has no merchant in it, so a slug is taken on the whole server."""

import secrets
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.merchants.errors import SlugTaken
from cardamom.merchants.rules import HANDLE_ALPHABET, SLUG_LIMIT
from cardamom.merchants.tables import directory

KIND = "program_slug"

#: How many numbers are tried before letters are drawn.
_NUMBERS = range(2, 10)
_RANDOM_TRIES = 8
_LETTERS = 4


async def claim_slug(tx: AsyncConnection, slug: str, *, merchant_id: str, program_id: str) -> None:
    """Take exactly this slug, or take an old one of the same program again. Raises SlugTaken."""
    if await _claim(tx, slug, merchant_id=merchant_id, program_id=program_id):
        return
    owner = sa.select(directory.c.subject_id).where(directory.c.kind == KIND, directory.c.key == slug)
    if (await tx.execute(owner)).scalar() != program_id:
        raise SlugTaken


async def claim_suggested_slug(
    tx: AsyncConnection, *, shop: str, name: str, merchant_id: str, program_id: str
) -> str:
    """Take the best free slug and return it: the shop's own, else one with the program's name, else a numbered one.

    shop: the merchant's slug. name: the program's name as a slug, "" where it has no Latin letters.
    """
    for slug in _suggestions(shop, name):
        if await _claim(tx, slug, merchant_id=merchant_id, program_id=program_id):
            return slug
    raise SlugTaken


def _suggestions(shop: str, name: str) -> Iterator[str]:
    yield shop
    stem = f"{shop}-{name or _letters()}"[: SLUG_LIMIT - _LETTERS - 1].rstrip("-")
    yield stem
    yield from (f"{stem}-{number}" for number in _NUMBERS)
    yield from (f"{stem}-{_letters()}" for _try in range(_RANDOM_TRIES))


def _letters() -> str:
    return "".join(secrets.choice(HANDLE_ALPHABET) for _position in range(_LETTERS))


async def _claim(tx: AsyncConnection, slug: str, *, merchant_id: str, program_id: str) -> bool:
    """Put a slug into the directory. False when somebody has it; waits for one who is about to."""
    row = insert(directory).values(kind=KIND, key=slug, merchant_id=merchant_id, subject_id=program_id)
    claimed = await tx.execute(row.on_conflict_do_nothing().returning(directory.c.key))
    return claimed.first() is not None
