// Short tones: staff hear what happened without looking up. And a buzz where the device has one.

const LOUDNESS = 0.16;
const FADE_SECONDS = 0.012;

/** What each tone is: [hertz, seconds] one after the other, and how the device buzzes. */
const TONES = {
  accepted: { notes: [[784, 0.07], [1175, 0.12]], shape: "sine", buzz: [35] },
  ready: { notes: [[784, 0.08], [988, 0.08], [1319, 0.2]], shape: "sine", buzz: [35, 40, 35] },
  refused: { notes: [[233, 0.14], [196, 0.2]], shape: "triangle", buzz: [70, 50, 70] },
  already: { notes: [[523, 0.1]], shape: "sine", buzz: [20] },
  ignored: { notes: [[165, 0.05]], shape: "triangle", buzz: [] },
};

/** @typedef {keyof typeof TONES} Tone */

/**
 * The voice of the till. Browsers let it speak only after somebody touched the page.
 */
export class Sound {
  /** @type {AudioContext | null} */
  #audio = null;
  isMuted;

  /** @param {{isMuted: boolean}} how */
  constructor({ isMuted }) {
    this.isMuted = isMuted;
  }

  /** Call from a touch or key: from then on there is sound. */
  wake() {
    if (!("AudioContext" in globalThis)) return;
    this.#audio ??= new AudioContext();
    if (this.#audio.state === "suspended") void this.#audio.resume();
  }

  /** @param {Tone} name */
  play(name) {
    if (this.isMuted) return;
    const tone = TONES[name];
    if (tone.buzz.length && "vibrate" in navigator) navigator.vibrate(tone.buzz);
    if (this.#audio?.state !== "running") return;
    let at = this.#audio.currentTime;
    for (const [hertz, seconds] of tone.notes) {
      this.#note(hertz, at, seconds, tone.shape);
      at += seconds;
    }
  }

  #note(hertz, at, seconds, shape) {
    const wave = new OscillatorNode(this.#audio, { type: shape, frequency: hertz });
    const volume = new GainNode(this.#audio, { gain: 0 });
    volume.gain.setValueAtTime(0, at);
    volume.gain.linearRampToValueAtTime(LOUDNESS, at + FADE_SECONDS);
    volume.gain.setValueAtTime(LOUDNESS, at + seconds - FADE_SECONDS);
    volume.gain.linearRampToValueAtTime(0, at + seconds);
    wave.connect(volume).connect(this.#audio.destination);
    wave.start(at);
    wave.stop(at + seconds);
  }
}
