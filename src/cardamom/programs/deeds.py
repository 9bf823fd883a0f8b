"""What changes a program, performed inside the ledger's transaction. For rewards see `reward_deeds`.

The commands arrive checked by `service`; what only the database knows is decided here: slugs that are taken, rewards
and locations that exist, and what a patch makes of the newest version.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Literal

import msgspec
import sqlalchemy as sa
from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncConnection

from cardamom.kit.colour import PAPER, readable_on
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import new_id
from cardamom.kit.localised import Localised
from cardamom.ledger.commands import Command
from cardamom.ledger.decisions import Decision, Event, Occasion
from cardamom.ledger.handlers import Tx
from cardamom.ledger.writer import Ledger
from cardamom.merchants.queries import merchant_by_id
from cardamom.merchants.rules import slug_of
from cardamom.merchants.schemas import Brand
from cardamom.programs import events
from cardamom.programs.checks import check_design, check_join_form, check_rules
from cardamom.programs.definition import Rules
from cardamom.programs.errors import ProgramNotDraft, RulesMalformed
from cardamom.programs.references import require_locations, require_pictures, require_rewards
from cardamom.programs.reward_deeds import CreateReward, CreateRewardDeed, UpdateReward, UpdateRewardDeed
from cardamom.programs.schemas import Colours, Design, DesignIn, JoinForm, ProgramPatch, patched
from cardamom.programs.slugs import claim_slug, claim_suggested_slug
from cardamom.programs.tables import program_versions, programs


class CreateProgram(Command, frozen=True, kw_only=True):
    """slug: the one that was asked for and no other."""

    kind: ClassVar[str] = "program.create"

    name: Localised
    rules: Rules
    design: DesignIn
    join_form: JoinForm
    status: Literal["draft", "live"]
    slug: str | None


class UpdateProgram(Command, frozen=True, kw_only=True):
    kind: ClassVar[str] = "program.update"

    program_id: str
    patch: ProgramPatch


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a version of a program fixes for ever."""

    rules: Rules
    design: Design
    join_form: JoinForm


class CreateProgramDeed:
    async def perform(self, tx: Tx, command: CreateProgram, occasion: Occasion) -> Decision:
        merchant_id, program_id = command.merchant_id, new_id()
        shop = await merchant_by_id(tx.sql, merchant_id)
        await _require_what_rules_name(tx.sql, merchant_id, command.rules)
        await _require_pictures_of(tx.sql, command.design)
        if command.slug is not None:
            slug = command.slug
            await claim_slug(tx.sql, slug, merchant_id=merchant_id, program_id=program_id)
        else:
            name = slug_of(command.name, preferred=shop.language)
            slug = await claim_suggested_slug(
                tx.sql, shop=shop.slug, name=name, merchant_id=merchant_id, program_id=program_id
            )
        await tx.sql.execute(
            sa.insert(programs).values(
                merchant_id=merchant_id,
                id=program_id,
                slug=slug,
                name=command.name,
                status=command.status,
                version=1,
                created_at=occasion.now,
                updated_at=occasion.now,
            )
        )
        version = Version(
            rules=command.rules, design=_coloured(command.design, shop.brand), join_form=command.join_form
        )
        await _write_version(tx.sql, merchant_id, program_id, 1, version, now=occasion.now)
        return Decision(
            facts={"program_id": program_id, "slug": slug, "version": 1},
            events=[events.program_created(program_id, slug=slug, status=command.status)],
        )


def _coloured(design: DesignIn, brand: Brand) -> Design:
    """The design in the business's colours where it has none of its own."""
    parts = msgspec.structs.asdict(design)
    if design.colours is None:
        background = brand.background or PAPER
        parts["colours"] = Colours(background=background, ink=readable_on(background), accent=brand.colour)
    return Design(**parts)


async def _require_what_rules_name(tx: AsyncConnection, merchant_id: str, rules: Rules) -> None:
    """Raises RulesMalformed for a reward or location that this merchant does not have."""
    if rules.reward is not None:
        await require_rewards(tx, merchant_id, [rules.reward], field="reward")
    await require_rewards(tx, merchant_id, [goal.reward for goal in rules.milestones], field="milestones")
    await require_locations(tx, merchant_id, rules.locations or [], malformed=RulesMalformed)


async def _require_pictures_of(tx: AsyncConnection, design: DesignIn) -> None:
    """Raises PictureUnknown."""
    await require_pictures(tx, {"logo": design.logo, "cover": design.cover, "stamp": design.stamp})


