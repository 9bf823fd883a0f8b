"""Pushes over one long connection, whatever the other side says or does not say."""

import asyncio
import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cardamom.cli.bench.apns import Answer, MockApns, mock_apns
from cardamom.db.problems import SettingProblem
from cardamom.db.wallet_settings import WalletSettings, wallet_settings
from cardamom.wallet.apple import push_client
from cardamom.wallet.apple.certificates import PassCertificate
from cardamom.wallet.apple.push_client import PushClient, PushUnavailable
from cardamom.wallet.apple.test_authority import Authority, new_authority
from cardamom.wallet.endpoints import endpoints_of

TOKEN = "ab" * 32


@pytest.fixture
async def apns(authority: Authority) -> AsyncIterator[MockApns]:
    async with mock_apns(trusted=authority.root_pem + authority.wwdr_pem) as apns:
        yield apns


@pytest.fixture
async def client(apns: MockApns, pass_certificate: PassCertificate) -> AsyncIterator[PushClient]:
    client = PushClient(pass_certificate, apns.url, trusted=apns.authority)
    yield client
    await client.close()


async def push_all(client: PushClient, count: int) -> list[Any]:
    return await asyncio.gather(*(client.push(f"{number:064x}") for number in range(count)))


async def test_a_push_is_what_apple_expects_of_a_pass(
    apns: MockApns, client: PushClient, pass_certificate: PassCertificate
) -> None:
    assert (await client.push(TOKEN)).status == 200
    (push,) = apns.pushes
    assert (push.token, push.body) == (TOKEN, b"{}")
    assert push.headers["apns-topic"] == pass_certificate.pass_type
    assert push.headers["apns-priority"] == "10"
    assert 86_000 < int(push.headers["apns-expiration"]) - push.at < 86_500
    assert pass_certificate.pass_type in push.subject, "the pass certificate is the client certificate"


async def test_a_thousand_pushes_share_one_connection(apns: MockApns, client: PushClient) -> None:
    answers = await push_all(client, 1_000)
    assert {answer.status for answer in answers} == {200}
    assert (len(apns.pushes), apns.connections) == (1_000, 1)


async def test_never_more_streams_than_the_server_takes(apns: MockApns, client: PushClient) -> None:
    apns.max_streams = 3
    apns.delay_seconds = 0.005
    await push_all(client, 40)
    assert (len(apns.pushes), apns.most_streams) == (40, 3)


async def test_nothing_is_sent_that_the_server_has_no_room_for(apns: MockApns, client: PushClient) -> None:
    apns.window = 0
    answers = await push_all(client, 20)
    assert {answer.status for answer in answers} == {200}
    assert {push.body for push in apns.pushes} == {b"{}"}


async def test_who_stops_waiting_gives_the_turn_to_the_next(apns: MockApns, client: PushClient) -> None:
    apns.max_streams = 1
    apns.delay_seconds = 0.05
    await client.push(TOKEN)
    tasks = [asyncio.create_task(client.push(TOKEN)) for _ in range(6)]
    await asyncio.sleep(0.02)
    for task in tasks[:4]:  # the one under way and three that wait
        task.cancel()
    async with asyncio.timeout(5):
        assert [(await task).status for task in tasks[4:]] == [200, 200]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(400, "BadDeviceToken"), (400, "BadDeviceToken", None, None)),
        (Answer(403, "BadCertificate"), (403, "BadCertificate", None, None)),
        (Answer(429, "TooManyRequests", retry_after_seconds=7), (429, "TooManyRequests", None, 7.0)),
        (
            Answer(429, "TooManyRequests", retry_after_seconds=10**400),
            (429, "TooManyRequests", None, 3_600.0),
        ),
        (Answer(500, "InternalServerError"), (500, "InternalServerError", None, None)),
        (Answer(503, "Shutdown"), (503, "Shutdown", None, None)),
        (
            Answer(410, "Unregistered", since=datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)),
            (410, "Unregistered", datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC), None),
        ),
    ],
)
async def test_apples_answers(
    apns: MockApns, client: PushClient, answer: Answer, expected: tuple[Any, ...]
) -> None:
    apns.answers[TOKEN] = [answer]
    said = await client.push(TOKEN)
    assert (said.status, said.reason, said.since, said.retry_after_seconds) == expected
    assert (await client.push(TOKEN)).status == 200, "the connection goes on"
    assert apns.connections == 1


