// What this device keeps for itself between two days: its name, how it reads, whether it speaks.

const DEVICE = "cardamom-till-device";
const MODE = "cardamom-till-mode";
const MUTED = "cardamom-till-muted";

/** So that two unnamed tills are not taken for one: the server tells double reads by the name. */
const SUFFIX_LENGTH = 3;
const SUFFIX_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** @typedef {"scanner" | "camera" | "typed"} Mode */

/** The name of this till; one is made up the first time. */
export function deviceName(template) {
  const known = localStorage.getItem(DEVICE);
  if (known) return known;
  const random = crypto.getRandomValues(new Uint8Array(SUFFIX_LENGTH));
  const suffix = [...random].map((byte) => SUFFIX_LETTERS[byte % SUFFIX_LETTERS.length]).join("");
  const name = template.replace("%(suffix)s", suffix);
  nameDevice(name);
  return name;
}

/** @param {string} name */
export function nameDevice(name) {
  localStorage.setItem(DEVICE, name);
}

/** @returns {Mode} */
export function lastMode() {
  const mode = localStorage.getItem(MODE);
  return mode === "camera" || mode === "typed" ? mode : "scanner";
}

/** @param {Mode} mode */
export function keepMode(mode) {
  localStorage.setItem(MODE, mode);
}

export function isMuted() {
  return localStorage.getItem(MUTED) === "yes";
}

/** @param {boolean} muted */
export function keepMuted(muted) {
  localStorage.setItem(MUTED, muted ? "yes" : "no");
}
