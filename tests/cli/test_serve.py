"""`cardamom serve` on an empty folder: it comes up, comes back after every death, and stops cleanly."""

import http.client
import json
import re
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from cardamom.cli.serve import answers
from tests.cli.commands import Running, cardamom, running
from tests.cli.patience import eventually

pytestmark = [pytest.mark.slow, pytest.mark.crash]


def get(url: str) -> tuple[int, str]:
    parts = urlsplit(url)
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)) as connection:
        connection.request("GET", f"{parts.path}?{parts.query}")
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.fixture(scope="module")
def served(home: Path) -> Iterator[Running]:
    """A server on a free port. Tests that kill a part of it leave it whole again; the last one kills it."""
    with running("serve", "--data", str(home / "data"), "--port", "0", folder=home) as command:
        eventually(lambda: url_of(command), seconds=60, what="the address")
        yield command


def url_of(command: Running) -> str | None:
    found = re.search(r"ready: (\S+)", command.said)
    return found[1] if found else None


def child_of(command: Running, *words: str) -> psutil.Process:
    """The one child process with all these words on its command line."""

    def look() -> psutil.Process | None:
        for process in psutil.Process(command.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                line = " ".join(process.cmdline())
                if all(word in line for word in words):
                    return process
        return None

    return eventually(look, what=f"a process with {words}")


def test_it_answers_and_says_how_to_begin(served: Running, home: Path) -> None:
    url = str(url_of(served))
    assert get(f"{url}/healthz") == (200, '{"status":"ok"}')
    assert get(f"{url}/readyz")[0] == 200
    assert str(home / "data") in served.said
    setup = re.search(r"http://\S+/setup\?token=\S+", served.said)
    assert setup is not None
    assert get(setup[0])[0] == 200


def test_the_web_process_logs_lines_of_json(served: Running) -> None:
    parts = urlsplit(str(url_of(served)))
    with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)) as connection:
        connection.request(
            "POST", "/apple/v1/log", body=json.dumps({"logs": ["Unexpected response code 403"]})
        )
        assert connection.getresponse().status == 200
    line = eventually(
        lambda: next((each for each in served.complained.splitlines() if "device_complains" in each), None),
        what="the complaint in the log",
    )
    assert json.loads(line)["event"] == "wallet.device_complains"


def test_a_second_one_on_the_same_folder_is_refused(served: Running, home: Path) -> None:
    done = cardamom("serve", "--data", str(home / "data"), "--port", "0")
    assert done.returncode == 1
    assert f"process {served.process.pid} does it" in done.stderr


def test_a_port_in_use_is_refused_before_anything_is_started(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = cardamom("serve", "--data", str(home / "other"), "--port", port)
    assert done.returncode == 1
    assert f"Port {port} of 127.0.0.1 is in use" in done.stderr
    assert not (home / "other" / "postgres").exists()


@pytest.mark.parametrize(
    "words", [("web_process",), ("main", "worker"), ("bin/postgres",)], ids=["web", "worker", "database"]
)
def test_what_is_killed_comes_back(served: Running, words: tuple[str, ...]) -> None:
    before = child_of(served, *words)
    before.send_signal(signal.SIGKILL)
    eventually(lambda: not before.is_running() or before.status() == psutil.STATUS_ZOMBIE, what="its end")

    def look() -> bool:
        return child_of(served, *words).pid != before.pid

    assert eventually(look, what="its return")
    url = str(url_of(served))
    assert eventually(lambda: get_or_none(f"{url}/readyz") == 200, what="an answer")


def get_or_none(url: str) -> int | None:
    try:
        return get(url)[0]
    except (OSError, http.client.HTTPException):
        return None


def test_after_the_supervisor_was_killed_the_next_start_goes_on(served: Running, home: Path) -> None:
    url = str(url_of(served))
    web = child_of(served, "web_process")
    served.process.kill()
    served.process.wait()
    eventually(lambda: not web.is_running(), what="the end of an orphan")
    assert not answers(url)
    port = str(urlsplit(url).port)
    with running("serve", "--data", str(home / "data"), "--port", port, folder=home) as command:
        assert eventually(lambda: url_of(command), seconds=60, what="the address") == url
        assert command.stop(signal.SIGINT) == 0
        assert not answers(url)
    assert "Stopped." in command.complained
