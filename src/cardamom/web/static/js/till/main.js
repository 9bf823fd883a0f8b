// The till: codes come in by scanner, camera or hand, one act at a time goes out, its answer is shown.

import { keepAwake } from "./awake.js";
import { Camera } from "./camera.js";
import { digitsOf } from "./digits.js";
import { deviceName, isMuted, keepMode, keepMuted, lastMode, nameDevice } from "./remembered.js";
import { cardWithout, failure, offerOf, offerOnCard, resultOf, undoneResult } from "./results.js";
import { Said } from "./said.js";
import { Scans } from "./scans.js";
import { Screen } from "./screen.js";
import { Sound } from "./sound.js";
import { TypedAmount, TypedCode } from "./typed.js";
import { listenForWedge } from "./wedge.js";

/**
 * @typedef {import("./results.js").Offer} Offer
 * @typedef {import("./results.js").Result} Result
 * @typedef {import("./types.js").Answer} Answer
 * @typedef {import("./types.js").Card} Card
 * @typedef {import("./types.js").ScanIn} ScanIn
 * @typedef {import("./types.js").ScanOut} ScanOut
 * @typedef {import("./types.js").Settings} Settings
 */

/** An answer that comes sooner needs no "one moment". */
const NOTICEABLE_MS = 300;
/** How long a result stays when nobody does anything: longer when there is something to decide. */
const REFUSAL_SECONDS = 20;
const DECISION_SECONDS = 60;
/** No QR code of ours is longer; the server need not see more of somebody else's. */
const LONGEST_CODE = 200;
/** Fixed, and rotating on the customer's screen. */
const CARD_KINDS = ["1", "4"];
const LONGEST_NUMBER = 9;

class Till {
  /** @type {"idle" | "amount" | "confirm" | "sending" | "result" | "signed-out"} */
  #state = "idle";
  #mode = lastMode();
  #count = 1;
  /** @type {ScanIn} what waits for its amount */
  #unpaid;
  /** @type {Result} */
  #result;
  /** @type {Offer} */
  #offer;
  /** @type {Card | null} */
  #card = null;
  #isWaiting = false;
  #timer = 0;