async def _write_version(
    tx: AsyncConnection, merchant_id: str, program_id: str, number: int, version: Version, *, now: datetime
) -> None:
    await tx.execute(
        sa.insert(program_versions).values(
            merchant_id=merchant_id,
            program_id=program_id,
            version=number,
            created_at=now,
            **msgspec.to_builtins(version),
        )
    )


class UpdateProgramDeed:
    async def perform(self, tx: Tx, command: UpdateProgram, occasion: Occasion) -> Decision:
        found = await _locked_program(tx.sql, command.merchant_id, command.program_id)
        changes = _row_changes(command.patch, found)
        if "slug" in changes:
            await claim_slug(
                tx.sql, changes["slug"], merchant_id=command.merchant_id, program_id=command.program_id
            )
        changed = list(changes)
        current = await _newest_version(tx.sql, command.merchant_id, command.program_id, found["version"])
        wanted = patched_version(current, command.patch)
        parts = [
            name for name in Version.__struct_fields__ if getattr(wanted, name) != getattr(current, name)
        ]
        number = found["version"]
        if "rules" in parts or changes.get("status") == "live":
            await _require_what_rules_name(tx.sql, command.merchant_id, wanted.rules)
        if "design" in parts:
            await _require_pictures_of(tx.sql, wanted.design)
        if parts:
            number += 1
            await _write_version(
                tx.sql, command.merchant_id, command.program_id, number, wanted, now=occasion.now
            )
            changes["version"] = number
        if changes:
            one = sa.update(programs).where(
                programs.c.merchant_id == command.merchant_id, programs.c.id == command.program_id
            )
            await tx.sql.execute(one.values(**changes, updated_at=occasion.now))
        status = changes.get("status", found["status"])
        return Decision(
            facts={"program_id": command.program_id, "version": number, "changed": [*changed, *parts]},
            events=_announced(command.program_id, [*changed, *parts], status=status, version=number),
        )


def _row_changes(patch: ProgramPatch, found: Mapping[str, Any]) -> dict[str, Any]:
    """What differs and is not versioned. Raises ProgramNotDraft."""
    asked: dict[str, Any] = {"name": patch.name, "slug": patch.slug, "status": patch.status}
    changes = {name: value for name, value in asked.items() if value is not UNSET and value != found[name]}
    if changes.get("status") == "draft":
        raise ProgramNotDraft
    return changes


def _announced(program_id: str, changed: list[str], *, status: str, version: int) -> list[Event]:
    if not changed:
        return []
    announced = [events.program_updated(program_id, changed=changed, status=status, version=version)]
    if "status" in changed and status == "archived":
        announced.append(events.program_archived(program_id))
    return announced


def patched_version(current: Version, patch: ProgramPatch) -> Version:
    """What a patch makes of a version. Raises the refusals of `checks`."""
    wanted = current
    if patch.rules is not UNSET:
        wanted = msgspec.structs.replace(wanted, rules=check_rules(patched(current.rules, patch.rules)))
    if patch.design is not UNSET:
        design = check_design(patched(current.design, patch.design))
        wanted = msgspec.structs.replace(wanted, design=design)
    if patch.join_form is not UNSET:
        form = check_join_form(patched(current.join_form, patch.join_form))
        wanted = msgspec.structs.replace(wanted, join_form=form)
    return wanted


async def _locked_program(tx: AsyncConnection, merchant_id: str, program_id: str) -> Mapping[str, Any]:
    """A program of this merchant, locked so that versions follow one another. Raises NotFound."""
    row = sa.select(programs).where(programs.c.merchant_id == merchant_id, programs.c.id == program_id)
    found = (await tx.execute(row.with_for_update(key_share=True))).mappings().first()
    if found is None:
        raise NotFound
    return dict(found)


async def _newest_version(tx: AsyncConnection, merchant_id: str, program_id: str, number: int) -> Version:
    row = sa.select(program_versions.c.rules, program_versions.c.design, program_versions.c.join_form).where(
        program_versions.c.merchant_id == merchant_id,
        program_versions.c.program_id == program_id,
        program_versions.c.version == number,
    )
    found = (await tx.execute(row)).mappings().one()
    return msgspec.convert({name: found[name] for name in Version.__struct_fields__}, Version)


def register(ledger: Ledger) -> None:
    """Tell the ledger who performs the commands of this package."""
    ledger.register(CreateProgram, CreateProgramDeed())
    ledger.register(UpdateProgram, UpdateProgramDeed())
    ledger.register(CreateReward, CreateRewardDeed())
    ledger.register(UpdateReward, UpdateRewardDeed())
