// Keeps a customer's card up to date while somebody looks at it. Without this the page is complete and stands still.

const POLL_MS = 20_000;
const NEWS_MS = 4_000;

const news = document.getElementById("news");
const offline = document.getElementById("offline");

/** The part of the page that changes; another element after every change. */
const body = () => document.getElementById("card-body");
const address = body().dataset.card;

let source = null;
let poll = null;
let asking = null;
let askAgain = false;

/** Ask for the card as it is now; calls that come while one is under way become one more. */
async function refresh() {
  if (asking) {
    askAgain = true;
    return;
  }
  asking = ask();
  await asking;
  asking = null;
  if (askAgain) {
    askAgain = false;
    await refresh();
  }
}

async function ask() {
  let answer;
  try {
    answer = await fetch(`${address}/body?seen=${body().dataset.seq}`, { cache: "no-store" });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    offline.hidden = false; // the network failed; the next look asks again
    return;
  }
  offline.hidden = true;
  if (answer.status === 404) location.reload();
  if (answer.ok) show(await answer.text());
}

/** @param {string} markup of the changed part, as the server renders it */
function show(markup) {
  const page = new DOMParser().parseFromString(markup, "text/html");
  const fresh = page.getElementById("card-body");
  if (!fresh || fresh.dataset.revision === body().dataset.revision) return;
  if (fresh.dataset.news) {
    fresh.querySelector(".stamp-card").classList.add("stamp-card-fresh");
    tell(fresh.dataset.news);
  }
  body().replaceWith(document.adoptNode(fresh));
}

/** Say something for a few seconds; a screen reader says it once. */
function tell(words) {
  news.textContent = words;
  setTimeout(() => {
    if (news.textContent === words) news.textContent = "";
  }, NEWS_MS);
}

function follow() {
  if (source || document.hidden) return;
  source = new EventSource(`${address}/live`);
  source.addEventListener("watching", () => {
    stopPolling();
    refresh();
  });
  source.addEventListener("changed", refresh);
  source.addEventListener("error", () => {
    refresh(); // finds out whether there is a connection at all
    // Connecting again is the browser's work; when it gives up, ask now and then.
    if (source.readyState !== EventSource.CLOSED) return;
    source = null;
    startPolling();
  });
}

function startPolling() {
  poll ??= setInterval(refresh, POLL_MS);
}

function stopPolling() {
  clearInterval(poll);
  poll = null;
}

function rest() {
  source?.close();
  source = null;
  stopPolling();
}

document.addEventListener("visibilitychange", () => (document.hidden ? rest() : follow()));
addEventListener("online", refresh);
addEventListener("offline", () => (offline.hidden = false));
// A page that comes back from the browser's memory is as old as it was.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  rest();
  follow();
});
follow();

// ---- On the home screen ----

const install = document.getElementById("install");
let installation = null;

addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  installation = event;
  install.hidden = false;
});

install.addEventListener("click", async () => {
  await installation.prompt();
  install.hidden = true;
});

if ("serviceWorker" in navigator) navigator.serviceWorker.register("/c/worker.js", { scope: "/c/" });

// ---- The code is read from a screen that stays on ----

let light = null;

document.getElementById("code").addEventListener("toggle", async (event) => {
  if (event.newState === "open" && "wakeLock" in navigator) {
    light = await navigator.wakeLock.request("screen").catch(() => null); // refused when the battery is low
  } else {
    await light?.release();
    light = null;
  }
});