  /** @param {Settings} settings */
  constructor(settings) {
    this.settings = settings;
    this.said = new Said(settings);
    this.screen = new Screen(settings, this.said);
    this.sound = new Sound({ isMuted: isMuted() });
    this.scans = new Scans({
      csrfToken: settings.csrf_token,
      language: settings.language,
      onWaiting: () => this.#waitForConnection(),
    });
    this.camera = new Camera(document.querySelector("video"), { onCode: (code) => this.#codeRead(code) });
    this.typed = new TypedCode(document.getElementById("till-typed"), { onCode: (code) => this.#codeRead(code) });
    this.amount = new TypedAmount(document.getElementById("till-amount"), {
      say: (minor) => this.said.amount(minor),
      largest: settings.most_minor,
      onAmount: (minor) => this.#pay(minor),
    });
  }

  open() {
    this.screen.showMuted(this.sound.isMuted);
    if (this.settings.most_stamps > 1) this.screen.showCount(this.#count);
    this.screen.showDevice(this.device);
    this.#showConnection();
    this.#listen();
    this.#rest();
    void keepAwake();
  }

  // -- what people do ------------------------------------------------------------------------------------------------

  #listen() {
    listenForWedge({
      onCode: (code) => this.#codeRead(code),
      onTyped: (digits) => this.#digitsTyped(digits),
      onEnter: () => this.#enterPressed(),
    });
    document.addEventListener("click", (event) => this.#clicked(event));
    // Not at once: the first time takes a while, and a scanner is typing.
    const wake = () => setTimeout(() => this.sound.wake());
    for (const touch of ["pointerdown", "keydown"]) document.addEventListener(touch, wake);
    document.addEventListener("keydown", (event) => {
      if (event.key === "Backspace" && this.#state === "amount") this.amount.deleteLast();
      if (event.key === "Escape" && this.#canRest && !event.target.closest("dialog")) this.#rest();
    });
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    for (const change of ["online", "offline"]) addEventListener(change, () => this.#showConnection());
    document.getElementById("till-device").addEventListener("submit", (event) => this.#deviceNamed(event));
  }

  #clicked(event) {
    const button = event.target.closest("[data-act]");
    if (!button || !this.screen.isSettled) return;
    // One act at a time: its button may still be there for a blink.
    if (this.#state === "sending" && !["stop", "sound"].includes(button.dataset.act)) return;
    const acts = {
      mode: () => this.#choose(button.dataset.mode),
      fewer: () => this.#setCount(this.#count - 1),
      more: () => this.#setCount(this.#count + 1),
      next: () => this.#rest(),
      undo: () => this.#undo(),
      offer: () => this.#offerHeld(button.dataset.voucher),
      redeem: () => this.#submit(this.#offer.act),
      stop: () => this.scans.stop(),
      sound: () => this.#toggleSound(),
      camera: () => this.#startCamera(),
      "other-camera": () => this.#switchCamera(),
      torch: () => this.#light(button),
    };
    acts[button.dataset.act]();
  }

  #codeRead(text) {
    if (this.#state === "sending" || this.#state === "amount" || this.#state === "signed-out") {
      this.sound.play("ignored");
      return;
    }
    const code = text.slice(0, LONGEST_CODE);
    // When it was read, and not when it is sent: a rotating code is stale before a long amount is typed.
    const read = { code, occurred_at: new Date().toISOString() };
    const given = this.#count > 1 ? { ...read, stamps: this.#count } : read;
    if (this.settings.asks_amount && mayBeCard(code)) this.#askAmount(read);
    else void this.#submit(given);
  }

  /** Digits that somebody typed without a field: the keypad opens for this one number. */
  #digitsTyped(digits) {
    if (this.#state === "amount") this.amount.add(digits);
    if (this.#state !== "idle") return;
    this.screen.show("typed");
    this.typed.add(digits);
  }

  #enterPressed() {
    if (this.#state === "amount") document.getElementById("till-amount").requestSubmit();
    if (this.#state === "result" && this.screen.isSettled) this.#rest();
  }

  get #canRest() {
    return this.#state !== "sending" && this.#state !== "signed-out";
  }

  #setCount(count) {
    if (this.settings.most_stamps === 1) return;
    this.#count = Math.min(Math.max(count, 1), this.settings.most_stamps);
    this.screen.showCount(this.#count);
  }

  #toggleSound() {
    this.sound.isMuted = !this.sound.isMuted;
    keepMuted(this.sound.isMuted);
    this.screen.showMuted(this.sound.isMuted);
    this.sound.play("already");
  }

  #deviceNamed(event) {
    const name = new FormData(event.target).get("device").trim();
    if (name) nameDevice(name);
    this.screen.showDevice(this.device);
  }

  get device() {
    return deviceName(this.said.words.till_name);
  }

  // -- one act at a time ---------------------------------------------------------------------------------------------

  /** @param {ScanIn} given */
  async #submit(given) {
    const answer = await this.#send(() => this.scans.scan(given, this.device));
    if (answer.kind !== "answer") return this.#showFailure(answer, this.said.words.not_done);
    this.#setCount(1);
    this.#showScan(answer.body, given);
  }

  async #undo() {
    const before = this.#result;
    const answer = await this.#send(() => this.scans.undo(before.undo));
    if (answer.kind !== "answer") return this.#showFailure(answer, this.said.words.not_undone, before.card);
    this.#showResult(undoneResult(answer.body, before, this.said), REFUSAL_SECONDS);
  }

  /**
   * @param {() => Promise<Answer>} ask
   * @returns {Promise<Answer>}
   */
  async #send(ask) {
    clearTimeout(this.#timer);
    this.#state = "sending";
    const notice = setTimeout(() => !this.#isWaiting && this.screen.show("sending"), NOTICEABLE_MS);
    try {
      return await ask();
    } catch (error) {
      // A mistake of ours. The till goes on, and the browser's log has it.
      this.#rest();
      throw error;
    } finally {
      clearTimeout(notice);
      this.#isWaiting = false;
      this.#showConnection();
    }
  }

  #waitForConnection() {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#showConnection();
    this.screen.show("waiting");
    this.screen.announce(document.querySelector("[data-screens=waiting] .till-state-word").textContent);
  }

  // -- answers -------------------------------------------------------------------------------------------------------

  /**
   * @param {ScanOut} scan
   * @param {ScanIn} given
   */
  #showScan(scan, given) {
    if (scan.reason === "amount_required") return this.#askAmount(given);
    const offer = offerOf(scan, this.said);
    if (offer && this.settings.may_redeem) return this.#showOffer(offer, scan.card);
    const card = given.action === "redeem" ? (scan.card ?? cardWithout(this.#card, scan)) : scan.card;
    const result = resultOf({ ...scan, card }, this.settings, this.said);
    const hasDecision = result.vouchers.some((held) => held.isRedeemable) || result.redeemCode !== null;
    const calm = result.look === "refused" ? REFUSAL_SECONDS : this.settings.undo_seconds;
    this.#showResult(result, hasDecision ? DECISION_SECONDS : calm);
  }

  /**
   * @param {Result} result
   * @param {number} seconds how long it stays
   */
  #showResult(result, seconds) {
    this.#state = "result";
    this.#result = result;
    this.#card = result.card;
    this.sound.play(result.tone);
    this.screen.showResult(result);
    if (result.undo) this.#countDown();
    this.#restAfter(seconds);
  }

  #countDown() {
    const until = performance.now() + this.settings.undo_seconds * 1_000;
    const shown = this.#result;
    this.screen.restartRing();
    const tick = () => {
      if (this.#result !== shown || this.#state !== "result") return;
      const left = Math.ceil((until - performance.now()) / 1_000);
      if (left <= 0) return this.screen.endUndo();
      this.screen.showSecondsLeft(left);
      setTimeout(tick, 250);
    };
    tick();
  }

  /**
   * @param {Answer} answer
   * @param {string} word
   * @param {Card | null} card
   */
  #showFailure(answer, word, card = null) {
    const words = this.said.words;
    if (answer.kind === "stopped") {
      return this.#showResult(failure(words.not_answered, words.not_answered_reason, card), DECISION_SECONDS);
    }
    if (answer.kind === "problem" && (answer.problem.status === 401 || answer.problem.code === "form_out_of_date")) {
      this.#state = "signed-out";
      this.camera.stop();
      return this.screen.show("signed-out");
    }
    return this.#showResult(failure(word, answer.problem.detail, card), REFUSAL_SECONDS);
  }

  // -- redeeming and amounts -----------------------------------------------------------------------------------------

  /** @param {string} id */
  #offerHeld(id) {
    const held = this.#result.vouchers.find((voucher) => voucher.id === id);
    this.#showOffer(offerOnCard(this.#card, held), this.#card);
  }

  /**
   * @param {Offer} offer
   * @param {Card | null} card
   */
  #showOffer(offer, card) {
    this.#state = "confirm";
    this.#offer = offer;
    this.#card = card;
    this.sound.play("already");
    this.screen.showOffer(offer, card);
    this.#restAfter(DECISION_SECONDS);
  }

  /** @param {ScanIn} given */
  #askAmount(given) {
    clearTimeout(this.#timer);
    this.#state = "amount";
    this.#unpaid = given;
    this.amount.clear();
    this.sound.play("already");
    this.screen.show("amount");
  }

  /** @param {number} minor */
  #pay(minor) {
    if (this.#state !== "amount" || !this.screen.isSettled) return;
    void this.#submit({ ...this.#unpaid, amount: { minor, currency: this.settings.currency } });
  }

  // -- waiting for the next customer ---------------------------------------------------------------------------------

  #rest() {
    clearTimeout(this.#timer);
    this.#state = "idle";
    this.typed.clear();
    this.screen.showMode(this.#mode);
    this.screen.show(this.#mode);
    if (this.#mode === "camera") void this.#startCamera();
    else this.camera.stop();
  }

  #restAfter(seconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), seconds * 1_000);
  }

  /** A second tap on the chosen way in goes back to the scanner alone. */
  #choose(mode) {
    this.#mode = mode === this.#mode ? "scanner" : mode;
    keepMode(this.#mode);
    this.#rest();
  }

  async #startCamera() {
    const trouble = await this.camera.start();
    this.#showTrouble(trouble);
    if (trouble === null && this.camera.isOn) await this.#showCameraParts();
  }

  async #switchCamera() {
    this.#showTrouble(await this.camera.switch());
    await this.#showCameraParts();
  }

  /** @param {import("./camera.js").Trouble | null} trouble */
  #showTrouble(trouble) {
    this.screen.showTrouble(trouble === null ? null : this.said.words.camera[trouble]);
  }

  async #showCameraParts() {
    this.screen.showCameraParts({ hasTorch: this.camera.hasTorch, hasOther: await this.camera.hasOther() });
  }

  async #light(button) {
    const isLit = button.getAttribute("aria-pressed") !== "true";
    await this.camera.light(isLit);
    button.setAttribute("aria-pressed", String(isLit));
  }

  #visibilityChanged() {
    if (document.hidden) return this.camera.stop();
    void keepAwake();
    if (this.#mode === "camera" && this.#state !== "signed-out") void this.#startCamera();
  }

  #showConnection() {
    this.screen.showConnection(this.#isWaiting || !navigator.onLine);
  }
}

/** A card's code or its short number; vouchers and the rest have other first digits. */
function mayBeCard(code) {
  const digits = digitsOf(code);
  return digits.length <= LONGEST_NUMBER || CARD_KINDS.includes(digits[0]);
}

const settings = JSON.parse(document.getElementById("till-settings").textContent);
new Till(settings).open();
