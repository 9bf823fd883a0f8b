import pytest

from tests.checks.conftest import Check


def module(statement: str) -> dict[str, str]:
    return {"src/ledger/sql.py": f'STATEMENT = """\n{statement}\n"""\n'}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("merge into account a using x on a.merchant_id = x.merchant_id", "MERGE takes no VALUES"),
        ("select set_config('app.merchant', %s, true)", "set_config() does not reach"),
        ("set app.merchant = '1'", "a session SET outlives"),
        ("insert into entry (merchant_id) values (%s) returning now()", "RETURNING must not compute"),
        ("update account set at = now() where merchant_id = %s", "an UPDATE must not call"),
        (
            "insert into entry (merchant_id) values (%s) on conflict on constraint k do nothing",
            "names of constraints",
        ),
        ("create rule r as on delete to entry do instead nothing", "rules stay on the coordinator"),
        ("select balance from account where id = %s", "a statement on account must name merchant_id"),
    ],
)
def test_a_statement_that_a_cluster_refuses_is_refused(
    complaints: Check, statement: str, reason: str
) -> None:
    found = complaints("check_sql_tenancy", module(statement))
    assert len(found) == 1
    assert reason in found[0]


@pytest.mark.parametrize(
    "statement",
    [
        "select balance from account where merchant_id = %s and id = any(%s) order by id for no key update",
        "set local app.merchant = '1'",
        "insert into entry (merchant_id, at) values (%s, %s) on conflict do nothing returning id",
        "update account a set balance = u.n from unnest(%s) u (n) where a.merchant_id = %s",
    ],
)
def test_a_statement_of_one_merchant_is_fine(complaints: Check, statement: str) -> None:
    assert complaints("check_sql_tenancy", module(statement)) == []


def test_f_strings_are_read_with_their_gaps(complaints: Check) -> None:
    source = 'def insert(rows: str) -> str:\n    return f"merge into entry using {rows}"\n'
    assert len(complaints("check_sql_tenancy", {"src/a.py": source})) == 1


def test_prose_about_sql_is_not_sql(complaints: Check) -> None:
    source = '"""Select balance from account, then merge into it."""\n\nTITLE = "Set local prices"\n'
    assert complaints("check_sql_tenancy", {"src/a.py": source}) == []


def test_migrations_run_once_and_are_excepted(complaints: Check) -> None:
    files = {"src/db/migrations/0001.py": "STATEMENT = \"set lock_timeout = '5s'\"\n"}
    assert complaints("check_sql_tenancy", files) == []
