/** Small things that several elements ask of the page: a note, a question, the clipboard, an icon. */
import { fill, gettext } from "./i18n.js";
const SVG = "http://www.w3.org/2000/svg";
const STAYS = 6000;

/** An icon of the page's sprite. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg"), use = document.createElementNS(SVG, "use");
  drawing.setAttribute("class", "dv-icon dv-icon-s");
  drawing.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  drawing.append(use);
  return drawing;
}

/** A button with an icon and a name. */
export function iconButton(name, label, onClick) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-ghost btn-s dv-square";
  button.title = label;
  button.setAttribute("aria-label", label);
  button.append(icon(name));
  button.addEventListener("click", (event) => { event.stopPropagation(); onClick(event); });
  return button;
}

/** Say what happened, for a few seconds; what failed stays until it is dismissed. The note, for whoever takes it back. */
export function note(words, kind = "ok") {
  let place = document.querySelector(".dv-toasts");
  if (!place) {
    place = document.createElement("div");
    place.className = "dv-toasts";
    place.setAttribute("role", "status");
    document.body.append(place);
  }
  const toast = document.createElement("div"), text = document.createElement("span");
  toast.className = `dv-toast is-${kind}`;
  text.className = "dv-grow";
  text.textContent = words;
  toast.append(text, iconButton("x", gettext("Dismiss"), () => toast.remove()));
  place.append(toast);
  if (kind === "ok") setTimeout(() => toast.remove(), STAYS);
  return toast;
}

/** Put a text on the clipboard, also where the page is not served securely. */
export async function copy(text, what) {
  try {
    if (navigator.clipboard) await navigator.clipboard.writeText(text);
    else copyBySelection(text);
    note(fill(gettext("%(what)s copied"), { what }));
  } catch {
    note(fill(gettext("%(what)s could not be copied: this browser does not allow it"), { what }), "bad");
  }
}

function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("not allowed");
}

/** Ask before a deed that cannot be taken back; resolves to whether to do it. */
export function ask(question, consequence, verb) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-question]").textContent = question;
  dialog.querySelector("[data-consequence]").textContent = consequence;
  const yes = dialog.querySelector("[data-yes]"), no = dialog.querySelector("[data-no]");
  yes.textContent = verb;
  return new Promise((resolve) => {
    yes.onclick = () => { dialog.returnValue = "yes"; dialog.close("yes"); };
    no.onclick = () => dialog.close("no");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
    dialog.returnValue = "";
    dialog.showModal();
    no.focus();
  });
}
