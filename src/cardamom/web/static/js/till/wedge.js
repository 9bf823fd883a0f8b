// A scanner that types: a fast burst of digits ended by Enter, whatever keyboard layout the machine has.
//
// A key that arrives while something that takes text has the focus is left alone. Slow digits are somebody typing: they
// are handed on one by one, so that a number can be typed without looking for a field.

import { digitValue } from "./digits.js";

/** A person presses a key every 100 ms at best, a scanner every 5 to 50. */
const SLOWEST_SCANNER_MS = 60;
/** Within a burst one key may be late: radio scanners stutter. */
const LONGEST_GAP_MS = 150;
/** The short number of a card has six digits; nothing shorter is a code. */
const SHORTEST_CODE = 6;

/**
 * Tells a scanner from a person by the time between keys. Pure: it is told the time.
 */
export class WedgeReader {
  #digits = "";
  #firstAt = 0;
  #lastAt = 0;

  /**
   * A digit was pressed.
   *
   * @param {number} digit
   * @param {number} at milliseconds
   * @returns {string} digits pressed before that turned out to be typed by hand; usually ""
   */
  take(digit, at) {
    const typed = this.#digits && at - this.#lastAt > LONGEST_GAP_MS ? this.drop() : "";
    if (!this.#digits) this.#firstAt = at;
    this.#digits += digit;
    this.#lastAt = at;
    return typed;
  }

  /**
   * Enter was pressed.
   *
   * @param {number} at milliseconds
   * @returns {string | null} the code that was scanned; null when the digits before were not a scanner's
   */
  end(at) {
    const count = this.#digits.length;
    const isCode =
      count >= SHORTEST_CODE &&
      at - this.#lastAt <= LONGEST_GAP_MS &&
      this.#lastAt - this.#firstAt <= SLOWEST_SCANNER_MS * (count - 1);
    return isCode ? this.drop() : null;
  }

  /**
   * Forget what was gathered.
   *
   * @returns {string} the digits
   */
  drop() {
    const digits = this.#digits;
    this.#digits = "";
    return digits;
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
    flush = setTimeout(() => hand(reader.drop()), LONGEST_GAP_MS);
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
    hand(reader.drop());
    if (event.target === document.body) onEnter();
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
