"""Who may do what: two roles, their grants, and row security, all derived from what the tables say about themselves.

The web role reads one merchant at a time. The ledger role writes and sees every merchant, because a batch spans them.
Where the connecting user may not create roles there is one role: row security still holds, grants cannot.
"""

import hashlib
from typing import Any, Literal

import msgspec
import psycopg
import sqlalchemy as sa
import structlog
from psycopg import sql
from psycopg.rows import TupleRow

log = structlog.get_logger(__name__)

Door = Literal["web", "ledger"]

#: Per door, on top of what every connection says. ALTER ROLE carries them to the workers of a cluster, where the
#: settings of a session do not arrive; the connection itself says them because SET ROLE does not load a role's own.
TIMEOUTS: dict[Door, dict[str, str]] = {
    "web": {"lock_timeout": "3s", "statement_timeout": "15s"},
    "ledger": {"lock_timeout": "3s", "statement_timeout": "60s"},
}

#: For the owner of the tables where one role is all there is: it sees every merchant, as the ledger does.
ONE_ROLE_LEDGER: dict[str, str] = {"cardamom.door": "ledger"}

_ONE_MERCHANT = "merchant_id = nullif(current_setting('cardamom.merchant_id', true), '')::uuid"
_LEDGER_DOOR = "current_setting('cardamom.door', true) = 'ledger'"


class Roles(msgspec.Struct, frozen=True):
    """The two roles of one database. `separate` is false where they could not be created."""

    web: str
    ledger: str
    separate: bool = True

    def settings(self, door: Door) -> dict[str, str]:
        """What a connection through this door says when it begins."""
        said = dict(TIMEOUTS[door])
        if self.separate:
            said["role"] = self.web if door == "web" else self.ledger
        else:
            said["cardamom.door"] = door
        return said


def role_names(database: str) -> Roles:
    """The roles of a database. Roles belong to a whole server, so every database but our usual one has a suffix."""
    if database == "cardamom":
        return Roles("cardamom_web", "cardamom_ledger")
    # 63 bytes is PostgreSQL's limit for a name; a long one keeps its uniqueness by a hash.
    suffix = database if len(database.encode()) <= 40 else hashlib.sha256(database.encode()).hexdigest()[:16]
    return Roles(f"cardamom_web_{suffix}", f"cardamom_ledger_{suffix}")


def usable_roles(connection: psycopg.Connection[Any], database: str) -> Roles:
    """The roles that the connecting user can take on; `separate` is false when there are none."""
    names = role_names(database)
    return msgspec.structs.replace(names, separate=_can_become(connection, names.web, names.ledger))


def create_roles(connection: psycopg.Connection[TupleRow], database: str) -> Roles:
    """Create what is missing and let the connecting user take it on. Needs an open transaction.

    Falls back to one role, with a warning in the log, where the user may not create roles.
    """
    names = role_names(database)
    try:
        with connection.transaction():
            for role in (names.web, names.ledger):
                _create_role(connection, role)
    except psycopg.errors.InsufficientPrivilege as error:
        log.warning("roles.one_role", reason=error.diag.message_primary, needed=[names.web, names.ledger])
        return msgspec.structs.replace(names, separate=False)
    try:
        with connection.transaction():
            _set_timeouts(connection, names)
    except psycopg.errors.InsufficientPrivilege as error:
        # The connections say them too; only the workers of a cluster miss them.
        log.info("roles.timeouts_not_set", reason=error.diag.message_primary)
    return names


def _create_role(connection: psycopg.Connection[TupleRow], role: str) -> None:
    name = sql.Identifier(role)
    if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone() is None:
        connection.execute(sql.SQL("create role {} nologin").format(name))
    if not _can_become(connection, role):
        connection.execute(sql.SQL("grant {} to current_user").format(name))


def _can_become(connection: psycopg.Connection[Any], *roles: str) -> bool:
    """Whether the connecting user may SET ROLE to each of these. A role that does not exist is a no."""
    # Since PostgreSQL 16 who creates a role is its administrator without being a member in this sense.
    membership = "SET" if connection.info.server_version >= 160000 else "MEMBER"
    row = connection.execute(
        "select count(*) from pg_roles where rolname = any(%s) and pg_has_role(current_user, oid, %s)",
        (list(roles), membership),
    ).fetchone()
    return row is not None and row[0] == len(roles)


