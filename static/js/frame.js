/** What every page does: theme, zone, keyboard, and the parts of the frame that are alive. */
import "./elements/live-bell.js";
import "./elements/live-status.js";
import "./elements/search-box.js";
import "./elements/time-ago.js";
import "./unsent.js";
import { watch } from "./icons.js";
import { forgetOthers } from "./last-known.js";
import { filterList, quietEnter } from "./lists.js";

const YEAR = 365 * 24 * 3600;
const GATHER = 500; // a right that is withdrawn ends many channels at once
const root = document.documentElement;

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${YEAR}; SameSite=Lax${secure}`;
}

/** The server shows times in the browser's zone from the next page on. */
function tellZone() {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && /^[\w+\-/]+$/.test(zone)) document.cookie = `zone=${zone}; Path=/; Max-Age=${YEAR}; SameSite=Lax`;
}

function switchTheme(event) {
  event.preventDefault();
  const isDark = root.dataset.bsTheme ? root.dataset.bsTheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.bsTheme = isDark ? "light" : "dark";
  remember("theme", root.dataset.bsTheme);
}

/** Keys work anywhere but where text is typed. */
export const isTyping = (target) => target.closest?.("input, textarea, select, [contenteditable], dialog[open]") !== null;

function onKey(event) {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const wanted = ["[data-filter]:not([data-filters])", "[data-filter]", ".dv-bar [data-search]", "[data-search]"];
  const filter = wanted.map((one) => document.querySelector(one)).find((one) => one?.checkVisibility());
  if (!filter) return;
  event.preventDefault();
  filter.focus();
  filter.select();
}

/** The sections at the side, folded away or not, on every page from now on. */
function fold({ currentTarget }) {
  const isFolded = document.querySelector(".dv-app").classList.toggle("is-folded");
  currentTarget.setAttribute("aria-expanded", String(!isFolded));
  remember("side", isFolded ? "folded" : "open");
}

/** Where there are more tabs than room, the current one is in sight. */
function showTab(tabs, current) {
  const room = tabs.getBoundingClientRect(), one = current.getBoundingClientRect();
  if (one.right > room.right - 24) tabs.scrollLeft += one.left - room.left - (room.width - one.width) / 2;
}

/** Signing in anew, in another tab too, makes a new token for forms: the one that was drawn here is out of date then. */
function renewToken({ target }) {
  const field = target.querySelector?.("[name=csrfmiddlewaretoken]"), token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  if (field && token) field.value = token;
}

/** A part of a form that somebody opened is open again when the form is drawn anew. */
function sayOpen({ target }) {
  const said = target.querySelector?.(":scope > [data-while-open]");
  if (said) said.disabled = !target.open;
}

/** What this page shows may no longer be seen, or not all of it: the server knows what is left. */
function onEnded() { ending ??= setTimeout(() => location.reload(), GATHER); }
let ending;

/** The site can be installed, and says so when the server is away. */
function install() {
  if ("serviceWorker" in navigator && document.body.dataset.me) addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => {}));
}

tellZone();
watch();
if (!document.querySelector("last-known")) forgetOthers(document.body.dataset.me ?? "");
install();
for (const element of document.querySelectorAll("[data-script]")) element.hidden = false;
// Lists are sent by a choice in them, or with Enter.
for (const button of document.querySelectorAll(".dv-tools [data-without-script]")) button.hidden = true;
for (const input of document.querySelectorAll("[data-filters]")) {
  input.addEventListener("input", filterList);
  input.addEventListener("keydown", quietEnter);
}
for (const select of document.querySelectorAll("select[name=sort], select[data-submits]")) select.addEventListener("change", () => select.form.requestSubmit());
for (const form of document.querySelectorAll("[data-theme-form]")) form.addEventListener("submit", switchTheme);
for (const tabs of document.querySelectorAll(".dv-tabs:has([aria-current])")) showTab(tabs, tabs.querySelector("[aria-current]"));
document.querySelector("[data-fold]")?.addEventListener("click", fold);
document.addEventListener("keydown", onKey);
document.addEventListener("submit", renewToken, true);
document.addEventListener("toggle", sayOpen, true);
document.addEventListener("gateway-ended", onEnded);
