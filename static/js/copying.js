/** Buttons that copy what they name: <button data-copy="…">, also those that arrive later. */
import { copy } from "./page.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button.dataset.copy, button.dataset.what ?? button.textContent.trim());
});
const show = () => { for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false; };
new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
show();
