// Asking until there is an answer. The same request with the same key, so that nothing is done twice.

/** @typedef {import("./types.js").Answer} Answer */

const DELAYS_MS = [400, 1_000, 2_000, 4_000];
const LONGEST_DELAY_MS = 5_000;
/** A till on a bad network hears about it soon; the act goes on with its key. */
const PATIENCE_MS = 8_000;
/** Not an answer: the server, or something between, could not take the question now. */
const LATER = new Set([408, 425, 429, 502, 503, 504]);

/**
 * How long to wait before the next try.
 *
 * @param {number} tries how many there were, from 1
 * @param {number | null} retryAfterSeconds what the server asked for
 */
export function delayAfter(tries, retryAfterSeconds) {
  const own = DELAYS_MS[tries - 1] ?? LONGEST_DELAY_MS;
  return Math.max(own, (retryAfterSeconds ?? 0) * 1_000);
}

/**
 * Ask until there is an answer or somebody stops it.
 *
 * @param {(signal: AbortSignal) => Promise<Response>} send makes one try
 * @param {{
 *   signal: AbortSignal,
 *   onWaiting: () => void,
 *   pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>,
 * }} how onWaiting: called before every pause; signal: stops asking
 * @returns {Promise<Answer>}
 */
export async function askUntilAnswered(send, { signal, onWaiting, pause = pauseOrOnline }) {
  for (let tries = 1; !signal.aborted; tries += 1) {
    const answer = await once(send, signal);
    if (answer.kind !== "later") return answer;
    if (signal.aborted) break;
    onWaiting();
    await pause(delayAfter(tries, answer.retryAfterSeconds), signal);
  }
  return { kind: "stopped" };
}

/** @returns {Promise<Answer | {kind: "later", retryAfterSeconds: number | null}>} */
async function once(send, signal) {
  const limited = new AbortController();
  const stop = () => limited.abort();
  const timer = setTimeout(stop, PATIENCE_MS);
  signal.addEventListener("abort", stop);
  try {
    const response = await send(limited.signal);
    if (LATER.has(response.status)) {
      return { kind: "later", retryAfterSeconds: Number(response.headers.get("Retry-After")) || null };
    }
    const body = await response.json();
    if (response.ok) return { kind: "answer", body };
    return { kind: "problem", problem: { status: response.status, code: body.code, detail: body.detail } };
  } catch (error) {
    // fetch rejects with these when there is no network, when time was up, and when what came back is the page of a
    // hotel's network and not our JSON. Anything else is a mistake in this file.
    if (error instanceof TypeError || error instanceof SyntaxError || error.name === "AbortError") {
      return { kind: "later", retryAfterSeconds: null };
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}

/**
 * Wait, but not longer than until the network is back.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 */
function pauseOrOnline(milliseconds, signal) {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      removeEventListener("online", over);
      signal.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    addEventListener("online", over);
    signal.addEventListener("abort", over);
  });
}
