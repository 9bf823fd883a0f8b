// A number typed with big keys or a keyboard: digits of any script, shown from left to right.

import { digitsOf } from "./digits.js";

/** The longest code; what follows cannot belong to it. */
const LONGEST = 32;

/**
 * The entry for a card's number or a whole code.
 */
export class TypedCode {
  #input;

  /**
   * @param {HTMLFormElement} form with an input and a keypad
   * @param {{onCode: (code: string) => void}} told
   */
  constructor(form, { onCode }) {
    this.#input = form.querySelector("input");
    this.#input.addEventListener("input", () => this.#tidy());
    pressKeys(form, {
      onDigit: (digit) => this.add(digit),
      onDelete: () => this.#set(this.#input.value.slice(0, -1)),
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.#input.value) onCode(this.#input.value);
    });
  }

  /** @param {string} digits */
  add(digits) {
    this.#set(this.#input.value + digits);
  }

  clear() {
    this.#set("");
  }

  #set(value) {
    this.#input.value = value.slice(0, LONGEST);
  }

  /** Digits of any script become 0-9, so that what stands there can be compared with what is printed on the card. */
  #tidy() {
    const digits = digitsOf(this.#input.value);
    if (digits !== this.#input.value) this.#set(digits);
  }
}

/**
 * An amount, filled from its last decimal as at a cash register: 1 2 5 0 is 12.50.
 */
export class TypedAmount {
  #output;
  #submit;
  #say;
  #largest;
  minor = 0;

  /**
   * @param {HTMLFormElement} form with an output and a keypad
   * @param {{say: (minor: number) => string, largest: number, onAmount: (minor: number) => void}} how
   */
  constructor(form, { say, largest, onAmount }) {
    this.#output = form.querySelector("output");
    this.#submit = form.querySelector("[type=submit]");
    this.#say = say;
    this.#largest = largest;
    pressKeys(form, { onDigit: (digits) => this.add(digits), onDelete: () => this.deleteLast() });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.minor > 0) onAmount(this.minor);
    });
    this.clear();
  }

  /** @param {string} digits */
  add(digits) {
    const minor = Number(`${this.minor}${digits}`);
    if (minor <= this.#largest) this.#set(minor);
  }

  deleteLast() {
    this.#set(Math.floor(this.minor / 10));
  }

  clear() {
    this.#set(0);
  }

  #set(minor) {
    this.minor = minor;
    this.#output.value = this.#say(minor);
    this.#submit.disabled = minor === 0;
  }
}

function pressKeys(form, { onDigit, onDelete }) {
  // A key that took the focus would be pressed once more by the Enter of a keyboard.
  form.addEventListener("mousedown", (event) => {
    if (event.target.closest(".key")) event.preventDefault();
  });
  form.addEventListener("click", (event) => {
    const key = event.target.closest("[data-digits], [data-delete]");
    if (!key) return;
    if (key.dataset.digits) onDigit(key.dataset.digits);
    else onDelete();
  });
}
