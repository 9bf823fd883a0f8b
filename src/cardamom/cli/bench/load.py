"""Load over HTTP: a web process like `serve` starts one, and wrk in front of it."""

from __future__ import annotations

import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import msgspec

from cardamom.db.settings import Settings

_START_SECONDS = 30.0
_LATENCY = re.compile(r"^\s+(50|99)%\s+([0-9.]+)(us|ms|s)$", re.MULTILINE)
_REQUESTS = re.compile(r"(\d+) requests in ([0-9.]+)(us|ms|s|m)")
_RATE = re.compile(r"Requests/sec:\s+([0-9.]+)")
_WRONG = re.compile(r"^wrong answers: (\d+)$", re.MULTILINE)
_MILLISECONDS = {"us": 0.001, "ms": 1.0, "s": 1000.0}

#: Cards are drawn at random; vouchers one after the other, because each can be used once.
_SCRIPT = """
local keys, codes = {}, {}
for line in io.lines("%(keys)s") do keys[#keys + 1] = line end
for line in io.lines("%(codes)s") do codes[#codes + 1] = line end
local run, counter, wrong = "%(run)s", 0, 0
local start = tonumber("%(start)s")
math.randomseed(os.time())
function request()
  counter = counter + 1
  local index = %(index)s
  local key = keys[math.floor((index - 1) * #keys / #codes) + 1]
  local headers = {
    ["Authorization"] = "Bearer " .. key, ["Content-Type"] = "application/json",
    ["Idempotency-Key"] = run .. counter
  }
  return wrk.format("POST", "/api/v1/scans", headers, '{"code":"' .. codes[index] .. '"%(more)s}')
end
%(pause)s
function response(status, headers, body)
  if status ~= 200 or not string.find(body, '"outcome":"accepted"', 1, true) then
    wrong = wrong + 1
    if wrong == 1 then io.stderr:write(status .. " " .. body .. "\\n") end
    print("wrong answers: " .. wrong)
  end
end
"""


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """One run of wrk. cpu_us: of the web process per request."""

    connections: int
    requests: int
    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float


class WebProcess:
    """A started web process: where it listens and what it uses."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process = process
        self.port = port

    @property
    def workers(self) -> list[int]:
        """The pids of the worker processes."""
        found = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in found.stdout.split()]

    def rss_mb(self) -> float:
        """Resident memory of the largest worker."""
        sizes = []
        for pid in self.workers:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
            kilobytes = re.search(r"VmRSS:\s+(\d+) kB", status)
            if kilobytes is not None:
                sizes.append(int(kilobytes[1]) / 1024)
        return max(sizes, default=0.0)

    def cpu_seconds(self) -> float:
        """User and system time of all workers so far."""
        ticks = 0
        for pid in self.workers:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def web_process(
    settings: Settings, url: str, *, workers: int, more: Mapping[str, str] | None = None
) -> Iterator[WebProcess]:
    """Start what `cardamom serve` starts for HTTP, without a job worker, and stop it at the end.

    more: further settings, by the names of their environment variables.
    """
    port = _free_port()
    environment = {
        **os.environ,
        "CARDAMOM_DATABASE_URL": url,
        "CARDAMOM_DATA": str(settings.data),
        "CARDAMOM_BASE_URL": f"http://127.0.0.1:{port}",
        "CARDAMOM_RATE_LIMIT": "0",
        # Deprecations of libraries are not what is measured.
        "PYTHONWARNINGS": "ignore",
        **(more or {}),
    }
    command = [sys.executable, "-m", "cardamom.cli.web_process", "127.0.0.1", str(port), str(workers)]
    process = subprocess.Popen(command, env=environment)
    try:
        _wait_for(port, process)
        yield WebProcess(process, port)
    finally:
        process.terminate()
        process.wait()


def scan_script(
    keys: list[str],
    codes: list[str],
    folder: Path,
    *,
    redeem_from: int | None = None,
    stamp_pause_ms: int | None = None,
) -> Path:
    """A wrk script that stamps cards at random, or redeems vouchers in order from an index on.

    stamp_pause_ms: instead stamp the cards in order, each connection resting so long on average between requests.
    """
    (folder / "keys").write_text("\n".join(keys), encoding="ascii")
    (folder / "codes").write_text("\n".join(codes), encoding="ascii")
    path = folder / "scan.lua"
    is_redeeming = redeem_from is not None
    is_in_order = is_redeeming or stamp_pause_ms is not None
    path.write_text(
        _SCRIPT
        % {
            "keys": folder / "keys",
            "codes": folder / "codes",
            "run": secrets.token_hex(6) + "-",
            "start": redeem_from or 0,
            "index": "start + counter" if is_in_order else "math.random(#codes)",
            "pause": ""
            if stamp_pause_ms is None
            else f"function delay() return math.random(0, {2 * stamp_pause_ms}) end",
            "more": ',"action":"redeem"' if is_redeeming else "",
        },
        encoding="ascii",
    )
    return path


def measure(web: WebProcess, script: Path, *, connections: int, seconds: int) -> Measured:
    """Run wrk once. Raises RuntimeError when an answer was not an accepted scan: such a figure means nothing."""
    before = web.cpu_seconds()
    address = f"http://127.0.0.1:{web.port}"
    command = [
        "wrk",
        "-t",
        "1",
        "-c",
        str(connections),
        "-d",
        f"{seconds}s",
        "--latency",
        "-s",
        str(script),
        address,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    requests, rate = _REQUESTS.search(done.stdout), _RATE.search(done.stdout)
    if done.returncode != 0 or requests is None or rate is None:
        raise RuntimeError(f"wrk failed: {done.stderr[-600:]}")
    if _WRONG.search(done.stdout) or "Non-2xx" in done.stdout:
        raise RuntimeError(f"not every scan was accepted: {done.stderr[-600:]}")
    if len(_LATENCY.findall(done.stdout)) < 2:
        raise RuntimeError(done.stdout)
    latency = {
        name: float(value) * _MILLISECONDS[unit] for name, value, unit in _LATENCY.findall(done.stdout)
    }
    count = int(requests[1])
    return Measured(
        connections=connections,
        requests=count,
        per_second=float(rate[1]),
        p50_ms=latency["50"],
        p99_ms=latency["99"],
        cpu_us=(web.cpu_seconds() - before) / max(count, 1) * 1e6,
    )


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder for scripts and lists."""
    with tempfile.TemporaryDirectory(prefix="cardamom-bench-") as folder:
        yield Path(folder)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError("the web process ended at once")
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise RuntimeError("the web process did not become ready")
