"""The golden cases of the stamp rules, and how one is run. The rules in JavaScript are run with the same file.

A case names a `step` (begin, stamp, unstamp, standing), its input, and the `answer`: every field that differs from its
default, or {"refused": code, "facts": ...}. Where `later` is absent, the rules did not change.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from cardamom.kit.errors import Refused
from cardamom.programs.rules import Given, Progress, Rules, Visit, begin, stamp, standing, unstamp

FILE = Path(__file__).parent.parent / "golden" / "stamp_cases.json"


def cases() -> list[dict[str, Any]]:
    return json.loads(FILE.read_text(encoding="utf-8"))


def answer(case: dict[str, Any]) -> Any:
    """What the rules say to a case, in JSON types."""
    return in_json(_STEPS[case["step"]](case))


def _begin(case: dict[str, Any]) -> Any:
    return begin(_rules(case["rules"]), version=case["version"])


def _stamp(case: dict[str, Any]) -> Any:
    progress = _progress(case)
    return stamp(
        msgspec.convert(case["visit"], Visit),
        balance=case["balance"],
        progress=progress,
        rules=_rules(case["rules"]),
        later=_rules(case.get("later", case["rules"])),
        later_version=case.get("later_version", progress.version),
        time_zone=case["time_zone"],
        currency=case["currency"],
    )


def _unstamp(case: dict[str, Any]) -> Any:
    progress = _progress(case)
    earlier = {int(version): _rules(rules) for version, rules in case.get("earlier_rules", {}).items()}
    return unstamp(
        msgspec.convert(case["given"], Given),
        balance=case["balance"],
        progress=progress,
        rules=earlier | {progress.version: _rules(case["rules"])},
        withdrawable={(cycle, at) for cycle, at in case["withdrawable"]},
    )


def _standing(case: dict[str, Any]) -> Any:
    return standing(
        case["balance"], _progress(case), _rules(case["rules"]), now=datetime.fromisoformat(case["now"])
    )


_STEPS = {"begin": _begin, "stamp": _stamp, "unstamp": _unstamp, "standing": _standing}


def _rules(value: dict[str, Any]) -> Rules:
    return msgspec.convert(value, Rules)


def _progress(case: dict[str, Any]) -> Progress:
    return msgspec.convert(case["progress"], Progress)


def in_json(result: Any) -> Any:
    if isinstance(result, Refused):
        return {"refused": result.code, "facts": result.facts}
    if isinstance(result, int):
        return result
    told = json.loads(msgspec.json.encode(result))
    return {name: value for name, value in told.items() if value not in (None, [], 0) or name == "balance"}
