/** What time it is, in ms, by the server's clock: that of a browser may be hours off, and with it every "ago". */
const PATIENCE = 5000; // the way here and the drawing take a moment, which is no wrong clock

const drawn = Number(document.documentElement.dataset.now);
const arrived = performance.timeOrigin + (performance.getEntriesByType("navigation")[0]?.responseStart ?? 0);
const off = drawn && Math.abs(drawn - arrived) > PATIENCE ? drawn - arrived : 0;

export const now = () => Date.now() + off;
