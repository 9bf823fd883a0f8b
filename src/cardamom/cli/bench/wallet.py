"""`cardamom bench wallet`: what its parts are. Each measures in an empty folder and tells its figures as one struct."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import msgspec

from cardamom.cli.bench.wallet_passes import bench_passes
from cardamom.cli.bench.wallet_pushes import bench_push_latency, bench_push_rate, bench_redesign
from cardamom.cli.bench.wallet_strips import measure_strips

Say = Callable[[str], None]


class Part(Protocol):
    """seconds: how long each load lasts. rounds: how often what is compared takes turns. Raises RuntimeError."""

    def __call__(self, folder: Path, *, seconds: int, rounds: int, say: Say) -> msgspec.Struct: ...


def _strips(folder: Path, *, seconds: int, rounds: int, say: Say) -> msgspec.Struct:
    return measure_strips()


#: In the order in which they are measured.
PARTS: Final[Mapping[str, Part]] = MappingProxyType(
    {
        "strips": _strips,
        "passes": bench_passes,
        "push-rate": bench_push_rate,
        "push-latency": bench_push_latency,
        "redesign": bench_redesign,
    }
)


def figures(measured: msgspec.Struct, *, under: str = "") -> dict[str, Any]:
    """Every number of a part with its name; those of a struct in it are named after both."""
    found: dict[str, Any] = {}
    for name, value in msgspec.structs.asdict(measured).items():
        if isinstance(value, msgspec.Struct):
            found |= figures(value, under=f"{under}{name}_")
        else:
            found[f"{under}{name}"] = value
    return found
