"""The facts that programs and rewards announce."""

from collections.abc import Sequence

from cardamom.ledger.decisions import Event


def program_created(program_id: str, *, slug: str, status: str) -> Event:
    return Event("program.created", program_id, {"slug": slug, "status": status, "version": 1})


def program_updated(program_id: str, *, changed: Sequence[str], status: str, version: int) -> Event:
    """changed: name, slug, status, rules, design, join_form. version: the newest, after the change."""
    return Event(
        "program.updated", program_id, {"changed": list(changed), "status": status, "version": version}
    )


def program_archived(program_id: str) -> Event:
    return Event("program.archived", program_id)


def reward_created(reward_id: str, *, kind: str) -> Event:
    return Event("reward.created", reward_id, {"kind": kind})


def reward_updated(reward_id: str, *, changed: Sequence[str]) -> Event:
    """changed: title, description, terms, archived."""
    return Event("reward.updated", reward_id, {"changed": list(changed)})
