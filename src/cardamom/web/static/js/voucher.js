// A voucher on the customer's phone: sliding to use it, the clock on the screen that proves it, the code to copy.
// Without this there is a button, a page that renews itself, and a code to read.

const ENOUGH = 95;
const THUMB_REACH_PX = 72;

const slide = document.getElementById("slide");
const used = document.getElementById("used");
const voucher = document.getElementById("voucher");

if (slide) makeSlide(slide, document.getElementById("use"));
if (used) runClock(used);
if (voucher?.dataset.state === "active") followVoucher(voucher.dataset.card);
for (const button of document.querySelectorAll("[data-copies]")) makeCopying(button);
for (const form of document.querySelectorAll("form.use")) sendOnce(form);

/** A thumb that has to be brought to the other side; by keyboard with the arrows, then Enter. */
function makeSlide(track, form) {
  const range = track.querySelector("input");
  track.hidden = false;
  const place = () => track.style.setProperty("--at", String(range.value / 100));
  const back = () => {
    track.classList.add("slide-back");
    range.value = 0;
    place();
  };
  range.addEventListener("pointerdown", (event) => {
    track.classList.remove("slide-back");
    // A tap on the far end is not a slide.
    if (distanceFromStart(event, track) > THUMB_REACH_PX) event.preventDefault();
  });
  range.addEventListener("input", place);
  range.addEventListener("pointerup", () => (range.value >= ENOUGH ? form.requestSubmit() : back()));
  range.addEventListener("pointercancel", back);
  range.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    if (range.value >= ENOUGH) form.requestSubmit();
  });
}

function distanceFromStart(event, track) {
  const box = track.getBoundingClientRect();
  const isMirrored = getComputedStyle(track).direction === "rtl";
  return isMirrored ? box.right - event.clientX : event.clientX - box.left;
}

/** The key in the form makes a second sending harmless; this spares people the wait for it. */
function sendOnce(form) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    slide?.classList.add("slide-sent");
  });
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
    slide?.classList.remove("slide-sent");
  });
}

/** The shop's time, whatever this phone believes, until the screen has served. */
function runClock(screen) {
  const { readAt, usedAt, until, timeZone, locale } = screen.dataset;
  const ahead = Date.parse(readAt) - Date.now();
  const clock = document.getElementById("clock");
  const line = document.getElementById("remaining");
  const whole = Date.parse(until) - Date.parse(usedAt);
  const format = new Intl.DateTimeFormat(locale, {
    timeZone,
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  });
  const tick = () => {
    const now = Date.now() + ahead;
    clock.textContent = format.format(now);
    line.style.setProperty("--remaining", String(Math.max(0, (Date.parse(until) - now) / whole)));
    if (now >= Date.parse(until)) location.reload();
    else setTimeout(tick, 1000 - (now % 1000));
  };
  tick();
}

/** Staff scan the voucher from this screen: show at once what became of it. */
function followVoucher(address) {
  const source = new EventSource(`${address}/live`);
  source.addEventListener("changed", () => {
    if (!document.querySelector("form.use")?.dataset.sent) location.reload();
  });
}

function makeCopying(button) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).textContent);
    button.querySelector("span").textContent = button.dataset.done;
  });
}
