/** How many alarms of this device are open, at the tab of its page. */
export function tellTab(count) {
  const place = document.querySelector("[data-alarms-here]");
  if (!place || Number(place.textContent) === count) return;
  const shown = document.createElement("span");
  shown.className = "dv-count";
  shown.textContent = count;
  place.replaceChildren(...(count ? [shown] : []));
}
