/** A form that would not arrive is not sent: the page stays with what was typed, and says so beside the button. A page that
 * is not live asks first whether the server is there, as a browser that finds nobody puts its own page in the place of ours. */
import { gateway } from "./gateway.js";
import { gettext } from "./i18n.js";
import { icon, note } from "./page.js";

const HEALTH = "/healthz", PATIENCE = 8_000;
const NOBODY = [502, 503, 504]; // what stands before the server says so; whatever else answers will have the form
let said, isAsking = false, goes = null;

/** After all else that listens: what sends by itself says by itself that it could not. */
async function keep(event) {
  const { target: form, submitter } = event;
  if (event.defaultPrevented || form.getAttribute("method") !== "post" || (navigator.onLine && gateway.isFresh)) return;
  event.preventDefault();
  if (isAsking) return;
  isAsking = true;
  const isThere = navigator.onLine && (await answers());
  isAsking = false;
  if (isThere) go(form, submitter);
  else stay(form, navigator.onLine ? gettext("The server could not be reached. Nothing was sent, and what you typed stays here.") : gettext("No network. Nothing was sent, and what you typed stays here."));
}

async function answers() {
  try {
    const { status } = await fetch(HEALTH, { cache: "no-store", credentials: "omit", redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
    return !NOBODY.includes(status);
  } catch {
    return false;
  }
}

/** Whoever listens has seen this form go already. */
function go(form, submitter) {
  goes = form;
  form.requestSubmit(submitter?.form === form ? submitter : null);
  goes = null;
}

function stay(form, words) {
  said?.remove();
  form.dispatchEvent(new Event("unsent", { bubbles: true }));
  const beside = lastButton(form);
  if (!beside) { said = note(words, "warn"); return; }
  said = line(words);
  beside.before(said);
  said.scrollIntoView({ block: "nearest" });
}

/** Where the fields of a form end: its last button, or the row of it. None of forms that are but a button in a list. */
function lastButton(form) {
  const button = form.querySelector(".dv-field") && [...form.querySelectorAll("button:not([type=button], .visually-hidden)")].at(-1);
  const row = button?.closest(".dv-row, .dv-save");
  return row && form.contains(row) ? row : button;
}

function line(words) {
  const one = document.createElement("p"), text = document.createElement("span");
  one.className = "dv-command is-warn dv-unsent";
  one.setAttribute("role", "alert");
  text.className = "dv-grow";
  text.textContent = words;
  one.append(icon("alert-circle"), text);
  return one;
}

addEventListener("submit", (event) => { if (event.target === goes) event.stopImmediatePropagation(); }, true);
addEventListener("submit", keep);
addEventListener("online", () => said?.remove());
document.addEventListener("gateway", ({ detail }) => { if (detail.state === "live") said?.remove(); });
