// What staff see. Every screen is in the page already, with its texts and pictures; this shows one and fills its places.

/**
 * @typedef {import("./results.js").Result} Result
 * @typedef {import("./results.js").Offer} Offer
 * @typedef {import("./results.js").Held} Held
 * @typedef {import("./types.js").Card} Card
 * @typedef {import("./types.js").Settings} Settings
 * @typedef {import("./said.js").Said} Said
 * @typedef {"scanner" | "camera" | "typed" | "amount" | "sending" | "waiting" | "result" | "confirm" | "signed-out"} ScreenName
 */

import { fill, grouped } from "./said.js";

/** A second tap that was meant for the screen before does nothing. */
const DEAD_TIME_MS = 350;
/** Screen readers say a text again only when it was gone for a moment. */
const SILENCE_MS = 60;

export class Screen {
  #settings;
  #said;
  #shownAt = -Infinity;

  /**
   * @param {Settings} settings
   * @param {Said} said
   */
  constructor(settings, said) {
    this.#settings = settings;
    this.#said = said;
  }

  /**
   * Show a screen and what can be done there.
   *
   * @param {ScreenName} name
   */
  show(name) {
    this.#shownAt = performance.now();
    document.body.dataset.screen = name;
    for (const part of document.querySelectorAll("[data-screens]")) {
      part.hidden = !part.dataset.screens.split(" ").includes(name);
      // The camera's picture stays alive when it is hidden; nobody should get into it by the keyboard.
      part.inert = part.hidden;
    }
    const first = [...document.querySelectorAll("[data-focus]")].find((part) => part.dataset.focus === name);
    (first ?? document.getElementById("main")).focus({ preventScroll: true });
  }

  /** Whether a tap can have been meant for what is shown now. */
  get isSettled() {
    return performance.now() - this.#shownAt >= DEAD_TIME_MS;
  }

  /** @param {Result} result */
  showResult(result) {
    const state = part("state");
    state.className = `till-state till-state-${result.look}`;
    // A new element, so that its entrance plays again.
    state.replaceWith(state.cloneNode(true));
    part("shape").replaceChildren(picture(result.picture));
    write("word", result.word);
    write("detail", result.detail);
    writeOrHide("redeem-code", result.redeemCode);
    this.#showCard(part("card"), result.card, { withBalance: !result.isWordProgress });
    this.#showVouchers(result.vouchers);
    part("undo").hidden = result.undo === null;
    this.show("result");
    this.announce(result.said);
  }

  /**
   * @param {Offer} offer
   * @param {Card | null} card
   */
  showOffer(offer, card) {
    write("offer-title", offer.title);
    write("offer-note", offer.note);
    this.#showCard(part("offer-card"), card, { withBalance: true });
    this.show("confirm");
    this.announce(`${offer.title}. ${offer.note}`);
  }

  /** @param {boolean} isOffline */
  showConnection(isOffline) {
    part("offline").hidden = !isOffline;
  }

  /** @param {number} seconds */
  showSecondsLeft(seconds) {
    write("seconds", this.#said.number(seconds));
  }

  /** Let the ring of the undo button run out again. */
  restartRing() {
    const ring = part("ring");
    ring.replaceWith(ring.cloneNode(true));
  }

  /** The seconds are over. */
  endUndo() {
    part("undo").hidden = true;
  }

  /** @param {{hasTorch: boolean, hasOther: boolean}} camera */
  showCameraParts({ hasTorch, hasOther }) {
    part("torch").hidden = !hasTorch;
    part("torch").setAttribute("aria-pressed", "false");
    part("other-camera").hidden = !hasOther;
  }

  /** @param {number} count */
  showCount(count) {
    write("count", this.#said.number(count));
    part("fewer").disabled = count <= 1;
    part("more").disabled = count >= this.#settings.most_stamps;
  }

  /** @param {string | null} sentence why there is no picture */
  showTrouble(sentence) {
    writeOrHide("camera-trouble", sentence);
    part("camera-retry").hidden = sentence === null;
    part("viewfinder").classList.toggle("viewfinder-dark", sentence !== null);
  }

  /** @param {string} name */
  showDevice(name) {
    write("device", name);
  }

  /** @param {boolean} isMuted */
  showMuted(isMuted) {
    part("sound").setAttribute("aria-pressed", String(!isMuted));
  }

  /** @param {"scanner" | "camera" | "typed"} mode */
  showMode(mode) {
    for (const choice of document.querySelectorAll("[data-mode]")) {
      choice.setAttribute("aria-pressed", String(choice.dataset.mode === mode));
    }
  }

  /** @param {string} sentence */
  announce(sentence) {
    const region = part("announcement");
    region.textContent = "";
    setTimeout(() => (region.textContent = sentence), SILENCE_MS);
  }

  /**
   * @param {HTMLElement} place
   * @param {Card | null} card
   */
  #showCard(place, card, { withBalance }) {
    place.hidden = card === null;
    if (card === null) return;
    const number = fill(this.#said.words.card_number, { number: grouped(card.number) });
    place.querySelector("[data-card=name]").textContent = card.customer?.name || number;
    place.querySelector("[data-card=program]").textContent = this.#settings.programs[card.program] ?? "";
    const balance = place.querySelector("[data-card=balance]");
    balance.hidden = !withBalance;
    balance.textContent = this.#said.progress(card);
  }

  /** @param {Held[]} vouchers */
  #showVouchers(vouchers) {
    const list = part("vouchers");
    const row = document.getElementById("till-voucher");
    list.hidden = vouchers.length === 0;
    list.replaceChildren(
      ...vouchers.map((held) => {
        const line = row.content.cloneNode(true);
        line.querySelector("[data-voucher=title]").textContent = held.title;
        line.querySelector("[data-voucher=note]").textContent = held.note;
        const redeem = line.querySelector("[data-act]");
        redeem.dataset.voucher = held.id;
        redeem.hidden = !held.isRedeemable;
        return line;
      }),
    );
  }
}

/** @returns {HTMLElement} */
function part(name) {
  return document.querySelector(`[data-part="${name}"]`);
}

function write(name, text) {
  document.querySelector(`[data-text="${name}"]`).textContent = text;
}

function writeOrHide(name, text) {
  const place = document.querySelector(`[data-text="${name}"]`);
  place.textContent = text ?? "";
  place.hidden = text === null;
}

/** A copy of an icon that the page brought along. */
function picture(name) {
  return document.getElementById("till-pictures").content.querySelector(`[data-picture="${name}"] svg`).cloneNode(true);
}
