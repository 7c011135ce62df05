/** The sprite of the page: parts of it that are read later may bring icons which it did not have, and which join it. */
const SVG = "http://www.w3.org/2000/svg", FILES = new URL("../vendor/tabler-icons/", import.meta.url);
const asked = new Set();

/** Icons in this part that have no drawing yet get theirs. */
function complete(node) {
  for (const use of node.querySelectorAll("use[href^='#i-']")) {
    const id = use.getAttribute("href").slice(1);
    if (!asked.has(id) && !document.getElementById(id)) add(id);
  }
}

/** One that cannot be read now is asked for again with the next part that has it. */
async function add(id) {
  asked.add(id);
  try {
    const response = await fetch(new URL(`${id.slice(2)}.svg`, FILES));
    if (!response.ok) return;
    const drawing = new DOMParser().parseFromString(await response.text(), "image/svg+xml").documentElement;
    const symbol = document.createElementNS(SVG, "symbol");
    symbol.id = id;
    symbol.setAttribute("viewBox", "0 0 24 24");
    symbol.append(...[...drawing.children].filter((stroke) => stroke.getAttribute("stroke") !== "none"));
    document.querySelector(".dv-sprite")?.append(symbol);
  } catch {
    asked.delete(id);
  }
}

/** Whatever script brings a part: what it adds to the page is looked through. */
export function watch() {
  complete(document);
  const added = (changes) => changes.flatMap((one) => [...one.addedNodes]).filter((node) => node.nodeType === Node.ELEMENT_NODE);
  new MutationObserver((changes) => added(changes).forEach(complete)).observe(document.body, { childList: true, subtree: true });
}
