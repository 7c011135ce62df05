/** Commands of a device page: sends what its forms ask for, shows the question that comes back, says what was refused.
 * Nothing is sent from a page that has lost touch with the server. */
import { note } from "./page.js";
import { gateway } from "./gateway.js";

/** Send a form. Resolves to the part of the page as it is now, or null when there was a question or a refusal. */
export async function send(form, button) {
  if (!gateway.isFresh) {
    gateway.hurry();
    note(form.dataset.cut ?? document.querySelector("live-commands")?.dataset.cut ?? "", "bad");
    return null;
  }
  const body = new FormData(form, button);
  body.set("live", "yes");
  const at = document.activeElement, fields = lock(form, true);
  let refusal = null;
  try {
    const address = (button?.getAttribute("formaction") ?? form.getAttribute("action")) + "?part=commands";
    const response = await fetch(address, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
    if (!response.ok) throw Object.assign(new Error(await reasonOf(response)), { isOfValue: response.status === 400 });
    const part = new DOMParser().parseFromString(await response.text(), "text/html").body;
    const question = part.querySelector("[data-question]");
    if (!question) return part;
    ask(question, form);
  } catch (problem) {
    refuse(form, problem);
    refusal = problem;
  } finally {
    lock(fields, false);
    if (refusal) goBack(form, at);
    if (refusal?.isOfValue) mark(form);
  }
  return null;
}

/** What is locked loses the keyboard: whoever was refused is where they were. */
function goBack(form, at) {
  if (document.activeElement === document.body && form.contains(at)) at.focus({ preventScroll: true });
}

/** A value that does not fit: its fields say so, and by which words, until somebody changes them. */
function mark(form) {
  const row = rowOf(form), fields = row?.querySelectorAll("[data-command] :is(.form-control, .form-select)") ?? [];
  for (const field of fields) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", saidIn(row));
  }
  row?.addEventListener("input", () => fields.forEach((field) => {
    field.removeAttribute("aria-invalid");
    field.removeAttribute("aria-describedby");
  }), { once: true });
}

/** The row of a form as it is now: it may have been drawn anew while the command was on its way. */
const rowOf = (form) => document.getElementById(form.closest("[data-control]")?.id ?? "");
const saidIn = (row) => `${row.id}-said`;

async function reasonOf(response) {
  if (response.type === "opaqueredirect") return document.querySelector("live-commands")?.dataset.out;
  try {
    return (await response.json()).message;
  } catch {
    // A page instead of an answer: the form is out of date, as its sender was signed out meanwhile, or no server is there.
    const words = document.querySelector("live-commands")?.dataset;
    return { 403: words?.out, 502: words?.away, 503: words?.away, 504: words?.away }[response.status] ?? `${response.status}`;
  }
}

/** What is being sent is not sent twice. */
function lock(what, isLocked) {
  const fields = what instanceof HTMLFormElement ? [...what.querySelectorAll("fieldset:not([disabled]), button:not([disabled])")] : what;
  for (const field of fields) field.disabled = isLocked;
  return fields;
}

/** Under the control, where the eye is; what was typed stays. */
function refuse(form, problem) {
  const words = problem instanceof TypeError ? document.querySelector("live-commands")?.dataset.away : problem.message;
  const row = rowOf(form), line = row?.querySelector("[data-line]");
  if (!line) return note(words, "bad");
  const said = document.createElement("p"), text = document.createElement("span");
  said.className = "dv-command is-bad mb-0";
  said.id = saidIn(row);
  said.setAttribute("role", "alert");
  text.className = "dv-grow";
  text.textContent = words;
  said.append(text);
  line.replaceChildren(said);
}

/** The question belongs to the row that it came from: kept as it is, what was typed there goes back. */
function ask(question, form) {
  const dialog = document.createElement("dialog");
  dialog.className = "dv-dialog dv-command-dialog";
  dialog.setAttribute("aria-labelledby", "confirm-h");
  dialog.append(document.importNode(question, true));
  dialog.querySelector("form").dataset.row = form.closest("[data-control]")?.id ?? form.dataset.row ?? "";
  document.querySelector("live-commands").append(dialog);
  dialog.querySelector("[data-close]").addEventListener("click", (event) => { event.preventDefault(); dialog.close(); });
  dialog.addEventListener("close", () => { dialog.remove(); form.reset(); });
  const why = dialog.querySelector("[name=reason]"), yes = dialog.querySelector("[data-yes]");
  if (why?.required) {
    const check = () => { yes.disabled = why.value.trim() === ""; };
    why.addEventListener("input", check);
    check();
  }
  dialog.showModal();
  (why ?? dialog.querySelector("[data-close]")).focus();
}
