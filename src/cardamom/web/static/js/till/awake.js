// A till that goes dark between two customers costs each of them a moment.

/**
 * Ask the device to leave its screen on for as long as the page is looked at.
 */
export async function keepAwake() {
  if (!navigator.wakeLock) return;
  try {
    await navigator.wakeLock.request("screen");
  } catch (error) {
    // A device that runs out of power may say no: then its screen goes dark as usual.
    if (error.name !== "NotAllowedError") throw error;
  }
}
