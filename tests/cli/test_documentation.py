"""Every command and every option of the command line is in docs/reference/commands.md."""

from pathlib import Path

from typer.main import get_command

from cardamom.cli.main import app
from cardamom.cli.work import JOBS

REFERENCE = (Path(__file__).parents[2] / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")

#: Explained once for all commands, or by typer itself.
COMMON = {"--data", "--help", "-h"}


def test_every_command_and_option_is_documented() -> None:
    commands = get_command(app).commands
    assert len(commands) >= 10
    for name, command in commands.items():
        assert f"## `cardamom {name}" in REFERENCE
        for parameter in command.params:
            for option in getattr(parameter, "opts", ()):
                assert not option.startswith("-") or option in COMMON or f"`{option}`" in REFERENCE, option


def test_every_job_that_comes_by_the_clock_is_documented() -> None:
    periodic = {task.name for task in JOBS if task.name != "vouchers.tell_of_empty_pool"}
    for name in periodic:
        assert f"`{name}`" in REFERENCE
