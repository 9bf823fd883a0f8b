// Keeps the card on the phone: when there is no connection, the page is shown as it was last seen.
// Started by /c/worker.js, which names the files of the release in RELEASE_FILES. Nothing here leaves this origin.

const CARDS = "cards-1";
const FILES = `files-${self.RELEASE_FILES[0].split("/")[2]}`;
const CARD = /^\/c\/[A-Za-z0-9_-]{20,64}$/;
const FILE = /^\/(static|brand)\//;

self.addEventListener("install", (event) => {
  event.waitUntil(keepFiles());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOldFiles());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (FILE.test(url.pathname)) event.respondWith(file(event.request));
  else if (event.request.mode === "navigate") event.respondWith(page(event, url));
});

async function keepFiles() {
  const files = await caches.open(FILES);
  await files.addAll(self.RELEASE_FILES);
  await self.skipWaiting();
}

async function forgetOldFiles() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CARDS && name !== FILES).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** A file has the hash of its content in its address: the kept one is the right one. */
async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    const files = await caches.open(FILES);
    await files.put(request, answer.clone());
  }
  return answer;
}

/** The newest page there is. Only the card itself is kept: a voucher shown from memory would prove nothing. */
async function page(event, url) {
  const cards = await caches.open(CARDS);
  let answer;
  try {
    answer = await fetch(event.request);
  } catch {
    return fromMemory(cards, url.pathname); // no connection
  }
  if (CARD.test(url.pathname)) event.waitUntil(remember(cards, url.pathname, answer.clone()));
  return answer;
}

async function fromMemory(cards, path) {
  const kept = await cards.match(path);
  if (kept) return kept;
  const card = path.split("/").slice(0, 3).join("/");
  return (await cards.match(card)) ? Response.redirect(card) : Response.error();
}

async function remember(cards, address, answer) {
  if (answer.ok) await cards.put(address, answer);
  // A link that was withdrawn opens nothing, also not from memory.
  else if (answer.status === 404 || answer.status === 410) await cards.delete(address);
}
