"""What a decision does to accounts: pure bookkeeping. No database, no clock."""

from __future__ import annotations

import msgspec

from cardamom.ledger.chain import canonical_time, entry_hash
from cardamom.ledger.decisions import Account, Decision, Occasion


class FloorBroken(ArithmeticError):
    """A decision would take a balance below its floor. The deciding rule is wrong; nothing of it is written."""


class Entry(msgspec.Struct, frozen=True):
    """One movement as it will be stored, with its place in the chain."""

    merchant_id: str
    account_id: str
    seq: int
    operation_id: str
    unit: str
    delta: int
    balance: int
    hash: bytes


def post(accounts: dict[str, Account], decision: Decision, occasion: Occasion) -> list[Entry]:
    """Apply a decision to the loaded accounts and return its entries, in order.

    Changes `accounts` in place, so that the next decision of the batch sees this one; opened accounts are added.
    Raises FloorBroken or KeyError (a move on an account that was not loaded) before anything was changed.
    """
    opened = {account.id: account for account in decision.opened}
    _check(accounts, opened, decision)
    accounts.update(opened)
    recorded_at = canonical_time(occasion.now)
    entries = []
    for move in decision.moves:
        account = accounts[move.account_id]
        account.balance += move.delta
        account.seq += 1
        account.head = entry_hash(
            account.head,
            merchant_id=account.merchant_id,
            account_id=account.id,
            seq=account.seq,
            operation_id=occasion.operation_id,
            unit=move.unit,
            delta=move.delta,
            balance=account.balance,
            recorded_at=recorded_at,
        )
        entries.append(
            Entry(
                account.merchant_id,
                account.id,
                account.seq,
                occasion.operation_id,
                move.unit,
                move.delta,
                account.balance,
                account.head,
            )
        )
    for account_id, state in decision.states.items():
        accounts[account_id].state = state
    return entries


def touched(decision: Decision) -> set[str]:
    """The ids of the accounts whose row a decision changes."""
    ids = set(decision.states)
    for move in decision.moves:
        ids.add(move.account_id)
    for account in decision.opened:
        ids.add(account.id)
    return ids


def _check(accounts: dict[str, Account], opened: dict[str, Account], decision: Decision) -> None:
    ahead: dict[str, int] = {}
    for move in decision.moves:
        account = opened.get(move.account_id) or accounts[move.account_id]
        balance = ahead.get(move.account_id, account.balance) + move.delta
        if balance < account.floor:
            raise FloorBroken(f"{account.kind} account {account.id} would fall to {balance}")
        ahead[move.account_id] = balance
    for account_id in decision.states:
        if account_id not in opened and account_id not in accounts:
            raise KeyError(account_id)
