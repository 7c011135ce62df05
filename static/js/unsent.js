/** Without a network a form is not sent: the page stays with what was typed, and says so beside the button. */
import { gettext } from "./i18n.js";
import { icon, note } from "./page.js";

let said;

/** After all else that listens: what sends by itself says by itself that it could not. */
function keep(event) {
  const form = event.target;
  if (navigator.onLine || event.defaultPrevented || form.getAttribute("method") !== "post") return;
  event.preventDefault();
  said?.remove();
  const words = gettext("No network. Nothing was sent, and what you typed stays here."), beside = lastButton(form);
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

addEventListener("submit", keep);
addEventListener("online", () => said?.remove());
