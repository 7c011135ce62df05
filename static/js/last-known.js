/** What devices last said, kept in this browser for the person who looked at them, and for nobody else. */
const KEY = "dv-last-known", MOST_DEVICES = 20, MOST_ROWS = 60, LONGEST = 120;

export function known() {
  try {
    const found = JSON.parse(localStorage.getItem(KEY));
    return found && Array.isArray(found.devices) ? found : { owner: "", devices: [] };
  } catch {
    return { owner: "", devices: [] };
  }
}

/** Keep what the page of a device shows. */
export function keep(owner, device) {
  const before = known();
  const others = before.owner === owner ? before.devices.filter((one) => one.address !== device.address) : [];
  try {
    localStorage.setItem(KEY, JSON.stringify({ owner, devices: [device, ...others].slice(0, MOST_DEVICES) }));
  } catch {
    // A browser that keeps nothing has nothing to show later.
  }
}

/** Whoever signs out, or signs in after somebody else, leaves nothing behind. */
export function forgetOthers(owner) {
  if (known().owner !== owner || !owner) localStorage.removeItem(KEY);
}

/** The readings of a device page as pairs of words. How long ago something was is told by its moment: by then it is longer. */
export function readingsOf(page) {
  const rows = [...page.querySelectorAll("[data-el]:not(:has([data-el]))")].map((one) => {
    const meter = one.querySelector("[role=meter]");
    const label = one.querySelector("dt, .dv-tile-label, .dv-linear-head, .dv-gauge-tile-label");
    const value = one.querySelector("dd, .dv-tile-value, .dv-linear-head b");
    if (value && label) return [wordsOf(label, ".dv-sub, .dv-zone, .dv-help, b"), wordsOf((value.querySelector("time") && label.querySelector(".dv-sub")) || value)];
    return meter ? [meter.getAttribute("aria-label") ?? "", meter.getAttribute("aria-valuetext") ?? ""] : null;
  });
  return rows.filter((row) => row && row[0] && row[1]).slice(0, MOST_ROWS);
}

/** The words in an element, a space between its parts, without those in parts that `without` names. */
function wordsOf(element, without) {
  const found = [], walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) if (!without || !walker.currentNode.parentElement.closest(without)) found.push(walker.currentNode.textContent.replace(/\s+/g, " ").trim());
  return found.filter(Boolean).join(" ").slice(0, LONGEST);
}
