/** What a viewer folds or opens stays so in this browser, until the device's own default changes. */
const KEY = "dv-folds", MOST = 400;

function read() {
  try {
    return new Map(JSON.parse(localStorage.getItem(KEY) ?? "[]"));
  } catch {
    return new Map();
  }
}

/** Bring what is in `root` to what the viewer chose. */
export function restore(root) {
  const chosen = read();
  for (const fold of root.querySelectorAll("details[data-fold]")) {
    const found = chosen.get(fold.dataset.fold);
    if (found && found[0] === fold.dataset.default) fold.open = found[1] === "open";
  }
}

/** Remember what the viewer just did with a fold; what is as the device has it needs no remembering. */
export function remember(fold) {
  if (!fold.dataset?.fold) return;
  const chosen = read(), now = fold.open ? "open" : "closed";
  if (now === fold.dataset.default) { if (!chosen.delete(fold.dataset.fold)) return; }
  else chosen.set(fold.dataset.fold, [fold.dataset.default, now]);
  try {
    localStorage.setItem(KEY, JSON.stringify([...chosen].slice(-MOST)));
  } catch {
    // A browser that keeps nothing shows the defaults.
  }
}
