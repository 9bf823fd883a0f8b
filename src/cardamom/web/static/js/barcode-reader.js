// Reads QR and Code 128 from a camera's picture: by the browser where it can, else by the vendored WebAssembly reader.

const NATIVE_FORMATS = ["qr_code", "code_128"];
const WASM_FORMATS = ["QRCode", "Code128"];

/**
 * Make a reader. Loads the WebAssembly (1 MB) only where the browser has no reader of its own.
 *
 * @returns {Promise<(picture: HTMLVideoElement | HTMLCanvasElement) => Promise<string | null>>} the first code's text
 */
export async function openBarcodeReader() {
  return (await nativeReader()) ?? wasmReader();
}

async function nativeReader() {
  if (!("BarcodeDetector" in globalThis)) return null;
  const supported = await globalThis.BarcodeDetector.getSupportedFormats();
  if (!NATIVE_FORMATS.every((format) => supported.includes(format))) return null;
  const detector = new globalThis.BarcodeDetector({ formats: NATIVE_FORMATS });
  return async (picture) => {
    const [found] = await detector.detect(picture);
    return found ? found.rawValue : null;
  };
}

async function wasmReader() {
  const { prepareZXingModule, readBarcodes } = await import("../vendor/zxing/reader/index.js");
  // Without this the library would ask a foreign server for the file.
  const locateFile = (file) => new URL(`../vendor/zxing/reader/${file}`, import.meta.url).href;
  await prepareZXingModule({ overrides: { locateFile }, fireImmediately: true });
  const canvas = document.createElement("canvas");
  return async (picture) => {
    const [found] = await readBarcodes(pixels(picture, canvas), { formats: WASM_FORMATS, maxNumberOfSymbols: 1 });
    return found ? found.text : null;
  };
}

function pixels(picture, canvas) {
  canvas.width = picture.videoWidth ?? picture.width;
  canvas.height = picture.videoHeight ?? picture.height;
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  drawing.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return drawing.getImageData(0, 0, canvas.width, canvas.height);
}
