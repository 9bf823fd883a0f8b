// The camera as a scanner: start, stop, the other camera, the torch. It reads on while a result is shown, so that the
// next card needs no tap.

import { openBarcodeReader } from "../barcode-reader.js";

/** Between two looks: quick enough for a hand, easy on a cheap phone's battery. */
const PAUSE_MS = 120;
/** A code that stays in view is one reading; gone for longer than this, it is a new one. */
const SAME_CODE_MS = 2_000;

/** @typedef {"insecure" | "denied" | "absent" | "busy"} Trouble */

/**
 * Lets a code pass once, however long it is held before the camera. Pure: it is told the time.
 */
export class Repeats {
  #code = "";
  #seenAt = -Infinity;

  /**
   * @param {string} code
   * @param {number} at milliseconds
   * @returns {boolean} whether this is a reading of its own
   */
  isNew(code, at) {
    const isNew = code !== this.#code || at - this.#seenAt > SAME_CODE_MS;
    this.#code = code;
    this.#seenAt = at;
    return isNew;
  }
}

/**
 * A video element that reads codes.
 */
export class Camera {
  #video;
  #onCode;
  #read = null;
  /** @type {MediaStream | null} */
  #stream = null;
  #facing = "environment";
  #repeats = new Repeats();
  #turn = 0;

  /**
   * @param {HTMLVideoElement} video
   * @param {{onCode: (code: string) => void}} told
   */
  constructor(video, { onCode }) {
    this.#video = video;
    this.#onCode = onCode;
  }

  get isOn() {
    return this.#stream !== null;
  }

  /**
   * Ask for the camera and begin to read. Does nothing when it is on.
   *
   * @returns {Promise<Trouble | null>} why there is no picture
   */
  async start() {
    if (this.#stream) return null;
    if (!navigator.mediaDevices?.getUserMedia) return "insecure";
    const turn = (this.#turn += 1);
    try {
      await this.#open(turn);
    } catch (error) {
      // Who stopped it in the meantime is not interested in what became of it.
      if (turn !== this.#turn) return null;
      this.stop();
      return troubleOf(error);
    }
    return null;
  }

  async #open(turn) {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: false,
      video: { facingMode: this.#facing, width: { ideal: 1280 }, height: { ideal: 720 } },
    });
    if (turn !== this.#turn) return stopTracks(stream);
    this.#stream = stream;
    this.#video.srcObject = stream;
    await this.#video.play();
    this.#read ??= await openBarcodeReader();
    if (turn === this.#turn) void this.#look(turn);
  }

  /** Give the camera back: its light goes out. */
  stop() {
    this.#turn += 1;
    if (this.#stream) stopTracks(this.#stream);
    this.#stream = null;
    this.#video.srcObject = null;
  }

  /** @returns {Promise<Trouble | null>} */
  async switch() {
    this.#facing = this.#facing === "environment" ? "user" : "environment";
    this.stop();
    return this.start();
  }

  /** Whether this camera has a light of its own. */
  get hasTorch() {
    return Boolean(this.#track?.getCapabilities?.().torch);
  }

  /** @param {boolean} isLit */
  async light(isLit) {
    await this.#track?.applyConstraints({ advanced: [{ torch: isLit }] });
  }

  /** Whether there is another camera to switch to; browsers tell once one was allowed. */
  async hasOther() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === "videoinput").length > 1;
  }

  get #track() {
    return this.#stream?.getVideoTracks()[0] ?? null;
  }

  async #look(turn) {
    while (turn === this.#turn) {
      if (this.#video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) await this.#readOnce(turn);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #readOnce(turn) {
    const code = await this.#read(this.#video).catch(withoutPicture);
    if (code && turn === this.#turn && this.#repeats.isNew(code, performance.now())) this.#onCode(code);
  }
}

/** @param {MediaStream} stream */
function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}

/** A browser's own reader rejects while the camera has no picture to give; there will be one next time. */
function withoutPicture(error) {
  if (error instanceof DOMException) return null;
  throw error;
}

/**
 * @param {DOMException} error
 * @returns {Trouble}
 */
function troubleOf(error) {
  if (error.name === "NotAllowedError" || error.name === "SecurityError") return "denied";
  if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return "absent";
  return "busy";
}
