// Numbers, days and amounts as the reader writes them, put into the texts that the server sent.

/** @typedef {import("./types.js").Settings} Settings */

/**
 * How this till speaks.
 */
export class Said {
  /** @param {Settings} settings */
  constructor({ language, own_language, locale, time_zone, currency, decimals, words }) {
    this.words = words;
    this.#languages = [language, own_language];
    this.#number = new Intl.NumberFormat(locale);
    this.#day = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeZone: time_zone });
    this.#money = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
    });
    this.#units = 10 ** decimals;
  }

  #languages;
  #number;
  #day;
  #money;
  #units;

  /** @param {number} value */
  number(value) {
    return this.#number.format(value);
  }

  /** @param {number} minor integer minor units of the shop's currency */
  amount(minor) {
    return this.#money.format(minor / this.#units);
  }

  /**
   * The last valid day of what ends at an instant.
   *
   * @param {string} end ISO 8601, the first instant after it
   */
  lastDay(end) {
    return this.#day.format(new Date(Date.parse(end) - 1));
  }

  /**
   * A text that the shop wrote in several languages, as this reader gets it.
   *
   * @param {Record<string, string>} texts
   */
  text(texts) {
    const language = this.#languages.find((code) => texts[code]) ?? Object.keys(texts).sort()[0];
    return texts[language] ?? "";
  }

  /** @param {{balance: number, goal: number}} card */
  progress({ balance, goal }) {
    return fill(this.words.progress, { balance: this.number(balance), goal: this.number(goal) });
  }
}

/**
 * Digits in groups for reading aloud, as the server groups them: threes where that comes out even, else fours. The
 * spaces between do not end a left-to-right run, so the groups keep their order in every language.
 *
 * @param {string} digits
 */
export function grouped(digits) {
  const size = digits.length % 3 === 0 ? 3 : 4;
  return digits.match(new RegExp(`.{1,${size}}`, "g")).join("\u00a0");
}

/**
 * A text with its named places filled, each kept from the direction of the sentence around it.
 *
 * @param {string} text "Until %(day)s"
 * @param {Record<string, string>} places
 */
export function fill(text, places) {
  return text.replace(/%\((\w+)\)s/g, (place, name) => (name in places ? isolate(places[name]) : place));
}

function isolate(text) {
  return `\u2068${text}\u2069`;
}
