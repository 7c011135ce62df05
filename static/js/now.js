/** What time it is, in ms, by the server's clock: that of a browser may be hours off, and with it every "ago". A page
 * says when it was drawn; but one that the browser had kept (Back, a tab that is opened again) says a moment long past,
 * and the page for the time without a server says none. So what a page says is believed where it agrees with what was
 * found last, and else the server is asked. */
const PATIENCE = 5000; // the way here and the drawing take a moment, which is no wrong clock
const KEY = "dv-clock-off";

const isClose = (one, other) => Math.abs(one - other) <= PATIENCE;

/** By how much the server's clock was ahead of this browser's when that was found last, in ms. */
function known() {
  try { return Number(localStorage.getItem(KEY)) || 0; } catch { return 0; }
}

let off = known();

function find(ahead) {
  off = isClose(ahead, 0) ? 0 : ahead;
  try {
    if (off) localStorage.setItem(KEY, off);
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing finds out on every page.
  }
}

async function ask() {
  const asked = Date.now();
  try {
    const answer = await fetch("/healthz", { method: "HEAD", cache: "no-store", credentials: "omit" });
    const told = Date.parse(answer.headers.get("Date"));
    if (answer.ok && told) find(told + 500 - (asked + Date.now()) / 2); // whole seconds are told
  } catch {
    // Without the server what was known before has to do.
  }
}

const drawn = Number(document.documentElement.dataset.now), entry = performance.getEntriesByType("navigation")[0];
const ahead = drawn - (performance.timeOrigin + (entry?.responseStart ?? 0));
if (drawn && !isClose(ahead, off)) {
  if (entry?.type !== "back_forward") off = isClose(ahead, 0) ? 0 : ahead; // it is most likely drawn for now
  ask();
}

export const now = () => Date.now() + off;
