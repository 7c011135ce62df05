/** Puts freshly drawn HTML in the place of what is there, touching only what differs. */
const FLASH = 4000;

const TYPED = "input:not([type=hidden], [type=range]), textarea";

const isUsed = (element) => element.querySelector("input:focus, select:focus, textarea:focus, dialog[open]") !== null;
const isTyped = (element) => [...element.querySelectorAll(TYPED)].some((one) => one.value !== one.defaultValue);

/** What the server sent for an element, as scripts change what they find. */
const served = new WeakMap();
const plain = (html) => html.replace(/name="(csrfmiddlewaretoken|at)" value="[^"]*"/g, "");

/** Whether an element looks as the server draws it now; what only keeps a form safe aside. */
export const sameAs = (place, fresh) => (served.get(place) ?? plain(place.outerHTML)) === plain(fresh.outerHTML);

/** One element in the place of another; with `isNews` its ground is straw for a moment. False when it is in use. */
export function put(place, fresh, isNews) {
  if (!place || isUsed(place) || isTyped(place)) return false;
  const said = place.textContent, focused = place.matches(":focus") || place.querySelector(":focus");
  if (sameAs(place, fresh)) return true;
  const open = [...place.querySelectorAll("details")].map((one) => one.open);
  const next = document.importNode(fresh, true);
  next.querySelectorAll("details").forEach((one, number) => { if (number < open.length) one.open = open[number]; });
  served.set(next, plain(fresh.outerHTML));
  place.replaceWith(next);
  if (focused) (next.matches("a, button, summary") ? next : next.querySelector("a, button, summary"))?.focus({ preventScroll: true });
  if (!isNews || next.textContent === said) return true;
  next.classList.add("is-changed");
  setTimeout(() => next.classList.remove("is-changed"), FLASH);
  return true;
}

/** A whole board: where both have the same elements in the same order only those that differ change. Charts keep themselves
 * fresh and move into the new board as they are. */
export function renew(root, body) {
  const key = (within) => [...within.querySelectorAll("[id^='el-']")].map((one) => one.id + one.className.replace(" is-changed", "")).join("\n") + frameOf(within);
  if (key(root) === key(body)) {
    for (const fresh of body.querySelectorAll("[data-el]")) {
      if (!fresh.querySelector("[data-el]")) put(root.querySelector(`#${CSS.escape(fresh.id)}`), fresh, true);
    }
    return;
  }
  const used = document.activeElement?.closest("[id^='el-']")?.id;
  if (used && root.contains(document.activeElement) && isUsed(root)) return;
  const pictures = new Map([...root.querySelectorAll("[data-plot-of] > *")].map((one) => [one.parentElement.dataset.plotOf, one]));
  const typed = [...root.querySelectorAll("[data-control][id]")].filter(isTyped);
  const open = new Map([...root.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  root.replaceChildren(...[...body.childNodes].map((one) => document.importNode(one, true)));
  for (const [plot, picture] of pictures) root.querySelector(`[data-plot-of="${CSS.escape(plot)}"]`)?.replaceChildren(picture);
  for (const row of typed) document.getElementById(row.id)?.replaceWith(row);
  for (const [id, wasOpen] of open) {
    const again = document.getElementById(id);
    if (again) again.open = wasOpen;
  }
  if (used) document.getElementById(used)?.querySelector("a, button, summary")?.focus({ preventScroll: true });
}

/** The words that stand outside of elements: headings, folds, warnings. */
function frameOf(within) {
  const words = within.querySelectorAll(".dv-strip, summary, .dv-card-head, .dv-container-head, .dv-tabs, .dv-nothing");
  return [...words].map((one) => timeless(one).replace(/\s+/g, " ")).join("|");
}

/** What it says, but for how long ago something was. */
function timeless(element) {
  const copy = element.cloneNode(true);
  copy.querySelectorAll("time").forEach((one) => one.remove());
  return copy.textContent;
}
