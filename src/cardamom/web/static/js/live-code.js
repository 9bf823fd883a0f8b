// A code that changes every half minute, for as long as somebody looks at it. The server draws it: the key stays there.
// Without this the card links to a page that renews itself.

/** The counter takes a code so long after it was replaced; then it is veiled, so that nobody is sent away with it. */
const GRACE_MS = 30_000;
const PERIOD_MS = 30_000;
const RETRY_MS = 3_000;

const place = document.getElementById("live-code");
const left = place.querySelector(".live-code-left");
const stale = place.querySelector(".live-code-stale");
const sheet = place.closest("[popover]");
const isCalm = matchMedia("(prefers-reduced-motion: reduce)");

/** When the code that is shown becomes another one; long ago when there is none. */
let changesAt = -Infinity;
let timer = 0;
let asking = false;

const now = () => place.querySelector(".live-code-now");
const isSeen = () => !document.hidden && (!sheet || sheet.matches(":popover-open"));

/** Ask for the code that is good now. */
async function renew() {
  if (asking) return;
  asking = true;
  clearTimeout(timer);
  let answer = null;
  try {
    answer = await fetch(place.dataset.address, { cache: "no-store" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // the network failed
  } finally {
    asking = false;
  }
  if (answer?.status === 404) return location.reload();
  if (answer?.ok) take(await answer.text());
  else failed();
}

/** @param {string} markup of the page of the code */
function take(markup) {
  const fresh = new DOMParser().parseFromString(markup, "text/html").querySelector(".live-code-now");
  // The owner wants fixed codes again: the card's page has one.
  if (!fresh) return location.reload();
  now().replaceWith(document.adoptNode(fresh));
  stale.hidden = true;
  begin();
}

function begin() {
  const milliseconds = Number(now().dataset.milliseconds);
  changesAt = Date.now() + milliseconds;
  runDown(milliseconds);
  wait(milliseconds);
}

/** @param {number} milliseconds */
function wait(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(look, milliseconds);
}

function failed() {
  if (Date.now() > changesAt + GRACE_MS) veil();
  wait(RETRY_MS);
}

function veil() {
  now().classList.add("is-over");
  stale.hidden = false;
}

/** @param {number} milliseconds the line below the code has until it is empty */
function runDown(milliseconds) {
  for (const running of left.getAnimations()) running.cancel();
  if (isCalm.matches) return;
  const share = Math.min(milliseconds / PERIOD_MS, 1);
  left.animate({ inlineSize: [`${share * 100}%`, "0%"] }, { duration: milliseconds });
}

/** Somebody looks again: what stands there may be long over. */
function look() {
  if (!isSeen()) return clearTimeout(timer);
  if (Date.now() < changesAt) return wait(changesAt - Date.now());
  // A code from before the phone was put away is not shown while the new one is on its way.
  if (Date.now() > changesAt + GRACE_MS) now().classList.add("is-over");
  void renew();
}

sheet?.addEventListener("toggle", look);
document.addEventListener("visibilitychange", look);
addEventListener("online", () => isSeen() && renew());
addEventListener("pageshow", (event) => event.persisted && look());

if (now().dataset.milliseconds) begin();
// Ready when the sheet is opened.
else void renew();
