"""The tag by which a phone asks what is new: `lastUpdated`, which it shows again as `passesUpdatedSince`.

A tag is opaque to phones and holds, for each merchant whose passes the device has, `<handle>:<position>:<passes>`, with
commas between them. The position is the highest one of that merchant that the device was shown: positions of a feed
grow in the order of commits, so nothing that comes later can have a lower one, and two changes in one second are two
positions. `passes` names the passes that the device had then, and since when: one that it got since may have changed
before the position that it knows from another pass, and is told again. So is one that was removed and added again from
an old file. Pure.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence

import msgspec

from cardamom.wallet.bindings import Binding, Held

#: Devices hold a few passes; a longer tag is not ours.
_LONGEST = 8_000
_PART = re.compile(r"([a-z0-9]{1,32}):([0-9]{1,18}):([0-9a-f]{12})", re.ASCII)


class Seen(msgspec.Struct, frozen=True):
    """What a device knows of one merchant: up to which position, of which passes (`fingerprint`)."""

    position: int
    passes: str


def write_tag(seen: Mapping[str, Seen]) -> str:
    """seen: by the handle of the merchant."""
    return ",".join(f"{handle}:{each.position}:{each.passes}" for handle, each in sorted(seen.items()))


def read_tag(tag: str | None) -> dict[str, Seen]:
    """Nothing for the first call, and for what was not written here: everything is told again, which does no harm."""
    if not tag or len(tag) > _LONGEST:
        return {}
    found = [_PART.fullmatch(part) for part in tag.split(",")]
    return {part[1]: Seen(int(part[2]), part[3]) for part in found if part is not None}


def newest(passes: Sequence[Held]) -> Seen:
    """What a device knows after it was told of these passes, which are all that it has of one merchant."""
    return Seen(max((each.binding.wanted for each in passes), default=0), fingerprint(passes))


def above(passes: Sequence[Held], seen: Seen | None) -> list[Binding]:
    """Every pass that changed after what the device knows, and not only the newest ones."""
    if seen is None or seen.passes != fingerprint(passes):
        return [each.binding for each in passes]
    return [each.binding for each in passes if each.binding.wanted > seen.position]


def fingerprint(passes: Sequence[Held]) -> str:
    """Which passes these are and since when, in a few characters."""
    lines = sorted(f"{each.binding.id} {each.registered_at.timestamp():.6f}" for each in passes)
    return hashlib.sha256(",".join(lines).encode()).hexdigest()[:12]
