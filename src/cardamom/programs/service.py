"""What an owner does with programs and rewards: create, change, publish, archive.

Every function checks the actor first, then what makes sense by itself, then asks the ledger. It answers with the
stored outcome and raises the refusal when there is one: NotFound, NotPermitted and those in `errors`.
"""

import msgspec
from msgspec import UNSET

from cardamom.access.permissions import Permission
from cardamom.access.require import require
from cardamom.kit.actor import Actor
from cardamom.kit.errors import NotFound
from cardamom.kit.ids import is_id
from cardamom.ledger.commands import Outcome
from cardamom.ledger.writer import Ledger
from cardamom.merchants.rules import checked_slug
from cardamom.programs import checks
from cardamom.programs.deeds import CreateProgram, UpdateProgram
from cardamom.programs.reward_deeds import CreateReward, UpdateReward
from cardamom.programs.schemas import ProgramIn, ProgramPatch, RewardIn, RewardPatch


async def create_program(
    ledger: Ledger, *, actor: Actor, merchant_id: str, new: ProgramIn, key: str
) -> Outcome:
    """Offer something new. Facts: program_id, slug, version.

    Raises RulesMalformed, JoinFormMalformed, SlugMalformed, SlugTaken and what the kit refuses about texts and colours.
    """
    require(actor, Permission.PROGRAMS_WRITE, merchant_id)
    command = CreateProgram(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        name=checks.check_name(new.name),
        rules=checks.check_rules(new.rules),
        design=checks.check_design(new.design),
        join_form=checks.check_join_form(new.join_form),
        status=new.status,
        slug=None if new.slug is None else checked_slug(new.slug),
    )
    return (await ledger.submit(command)).or_raise()


async def update_program(
    ledger: Ledger, *, actor: Actor, merchant_id: str, program_id: str, patch: ProgramPatch, key: str
) -> Outcome:
    """Change, publish or archive a program. Facts: program_id, version, changed (names of fields).

    Other rules, another design or join form make a new version; a new name or status does not. Raises as
    `create_program`, and ProgramNotDraft.
    """
    require(actor, Permission.PROGRAMS_WRITE, merchant_id)
    if not is_id(program_id):
        raise NotFound
    if patch.name is not UNSET:
        patch = msgspec.structs.replace(patch, name=checks.check_name(patch.name))
    if patch.slug is not UNSET:
        checked_slug(patch.slug)
    command = UpdateProgram(merchant_id=merchant_id, actor=actor, key=key, program_id=program_id, patch=patch)
    return (await ledger.submit(command)).or_raise()


async def create_reward(
    ledger: Ledger, *, actor: Actor, merchant_id: str, new: RewardIn, key: str
) -> Outcome:
    """Define something that can be given. Facts: reward_id. Raises TermsMalformed, CurrencyMismatch."""
    require(actor, Permission.PROGRAMS_WRITE, merchant_id)
    command = CreateReward(
        merchant_id=merchant_id,
        actor=actor,
        key=key,
        reward_kind=new.kind,
        title=checks.check_title(new.title),
        description=checks.check_text(new.description),
        image=new.image,
        terms=checks.check_terms(new.terms),
    )
    return (await ledger.submit(command)).or_raise()


async def update_reward(
    ledger: Ledger, *, actor: Actor, merchant_id: str, reward_id: str, patch: RewardPatch, key: str
) -> Outcome:
    """Change a reward for the vouchers to come, archive it or bring it back. Facts: reward_id, changed.

    Raises TermsMalformed, CurrencyMismatch, and RewardInUse for the archiving of one that a program gives.
    """
    require(actor, Permission.PROGRAMS_WRITE, merchant_id)
    if not is_id(reward_id):
        raise NotFound
    if patch.title is not UNSET:
        patch = msgspec.structs.replace(patch, title=checks.check_title(patch.title))
    if patch.description is not UNSET:
        patch = msgspec.structs.replace(patch, description=checks.check_text(patch.description))
    command = UpdateReward(merchant_id=merchant_id, actor=actor, key=key, reward_id=reward_id, patch=patch)
    return (await ledger.submit(command)).or_raise()
