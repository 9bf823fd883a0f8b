// The till's way to the API: an act has a key from the moment somebody did it, and keeps it over every retry.

import { askUntilAnswered } from "./persistence.js";

/** @typedef {import("./types.js").Answer} Answer */
/** @typedef {import("./types.js").ScanIn} ScanIn */

/**
 * One thing that somebody did at this till. The same act sent twice is done once.
 */
export class Act {
  /**
   * @param {string} path
   * @param {object} body
   */
  constructor(path, body) {
    this.path = path;
    this.body = JSON.stringify(body);
    this.key = newKey();
  }
}

/**
 * A key that nobody else has. Not randomUUID: it is missing where a shop reaches its server without https.
 */
function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `till-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/**
 * Sends acts, one at a time.
 */
export class Scans {
  #headers;
  #onWaiting;
  #stop = new AbortController();

  /**
   * @param {{csrfToken: string, language: string, onWaiting: () => void}} till onWaiting: there is no answer yet
   */
  constructor({ csrfToken, language, onWaiting }) {
    this.#headers = {
      "Content-Type": "application/json",
      Accept: "application/json",
      "Accept-Language": language,
      "X-CSRF-Token": csrfToken,
    };
    this.#onWaiting = onWaiting;
  }

  /**
   * @param {ScanIn} given
   * @param {string} device this till's name
   * @returns {Promise<Answer>} the body of an answer is a ScanOut
   */
  scan(given, device) {
    return this.#perform(new Act("/api/v1/scans", { occurred_at: new Date().toISOString(), ...given, device }));
  }

  /**
   * @param {string} operation the id of what is taken back
   * @returns {Promise<Answer>} the body of an answer is an Undone
   */
  undo(operation) {
    return this.#perform(new Act(`/api/v1/operations/${operation}/undo`, {}));
  }

  /**
   * Give up the act in hand. It may have been done: the answer is what is missing.
   */
  stop() {
    this.#stop.abort();
  }

  #perform(act) {
    this.#stop = new AbortController();
    const send = (signal) =>
      fetch(act.path, {
        method: "POST",
        headers: { ...this.#headers, "Idempotency-Key": act.key },
        body: act.body,
        credentials: "same-origin",
        cache: "no-store",
        signal,
      });
    return askUntilAnswered(send, { signal: this.#stop.signal, onWaiting: this.#onWaiting });
  }
}
