"""The pure parts of the till's script, in a real browser: what is a scanner, what is asked again, what is shown."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Route

from cardamom.web.static import PREFIX, assets, static_url

ORIGIN = "http://till.test"


async def _serve(route: Route) -> None:
    path = urlsplit(route.request.url).path
    asset = assets().find(path.split("/", 3)[3]) if path.startswith(PREFIX) else None
    if asset is None:
        await route.fulfill(body="<!doctype html><title>Till</title>", content_type="text/html")
    else:
        await route.fulfill(body=asset.content, content_type=asset.media_type)


@pytest.fixture
async def page(chromium: Browser) -> AsyncIterator[Page]:
    """An empty page of a server that has nothing but the static files."""
    page = await chromium.new_page()
    await page.route("**/*", _serve)
    await page.goto(f"{ORIGIN}/")
    yield page
    await page.close()


async def run(page: Page, module: str, script: str, *arguments: Any) -> Any:
    """Run a function (module, ...arguments) => result with a module of the till."""
    call = f"async ([url, given]) => ({script})(await import(url), ...given)"
    return await page.evaluate(call, [static_url(f"js/till/{module}.js"), list(arguments)])


async def test_digits_of_every_script_are_digits(page: Page) -> None:
    typed = ["0129", "٠١٢٩", "۰۱۲۹", "०१२९", "1 8\u20114\u200f-6", "𝟎𝟏𝟗𝟘", "²½x", ""]
    read = await run(page, "digits", "(m, texts) => texts.map(m.digitsOf)", typed)
    assert read == ["0129", "0129", "0129", "0129", "1846", "0190", "", ""]


KEYS = [
    ({"key": "7", "code": "Digit7"}, 7),
    ({"key": "٧", "code": "Digit7"}, 7),
    ({"key": "۷", "code": "Digit7"}, 7),
    ({"key": "7", "code": "Numpad7"}, 7),
    # AZERTY writes another sign on the key; a scanner that is set to another country finds it by its place.
    ({"key": "è", "code": "Digit7"}, 7),
    ({"key": "Unidentified", "code": "Digit7"}, 7),
    ({"key": "Home", "code": "Numpad7"}, None),
    ({"key": "a", "code": "KeyA"}, None),
    ({"key": "Enter", "code": "Enter"}, None),
    ({"key": "F7", "code": "F7"}, None),
]


async def test_a_key_is_a_digit_under_every_layout(page: Page) -> None:
    read = await run(page, "wedge", "(m, keys) => keys.map(m.digitOfKey)", [event for event, _ in KEYS])
    assert read == [digit for _, digit in KEYS]


def burst(digits: str, *, gap: float, start: float = 0) -> list[tuple[str, float]]:
    return [(digit, start + place * gap) for place, digit in enumerate(digits)]


CODE = "184629307511820463"
#: What is pressed, when Enter follows the last key, and what is read: (code, digits handed on as typed by then).
PRESSES = [
    (burst(CODE, gap=8), 10, (CODE, "")),
    (burst("482916", gap=30), 30, ("482916", "")),
    # A radio scanner that stutters once is still a scanner, though its first digits were taken for a person's.
    (burst(CODE[:9], gap=10) + burst(CODE[9:], gap=10, start=400), 10, (CODE, "")),
    # Fingers.
    (burst("482916", gap=130), 130, (None, "482916")),
    (burst("482916", gap=70), 70, (None, "482916")),
    # Too short, or somebody pressed Enter long after.
    (burst("48291", gap=8), 10, (None, "48291")),
    (burst(CODE, gap=8), 900, (None, CODE)),
    # A digit of a while ago belongs to nothing.
    ([("7", 0), *burst(CODE, gap=8, start=2_000)], 10, (CODE, "7")),
]

PRESS = """(m, presses) => presses.map(([keys, wait]) => {
  const reader = new m.WedgeReader();
  let typed = "";
  let at = 0;
  for (const [digit, when] of keys) {
    typed += reader.take(Number(digit), when);
    at = when;
  }
  const code = reader.end(at + wait);
  return [code, typed + (code === null ? reader.hand() : "")];
})"""


async def test_a_scanner_is_told_from_a_person(page: Page) -> None:
    read = await run(page, "wedge", PRESS, [[keys, wait] for keys, wait, _ in PRESSES])
    # What a stuttering scanner began with may have been shown as typed: it is cleared with the answer.
    assert [(code, typed if code is None or typed == "7" else "") for code, typed in read] == [
        expected for *_, expected in PRESSES
    ]


async def test_a_code_before_the_camera_is_read_once(page: Page) -> None:
    script = """(m, sights) => {
      const repeats = new m.Repeats();
      return sights.map(([code, at]) => repeats.isNew(code, at));
    }"""
    # Held for four seconds, taken away for three, shown again; then another one.
    sights = [["1", 0], ["1", 1_500], ["1", 3_000], ["1", 4_000], ["1", 7_000], ["2", 7_100], ["1", 7_200]]
    assert await run(page, "camera", script, sights) == [True, False, False, False, True, True, True]


ASK = """async (m, answers) => {
  const pauses = [];
  let waiting = 0;
  let sent = 0;
  const send = async () => {
    const answer = answers[Math.min(sent, answers.length - 1)];
    sent += 1;
    if (answer === "offline") throw new TypeError("Failed to fetch");
    if (answer === "portal") return new Response("<html>Welcome to the hotel", {status: 200});
    return new Response(JSON.stringify(answer.body ?? {}), {status: answer.status, headers: answer.headers ?? {}});
  };
  const answer = await m.askUntilAnswered(send, {
    signal: new AbortController().signal,
    onWaiting: () => (waiting += 1),
    pause: async (milliseconds) => pauses.push(milliseconds),
  });
  return {answer, sent, waiting, pauses};
}"""


async def test_it_asks_until_there_is_an_answer(page: Page) -> None:
    busy = {"status": 503, "headers": {"Retry-After": "3"}}
    asked = await run(
        page, "persistence", ASK, ["offline", busy, "portal", {"status": 200, "body": {"ok": 1}}]
    )
    assert asked["answer"] == {"kind": "answer", "body": {"ok": 1}}
    assert (asked["sent"], asked["waiting"]) == (4, 3)
    assert asked["pauses"] == [400, 3_000, 2_000], "longer each time, and as long as the server asks for"


async def test_a_no_is_an_answer(page: Page) -> None:
    for status in (401, 403, 404, 409, 422, 500):
        problem = {"status": status, "body": {"code": "x", "detail": "No."}}
        asked = await run(page, "persistence", ASK, [problem])
        assert asked["answer"] == {
            "kind": "problem",
            "problem": {"status": status, "code": "x", "detail": "No."},
        }
        assert asked["sent"] == 1


async def test_somebody_may_stop_it(page: Page) -> None:
    script = """async (m) => {
      const stop = new AbortController();
      const offline = async () => { throw new TypeError("Failed to fetch"); };
      const onWaiting = () => setTimeout(() => stop.abort(), 10);
      return m.askUntilAnswered(offline, {signal: stop.signal, onWaiting});
    }"""
    assert await run(page, "persistence", script) == {"kind": "stopped"}


async def test_an_act_keeps_its_key_and_two_acts_have_two(page: Page) -> None:
    script = """(m) => {
      const one = new m.Act("/x", {a: 1});
      const two = new m.Act("/x", {a: 1});
      return [one.key, one.key, two.key];
    }"""
    first, again, second = await run(page, "scans", script)
    assert first == again != second
    assert len(first) == len("till-") + 32


SETTINGS: dict[str, Any] = {
    "language": "fa",
    "own_language": "ar",
    "locale": "fa-IR-u-ca-persian-nu-arabext",
    "time_zone": "Asia/Tehran",
    "currency": "KWD",
    "decimals": 3,
    "words": {"progress": "%(balance)s از %(goal)s"},
}


async def test_numbers_days_and_money_are_those_of_the_shop(page: Page) -> None:
    script = """(m, settings) => {
      const said = new m.Said(settings);
      return [
        said.progress({balance: 7, goal: 10}),
        said.lastDay("2026-03-21T20:30:00Z"),
        said.amount(12345),
        said.text({en: "Coffee", ar: "قهوة"}),
        m.grouped("482916"),
        m.fill("%(a)s and %(b)s", {a: "x"}),
      ];
    }"""
    progress, day, amount, title, number, kept = await run(page, "said", script, SETTINGS)
    assert progress == "\u2068۷\u2069 از \u2068۱۰\u2069"
    assert day == "۱ فروردین ۱۴۰۵"  # what ends at the midnight of Tehran was valid on the day before
    assert "۱۲٫۳۴۵" in amount
    assert title == "قهوة"
    assert number == "482\u00a0916"
    assert kept == "\u2068x\u2069 and %(b)s"
