// A scanner that types: a fast burst of digits ended by Enter, whatever keyboard layout the machine has.
//
// A key that arrives while something that takes text has the focus is left alone. Slow digits are somebody typing: they
// are handed on one by one, so that a number can be typed without looking for a field.

import { digitValue } from "./digits.js";

/** A person presses a key every 100 ms at best, a scanner every 5 to 50; on the average, because radios stutter. */
const SLOWEST_SCANNER_MS = 60;
/** So many digits say at which pace they come. */
const SURE = 3;
/** A digit that nothing follows for so long was pressed by a person. */
const PERSON_MS = 200;
/** After a pause like this another code, or another number, begins. */
const PAUSE_MS = 500;
/** The short number of a card has six digits; nothing shorter is a code. */
const SHORTEST_CODE = 6;

/**
 * Tells a scanner from a person by the time between keys. Pure: it is told the time.
 *
 * What it took for a person's digits and handed on can still turn out to be the beginning of a code: a page that was
 * busy sees the keys late and all at once, but each key says when it was pressed.
 */
export class WedgeReader {
  #digits = "";
  #handed = 0;
  #firstAt = 0;
  #lastAt = -Infinity;

  /**
   * A digit was pressed.
   *
   * @param {number} digit
   * @param {number} at milliseconds
   * @returns {string} the digits that are a person's and were not handed on yet; usually ""
   */
  take(digit, at) {
    const left = at - this.#lastAt > PAUSE_MS ? this.#begin(at) : "";
    this.#digits += digit;
    this.#lastAt = at;
    return this.#digits.length < SURE || this.#isFast ? left : left + this.hand();
  }

  /**
   * Nothing came for a while, or something else than a digit did.
   *
   * @returns {string} the digits that were not handed on yet
   */
  hand() {
    const digits = this.#digits.slice(this.#handed);
    this.#handed = this.#digits.length;
    return digits;
  }

  /**
   * Enter was pressed.
   *
   * @param {number} at milliseconds
   * @returns {string | null} the code that was scanned; null when the digits before were not a scanner's
   */
  end(at) {
    const isCode = this.#digits.length >= SHORTEST_CODE && this.#isFast && at - this.#lastAt <= PAUSE_MS;
    if (!isCode) return null;
    const code = this.#digits;
    this.#begin(at);
    return code;
  }

  #begin(at) {
    const left = this.hand();
    this.#digits = "";
    this.#handed = 0;
    this.#firstAt = at;
    return left;
  }

  get #isFast() {
    return this.#lastAt - this.#firstAt <= SLOWEST_SCANNER_MS * (this.#digits.length - 1);
  }
}

/**
 * The digit that a key stands for: by what it writes in any script, else by its place on the keyboard, because under a
 * French or Arabic layout the scanner's keys write other signs.
 *
 * @param {{key: string, code: string}} event
 * @returns {number | null}
 */
export function digitOfKey(event) {
  const written = digitValue(event.key);
  if (written !== null) return written;
  const isCharacter = [...event.key].length === 1 || event.key === "Unidentified" || event.key === "Dead";
  const place = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
  return isCharacter && place ? Number(place[1]) : null;
}

/**
 * Listen for scanners on the whole page until the signal is aborted.
 *
 * @param {{
 *   onCode: (code: string) => void,
 *   onTyped: (digits: string) => void,
 *   onEnter: () => void,
 *   signal?: AbortSignal,
 * }} told onTyped: digits from a person; onEnter: Enter from a person, when nothing has the focus
 */
export function listenForWedge({ onCode, onTyped, onEnter, signal }) {
  const reader = new WedgeReader();
  let flush = 0;

  const hand = (digits) => {
    if (digits) onTyped(digits);
  };
  const digitPressed = (digit, at) => {
    hand(reader.take(digit, at));
    clearTimeout(flush);
    flush = setTimeout(() => hand(reader.hand()), PERSON_MS);
  };
  const enterPressed = (event) => {
    clearTimeout(flush);
    const code = reader.end(event.timeStamp);
    if (code !== null) {
      // Else the scanner's Enter would press whatever button has the focus.
      event.preventDefault();
      event.stopImmediatePropagation();
      onCode(code);
      return;
    }
    hand(reader.hand());
    if (!event.target.closest("button, a, summary")) onEnter();
  };

  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || takesText(event.target)) return;
    if (event.key === "Enter") return enterPressed(event);
    const digit = event.repeat ? null : digitOfKey(event);
    if (digit !== null) digitPressed(digit, event.timeStamp);
  };
  document.addEventListener("keydown", pressed, { capture: true, signal });
}

/**
 * Whether keys belong to what has the focus.
 *
 * @param {EventTarget | null} target
 */
function takesText(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable], dialog") !== null;
}
