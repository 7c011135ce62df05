/** <live-values>: keeps the few numbers that stand for a device in a list true, from its tag_values. */
import { gateway } from "../gateway.js";
import { language } from "../i18n.js";
import { Digits } from "../json.js";

const FLASH = 4000, LONGEST = 40;

/** A number as the server writes it: its decimals, grouped, with a real minus. */
export function inWords(value, decimals) {
  const found = value instanceof Digits ? Number(value.text) : NaN;
  if (!Number.isFinite(found) || Math.abs(found) >= 1e15) return "—";
  if (decimals === undefined) return shortened(found);
  return found.toLocaleString(language(), { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "−");
}

/** Up to five digits that count. */
function shortened(found) {
  const text = found.toLocaleString(language(), { maximumSignificantDigits: Math.max(5, String(Math.trunc(Math.abs(found))).length) });
  return text === "-0" ? "0" : text.replace("-", "−");
}

export function at(document, path) {
  let found = document;
  for (const part of path) found = found instanceof Map ? found.get(part) : undefined;
  return found;
}

/** The colour of the range that a number is in, as portal/ui/gauges.py finds it; beyond them all that of the nearer end. */
export function colourAt(number, text) {
  const ranges = (text ? text.split("|") : []).map((one) => one.split(" ")).map(([min, max, colour]) => ({ min: Number(min), max: Number(max), colour }));
  if (!ranges.length || !Number.isFinite(number)) return "blue";
  const lowest = ranges.reduce((one, other) => (other.min < one.min ? other : one)), highest = ranges.reduce((one, other) => (other.max > one.max ? other : one));
  const found = ranges.find(({ min, max }) => min <= number && number <= max) ?? (number < lowest.min ? lowest : number > highest.max ? highest : null);
  return found?.colour ?? "grey";
}

class LiveValues extends HTMLElement {
  connectedCallback() {
    this.stops = [];
    for (const row of this.querySelectorAll("[data-agent]:not(place-map)")) {
      const places = [...row.querySelectorAll("[data-tag]")];
      if (!places.length) continue;
      this.stops.push(gateway.subscribe(row.dataset.agent, "tag_values", (event, d) => {
        const aggregate = d.get("aggregate");
        if (aggregate) for (const place of places) this.show(place, aggregate.get("data"), event === "AggregateUpdate");
      }));
    }
  }

  disconnectedCallback() { for (const stop of this.stops) stop(); }

  show(place, tags, isNews) {
    const decimals = place.dataset.decimals === undefined ? undefined : Number(place.dataset.decimals);
    const value = at(tags, place.dataset.tag.split("/")), isText = typeof value === "string" && "text" in place.dataset;
    const words = isText ? value.slice(0, LONGEST) : inWords(value, decimals), text = place.querySelector("[data-value]");
    if (text.textContent === words) return;
    text.textContent = words;
    if (place.title) place.title = place.textContent.trim();
    this.fill(place, value);
    if (!isNews) return;
    place.classList.add("is-changed");
    clearTimeout(place.fading);
    place.fading = setTimeout(() => place.classList.remove("is-changed"), FLASH);
  }

  /** The bar of a gauge beside its number. */
  fill(place, value) {
    const bar = place.parentElement.querySelector("[data-bar]"), { low, high } = place.dataset;
    const share = (Number(value?.text) - Number(low)) / (Number(high) - Number(low));
    if (!bar) return;
    bar.setAttribute("width", Number.isFinite(share) ? 300 * Math.min(1, Math.max(0, share)) : 0);
    bar.setAttribute("class", `fill f-${colourAt(Number(value?.text), place.dataset.ranges)}`);
  }
}

customElements.define("live-values", LiveValues);
