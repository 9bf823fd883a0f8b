"""What is logged is readable by machines, and holds nothing that a customer told us."""

import json
import subprocess
import sys

from cardamom.cli.logs import SECRET_NAMES, withhold_secrets

PROGRAM = """
import logging, structlog
from cardamom.cli.logs import configure_logs
configure_logs()
log = structlog.get_logger("shop")
log.info("card.stamped", code="1234", facts={"phone": "+447700900123", "balance": 3})
secret = "+447700900123"
try:
    raise ValueError("duplicate key\\nDETAIL:  Key (phone)=(+447700900123) already exists.")
except ValueError:
    log.exception("customer.failed")
logging.getLogger("library").warning("%s jobs", 3)
logging.getLogger("httpx2").info("HTTP Request: PATCH https://example.org")
"""


def lines() -> list[dict[str, object]]:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "+447700900123" not in done.stderr
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_each_line_is_an_object_without_secrets() -> None:
    stamped, failed, library = lines()
    assert stamped["event"] == "card.stamped"
    assert stamped["code"] == "[withheld]"
    assert stamped["facts"] == {"phone": "[withheld]", "balance": 3}
    assert "ValueError" in str(failed["exception"])
    assert (library["logger"], library["event"]) == ("library", "3 jobs")


def test_every_secret_name_is_withheld_at_any_depth() -> None:
    for name in SECRET_NAMES:
        kept = withhold_secrets(
            None, "info", {"event": "x", name: "s", "deep": {"deeper": {name.upper(): "s"}}}
        )
        assert kept == {
            "event": "x",
            name: "[withheld]",
            "deep": {"deeper": {name.upper(): "[withheld]"}},
        }
