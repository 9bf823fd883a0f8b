// What an answer of the server means to the person at the till. Pure: answers in, what to show out.

import { fill } from "./said.js";

/**
 * @typedef {import("./types.js").Card} Card
 * @typedef {import("./types.js").Problem} Problem
 * @typedef {import("./types.js").ScanOut} ScanOut
 * @typedef {import("./types.js").Settings} Settings
 * @typedef {import("./types.js").Undone} Undone
 * @typedef {import("./said.js").Said} Said
 *
 * @typedef {object} Held a voucher on the card that was scanned
 * @property {string} id
 * @property {string} title
 * @property {string} note until when, or why not now
 * @property {boolean} isRedeemable here and now
 *
 * @typedef {object} Offer a redemption that somebody still has to confirm
 * @property {string} title
 * @property {string} note
 * @property {import("./types.js").ScanIn} act
 *
 * @typedef {object} Result
 * @property {"accepted" | "refused" | "already"} look
 * @property {string} picture the icon of the shape
 * @property {import("./sound.js").Tone} tone
 * @property {string} word
 * @property {string} detail
 * @property {string} said the whole of it in one sentence, for those who listen
 * @property {Card | null} card
 * @property {boolean} isWordProgress the word says where the card stands, so that it is not said twice
 * @property {Held[]} vouchers
 * @property {string | null} redeemCode
 * @property {string | null} undo the operation that can be taken back
 */

/**
 * @param {ScanOut} scan
 * @param {Settings} settings
 * @param {Said} said
 * @returns {Result}
 */
export function resultOf(scan, settings, said) {
  const common = {
    said: scan.sentence,
    card: scan.card,
    isWordProgress: false,
    vouchers: scan.card ? heldOn(scan.card, settings, said) : [],
    redeemCode: null,
    undo: null,
  };
  if (scan.outcome === "refused") return { ...common, ...refusal(scan, said) };
  const undo = settings.may_undo ? scan.operation : null;
  if (scan.reason === "repeated_read") {
    const words = { word: said.words.already, detail: scan.sentence };
    return { ...common, look: "already", picture: "history", tone: "already", undo, ...words };
  }
  if (scan.voucher) return { ...common, undo, ...redemption(scan.voucher, said) };
  return { ...common, undo, ...stamped(scan, said) };
}

/**
 * The card after one of its vouchers was redeemed: the server's answer is about the voucher alone.
 *
 * @param {Card | null} card as it was offered
 * @param {ScanOut} scan
 * @returns {Card | null}
 */
export function cardWithout(card, scan) {
  if (card === null || scan.outcome !== "accepted") return card;
  return { ...card, vouchers: card.vouchers.filter((held) => held.id !== scan.voucher?.id) };
}

/**
 * What a voucher that was scanned is offered for; null for every other answer.
 *
 * @param {ScanOut} scan
 * @param {Said} said
 * @returns {Offer | null}
 */
export function offerOf(scan, said) {
  if (scan.reason !== "redeem_offered" || !scan.voucher) return null;
  return {
    title: said.text(scan.voucher.title),
    note: validity(scan.voucher.expires_at, said),
    act: { code: scan.voucher.code, action: "redeem" },
  };
}

/**
 * A voucher of the card that lies before the staff.
 *
 * @param {Card} card
 * @param {Held} held
 * @returns {Offer}
 */
export function offerOnCard(card, held) {
  return { title: held.title, note: held.note, act: { code: card.code, action: "redeem", voucher: held.id } };
}

/**
 * @param {Undone} undone
 * @param {Result} before what was taken back
 * @param {Said} said
 * @returns {Result}
 */
export function undoneResult({ facts }, before, said) {
  const stands = facts.balance !== undefined && facts.goal !== undefined;
  const detail = stands ? said.progress({ balance: facts.balance, goal: facts.goal }) : before.detail;
  return {
    look: "already",
    picture: "undo-2",
    tone: "already",
    word: said.words.undone,
    detail,
    said: fill("%(word)s %(detail)s", { word: said.words.undone, detail }),
    card: before.card,
    isWordProgress: stands,
    vouchers: [],
    redeemCode: null,
    undo: null,
  };
}

/**
 * An answer that is no outcome of a scan: not allowed, too late, a fault.
 *
 * @param {string} word
 * @param {string} sentence
 * @param {Card | null} card
 * @returns {Result}
 */
export function failure(word, sentence, card = null) {
  return {
    look: "refused",
    picture: "hand",
    tone: "refused",
    word,
    detail: sentence,
    said: sentence,
    card,
    isWordProgress: false,
    vouchers: [],
    redeemCode: null,
    undo: null,
  };
}

function refusal(scan, said) {
  const words = said.words;
  const isUnknown = scan.reason?.endsWith("_unknown") ?? false;
  const about = scan.voucher ? words.not_redeemed : scan.card ? words.not_stamped : words.not_accepted;
  const word = isUnknown ? words.not_known : about;
  return { look: "refused", picture: "hand", tone: "refused", word, detail: scan.sentence };
}

function redemption(voucher, said) {
  return {
    look: "accepted",
    picture: "ticket-check",
    tone: "accepted",
    word: said.words.redeemed,
    detail: said.text(voucher.title),
    redeemCode: voucher.redeem_code,
  };
}

function stamped(scan, said) {
  if (scan.issued.length) {
    const titles = scan.issued.map((voucher) => said.text(voucher.title));
    const word = titles.length === 1 ? titles[0] : said.words.reward_ready;
    return { look: "accepted", picture: "gift", tone: "ready", word, detail: scan.sentence };
  }
  const word = said.progress(scan.card);
  return { look: "accepted", picture: "check", tone: "accepted", word, detail: scan.sentence, isWordProgress: true };
}

/** @returns {Held[]} */
function heldOn(card, settings, said) {
  return card.vouchers.map((voucher) => {
    const isWaiting = voucher.status !== "active";
    return {
      id: voucher.id,
      title: said.text(voucher.title),
      note: isWaiting ? said.words.from_next_visit : validity(voucher.expires_at, said),
      isRedeemable: settings.may_redeem && !isWaiting,
    };
  });
}

function validity(expiresAt, said) {
  return expiresAt ? fill(said.words.until, { day: said.lastDay(expiresAt) }) : said.words.no_end;
}