def _set_timeouts(connection: psycopg.Connection[TupleRow], roles: Roles) -> None:
    doors: tuple[tuple[str, Door], ...] = ((roles.web, "web"), (roles.ledger, "ledger"))
    for role, door in doors:
        for setting, value in TIMEOUTS[door].items():
            connection.execute(
                sql.SQL("alter role {} set {} = {}").format(
                    sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)
                )
            )


def apply_grants(connection: psycopg.Connection[TupleRow], metadata: sa.MetaData, roles: Roles) -> None:
    """Make grants and row security exactly what the tables declare. Repeatable; needs an open transaction."""
    statements: list[sql.Composed] = []
    for table in metadata.sorted_tables:
        if roles.separate:
            statements += _grants(table, roles)
        if table.info.get("tenant"):
            statements += _row_security(table, roles)
    if roles.separate:
        for role in (roles.web, roles.ledger):
            statements.append(sql.SQL("grant usage on schema public to {}").format(sql.Identifier(role)))
    if statements:
        connection.execute(sql.SQL(";\n").join(statements))


def privileges(table: sa.Table, door: Door) -> frozenset[str]:
    """The privileges on whole rows that a table's declaration gives to a door."""
    access = table.info.get(door, "none")
    granted = {
        "none": frozenset[str](),
        "read": frozenset({"SELECT"}),
        "insert": frozenset({"SELECT", "INSERT"}),
        "write": frozenset({"SELECT", "INSERT", "UPDATE", "DELETE"}),
    }[access]
    if table.info.get("append_only"):
        return granted - {"UPDATE", "DELETE"}
    return granted


def _grants(table: sa.Table, roles: Roles) -> list[sql.Composed]:
    name = sql.Identifier(table.name)
    everyone = sql.SQL("revoke all on table {} from public, {}, {}")
    statements = [everyone.format(name, sql.Identifier(roles.web), sql.Identifier(roles.ledger))]
    doors: tuple[tuple[Door, str], ...] = (("web", roles.web), ("ledger", roles.ledger))
    for door, role in doors:
        granted = privileges(table, door)
        if granted:
            words = sql.SQL(", ").join(sql.SQL(word) for word in sorted(granted))
            statements.append(sql.SQL("grant {} on table {} to {}").format(words, name, sql.Identifier(role)))
    columns = table.info.get("ledger_columns", ())
    if columns:
        listed = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
        statements.append(
            sql.SQL("grant update ({}) on table {} to {}").format(listed, name, sql.Identifier(roles.ledger))
        )
    return statements


def _row_security(table: sa.Table, roles: Roles) -> list[sql.Composed]:
    name = sql.Identifier(table.name)
    statements = [sql.SQL("alter table {} enable row level security").format(name)]
    statements += [
        sql.SQL("drop policy if exists {} on {}").format(sql.Identifier(policy), name)
        for policy in ("cardamom_web", "cardamom_ledger", "cardamom_one_role")
    ]
    one_merchant = sql.SQL(_ONE_MERCHANT)
    if not roles.separate:
        # The owner of a table is above row security unless it is forced.
        statements.append(sql.SQL("alter table {} force row level security").format(name))
        rule = sql.SQL("{} or {}").format(one_merchant, sql.SQL(_LEDGER_DOOR))
        policy = sql.SQL("create policy cardamom_one_role on {} to current_user using ({}) with check ({})")
        return [*statements, policy.format(name, rule, rule)]
    policy = sql.SQL("create policy {} on {} to {} using ({}) with check ({})")
    web, ledger = sql.Identifier(roles.web), sql.Identifier(roles.ledger)
    return [
        *statements,
        sql.SQL("alter table {} no force row level security").format(name),
        policy.format(sql.Identifier("cardamom_web"), name, web, one_merchant, one_merchant),
        policy.format(sql.Identifier("cardamom_ledger"), name, ledger, sql.SQL("true"), sql.SQL("true")),
    ]