async def test_a_push_that_met_the_end_of_a_connection_goes_to_the_next(
    apns: MockApns, client: PushClient
) -> None:
    await client.push(TOKEN)
    apns.delay_seconds = 0.2
    pushing = [asyncio.create_task(client.push(f"{number:064x}")) for number in range(10)]
    await asyncio.sleep(0.1)
    apns.go_away("Shutdown", processed=False)
    apns.delay_seconds = 0.0
    assert {answer.status for answer in await asyncio.gather(*pushing)} == {200}
    assert apns.connections == 2


async def test_a_stream_that_was_refused_is_sent_again(apns: MockApns, client: PushClient) -> None:
    apns.answers[TOKEN] = [Answer(0, reset=True)]
    assert (await client.push(TOKEN)).status == 200
    assert len(apns.pushes) == 2


async def test_a_connection_that_was_cut_is_made_again(apns: MockApns, client: PushClient) -> None:
    await client.push(TOKEN)
    await apns.stop()
    await apns.start()
    assert (await client.push(TOKEN)).status == 200


async def test_a_goodbye_that_names_the_certificate_is_a_403(apns: MockApns, client: PushClient) -> None:
    await client.push(TOKEN)
    apns.is_silent = True
    pushing = asyncio.create_task(client.push(TOKEN))
    await asyncio.sleep(0.05)
    apns.go_away("BadCertificate")
    said = await pushing
    assert (said.status, said.reason) == (403, "BadCertificate")


async def test_nobody_there_is_said_at_once_the_second_time(apns: MockApns, client: PushClient) -> None:
    await apns.stop()
    with pytest.raises(PushUnavailable):
        await client.push(TOKEN)
    with pytest.raises(PushUnavailable) as caught:
        await client.push(TOKEN)
    assert caught.value.is_foreseen
    await apns.start()
    await asyncio.sleep(1)
    assert (await client.push(TOKEN)).status == 200


async def test_no_answer_is_not_waited_for_for_ever(
    apns: MockApns, client: PushClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_client, "ANSWER_SECONDS", 0.05)
    apns.is_silent = True
    with pytest.raises(PushUnavailable):
        await client.push(TOKEN)
    apns.is_silent = False
    assert (await client.push(TOKEN)).status == 200
    assert apns.connections == 1, "it answered the ping: only the push was lost"


async def test_a_server_that_does_not_know_us_is_no_server(
    apns: MockApns, pass_certificate: PassCertificate
) -> None:
    stranger = new_authority(now=datetime.now(UTC))
    async with mock_apns(trusted=stranger.root_pem + stranger.wwdr_pem) as other:
        client = PushClient(pass_certificate, other.url, trusted=other.authority)
        with pytest.raises(PushUnavailable):
            await client.push(TOKEN)
        await client.close()
    distrustful = PushClient(pass_certificate, apns.url)
    with pytest.raises(PushUnavailable):
        await distrustful.push(TOKEN)
    assert apns.pushes == []


def test_the_key_is_in_a_file_of_ours_alone_and_only_for_a_moment(
    pass_certificate: PassCertificate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push_client.tempfile, "tempdir", str(tmp_path))
    seen: list[int] = []
    load = push_client.ssl.SSLContext.load_cert_chain

    def look(context: Any, path: str) -> None:
        seen.append(stat.S_IMODE(Path(path).stat().st_mode))
        load(context, path)

    monkeypatch.setattr(push_client.ssl.SSLContext, "load_cert_chain", look)
    PushClient(pass_certificate, "https://127.0.0.1:1")
    assert seen == [0o600]
    assert list(tmp_path.iterdir()) == []


def test_pushes_are_never_sent_in_the_clear(pass_certificate: PassCertificate) -> None:
    with pytest.raises(ValueError, match="https"):
        PushClient(pass_certificate, "http://127.0.0.1:1")


def test_passes_are_pushed_through_the_production_host_only() -> None:
    """Apple's sandbox never reaches a pass, in development neither. Whoever names it is told so at the start."""
    assert endpoints_of(WalletSettings()).apple_push == "https://api.push.apple.com"
    for address in ("https://api.sandbox.push.apple.com", "https://api.development.push.apple.com:443/"):
        with pytest.raises(SettingProblem, match="production"):
            wallet_settings({"CARDAMOM_APPLE_PUSH_URL": address})
