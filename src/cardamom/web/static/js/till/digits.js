// Decimal digits of every script: tills stand under Arabic, Persian and Hebrew keyboards.

const DECIMAL = /^\p{Nd}$/u;

/**
 * The value of one decimal digit of any script; null for everything else.
 *
 * @param {string} character
 * @returns {number | null}
 */
export function digitValue(character) {
  if (!DECIMAL.test(character)) return null;
  const code = character.codePointAt(0);
  // Unicode lays the ten digits of a script side by side, zero first, and sets that touch come in whole tens.
  let before = 0;
  while (DECIMAL.test(String.fromCodePoint(code - before - 1))) before += 1;
  return before % 10;
}

/**
 * The digits of a text as 0-9, without anything else: spaces, hyphens and direction marks of a code that was copied.
 *
 * @param {string} text
 * @returns {string}
 */
export function digitsOf(text) {
  return [...text].map((character) => digitValue(character) ?? "").join("");
}
